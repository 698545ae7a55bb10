//! What the modes print, against the output of redis-cli 7.0.15 (on a server of the same version, for the same data).

use std::cell::Cell;

use engine::base::Time;
use engine::resp::{self, Value};
use engine::{ClientId, Engine, Options, Output};

use super::*;

const NOW: Time = Time(1_750_000_000_000);

thread_local! {
    static CLOCK: Cell<f64> = const { Cell::new(0.0) };
}

fn clock() -> f64 {
    CLOCK.with(Cell::get)
}

/// A clock by which every look takes a moment.
fn ticking_clock() -> f64 {
    CLOCK.with(|clock| clock.replace(clock.get() + 0.004))
}

struct Bench {
    engine: Engine,
    client: ClientId,
}

impl Bench {
    fn new(commands: &[&str]) -> Bench {
        let mut engine = Engine::new(Options::default(), NOW).unwrap();
        let client = engine.connect(NOW);
        let mut bench = Bench { engine, client };
        for command in commands {
            bench.ask(&resp::split_line(command).unwrap());
        }
        bench
    }

    fn ask(&mut self, words: &[Vec<u8>]) -> Value {
        self.engine.receive(self.client, &resp::encode_command(words), NOW);
        let mut bytes = Vec::new();
        while let Some(output) = self.engine.poll() {
            if let Output::Reply { bytes: more, .. } = output {
                bytes.extend_from_slice(&more);
            }
        }
        resp::parse_value(&bytes).unwrap().unwrap().0
    }

    /// Runs a mode for so many steps or to its end.
    fn run(&mut self, line: &str, steps: usize, clock: fn() -> f64) -> (Mode, String) {
        let Some(Parsed::Mode(mut mode)) = parse(&resp::split_line(line).unwrap()) else { panic!("{line}") };
        let mut printed = Printed::default();
        for _ in 0..steps {
            match mode.next(clock, &mut printed) {
                Next::Send(commands) => {
                    for words in commands {
                        let value = self.ask(&words);
                        mode.reply(&value, clock(), &mut printed);
                    }
                }
                Next::Sleep(ms) => CLOCK.with(|clock| clock.set(clock.get() + ms)),
                Next::Again => {}
                Next::Done => break,
            }
        }
        (mode, printed.text)
    }

    #[track_caller]
    fn check(&mut self, line: &str, expected: &str) {
        assert_eq!(self.run(line, 100_000, clock).1, expected, "{line}");
    }
}

const HEADING: &str = "\n# Scanning the entire keyspace to find biggest keys as well as\n\
    # average sizes per key type.  You can use -i 0.1 to sleep 0.1 sec\n\
    # per 100 SCAN commands (not usually needed).\n\n";

#[test]
fn an_empty_keyspace() {
    let rows = |unit: [&str; 6]| {
        let names = ["list", "hash", "string", "stream", "set", "zset"];
        let row = |(name, unit)| format!("0 {name}s with 0 {unit} (00.00% of keys, avg size 0.00)\n");
        names.into_iter().zip(unit).map(row).collect::<String>()
    };
    let summary = "\n-------- summary -------\n\nSampled 0 keys in the keyspace!\n\
                   Total key length in bytes is 0 (avg len 0.00)\n\n\n";
    let units = ["items", "fields", "bytes", "entries", "members", "members"];
    Bench::new(&[]).check("--bigkeys", &format!("{HEADING}{summary}{}", rows(units)));
    Bench::new(&[]).check("redis-cli --memkeys", &format!("{HEADING}{summary}{}", rows(["bytes"; 6])));
    let mut lfu = Bench::new(&["CONFIG SET maxmemory-policy allkeys-lfu"]);
    let hot = HEADING.replace("find biggest", "find hot");
    lfu.check("--hotkeys", &format!("{hot}\n-------- summary -------\n\nSampled 0 keys in the keyspace!\n"));
    Bench::new(&[]).check("--scan", "");
}

