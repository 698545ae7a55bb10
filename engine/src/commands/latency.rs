//! LATENCY: moments in which the node took long, and how long its commands take.

use core::fmt::Write as _;

use crate::command::{Args, Error, Flags, Group, quoted};
use crate::dispatch::{Call, Command};
use crate::server::latency::{Sample, Series};

use super::help;

family![LATENCY];

const FLAGS: Flags = Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE);
const TIPS: &[&str] = &["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"];

const LATENCY: Command = Command {
    name: "LATENCY",
    summary: "Groups the commands about moments in which the node took long.",
    since: "2.8.13",
    complexity: "That of the subcommand",
    group: Group::Server,
    subcommands: &[
        LATENCY_DOCTOR,
        LATENCY_GRAPH,
        LATENCY_HELP,
        LATENCY_HISTOGRAM,
        LATENCY_HISTORY,
        LATENCY_LATEST,
        LATENCY_RESET,
    ],
    ..Command::DEFAULT
};

const LATENCY_HELP: Command = Command {
    name: "HELP",
    summary: "Lists the subcommands of LATENCY.",
    since: "2.8.13",
    complexity: "O(1)",
    group: Group::Server,
    flags: Flags::LOADING.with(Flags::STALE),
    run: Some(|call, _| help::of_container(call, &LATENCY)),
    ..Command::DEFAULT
};

const LATENCY_LATEST: Command = Command {
    name: "LATEST",
    summary: "Lists the events with their last second, its longest and the longest of all in milliseconds.",
    since: "2.8.13",
    complexity: "O(1)",
    group: Group::Server,
    flags: FLAGS,
    tips: TIPS,
    run: Some(latest),
    ..Command::DEFAULT
};

fn latest(call: &mut Call, _args: Args) -> Result<(), Error> {
    let latency = &call.server.latency;
    call.reply.array(latency.iter().count());
    for (event, series) in latency.iter() {
        let last = series.samples.back().copied().unwrap_or(Sample { second: 0, ms: 0 });
        call.reply.array(4);
        call.reply.bulk(event.as_bytes());
        call.reply.integer(last.second as i64);
        call.reply.integer(last.ms as i64);
        call.reply.integer(series.max_ms as i64);
    }
    Ok(())
}

const LATENCY_HISTORY: Command = Command {
    name: "HISTORY",
    syntax: "event<string>",
    summary: "Lists the seconds in which an event took long, with the longest in milliseconds.",
    since: "2.8.13",
    complexity: "O(1)",
    group: Group::Server,
    flags: FLAGS,
    tips: TIPS,
    run: Some(history),
    ..Command::DEFAULT
};

fn history(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let series = call.server.latency.get(args.next()?).map(|(_, series)| series);
    call.reply.array(series.map_or(0, |series| series.samples.len()));
    for sample in series.into_iter().flat_map(|series| &series.samples) {
        call.reply.array(2);
        call.reply.integer(sample.second as i64);
        call.reply.integer(sample.ms as i64);
    }
    Ok(())
}

const LATENCY_RESET: Command = Command {
    name: "RESET",
    syntax: "[event<string>...]",
    summary: "Forgets events, or all of them; answers how many those were.",
    since: "2.8.13",
    complexity: "O(1)",
    group: Group::Server,
    flags: FLAGS,
    tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
    run: Some(reset),
    ..Command::DEFAULT
};

fn reset(call: &mut Call, args: Args) -> Result<(), Error> {
    let latency = &mut call.server.latency;
    let forgotten: usize = match args.rest() {
        [] => latency.reset(None),
        events => events.iter().map(|event| latency.reset(Some(event))).sum(),
    };
    call.reply.integer(forgotten as i64);
    Ok(())
}

const LATENCY_HISTOGRAM: Command = Command {
    name: "HISTOGRAM",
    syntax: "[command<string>...]",
    summary: "Tells how many calls of commands took no longer than 1, 2, 4, 8 ... microseconds.",
    since: "7.0.0",
    complexity: "O(N), N = commands returned",
    group: Group::Server,
    flags: FLAGS,
    tips: TIPS,
    run: Some(histogram),
    ..Command::DEFAULT
};

