//! Every setting of Redis 7.4: one line each, by concern.

use super::check;
use super::kind::Kind;

/// The declaration of one setting.
#[derive(Debug)]
pub struct Setting {
    pub name: &'static str,
    /// An older name that still works.
    pub alias: Option<&'static str>,
    pub kind: Kind,
    /// As CONFIG GET prints it.
    pub default: &'static str,
    /// CONFIG SET refuses it: it is known at the start or never.
    pub immutable: bool,
    /// CONFIG SET refuses it unless `enable-protected-configs` allows it.
    pub protected: bool,
    /// Its value is not to be shown in logs.
    pub sensitive: bool,
    /// CONFIG GET shows it only when it is named in full.
    pub hidden: bool,
    /// CONFIG SET refuses it while data is being loaded.
    pub denied_while_loading: bool,
    /// The host has to do something before a new value holds: listen, enter a folder.
    pub by_host: bool,
}

const fn setting(name: &'static str, kind: Kind, default: &'static str) -> Setting {
    Setting {
        name,
        alias: None,
        kind,
        default,
        immutable: false,
        protected: false,
        sensitive: false,
        hidden: false,
        denied_while_loading: false,
        by_host: false,
    }
}

const fn fixed(name: &'static str, kind: Kind, default: &'static str) -> Setting {
    Setting { immutable: true, ..setting(name, kind, default) }
}

const fn hidden(name: &'static str, kind: Kind, default: &'static str) -> Setting {
    Setting { hidden: true, ..setting(name, kind, default) }
}

const fn renamed(name: &'static str, alias: &'static str, kind: Kind, default: &'static str) -> Setting {
    Setting { alias: Some(alias), ..setting(name, kind, default) }
}

const fn secret(name: &'static str, kind: Kind) -> Setting {
    Setting { sensitive: true, ..setting(name, kind, "") }
}

const fn hosted(name: &'static str, kind: Kind, default: &'static str) -> Setting {
    Setting { by_host: true, ..setting(name, kind, default) }
}

const I32_MAX: i64 = i32::MAX as i64;
const U32_MAX: i64 = u32::MAX as i64;
const I64_MAX: u64 = i64::MAX as u64;

/// Whole numbers from 0 up to what 32 bits hold.
const SMALL: Kind = Kind::Integer { min: 0, max: I32_MAX };
/// Whole numbers from 1 up to what 32 bits hold.
const COUNT: Kind = Kind::Integer { min: 1, max: I32_MAX };
/// Whole numbers from 0 up to what 64 bits hold.
const LONG: Kind = Kind::Integer { min: 0, max: i64::MAX };
const ANY_INT: Kind = Kind::Integer { min: i32::MIN as i64, max: I32_MAX };
const PORT: Kind = Kind::Integer { min: 0, max: 65535 };
const BYTES: Kind = Kind::Memory { min: 0, max: I64_MAX };
const MANY_BYTES: Kind = Kind::Memory { min: 1, max: I64_MAX };
const MEGABYTES: Kind = Kind::Memory { min: 1024 * 1024, max: I64_MAX };
const YES_NO: Kind = Kind::YesNo;
const TEXT: Kind = Kind::Text(check::anything);

const POLICIES: &[&str] = &[
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "noeviction",
];
const PROTECTION: Kind = Kind::Choice(&["no", "yes", "local"]);
const SHUTDOWN: Kind = Kind::Flags(&["default", "save", "nosave", "now", "force"]);
const FACILITIES: &[&str] = &["user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"];