#[test]
fn the_biggest_of_each_type() {
    let mut bench = Bench::new(&["RPUSH l2 a b c d", "HSET \"h \\\"q\\\"\" f v g w", "XADD x * a 1", "SET s 12345"]);
    let (_, printed) = bench.run("--bigkeys", 100_000, clock);
    let part = |part: &str| assert!(printed.contains(part), "{part}\n{printed}");
    assert!(printed.starts_with(HEADING), "{printed}");
    part("[00.00%] Biggest list   found so far '\"l2\"' with 4 items\n");
    part("[00.00%] Biggest hash   found so far '\"h \\\"q\\\"\"' with 2 fields\n");
    assert!(
        printed.ends_with(
            "\n-------- summary -------\n\nSampled 4 keys in the keyspace!\n\
             Total key length in bytes is 9 (avg len 2.25)\n\n\
             Biggest   list found '\"l2\"' has 4 items\n\
             Biggest   hash found '\"h \\\"q\\\"\"' has 2 fields\n\
             Biggest string found '\"s\"' has 5 bytes\n\
             Biggest stream found '\"x\"' has 1 entries\n\n\
             1 lists with 4 items (25.00% of keys, avg size 4.00)\n\
             1 hashs with 2 fields (25.00% of keys, avg size 2.00)\n\
             1 strings with 5 bytes (25.00% of keys, avg size 5.00)\n\
             1 streams with 1 entries (25.00% of keys, avg size 1.00)\n\
             0 sets with 0 members (00.00% of keys, avg size 0.00)\n\
             0 zsets with 0 members (00.00% of keys, avg size 0.00)\n"
        ),
        "{printed}"
    );
    // With a pattern, and in bytes of memory.
    let (_, printed) = bench.run("--memkeys-samples 3 --pattern l*", 100_000, clock);
    assert!(printed.contains("\nSampled 1 keys in the keyspace!\n"), "{printed}");
    assert!(printed.contains("1 lists with "), "{printed}");
}

#[test]
fn stopped_it_sums_up_what_there_was() {
    let keys: Vec<String> = (0..300).map(|number| format!("SET key:{number} value")).collect();
    let mut bench = Bench::new(&keys.iter().map(String::as_str).collect::<Vec<_>>());
    let (mut mode, _) = bench.run("--bigkeys", 40, clock);
    let mut printed = Printed::default();
    mode.stop(&mut printed);
    assert!(printed.text.starts_with("\n-------- summary -------\n\n["), "{}", printed.text);
    assert!(printed.text.contains("%] Sampled 100 keys in the keyspace!\n"), "{}", printed.text);
    // Between 100 SCANs it pauses if it is told to.
    let began = clock();
    bench.run("--scan -i 0.5", 100_000, clock);
    assert_eq!(clock(), began);
}

#[test]
fn all_keys_as_redis_cli_quotes_them() {
    let mut bench = Bench::new(&["MSET a 1 \"b \\\"q\\\"\" 2 \"c\\xff\" 3 é 4"]);
    let (_, printed) = bench.run("--scan", 100, clock);
    let mut lines: Vec<&str> = printed.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["\"\\xc3\\xa9\"", "\"a\"", "\"b \\\"q\\\"\"", "\"c\\xff\""]);
    bench.check("--scan --pattern a*", "\"a\"\n");
    // All of a name can be copied.
    let long = "n".repeat(100_000);
    bench.ask(&resp::split_line(format!("SET {long} v")).unwrap());
    bench.check("--scan --pattern nn*", &format!("\"{long}\"\n"));
}

#[test]
fn the_hottest_keys() {
    let mut bench = Bench::new(&["MSET a 1 b 2"]);
    bench.check(
        "--hotkeys",
        &format!(
            "{}Error: ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when \
             switching between policies at runtime LRU and LFU data will take some time to adjust.\n",
            HEADING.replace("find biggest", "find hot")
        ),
    );
    // The pool of redis-cli: the hottest first, those that are as hot in the order they came.
    let mut keys = Keys::hottest(None, 0.0);
    let mut printed = Printed::default();
    for (key, counter) in [("a", 6), ("b", 6), ("c", 15), ("d", 8), ("e", 0)] {
        keys.tally.heat(key.as_bytes(), counter, &mut printed);
    }
    assert_eq!(printed.text.lines().next_back(), Some("[00.00%] Hot key '\"d\"' found so far with counter 8"));
    let kept: Vec<&str> = keys.tally.hot.iter().rev().take(4).map(|(_, name)| name.as_str()).collect();
    assert_eq!(kept, ["\"c\"", "\"d\"", "\"a\"", "\"b\""]);
}