fn histogram(call: &mut Call, args: Args) -> Result<(), Error> {
    let mut numbers: Vec<usize> = Vec::new();
    if args.is_empty() {
        numbers.extend(0..call.table.len());
    }
    for name in args.rest() {
        let Some(number) = call.table.find(name) else { continue };
        match call.table.row(number) {
            // Of a container those of its subcommands, which follow it in the table.
            Some(row) if row.command.is_container() => {
                let count = row.command.subcommands.len();
                numbers.extend(number..=number.saturating_add(count));
            }
            _ => numbers.push(number),
        }
    }
    let start = call.reply.defer();
    let mut commands = 0;
    for number in numbers {
        let stats = call.server.stats.per_command.get(number);
        let (Some(stats), Some(row)) = (stats, call.table.row(number)) else { continue };
        if stats.latency.total() == 0 {
            continue;
        }
        commands += 1;
        call.reply.bulk(row.name.as_bytes());
        call.reply.map(2);
        call.reply.bulk(b"calls");
        call.reply.integer(stats.latency.total() as i64);
        call.reply.bulk(b"histogram_usec");
        let bounds = stats.latency.cumulative_us();
        call.reply.map(bounds.len());
        for (bound, count) in bounds {
            call.reply.integer(bound as i64);
            call.reply.integer(count as i64);
        }
    }
    call.reply.finish_map(start, commands);
    Ok(())
}

const LATENCY_GRAPH: Command = Command {
    name: "GRAPH",
    syntax: "event<string>",
    summary: "Draws how long an event took, with the age of each moment below it.",
    since: "2.8.13",
    complexity: "O(1)",
    group: Group::Server,
    flags: FLAGS,
    tips: TIPS,
    run: Some(graph),
    ..Command::DEFAULT
};

fn graph(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let event = args.next()?;
    let Some((name, series)) = call.server.latency.get(event) else {
        return Err(Error::text_of([b"ERR No samples available for event '", quoted(event), b"'"].concat()));
    };
    let text = drawn(name, series, call.now.seconds());
    call.reply.verbatim(b"txt", text.as_bytes());
    Ok(())
}

/// The graph of an event: a headline, and lines of at most this many moments.
fn drawn(name: &str, series: &Series, now_s: u64) -> String {
    const COLUMNS: usize = 80;
    let times = || series.samples.iter().map(|sample| sample.ms);
    let (high, low) = (times().max().unwrap_or(0), times().min().unwrap_or(0));
    let mut text = format!("{name} - high {high} ms, low {low} ms (all time high {} ms)\n", series.max_ms);
    text.push_str(&"-".repeat(COLUMNS));
    text.push('\n');
    let samples: Vec<Sample> = series.samples.iter().copied().collect();
    for (index, part) in samples.chunks(COLUMNS).enumerate() {
        if index > 0 {
            text.push('\n');
        }
        draw_part(&mut text, part, low, high, now_s);
    }
    text
}

/// Four rows of three steps each; below them, downwards, how long ago each moment was.
fn draw_part(text: &mut String, part: &[Sample], low: u64, high: u64, now_s: u64) {
    const ROWS: u64 = 4;
    const STEPS: u64 = 3;
    let range = (high - low).max(1);
    let step = |sample: &Sample| ((sample.ms - low).saturating_mul(ROWS * STEPS) / range).min(ROWS * STEPS - 1);
    for row in (0..ROWS).rev() {
        for sample in part {
            text.push(match step(sample).checked_sub(row * STEPS) {
                None => ' ',
                Some(0) => '_',
                Some(1) => 'o',
                Some(2) => '#',
                Some(_) => '|',
            });
        }
        text.push('\n');
    }
    text.push_str(&" ".repeat(part.len()));
    text.push('\n');
    let ages: Vec<String> = part.iter().map(|sample| age(now_s.saturating_sub(sample.second))).collect();
    for line in 0..ages.iter().map(String::len).max().unwrap_or(0) {
        text.extend(ages.iter().map(|age| age.chars().nth(line).unwrap_or(' ')));
        text.push('\n');
    }
}

