//! What memory is used for: MEMORY. The figures are counted, not measured: they are those that `maxmemory` goes by.
//! What only an allocator or an operating system could tell (pages that are resident, fragmentation) is given as what
//! follows from counting: as much as is in use, and no fragmentation.

use core::fmt::Write as _;

use super::help;
use crate::command::{Access, Args, Error, Flags, Group};
use crate::dispatch::{Call, Command};
use crate::resp::Reply;
use crate::server::Memory;

family![MEMORY];

const MEMORY: Command = Command {
    name: "MEMORY",
    summary: "Shows what memory is used for.",
    since: "4.0.0",
    group: Group::Server,
    subcommands: &[DOCTOR, MEMORY_HELP, MALLOC_STATS, PURGE, STATS, USAGE],
    ..Command::DEFAULT
};

const MEMORY_HELP: Command = Command {
    name: "HELP",
    summary: "Lists the subcommands.",
    since: "4.0.0",
    complexity: "O(1)",
    group: Group::Server,
    flags: Flags::LOADING.with(Flags::STALE),
    run: Some(|call, _| help::of_container(call, &MEMORY)),
    ..Command::DEFAULT
};

const USAGE: Command = Command {
    name: "USAGE",
    syntax: "key [SAMPLES count]",
    summary: "Returns how many bytes a key takes with all that it holds: counted, not sampled.",
    since: "4.0.0",
    complexity: "O(1)",
    group: Group::Server,
    flags: Flags::READONLY,
    access: &[Access::RO],
    run: Some(usage),
    ..Command::DEFAULT
};

fn usage(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let key = args.next()?;
    while !args.is_empty() {
        if args.remaining() < 2 || !args.keyword("SAMPLES") || args.integer()? < 0 {
            return Err(Error::Syntax);
        }
    }
    match call.keyspace.bytes_of(call.client.database, key) {
        Some(bytes) => call.reply.integer(bytes as i64),
        None => call.reply.null(),
    }
    Ok(())
}

