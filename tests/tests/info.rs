//! The sections and fields of INFO beside the real server's, in their order.

use std::collections::BTreeSet;

use engine::{Engine, Options, Time};
use tests::client::Client;
use tests::real::RealServer;

/// The fields that the real server has and we have not, each group with its reason.
const MISSING: &[(&str, &[&str])] = &[
    (
        "about the program and the machine that a real server is built for and runs on",
        &[
            "redis_git_sha1",
            "redis_git_dirty",
            "redis_build_id",
            "os",
            "monotonic_clock",
            "multiplexing_api",
            "atomicvar_api",
            "gcc_version",
            "process_id",
            "executable",
            "total_system_memory",
            "total_system_memory_human",
            "mem_allocator",
        ],
    ),
    (
        "what the allocator and the operating system give and keep is not known inside the engine",
        &[
            "used_memory_rss",
            "used_memory_rss_human",
            "allocator_allocated",
            "allocator_active",
            "allocator_resident",
            "allocator_frag_ratio",
            "allocator_frag_bytes",
            "allocator_rss_ratio",
            "allocator_rss_bytes",
            "rss_overhead_ratio",
            "rss_overhead_bytes",
            "mem_fragmentation_ratio",
            "mem_fragmentation_bytes",
        ],
    ),
    (
        "the engine itself reads no processor times; the server below tells it some",
        &[
            "used_cpu_sys",
            "used_cpu_user",
            "used_cpu_sys_children",
            "used_cpu_user_children",
            "used_cpu_sys_main_thread",
            "used_cpu_user_main_thread",
            "expire_cycle_cpu_milliseconds",
        ],
    ),
    (
        "about the real server's own buffers, which ours have no counterpart of",
        &[
            "client_recent_max_input_buffer",
            "client_recent_max_output_buffer",
            "reply_buffer_shrinks",
            "reply_buffer_expands",
            "dump_payload_sanitizations",
        ],
    ),
    (
        "replication, cluster links, defragmentation and removal in another thread",
        &[
            "mem_replication_backlog",
            "mem_total_replication_buffers",
            "mem_clients_slaves",
            "mem_cluster_links",
            "active_defrag_running",
            "lazyfree_pending_objects",
            "lazyfreed_objects",
        ],
    ),
];

/// The fields that came after the version of the real server of the tests, and our own.
const NEWER: &[&str] = &[
    "rediscover_version",
    "pubsub_clients",
    "watching_clients",
    "total_watched_keys",
    "total_blocking_keys",
    "total_blocking_keys_on_nokey",
    "expired_subkeys",
    "evicted_scripts",
    "client_query_buffer_limit_disconnections",
    "client_output_buffer_limit_disconnections",
    "acl_access_denied_auth",
    "acl_access_denied_cmd",
    "acl_access_denied_key",
    "acl_access_denied_channel",
    "eventloop_cycles",
    "eventloop_duration_sum",
    "eventloop_duration_cmd_sum",
    "instantaneous_eventloop_cycles_per_sec",
    "instantaneous_eventloop_duration_usec",
];

/// Commands that let every section have something to show.
const COMMANDS: &[&str] = &["SET k v EX 1000", "GET k", "GET", "CLIENT ID", "INCR k", "CONFIG SET appendonly yes"];

/// Headlines and names of fields, in order. A processor of its own has no section in ours.
fn names(reply: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(reply).into_owned();
    let lines = text.lines().skip(1).filter(|line| !line.is_empty() && *line != "# CPU");
    lines.map(|line| line.split(':').next().unwrap_or(line).to_string()).collect()
}

fn ours(call: &mut dyn FnMut(&str) -> Vec<u8>, section: &str) -> Vec<String> {
    names(&call(&format!("INFO {section}")))
}

#[test]
fn the_fields_are_the_real_ones() {
    let server = RealServer::start().unwrap();
    let mut client: Client = server.client().unwrap();
    let mut real = |line: &str| client.line(line).unwrap();
    let now = Time(1_700_000_000_000);
    let mut engine = Engine::new(Options::default(), now).unwrap();
    engine.use_clock(|| 0);
    let id = engine.connect(now);
    let mut own = |line: &str| {
        engine.receive(id, format!("{line}\r\n").as_bytes(), now);
        let mut bytes = Vec::new();
        while let Some(output) = engine.poll() {
            if let engine::Output::Reply { bytes: more, .. } = output {
                bytes.extend(more);
            }
        }
        bytes
    };
    for command in COMMANDS {
        real(command);
        own(command);
    }
    let missing: BTreeSet<&str> = MISSING.iter().flat_map(|(_, fields)| fields.iter().copied()).collect();
    let newer: BTreeSet<&str> = NEWER.iter().copied().collect();
    let sections = [
        "",
        "default",
        "all",
        "everything",
        "server",
        "clients",
        "memory",
        "persistence",
        "stats",
        "replication",
        "modules",
        "commandstats",
        "errorstats",
        "latencystats",
        "cluster",
        "keyspace",
        "SERVER keyspace cluster",
        "nope",
    ];
    for section in sections {
        let real = ours(&mut real, section);
        let own = ours(&mut own, section);
        let there: Vec<_> = missing.iter().filter(|field| own.iter().any(|name| name == *field)).collect();
        assert!(there.is_empty(), "INFO {section}: {there:?} are not missing");
        // What each command has a line for depends on what was called.
        let counts =
            |name: &&String| !name.starts_with("cmdstat_info") && !name.starts_with("latency_percentiles_usec_info");
        let expected: BTreeSet<&String> =
            real.iter().filter(|name| !missing.contains(name.as_str())).filter(counts).collect();
        let found: BTreeSet<&String> =
            own.iter().filter(|name| !newer.contains(name.as_str())).filter(counts).collect();
        assert_eq!(found, expected, "INFO {section}");
        let in_order = |names: &[String]| -> Vec<String> {
            // The real server's commands come in the order of its hash table.
            let fixed = names.iter().filter(|name| !name.starts_with("cmdstat_") && !name.starts_with("latency_perc"));
            fixed.filter(|name| found.contains(name) && expected.contains(name)).cloned().collect()
        };
        assert_eq!(in_order(&own), in_order(&real), "INFO {section}");
    }
}