/// Every setting that exists.
pub static SETTINGS: &[Setting] = &[
    // The connection.
    hosted("port", PORT, "6379"),
    hosted("bind", Kind::Addresses, "* -::*"),
    setting("bind-source-addr", TEXT, ""),
    setting("protected-mode", YES_NO, "yes"),
    fixed("unixsocket", TEXT, ""),
    fixed("unixsocketperm", Kind::Octal { max: 0o777 }, "0"),
    fixed("tcp-backlog", SMALL, "511"),
    fixed("socket-mark-id", Kind::Integer { min: 0, max: U32_MAX }, "0"),
    setting("tcp-keepalive", SMALL, "300"),
    setting("timeout", SMALL, "0"),
    setting("maxclients", Kind::Integer { min: 1, max: U32_MAX }, "10000"),
    setting("max-new-connections-per-cycle", Kind::Integer { min: 1, max: 1000 }, "10"),
    setting("max-new-tls-connections-per-cycle", Kind::Integer { min: 1, max: 1000 }, "1"),
    setting("proto-max-bulk-len", MEGABYTES, "536870912"),
    setting("client-query-buffer-limit", MEGABYTES, "1073741824"),
    setting(
        "client-output-buffer-limit",
        Kind::OutputLimits,
        "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
    ),
    setting("maxmemory-clients", Kind::MemoryOrPercent, "0"),
    setting("tracking-table-max-keys", LONG, "1000000"),
    // Who may do what.
    secret("requirepass", Kind::Binary),
    fixed("aclfile", TEXT, ""),
    setting("acllog-max-len", LONG, "128"),
    setting("acl-pubsub-default", Kind::Choice(&["allchannels", "resetchannels"]), "resetchannels"),
    fixed("enable-protected-configs", PROTECTION, "no"),
    fixed("enable-debug-command", PROTECTION, "no"),
    fixed("enable-module-command", PROTECTION, "no"),
    // The process.
    fixed("daemonize", YES_NO, "no"),
    fixed("supervised", Kind::Choice(&["upstart", "systemd", "auto", "no"]), "no"),
    fixed("pidfile", TEXT, ""),
    fixed("logfile", TEXT, ""),
    setting("loglevel", Kind::Choice(&["debug", "verbose", "notice", "warning"]), "notice"),
    fixed("always-show-logo", YES_NO, "no"),
    fixed("syslog-enabled", YES_NO, "no"),
    fixed("syslog-ident", TEXT, "redis"),
    fixed("syslog-facility", Kind::Choice(FACILITIES), "local0"),
    fixed("set-proc-title", YES_NO, "yes"),
    setting("proc-title-template", Kind::Text(check::process_title), "{title} {listen-addr} {server-mode}"),
    setting("ignore-warnings", TEXT, ""),
    setting("crash-log-enabled", YES_NO, "yes"),
    setting("crash-memcheck-enabled", YES_NO, "yes"),
    hidden("use-exit-on-panic", YES_NO, "no"),
    hidden("watchdog-period", SMALL, "0"),
    fixed("disable-thp", YES_NO, "yes"),
    setting("oom-score-adj", Kind::Synonym(&["no", "yes", "relative", "absolute"], "relative", "yes"), "no"),
    setting("oom-score-adj-values", Kind::OomScores, "0 200 800"),
    setting("shutdown-timeout", SMALL, "10"),
    setting("shutdown-on-sigint", SHUTDOWN, "default"),
    setting("shutdown-on-sigterm", SHUTDOWN, "default"),
    fixed("io-threads", Kind::Integer { min: 1, max: 128 }, "1"),
    fixed("io-threads-do-reads", YES_NO, "no"),
    fixed("server_cpulist", TEXT, ""),
    fixed("bio_cpulist", TEXT, ""),
    fixed("aof_rewrite_cpulist", TEXT, ""),
    fixed("bgsave_cpulist", TEXT, ""),
    setting("locale-collate", TEXT, ""),
    setting("hz", Kind::Hertz, "10"),
    setting("dynamic-hz", YES_NO, "yes"),
    // Snapshots.
    Setting { protected: true, denied_while_loading: true, by_host: true, ..setting("dir", Kind::Folder, "") },
    Setting { protected: true, ..setting("dbfilename", Kind::Text(check::snapshot_name), "dump.rdb") },
    setting("save", Kind::SavePoints, "3600 1 300 100 60 10000"),
    setting("stop-writes-on-bgsave-error", YES_NO, "yes"),
    setting("rdbcompression", YES_NO, "yes"),
    fixed("rdbchecksum", YES_NO, "yes"),
    setting("rdb-save-incremental-fsync", YES_NO, "yes"),
    setting("rdb-del-sync-files", YES_NO, "no"),
    hidden("rdb-key-save-delay", ANY_INT, "0"),
    hidden("key-load-delay", ANY_INT, "0"),
    hidden("loading-process-events-interval-bytes", Kind::Integer { min: 1024, max: I32_MAX }, "2097152"),
    setting("sanitize-dump-payload", Kind::Choice(&["no", "yes", "clients"]), "no"),
    // The append-only file.
    Setting { denied_while_loading: true, ..setting("appendonly", YES_NO, "no") },
    fixed("appendfilename", Kind::Text(check::journal_name), "appendonly.aof"),
    fixed("appenddirname", Kind::Text(check::journal_folder), "appendonlydir"),
    setting("appendfsync", Kind::Choice(&["everysec", "always", "no"]), "everysec"),
    setting("no-appendfsync-on-rewrite", YES_NO, "no"),
    setting("auto-aof-rewrite-percentage", SMALL, "100"),
    setting("auto-aof-rewrite-min-size", BYTES, "67108864"),
    setting("aof-load-truncated", YES_NO, "yes"),
    setting("aof-use-rdb-preamble", YES_NO, "yes"),
    setting("aof-timestamp-enabled", YES_NO, "no"),
    setting("aof-rewrite-incremental-fsync", YES_NO, "yes"),
    hidden("aof-disable-auto-gc", YES_NO, "no"),
    // The data.
    fixed("databases", COUNT, "16"),
    renamed("hash-max-listpack-entries", "hash-max-ziplist-entries", LONG, "512"),
    renamed("hash-max-listpack-value", "hash-max-ziplist-value", BYTES, "64"),
    setting("list-compress-depth", SMALL, "0"),
    renamed("list-max-listpack-size", "list-max-ziplist-size", ANY_INT, "-2"),
    setting("set-max-intset-entries", LONG, "512"),
    setting("set-max-listpack-entries", LONG, "128"),
    setting("set-max-listpack-value", LONG, "64"),
    renamed("zset-max-listpack-entries", "zset-max-ziplist-entries", LONG, "128"),
    renamed("zset-max-listpack-value", "zset-max-ziplist-value", BYTES, "64"),
    setting("stream-node-max-bytes", BYTES, "4096"),
    setting("stream-node-max-entries", LONG, "100"),
    setting("hll-sparse-max-bytes", BYTES, "3000"),
    setting("notify-keyspace-events", Kind::Events, ""),
    setting("active-expire-effort", Kind::Integer { min: 1, max: 10 }, "1"),
    setting("activerehashing", YES_NO, "yes"),
    // Memory.
    setting("maxmemory", Kind::Memory { min: 0, max: u64::MAX }, "0"),
    setting("maxmemory-policy", Kind::Choice(POLICIES), "noeviction"),
    setting("maxmemory-samples", COUNT, "5"),
    setting("maxmemory-eviction-tenacity", Kind::Integer { min: 0, max: 100 }, "10"),
    setting("lfu-log-factor", SMALL, "10"),
    setting("lfu-decay-time", SMALL, "1"),
    setting("lazyfree-lazy-eviction", YES_NO, "no"),
    setting("lazyfree-lazy-expire", YES_NO, "no"),
    setting("lazyfree-lazy-server-del", YES_NO, "no"),
    setting("lazyfree-lazy-user-del", YES_NO, "no"),
    setting("lazyfree-lazy-user-flush", YES_NO, "no"),
    setting("jemalloc-bg-thread", YES_NO, "yes"),
    setting("activedefrag", YES_NO, "no"),
    setting("active-defrag-cycle-min", Kind::Integer { min: 1, max: 99 }, "1"),
    setting("active-defrag-cycle-max", Kind::Integer { min: 1, max: 99 }, "25"),
    setting("active-defrag-threshold-lower", Kind::Integer { min: 0, max: 1000 }, "10"),
    setting("active-defrag-threshold-upper", Kind::Integer { min: 0, max: 1000 }, "100"),
    setting("active-defrag-ignore-bytes", MANY_BYTES, "104857600"),
    setting("active-defrag-max-scan-fields", Kind::Integer { min: 1, max: i64::MAX }, "1000"),
    // What is slow.
    renamed("busy-reply-threshold", "lua-time-limit", LONG, "5000"),
    setting("slowlog-log-slower-than", Kind::Integer { min: -1, max: i64::MAX }, "10000"),
    setting("slowlog-max-len", LONG, "128"),
    setting("latency-monitor-threshold", LONG, "0"),
    setting("latency-tracking", YES_NO, "yes"),
    setting("latency-tracking-info-percentiles", Kind::Percentiles, "50 99 99.9"),
    // Replication.
    Setting { immutable: true, ..renamed("replicaof", "slaveof", Kind::Primary, "") },
    secret("masterauth", Kind::Binary),
    secret("masteruser", TEXT),
    renamed("min-replicas-to-write", "min-slaves-to-write", SMALL, "0"),
    renamed("min-replicas-max-lag", "min-slaves-max-lag", SMALL, "10"),
    renamed("replica-announce-ip", "slave-announce-ip", TEXT, ""),
    renamed("replica-announce-port", "slave-announce-port", PORT, "0"),
    setting("replica-announced", YES_NO, "yes"),
    setting("replica-ignore-disk-write-errors", YES_NO, "no"),
    renamed("replica-ignore-maxmemory", "slave-ignore-maxmemory", YES_NO, "yes"),
    renamed("replica-lazy-flush", "slave-lazy-flush", YES_NO, "no"),
    renamed("replica-priority", "slave-priority", SMALL, "100"),
    renamed("replica-read-only", "slave-read-only", YES_NO, "yes"),
    renamed("replica-serve-stale-data", "slave-serve-stale-data", YES_NO, "yes"),
    setting("repl-backlog-size", Kind::AtLeast { least: 16 * 1024, max: I64_MAX }, "1048576"),
    setting("repl-backlog-ttl", LONG, "3600"),
    setting("repl-disable-tcp-nodelay", YES_NO, "no"),
    Setting {
        denied_while_loading: true,
        ..setting("repl-diskless-load", Kind::Choice(&["disabled", "on-empty-db", "swapdb"]), "disabled")
    },
    setting("repl-diskless-sync", YES_NO, "yes"),
    setting("repl-diskless-sync-delay", SMALL, "5"),
    setting("repl-diskless-sync-max-replicas", SMALL, "0"),
    renamed("repl-ping-replica-period", "repl-ping-slave-period", COUNT, "10"),
    setting("repl-timeout", COUNT, "60"),
    setting("propagation-error-behavior", Kind::Choice(&["ignore", "panic", "panic-on-replicas"]), "ignore"),
    // Cluster.
    fixed("cluster-enabled", YES_NO, "no"),
    fixed("cluster-config-file", TEXT, "nodes.conf"),
    fixed("cluster-port", PORT, "0"),
    setting("cluster-node-timeout", LONG, "15000"),
    hidden("cluster-ping-interval", SMALL, "1000"),
    setting("cluster-announce-ip", TEXT, ""),
    setting("cluster-announce-hostname", Kind::Text(check::host_name), ""),
    setting("cluster-announce-human-nodename", Kind::Text(check::node_name), ""),
    setting("cluster-announce-port", PORT, "0"),
    setting("cluster-announce-bus-port", PORT, "0"),
    setting("cluster-announce-tls-port", PORT, "0"),
    setting("cluster-allow-pubsubshard-when-down", YES_NO, "yes"),
    setting("cluster-allow-reads-when-down", YES_NO, "no"),
    setting("cluster-allow-replica-migration", YES_NO, "yes"),
    setting("cluster-link-sendbuf-limit", Kind::Memory { min: 0, max: u64::MAX }, "0"),
    setting("cluster-migration-barrier", SMALL, "1"),
    setting("cluster-preferred-endpoint-type", Kind::Choice(&["ip", "hostname", "unknown-endpoint"]), "ip"),
    renamed("cluster-replica-no-failover", "cluster-slave-no-failover", YES_NO, "no"),
    renamed("cluster-replica-validity-factor", "cluster-slave-validity-factor", SMALL, "10"),
    setting("cluster-require-full-coverage", YES_NO, "yes"),
    // TLS.
    setting("tls-port", PORT, "0"),
    setting("tls-auth-clients", Kind::Choice(&["no", "yes", "optional"]), "yes"),
    setting("tls-ca-cert-dir", TEXT, ""),
    setting("tls-ca-cert-file", TEXT, ""),
    setting("tls-cert-file", TEXT, ""),
    setting("tls-ciphers", TEXT, ""),
    setting("tls-ciphersuites", TEXT, ""),
    setting("tls-client-cert-file", TEXT, ""),
    setting("tls-client-key-file", TEXT, ""),
    setting("tls-client-key-file-pass", TEXT, ""),
    setting("tls-cluster", YES_NO, "no"),
    setting("tls-dh-params-file", TEXT, ""),
    setting("tls-key-file", TEXT, ""),
    setting("tls-key-file-pass", TEXT, ""),
    setting("tls-prefer-server-ciphers", YES_NO, "no"),
    setting("tls-protocols", TEXT, ""),
    setting("tls-replication", YES_NO, "no"),
    setting("tls-session-cache-size", SMALL, "20480"),
    setting("tls-session-cache-timeout", SMALL, "300"),
    setting("tls-session-caching", YES_NO, "yes"),
];