const STATS: Command = Command {
    name: "STATS",
    summary: "Returns what memory is used for, by purpose.",
    since: "4.0.0",
    complexity: "O(1)",
    group: Group::Server,
    tips: &["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
    run: Some(stats),
    ..Command::DEFAULT
};

/// One figure of MEMORY STATS.
enum Figure {
    Count(usize),
    Ratio(f64),
}

fn stats(call: &mut Call, _args: Args) -> Result<(), Error> {
    use Figure::{Count, Ratio};
    let memory = call.server.memory(call.keyspace);
    let used = memory.used();
    let peak = call.server.stats.peak_bytes.max(used);
    let databases: Vec<_> = call
        .keyspace
        .databases()
        .filter(|(_, database)| !database.is_empty())
        .map(|(number, database)| (number, database.overhead_bytes(), database.deadline_bytes(), database.len()))
        .collect();
    let tables: usize = databases.iter().map(|(_, keys, deadlines, _)| keys + deadlines).sum();
    let keys: usize = databases.iter().map(|(.., keys)| keys).sum();
    let overhead = used.saturating_sub(memory.dataset) + tables;
    let values = memory.dataset.saturating_sub(tables);
    let beyond_startup = used.saturating_sub(memory.startup);
    let before = [
        ("peak.allocated", Count(peak)),
        ("total.allocated", Count(used)),
        ("startup.allocated", Count(memory.startup)),
        ("replication.backlog", Count(0)),
        ("clients.slaves", Count(0)),
        ("clients.normal", Count(memory.clients)),
        ("cluster.links", Count(0)),
        ("aof.buffer", Count(memory.journal)),
        ("lua.caches", Count(call.server.scripting.scripts.bytes())),
        ("functions.caches", Count(call.server.scripting.libraries.bytes())),
    ];
    let after = [
        ("overhead.db.hashtable.lut", Count(tables)),
        ("overhead.db.hashtable.rehashing", Count(0)),
        ("db.dict.rehashing.count", Count(0)),
        ("overhead.total", Count(overhead)),
        ("keys.count", Count(keys)),
        ("keys.bytes-per-key", Count(beyond_startup.checked_div(keys).unwrap_or(0))),
        ("dataset.bytes", Count(values)),
        ("dataset.percentage", Ratio(percent(values, beyond_startup))),
        ("peak.percentage", Ratio(percent(used, peak))),
        ("allocator.allocated", Count(used)),
        ("allocator.active", Count(used)),
        ("allocator.resident", Count(used)),
        ("allocator.muzzy", Count(0)),
        ("allocator-fragmentation.ratio", Ratio(1.0)),
        ("allocator-fragmentation.bytes", Count(0)),
        ("allocator-rss.ratio", Ratio(1.0)),
        ("allocator-rss.bytes", Count(0)),
        ("rss-overhead.ratio", Ratio(1.0)),
        ("rss-overhead.bytes", Count(0)),
        ("fragmentation", Ratio(1.0)),
        ("fragmentation.bytes", Count(0)),
    ];
    call.reply.map(before.len() + databases.len() + after.len());
    write_figures(call.reply, &before);
    for (number, keys, deadlines, _) in databases {
        call.reply.bulk(format!("db.{number}").as_bytes());
        call.reply.map(2);
        call.reply.bulk(b"overhead.hashtable.main");
        call.reply.integer(keys as i64);
        call.reply.bulk(b"overhead.hashtable.expires");
        call.reply.integer(deadlines as i64);
    }
    write_figures(call.reply, &after);
    Ok(())
}

fn write_figures(reply: &mut Reply, figures: &[(&str, Figure)]) {
    for (name, figure) in figures {
        reply.bulk(name.as_bytes());
        match *figure {
            Figure::Count(count) => reply.integer(count as i64),
            Figure::Ratio(ratio) => reply.double(ratio),
        }
    }
}

fn percent(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}

const DOCTOR: Command = Command {
    name: "DOCTOR",
    summary: "Says in words what stands out in the use of memory.",
    since: "4.0.0",
    complexity: "O(1)",
    group: Group::Server,
    tips: &["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
    run: Some(doctor),
    ..Command::DEFAULT
};

fn doctor(call: &mut Call, _args: Args) -> Result<(), Error> {
    let memory = call.server.memory(call.keyspace);
    let clients = call.server.clients.len() + 1;
    let report = diagnose(&memory, call.server.stats.peak_bytes, call.server.max_memory, clients);
    call.reply.verbatim(b"txt", report.as_bytes());
    Ok(())
}

/// What a person should know. The thresholds are Redis's, except for the limit that is near.
fn diagnose(memory: &Memory, peak: usize, limit: usize, clients: usize) -> String {
    const TOO_LITTLE: usize = 5 << 20;
    const MUCH_PER_CLIENT: usize = 200 << 10;
    let used = memory.used();
    if used < TOO_LITTLE {
        return "There is too little data here to say anything about its memory: less than 5 MB is in use.\n"
            .to_owned();
    }
    let mut report = String::new();
    // Writing to a string cannot fail.
    if peak > used + used / 2 {
        let _ = writeln!(
            report,
            "- Peak: at most {peak} bytes were in use, more than half as much again as the {used} bytes now. Tables \
             that were that large may have room to spare."
        );
    }
    if limit > 0 && memory.counted() > limit - limit / 10 {
        let _ = writeln!(
            report,
            "- Limit: {} of maxmemory's {limit} bytes are in use. Beyond it keys are evicted, or writes refused, as \
             maxmemory-policy says.",
            memory.counted()
        );
    }
    if memory.spare > memory.dataset / 2 {
        let _ = writeln!(
            report,
            "- Spare room: {} bytes of tables are kept for keys to come. They are filled before more is asked for.",
            memory.spare
        );
    }
    if memory.clients / clients.max(1) > MUCH_PER_CLIENT {
        let _ = writeln!(
            report,
            "- Clients: the buffers of {clients} clients take {} bytes. One that does not read its replies, or sends \
             very large commands, shows in CLIENT LIST by its tot-mem.",
            memory.clients
        );
    }
    if report.is_empty() {
        return "Nothing stands out in the use of memory.\n".to_owned();
    }
    format!("This stands out in the use of memory:\n\n{report}")
}

const MALLOC_STATS: Command = Command {
    name: "MALLOC-STATS",
    summary: "Returns what the allocator says of itself: here it says nothing.",
    since: "4.0.0",
    complexity: "O(1)",
    group: Group::Server,
    tips: &["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
    run: Some(|call, _| {
        call.reply.bulk(b"Stats not supported for the current allocator");
        Ok(())
    }),
    ..Command::DEFAULT
};

const PURGE: Command = Command {
    name: "PURGE",
    summary: "Asks the allocator to give back what it keeps: here it keeps nothing, and there is nothing to do.",
    since: "4.0.0",
    complexity: "O(1)",
    group: Group::Server,
    tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
    run: Some(|call, _| {
        call.reply.ok();
        Ok(())
    }),
    ..Command::DEFAULT
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_doctor_names_what_stands_out() {
        let memory =
            |dataset, spare, clients| Memory { startup: 1 << 20, dataset, spare, clients, journal: 0, scripts: 0 };
        let check = |memory: &Memory, peak, limit, expected: &[&str]| {
            let report = diagnose(memory, peak, limit, 2);
            for word in ["Peak", "Limit", "Spare room", "Clients"] {
                assert_eq!(report.contains(&format!("- {word}:")), expected.contains(&word), "{word}: {report}");
            }
            report
        };
        assert!(check(&memory(100, 0, 0), 1 << 30, 1, &[]).contains("too little"));
        assert!(check(&memory(50 << 20, 0, 0), 51 << 20, 100 << 20, &[]).contains("Nothing"));
        check(&memory(50 << 20, 0, 0), 90 << 20, 0, &["Peak"]);
        check(&memory(50 << 20, 0, 0), 51 << 20, 55 << 20, &["Limit"]);
        check(&memory(50 << 20, 30 << 20, 0), 81 << 20, 0, &["Spare room"]);
        check(&memory(50 << 20, 0, 1 << 20), 52 << 20, 0, &["Clients"]);
    }
}