fn age(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

const LATENCY_DOCTOR: Command = Command {
    name: "DOCTOR",
    summary: "Explains the moments in which the node took long, and what could help.",
    since: "2.8.13",
    complexity: "O(1)",
    group: Group::Server,
    flags: FLAGS,
    tips: TIPS,
    run: Some(doctor),
    ..Command::DEFAULT
};

fn doctor(call: &mut Call, _args: Args) -> Result<(), Error> {
    let text = report(call);
    call.reply.verbatim(b"txt", text.as_bytes());
    Ok(())
}

/// The report. The real server's has other words; events and figures are the same.
fn report(call: &Call) -> String {
    let latency = &call.server.latency;
    if latency.iter().next().is_none() {
        return if latency.threshold_ms == 0 {
            "Nothing is watched: latency-monitor-threshold is 0. Set it to the milliseconds from which a command counts \
             as slow, for example with CONFIG SET latency-monitor-threshold 100, and ask again later.\n"
                .to_string()
        } else {
            format!("Nothing took {} ms or longer since the watch began.\n", latency.threshold_ms)
        };
    }
    let mut text = "These took longer than they should:\n\n".to_string();
    for (index, (event, series)) in latency.iter().enumerate() {
        let count = series.samples.len().max(1) as u64;
        let average = series.samples.iter().map(|sample| sample.ms).sum::<u64>() / count;
        let deviation = series.samples.iter().map(|sample| sample.ms.abs_diff(average)).sum::<u64>() / count;
        let since = series.samples.iter().map(|sample| sample.second).min().unwrap_or(0);
        let period = call.now.seconds().saturating_sub(since).max(1) as f64 / count as f64;
        let _ = writeln!(
            text,
            "{}. {event}: {count} latency spikes (average {average}ms, mean deviation {deviation}ms, period \
             {period:.2} sec). Worst all time event {}ms.",
            index + 1,
            series.max_ms
        );
    }
    text.push_str("\nWhat could help:\n\n");
    let log = &call.server.slowlog;
    for (event, _) in latency.iter() {
        text.push_str(match event {
            "command" => match log.slower_than {
                None => {
                    "- The slow log is off. CONFIG SET slowlog-log-slower-than 1000 shows which commands it were.\n"
                }
                Some(limit) if limit / 1000 > latency.threshold_ms => {
                    "- The slow log keeps only commands that took longer than what is watched here: lower \
                     slowlog-log-slower-than.\n"
                }
                Some(_) => "",
            },
            "fast-command" => {
                "- Commands that touch little took long all the same: the machine was busy with something else.\n"
            }
            "expire-cycle" => "- Many keys reach their deadline in the same moment: spread their deadlines.\n",
            _ => "",
        });
        if event == "command" {
            text.push_str(
                "- SLOWLOG GET names the commands; those that walk a whole collection or the whole keyspace are best \
                 replaced by their SCAN form.\n- A big value takes long to remove: UNLINK it, or keep it in parts.\n",
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a real server drew it.
    #[test]
    fn draws_as_redis_does() {
        let times = [(4, 2), (6, 5), (7, 12), (8, 3), (9, 21)];
        let samples = times.map(|(second, ms)| Sample { second, ms }).into();
        let text = drawn("command", &Series { samples, max_ms: 21 }, 10);
        let expected = [
            "command - high 21 ms, low 2 ms (all time high 21 ms)",
            &"-".repeat(80),
            "    #",
            "  _ |",
            "  | |",
            "_o|_|",
            "     ",
            "64321",
            "sssss",
            "",
        ];
        assert_eq!(text, expected.join("\n"));
        let samples = (0..161).map(|second| Sample { second, ms: 7 }).collect();
        let text = drawn("e", &Series { samples, max_ms: 9 }, 200_000);
        assert_eq!(text.lines().nth(5).unwrap(), "_".repeat(80));
    }
}
