//! Where this node ends: the settings that change nothing here, and the values that it cannot live up to. Both are
//! taken from a `redis.conf` as it is, so that a team can paste its own; the first are kept and reported, the second
//! refused with their reason.

use super::table::Setting;

/// Settings that are kept and reported and change nothing, by the reason why that does no harm.
pub const WITHOUT_EFFECT: &[(&str, &[&str])] = &[
    (
        "there are no replicas and no primary",
        &[
            "masterauth",
            "masteruser",
            "propagation-error-behavior",
            "rdb-del-sync-files",
            "repl-backlog-size",
            "repl-backlog-ttl",
            "repl-disable-tcp-nodelay",
            "repl-diskless-load",
            "repl-diskless-sync",
            "repl-diskless-sync-delay",
            "repl-diskless-sync-max-replicas",
            "repl-ping-replica-period",
            "repl-timeout",
            "replica-announce-ip",
            "replica-announce-port",
            "replica-announced",
            "replica-ignore-disk-write-errors",
            "replica-ignore-maxmemory",
            "replica-lazy-flush",
            "replica-priority",
            "replica-read-only",
            "replica-serve-stale-data",
            "shutdown-timeout",
        ],
    ),
    (
        "there is no cluster",
        &[
            "cluster-allow-pubsubshard-when-down",
            "cluster-allow-reads-when-down",
            "cluster-allow-replica-migration",
            "cluster-announce-bus-port",
            "cluster-announce-hostname",
            "cluster-announce-human-nodename",
            "cluster-announce-ip",
            "cluster-announce-port",
            "cluster-announce-tls-port",
            "cluster-config-file",
            "cluster-link-sendbuf-limit",
            "cluster-migration-barrier",
            "cluster-node-timeout",
            "cluster-ping-interval",
            "cluster-port",
            "cluster-preferred-endpoint-type",
            "cluster-replica-no-failover",
            "cluster-replica-validity-factor",
            "cluster-require-full-coverage",
        ],
    ),
    (
        "there is no TLS: tls-port is refused",
        &[
            "max-new-tls-connections-per-cycle",
            "tls-auth-clients",
            "tls-ca-cert-dir",
            "tls-ca-cert-file",
            "tls-cert-file",
            "tls-ciphers",
            "tls-ciphersuites",
            "tls-client-cert-file",
            "tls-client-key-file",
            "tls-client-key-file-pass",
            "tls-dh-params-file",
            "tls-key-file",
            "tls-key-file-pass",
            "tls-prefer-server-ciphers",
            "tls-protocols",
            "tls-session-cache-size",
            "tls-session-cache-timeout",
            "tls-session-caching",
        ],
    ),
    (
        "one thread does everything, however many were asked for; replies do not depend on it",
        &[
            "aof_rewrite_cpulist",
            "bgsave_cpulist",
            "bio_cpulist",
            "io-threads",
            "io-threads-do-reads",
            "lazyfree-lazy-eviction",
            "lazyfree-lazy-expire",
            "lazyfree-lazy-server-del",
            "lazyfree-lazy-user-del",
            "lazyfree-lazy-user-flush",
            "server_cpulist",
        ],
    ),
    (
        "dictionaries grow page by page and are never rehashed or moved",
        &[
            "active-defrag-cycle-max",
            "active-defrag-cycle-min",
            "active-defrag-ignore-bytes",
            "active-defrag-max-scan-fields",
            "active-defrag-threshold-lower",
            "active-defrag-threshold-upper",
            "activerehashing",
            "jemalloc-bg-thread",
        ],
    ),
    ("keys expire at their time, not in rounds", &["active-expire-effort", "dynamic-hz", "hz"]),
    (
        "they tell the operating system about its process, which leaves the node as it is",
        &[
            "crash-log-enabled",
            "crash-memcheck-enabled",
            "disable-thp",
            "ignore-warnings",
            "oom-score-adj",
            "oom-score-adj-values",
            "proc-title-template",
            "set-proc-title",
            "socket-mark-id",
            "supervised",
            "syslog-facility",
            "syslog-ident",
            "use-exit-on-panic",
            "watchdog-period",
        ],
    ),
    (
        "sockets are accepted as they come, from a queue of the system's length",
        &["bind-source-addr", "max-new-connections-per-cycle", "tcp-backlog"],
    ),
    (
        "files are written by threads of their own and synced when they are whole",
        &["aof-rewrite-incremental-fsync", "no-appendfsync-on-rewrite", "rdb-save-incremental-fsync"],
    ),
    (
        "they slow a server down for tests of it",
        &["key-load-delay", "loading-process-events-interval-bytes", "rdb-key-save-delay"],
    ),
    ("every payload is checked in full", &["sanitize-dump-payload"]),
    ("what the journal no longer needs is removed at once", &["aof-disable-auto-gc"]),
    ("a peer that is gone is noticed when something is sent to it, or by timeout", &["tcp-keepalive"]),
    ("texts sort as bytes", &["locale-collate"]),
];

/// Settings of commands that are still to come: SLOWLOG and LATENCY.
pub const AWAITED: &[&str] = &[
    "latency-monitor-threshold",
    "latency-tracking",
    "latency-tracking-info-percentiles",
    "slowlog-log-slower-than",
    "slowlog-max-len",
];

/// Settings of which only one value can be honoured, and why.
pub const ONE_VALUE: &[(&str, &str, &str)] = &[
    ("cluster-enabled", "no", "this is a single node; there is no cluster mode"),
    ("replicaof", "", "this is a single node; it cannot follow another one"),
    ("tls-port", "0", "there is no TLS; put a TLS proxy in front of it"),
    ("tls-cluster", "no", "there is no TLS"),
    ("tls-replication", "no", "there is no TLS"),
    (
        "activedefrag",
        "no",
        "Active defragmentation cannot be enabled: it requires a Redis server compiled with a modified Jemalloc like \
         the one shipped by default with the Redis source distribution",
    ),
    ("syslog-enabled", "no", "it does not write to syslog; use logfile"),
];

/// More databases than this are refused: each takes memory whether it is used or not.
pub const MAX_DATABASES: usize = 10_000;

/// Refuses what this node cannot live up to.
///
/// # Errors
/// The reason.
pub fn honourable(setting: &Setting, normal: &[u8]) -> Result<(), String> {
    if let Some((_, only, why)) = ONE_VALUE.iter().find(|(name, ..)| *name == setting.name)
        && only.as_bytes() != normal
    {
        return Err((*why).to_string());
    }
    if setting.name == "databases" {
        let count = core::str::from_utf8(normal).ok().and_then(|count| count.parse().ok()).unwrap_or(usize::MAX);
        if count > MAX_DATABASES {
            return Err(format!("more than {MAX_DATABASES} databases are not possible here"));
        }
    }
    Ok(())
}