#[test]
fn a_line_of_statistics() {
    let mut stat = Stat::new(1000.0);
    let info = "# Memory\r\nused_memory:3607101\r\nused_memory_human:3.44M\r\n# Clients\r\nconnected_clients:1\r\n\
                blocked_clients:0\r\ntotal_connections_received:2\r\ntotal_commands_processed:10\r\nloading:0\r\n\
                rdb_bgsave_in_progress:0\r\naof_rewrite_in_progress:0\r\n# Keyspace\r\ndb0:keys=25000,expires=0,avg_ttl=0\r\n";
    let mut printed = Printed::default();
    assert!(matches!(stat.step(), Next::Send(_)));
    stat.reply(&Value::Bulk(info.as_bytes().to_vec()), &mut printed);
    assert_eq!(stat.step(), Next::Sleep(1000.0));
    stat.reply(&Value::Bulk(info.replace(":10\r", ":11\r").into_bytes()), &mut printed);
    assert_eq!(
        printed.text,
        "------- data ------ --------------------- load -------------------- - child -\n\
         keys       mem      clients blocked requests            connections          \n\
         25000      3.44M    1       0       10 (+0)             2           \n\
         25000      3.44M    1       0       11 (+1)             2           \n"
    );
}

#[test]
fn latency_in_one_line_and_as_a_history() {
    let mut bench = Bench::new(&[]);
    let (mut mode, printed) = bench.run("--latency", 41, clock);
    assert_eq!((printed.as_str(), mode.live().as_deref()), ("", Some("min: 0, max: 0, avg: 0.00 (21 samples)")));
    let mut last = Printed::default();
    mode.stop(&mut last);
    assert_eq!(last.text, "min: 0, max: 0, avg: 0.00 (21 samples)\n");
    let (_, printed) = bench.run("--latency-history -i 0.5", 210, clock);
    assert_eq!(
        printed,
        "min: 0, max: 0, avg: 0.00 (52 samples) -- 0.51 seconds range\n\
         min: 0, max: 0, avg: 0.00 (51 samples) -- 0.51 seconds range\n"
    );
}

#[test]
fn the_latency_of_the_machine() {
    let (_, printed) = Bench::new(&[]).run("--intrinsic-latency 0.02", 100_000, ticking_clock);
    let lines: Vec<&str> = printed.lines().collect();
    assert!(lines[0].starts_with("Max latency so far: ") && lines[0].ends_with(" microseconds."), "{printed}");
    let end = lines.len() - 2;
    assert!(lines[end].contains(" total runs (avg latency: "), "{printed}");
    assert!(lines[end].ends_with(" nanoseconds per run)."), "{printed}");
    assert!(lines[end + 1].starts_with("Worst run took "), "{printed}");
}

#[test]
fn options_as_redis_cli_reads_them() {
    let refused = |line: &str| match parse(&resp::split_line(line).unwrap()) {
        Some(Parsed::Refused(why)) => why,
        other => panic!("{line}: {other:?}"),
    };
    assert_eq!(refused("--foo"), "Unrecognized option or bad number of args for: '--foo'");
    assert_eq!(refused("-r"), "Unrecognized option or bad number of args for: '-r'");
    assert_eq!(refused("--intrinsic-latency"), "Unrecognized option or bad number of args for: '--intrinsic-latency'");
    assert!(parse(&resp::split_line("GET -r").unwrap()).is_none());
    assert!(parse(&resp::split_line("redis-cli GET k").unwrap()).is_none());
    match parse(&resp::split_line("-r 3 -i 0.5 GET -1").unwrap()) {
        Some(Parsed::Repeat { words, times: Some(3), interval_ms: 500.0 }) => assert_eq!(words.len(), 2),
        other => panic!("{other:?}"),
    }
    assert!(matches!(parse(&resp::split_line("-r -1 PING").unwrap()), Some(Parsed::Repeat { times: None, .. })));
}
