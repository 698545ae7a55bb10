//! INFO: what the node knows of itself. Only fields that can be true are there: a node without threads,
//! processes and a machine of its own has no resident memory and no process number, and CPU times where its host tells
//! them. The fields of the real server that are missing stand in `tests/tests/info.rs`, each with its reason.

use crate::command::{Args, Categories, Error, Flags, Group};
use crate::dispatch::{Call, Command};
use crate::server::{Client, Scope};
use core::fmt::Write as _;

use super::connection::REDIS_VERSION;

family![INFO];

const INFO: Command = Command {
    name: "INFO",
    syntax: "[section...]",
    summary: "Reports the state and the counters of the node, by section.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::Server,
    flags: Flags::LOADING.with(Flags::STALE),
    categories: Categories::DANGEROUS,
    tips: &["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
    run: Some(info),
    ..Command::DEFAULT
};

type Section = (&'static str, bool, fn(&Call, &mut String));

/// The sections in their order; the flag says whether INFO without arguments shows it.
const SECTIONS: [Section; 13] = [
    ("server", true, server),
    ("clients", true, clients),
    ("memory", true, memory),
    ("persistence", true, persistence),
    ("stats", true, stats),
    ("replication", true, replication),
    ("cpu", true, cpu),
    ("modules", true, modules),
    ("commandstats", false, command_stats),
    ("errorstats", true, error_stats),
    ("latencystats", false, latency_stats),
    ("cluster", true, cluster),
    ("keyspace", true, keyspace),
];

fn info(call: &mut Call, args: Args) -> Result<(), Error> {
    call.server.sample_rates(call.now);
    let asked = |name: &str| args.rest().iter().any(|argument| argument.eq_ignore_ascii_case(name.as_bytes()));
    let all = asked("all") || asked("everything");
    let default = args.is_empty() || asked("default");
    let mut text = String::new();
    for (name, shown_by_default, write) in SECTIONS {
        if all || asked(name) || (default && shown_by_default) {
            let mut section = String::new();
            write(call, &mut section);
            if !text.is_empty() && !section.is_empty() {
                text.push_str("\r\n");
            }
            text.push_str(&section);
        }
    }
    call.reply.verbatim(b"txt", text.as_bytes());
    Ok(())
}

/// One field. Writing to a string cannot fail.
fn field(text: &mut String, name: &str, value: impl core::fmt::Display) {
    let _ = write!(text, "{name}:{value}\r\n");
}

/// Counters of what a single node without threads, forks and replicas never does.
fn zeros(text: &mut String, names: &[&str]) {
    for name in names {
        field(text, name, 0);
    }
}

/// A number of bytes in the short form of the `_human` fields.
fn human(bytes: usize) -> String {
    let units = [("G", 1u64 << 30), ("M", 1 << 20), ("K", 1 << 10)];
    match units.iter().find(|(_, size)| bytes as u64 >= *size) {
        Some((unit, size)) => format!("{:.2}{unit}", bytes as f64 / *size as f64),
        None => format!("{bytes}B"),
    }
}

fn server(call: &Call, text: &mut String) {
    text.push_str("# Server\r\n");
    field(text, "redis_version", REDIS_VERSION);
    field(text, "rediscover_version", env!("CARGO_PKG_VERSION"));
    field(text, "redis_mode", "standalone");
    field(text, "arch_bits", usize::BITS);
    field(text, "process_supervised", "no");
    field(text, "run_id", &call.server.run_id);
    field(text, "tcp_port", call.server.config.get("port"));
    field(text, "server_time_usec", call.now.0.saturating_mul(1000));
    let up = call.now.since(call.server.started) / 1000;
    field(text, "uptime_in_seconds", up);
    field(text, "uptime_in_days", up / 86_400);
    field(text, "hz", call.server.config.get("hz"));
    field(text, "configured_hz", call.server.config.get("hz"));
    field(text, "lru_clock", call.now.seconds() & 0xff_ffff);
    field(text, "config_file", &call.server.store.config_file);
    field(text, "io_threads_active", 0);
}

fn clients(call: &Call, text: &mut String) {
    text.push_str("# Clients\r\n");
    field(text, "connected_clients", call.server.clients.len() + 1);
    field(text, "cluster_connections", 0);
    let server = &call.server;
    // The calling client is held by the call.
    let count = |fits: fn(&Client) -> bool| {
        server.clients.iter().filter(|client| fits(client)).count() + usize::from(fits(call.client))
    };
    field(text, "maxclients", server.config.get("maxclients"));
    field(text, "blocked_clients", server.waiters.len());
    field(text, "tracking_clients", server.tracking.clients());
    field(text, "pubsub_clients", count(|client| !client.subscriptions.is_empty()));
    field(text, "watching_clients", count(|client| !client.watching.keys.is_empty()));
    field(text, "clients_in_timeout_table", server.waiters.with_deadline());
    field(text, "total_watched_keys", server.watchers.len());
    field(text, "total_blocking_keys", server.waiters.keys());
    field(text, "total_blocking_keys_on_nokey", server.waiters.keys_told_of_the_end());
}

fn memory(call: &Call, text: &mut String) {
    text.push_str("# Memory\r\n");
    let server = &call.server;
    let memory = server.memory(call.keyspace);
    let (used, overhead) = (memory.used(), memory.used().saturating_sub(memory.dataset));
    let peak = server.stats.peak_bytes.max(used);
    field(text, "used_memory", used);
    field(text, "used_memory_human", human(used));
    field(text, "used_memory_peak", peak);
    field(text, "used_memory_peak_human", human(peak));
    field(text, "used_memory_peak_perc", percent(used, peak));
    field(text, "used_memory_overhead", overhead);
    field(text, "used_memory_startup", memory.startup);
    field(text, "used_memory_dataset", memory.dataset);
    field(text, "used_memory_dataset_perc", percent(memory.dataset, used.saturating_sub(memory.startup)));
    let scripting = &server.scripting;
    let (eval, functions) = (scripting.script_bytes, scripting.library_bytes);
    let (scripts, libraries) = (scripting.scripts.bytes(), scripting.libraries.bytes());
    field(text, "used_memory_lua", eval);
    field(text, "used_memory_vm_eval", eval);
    field(text, "used_memory_lua_human", human(eval));
    field(text, "used_memory_scripts_eval", scripts);
    field(text, "number_of_cached_scripts", scripting.scripts.len());
    field(text, "number_of_functions", scripting.libraries.function_count());
    field(text, "number_of_libraries", scripting.libraries.len());
    field(text, "used_memory_vm_functions", functions);
    field(text, "used_memory_vm_total", eval + functions);
    field(text, "used_memory_vm_total_human", human(eval + functions));
    field(text, "used_memory_functions", libraries);
    field(text, "used_memory_scripts", scripts + libraries);
    field(text, "used_memory_scripts_human", human(scripts + libraries));
    field(text, "maxmemory", server.max_memory);
    field(text, "maxmemory_human", human(server.max_memory));
    field(text, "maxmemory_policy", server.config.get("maxmemory-policy"));
    field(text, "mem_not_counted_for_evict", used.saturating_sub(memory.counted()));
    field(text, "mem_clients_normal", memory.clients);
    field(text, "mem_aof_buffer", memory.journal);
}

/// A share in percent, with two digits.
fn percent(part: usize, whole: usize) -> String {
    format!("{:.2}%", if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 })
}

fn persistence(call: &Call, text: &mut String) {
    text.push_str("# Persistence\r\n");
    let (server, store) = (&call.server, &call.server.store);
    let status = |failed: bool| if failed { "err" } else { "ok" };
    let seconds = |seconds: Option<u64>| seconds.map_or(-1, |seconds| seconds as i64);
    let running = |since: Option<crate::base::Time>| seconds(since.map(|since| call.now.since(since) / 1000));
    field(text, "loading", 0);
    field(text, "async_loading", 0);
    field(text, "current_cow_peak", 0);
    field(text, "current_cow_size", 0);
    field(text, "current_cow_size_age", 0);
    field(text, "current_fork_perc", "0.00");
    field(text, "current_save_keys_processed", 0);
    field(text, "current_save_keys_total", 0);
    field(text, "rdb_changes_since_last_save", call.keyspace.counters.dirty);
    field(text, "rdb_bgsave_in_progress", u8::from(server.saving_dirty.is_some()));
    field(text, "rdb_last_save_time", server.last_save.seconds());
    field(text, "rdb_last_bgsave_status", status(!server.last_save_ok));
    field(text, "rdb_last_bgsave_time_sec", seconds(store.last_save_seconds));
    field(text, "rdb_current_bgsave_time_sec", running(store.saving_since));
    field(text, "rdb_saves", store.saves);
    field(text, "rdb_last_cow_size", 0);
    field(text, "rdb_last_load_keys_expired", store.keys_expired_at_load);
    field(text, "rdb_last_load_keys_loaded", store.keys_loaded);
    field(text, "aof_enabled", u8::from(server.journal.on));
    field(text, "aof_rewrite_in_progress", u8::from(store.rewriting_since.is_some()));
    field(text, "aof_rewrite_scheduled", u8::from(store.rewrite_requested));
    field(text, "aof_last_rewrite_time_sec", seconds(store.last_rewrite_seconds));
    field(text, "aof_current_rewrite_time_sec", running(store.rewriting_since));
    field(text, "aof_last_bgrewrite_status", status(store.last_rewrite_failed));
    field(text, "aof_rewrites", store.rewrites);
    field(text, "aof_rewrites_consecutive_failures", store.rewrites_failed_in_a_row);
    field(text, "aof_last_write_status", status(store.journal_error.is_some()));
    field(text, "aof_last_cow_size", 0);
    field(text, "module_fork_in_progress", 0);
    field(text, "module_fork_last_cow_size", 0);
    if server.journal.on {
        field(text, "aof_current_size", store.journal_bytes);
        field(text, "aof_base_size", store.journal_base_bytes);
        field(text, "aof_pending_rewrite", u8::from(store.rewrite_requested));
        field(text, "aof_buffer_length", 0);
        field(text, "aof_pending_bio_fsync", 0);
        field(text, "aof_delayed_fsync", 0);
    }
}

fn stats(call: &Call, text: &mut String) {
    text.push_str("# Stats\r\n");
    let (stats, counters) = (&call.server.stats, &call.keyspace.counters);
    field(text, "total_connections_received", stats.connections_received);
    field(text, "total_commands_processed", stats.commands_processed);
    let rates = &call.server.rates;
    let kilobytes = |bytes: u64| format!("{:.2}", bytes as f64 / 1024.0);
    field(text, "instantaneous_ops_per_sec", rates.commands_per_second());
    field(text, "total_net_input_bytes", stats.net_input_bytes);
    field(text, "total_net_output_bytes", stats.net_output_bytes);
    field(text, "total_net_repl_input_bytes", 0);
    field(text, "total_net_repl_output_bytes", 0);
    field(text, "instantaneous_input_kbps", kilobytes(rates.input_bytes_per_second()));
    field(text, "instantaneous_output_kbps", kilobytes(rates.output_bytes_per_second()));
    field(text, "instantaneous_input_repl_kbps", "0.00");
    field(text, "instantaneous_output_repl_kbps", "0.00");
    field(text, "rejected_connections", stats.rejected_connections);
    zeros(text, &["sync_full", "sync_partial_ok", "sync_partial_err"]);
    field(text, "expired_subkeys", counters.expired_fields);
    field(text, "expired_keys", counters.expired);
    field(text, "expired_stale_perc", "0.00");
    field(text, "expired_time_cap_reached_count", 0);
    field(text, "evicted_keys", counters.evicted);
    field(text, "evicted_clients", stats.evicted_clients);
    field(text, "evicted_scripts", call.server.scripting.evicted_scripts);
    let shortage = call.server.shortage;
    let current_ms = shortage.since.map_or(0, |since| call.now.since(since));
    field(text, "total_eviction_exceeded_time", shortage.past_ms.saturating_add(current_ms));
    field(text, "current_eviction_exceeded_time", current_ms);
    field(text, "keyspace_hits", counters.hits);
    field(text, "keyspace_misses", counters.misses);
    let server = &call.server;
    field(text, "pubsub_channels", server.pubsub.names(Scope::Channel).count());
    field(text, "pubsub_patterns", server.pubsub.patterns());
    field(text, "pubsubshard_channels", server.pubsub.names(Scope::Shard).count());
    zeros(text, &["latest_fork_usec", "total_forks", "migrate_cached_sockets", "slave_expires_tracked_keys"]);
    zeros(text, &["active_defrag_hits", "active_defrag_misses", "active_defrag_key_hits", "active_defrag_key_misses"]);
    zeros(text, &["total_active_defrag_time", "current_active_defrag_time"]);
    field(text, "tracking_total_keys", server.tracking.keys());
    field(text, "tracking_total_items", server.tracking.items());
    field(text, "tracking_total_prefixes", server.tracking.prefixes());
    field(text, "unexpected_error_replies", 0);
    field(text, "total_error_replies", stats.error_replies);
    field(text, "total_reads_processed", stats.reads);
    field(text, "total_writes_processed", stats.writes);
    zeros(text, &["io_threaded_reads_processed", "io_threaded_writes_processed"]);
    field(text, "client_query_buffer_limit_disconnections", stats.query_buffer_disconnections);
    field(text, "client_output_buffer_limit_disconnections", stats.output_buffer_disconnections);
    let denials = &server.acl.denials;
    field(text, "acl_access_denied_auth", denials.authentications);
    field(text, "acl_access_denied_cmd", denials.commands);
    field(text, "acl_access_denied_key", denials.keys);
    field(text, "acl_access_denied_channel", denials.channels);
    field(text, "eventloop_cycles", stats.turns);
    field(text, "eventloop_duration_sum", stats.turn_micros);
    field(text, "eventloop_duration_cmd_sum", stats.command_micros);
    field(text, "instantaneous_eventloop_cycles_per_sec", rates.turns_per_second());
    field(text, "instantaneous_eventloop_duration_usec", rates.micros_per_turn());
}

fn replication(call: &Call, text: &mut String) {
    text.push_str("# Replication\r\n");
    field(text, "role", "master");
    field(text, "connected_slaves", 0);
    field(text, "master_failover_state", "no-failover");
    field(text, "master_replid", &call.server.replication_id);
    field(text, "master_replid2", "0".repeat(40));
    field(text, "master_repl_offset", 0);
    field(text, "second_repl_offset", -1);
    field(text, "repl_backlog_active", 0);
    field(text, "repl_backlog_size", call.server.config.size("repl-backlog-size"));
    zeros(text, &["repl_backlog_first_byte_offset", "repl_backlog_histlen"]);
}

/// What the host knows of its processors; a page knows nothing, and has no such section.
fn cpu(call: &Call, text: &mut String) {
    let Some(times) = call.server.processor_times else { return };
    let times = times();
    text.push_str("# CPU\r\n");
    for (name, spent) in [("", times.all), ("_children", times.children), ("_main_thread", times.thread)] {
        for (whose, micros) in [("sys", spent.system_us), ("user", spent.user_us)] {
            let _ = write!(text, "used_cpu_{whose}{name}:{}.{:06}\r\n", micros / 1_000_000, micros % 1_000_000);
        }
    }
}

fn modules(_call: &Call, text: &mut String) {
    text.push_str("# Modules\r\n");
}

fn command_stats(call: &Call, text: &mut String) {
    text.push_str("# Commandstats\r\n");
    for (row, stats) in call.table.rows().zip(&call.server.stats.per_command) {
        if stats.calls > 0 || stats.rejected > 0 {
            let _ = write!(
                text,
                "cmdstat_{}:calls={},usec={},usec_per_call={:.2},rejected_calls={},failed_calls={}\r\n",
                row.name,
                stats.calls,
                stats.micros,
                if stats.calls == 0 { 0.0 } else { stats.micros as f64 / stats.calls as f64 },
                stats.rejected,
                stats.failed
            );
        }
    }
}

fn error_stats(call: &Call, text: &mut String) {
    text.push_str("# Errorstats\r\n");
    let mut counts: Vec<_> = call.server.stats.per_error.iter().collect();
    counts.sort_unstable();
    for (code, count) in counts {
        let _ = write!(text, "errorstat_{code}:count={count}\r\n");
    }
}

fn latency_stats(call: &Call, text: &mut String) {
    text.push_str("# Latencystats\r\n");
    let percents = call.server.config.get("latency-tracking-info-percentiles");
    let percents: Vec<(&str, f64)> =
        percents.split_whitespace().filter_map(|word| Some((word, word.parse().ok()?))).collect();
    for (row, stats) in call.table.rows().zip(&call.server.stats.per_command) {
        if stats.latency.total() > 0 {
            let micros = |percent: f64| stats.latency.percentile_ns(percent) as f64 / 1000.0;
            let values = percents.iter().map(|(word, percent)| format!("p{word}={:.3}", micros(*percent)));
            let values = values.collect::<Vec<_>>().join(",");
            let _ = write!(text, "latency_percentiles_usec_{}:{values}\r\n", row.name);
        }
    }
}

fn cluster(_call: &Call, text: &mut String) {
    text.push_str("# Cluster\r\n");
    field(text, "cluster_enabled", 0);
}

fn keyspace(call: &Call, text: &mut String) {
    text.push_str("# Keyspace\r\n");
    for (number, database) in call.keyspace.databases().filter(|(_, database)| !database.is_empty()) {
        let _ = write!(
            text,
            "db{number}:keys={},expires={},avg_ttl={},subexpiry={}\r\n",
            database.len(),
            database.volatile_len(),
            database.average_ttl_ms(call.now.0),
            database.volatile_hashes()
        );
    }
}
