//! Workloads on an engine of their own, with a clock that the test turns.

use super::*;
use engine::{Options, Output};
use std::cell::Cell;

thread_local! {
    static ELAPSED: Cell<f64> = const { Cell::new(0.0) };
}

fn elapsed_ms() -> f64 {
    ELAPSED.with(Cell::get)
}

const NOW: Time = Time(1_700_000_000_000);

struct Run {
    engine: Engine,
    load: Load,
}

impl Run {
    fn start(text: &str, config: &[(&str, &str)]) -> Run {
        ELAPSED.with(|elapsed| elapsed.set(1000.0));
        let setting = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let config = config.iter().chain(&[("enable-debug-command", "yes")]).map(setting).collect();
        let mut engine = Engine::new(Options { config, ..Options::default() }, NOW).unwrap();
        let load = Load::new(1, Plan::parse(text).unwrap(), 0, &mut engine, NOW, elapsed_ms());
        Run { engine, load }
    }

    /// Runs on in steps of so many milliseconds.
    fn go_on(&mut self, for_ms: f64, step_ms: f64) -> Next {
        let until = elapsed_ms() + for_ms;
        loop {
            let next = self.load.run(&mut self.engine, NOW, elapsed_ms, |_, _| {});
            self.drain();
            match next {
                Next::Soon => {}
                Next::Ended => return next,
                Next::InMs(_) if elapsed_ms() >= until => return next,
                Next::InMs(_) => ELAPSED.with(|elapsed| elapsed.set(elapsed.get() + step_ms)),
            }
        }
    }

    fn drain(&mut self) {
        while let Some(output) = self.engine.poll() {
            if let Output::Reply { client, bytes } = output
                && self.load.is_client(client)
            {
                self.load.heard(&bytes);
            }
        }
    }

    fn call(&mut self, line: &str) -> String {
        let client = self.engine.connect(NOW);
        let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        let reply = self.engine.call(client, &words, NOW);
        self.engine.disconnect(client, NOW);
        String::from_utf8_lossy(&engine::resp::print::tty(&reply)).trim().to_owned()
    }

    fn report(&mut self) -> LoadReport {
        self.load.report(&self.engine, elapsed_ms(), true).unwrap()
    }
}

#[track_caller]
fn close_to(value: f64, expected: f64) {
    assert!((value - expected).abs() <= expected * 0.02 + 0.02, "{value} is not about {expected}");
}

#[test]
fn a_run_can_be_repeated_exactly() {
    let everything = crate::load::PRESETS.last().unwrap().1;
    let digest = |settings: &str, step_ms: f64| {
        let mut run = Run::start(&format!("{everything} ops=3000 ttl=0-9 {settings}"), &[]);
        assert_eq!(run.go_on(1e9, step_ms), Next::Ended);
        (run.call("DEBUG DIGEST"), run.report().total.hits)
    };
    let first = digest("rate=1000", 7.0);
    assert_eq!(digest("rate=1000", 7.0), first);
    // Slices, clients and the delay change when commands run, and not which.
    assert_eq!(digest("rate=1000", 61.0), first);
    assert_eq!(digest("rate=0 clients=3 delay=5 pipeline=8", 4.0), first);
    assert_ne!(digest("rate=1000 seed=2", 7.0), first);
}

#[test]
fn commands_come_at_their_rate() {
    let mut run = Run::start("rate=200 clients=2 delay=0", &[]);
    run.go_on(2_000.0, 17.0);
    let report = run.report();
    close_to(report.total.operations, 400.0);
    assert_eq!((report.sample.commands, report.total.worst_ms), (report.total.operations, 0.0));
    assert!(report.total.hits + report.total.misses > 300.0);
}

#[test]
fn a_round_trip_for_each_command_or_for_many() {
    let total = |settings: &str| {
        let mut run = Run::start(&format!("mix=INCR:1 rate=0 delay=100 {settings}"), &[]);
        run.go_on(10_000.0, 17.0);
        run.report().total
    };
    let single = total("clients=1");
    close_to(single.operations, 101.0);
    assert_eq!((single.median_ms, single.worst_ms), (100.0, 100.0));
    close_to(total("clients=5").operations, 505.0);
    close_to(total("clients=1 pipeline=20").operations, 2020.0);
    // More is asked for than round trips allow: who has to wait for a client, feels it.
    let mut run = Run::start("mix=INCR:1 rate=20 clients=1 delay=100", &[]);
    run.go_on(1_500.0, 17.0);
    assert!(run.report().total.worst_ms > 500.0);
}

#[test]
fn who_comes_while_the_engine_is_busy_waits() {
    let mut run = Run::start("mix=INCR:1 rate=100 clients=4 delay=0", &[]);
    run.go_on(100.0, 10.0);
    // For 200 ms nothing else runs.
    run.load.engine_was_busy(1105.0, 1305.0);
    ELAPSED.with(|elapsed| elapsed.set(1305.0));
    run.go_on(300.0, 10.0);
    let total = run.report().total;
    close_to(total.operations, 60.0);
    assert!(total.median_ms < 0.1 && total.worst_ms == 195.0, "{total:?}");
    // What sends as fast as it can feels it once for each client.
    let mut run = Run::start("mix=INCR:1 rate=0 clients=2 delay=10", &[]);
    run.go_on(100.0, 10.0);
    run.load.engine_was_busy(1102.0, 1302.0);
    ELAPSED.with(|elapsed| elapsed.set(1302.0));
    run.go_on(300.0, 10.0);
    let total = run.report().total;
    assert!((190.0..=215.0).contains(&total.worst_ms), "{total:?}");
    assert_eq!(total.median_ms.round(), 10.0);
}

#[test]
fn it_ends_after_its_commands() {
    for settings in ["rate=0 delay=0", "rate=0 pipeline=7 clients=3 delay=4", "rate=500 pipeline=64"] {
        let mut run = Run::start(&format!("mix=INCR:1 keys=1 ops=100 {settings}"), &[]);
        assert_eq!(run.go_on(1e9, 5.0), Next::Ended);
        assert_eq!(run.call("GET load:counter:1"), "\"100\"", "{settings}");
        let report = run.report();
        assert_eq!((report.total.operations, report.running), (100.0, false));
    }
}

#[test]
fn what_is_missed_is_filled() {
    let mut run = Run::start("mix=GET:1,SET:1 reads=100 keys=20 zipf=0 fill=on ops=1000 rate=0 delay=0", &[]);
    run.go_on(1e9, 5.0);
    let total = run.report().total;
    assert_eq!((total.fills, total.misses, total.hits), (20.0, 20.0, 980.0));
    let mut run = Run::start("mix=GET:1 keys=20 fill=off ops=1000 rate=0 delay=0", &[]);
    run.go_on(1e9, 5.0);
    assert_eq!(run.report().total.misses, 1000.0);
}

#[test]
fn policies_can_be_compared() {
    let total = |policy: &str| {
        let config = [("maxmemory", "400000"), ("maxmemory-policy", policy)];
        let mut run = Run::start("reads=95 keys=3000 zipf=1 size=200 ops=20000 rate=0 delay=0", &config);
        run.go_on(1e9, 5.0);
        run.report().total
    };
    let (lfu, random, none) = (total("allkeys-lfu"), total("allkeys-random"), total("noeviction"));
    assert_eq!((lfu.policy.as_str(), lfu.max_bytes), ("allkeys-lfu", 400_000.0));
    assert!(lfu.evicted > 0.0 && random.evicted > 0.0);
    assert!(lfu.hits > random.hits, "{} {}", lfu.hits, random.hits);
    assert!(none.errors > 0.0 && none.last_error.starts_with("OOM command not allowed"), "{none:?}");
}

/// Hits per hundred lookups of the lesson's workload, in a store whose clock goes on with the workload.
fn hit_rate(engine_seed: u64, policy: &str, maxmemory: &str, more: &str) -> (f64, LoadTotal) {
    const LESSON: &str = include_str!("../../../../lessons/course/eviction.md");
    let link = LESSON.split("(/?workload=").nth(1).unwrap().split(')').next().unwrap();
    let plan = Plan::parse(&format!("{} {more}", link.replace('+', " "))).unwrap();
    ELAPSED.with(|elapsed| elapsed.set(1000.0));
    let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let config = vec![setting("maxmemory", maxmemory), setting("maxmemory-policy", policy)];
    let now = || Time(NOW.0 + elapsed_ms() as u64);
    let mut engine = Engine::new(Options { seed: engine_seed, config, events: true }, now()).unwrap();
    let load = Load::new(1, plan, 0, &mut engine, now(), elapsed_ms());
    let mut run = Run { engine, load };
    loop {
        let next = run.load.run(&mut run.engine, now(), elapsed_ms, |_, _| {});
        run.drain();
        match next {
            Next::Ended => break,
            Next::Soon => {}
            Next::InMs(ms) => ELAPSED.with(|elapsed| elapsed.set(elapsed.get() + ms.max(1.0))),
        }
        run.engine.tick(now());
        run.drain();
    }
    let total = run.report().total;
    (100.0 * total.hits / (total.hits + total.misses), total)
}

/// The lesson states these figures, each within one or two of a hundred: on a machine that cannot keep up with the
/// workload too, which only takes longer.
#[test]
fn hit_rates_are_as_the_lesson_on_eviction_states_them() {
    let rate = |policy: &str, maxmemory: &str, more: &str| {
        let (rate, total) = hit_rate(7, policy, maxmemory, more);
        assert_eq!(total.evicted == 0.0, policy == "noeviction");
        assert_eq!(total.errors > 0.0, policy == "noeviction");
        println!("{maxmemory} {more} {policy}: {rate:.1}");
        rate
    };
    let is_about = |rate: f64, stated: f64| assert!((rate - stated).abs() < 1.7, "{rate}, stated is {stated}");
    for more in ["", "rate=500", "rate=100", "seed=2"] {
        is_about(rate("allkeys-random", "1mb", more), 62.0);
        is_about(rate("allkeys-lru", "1mb", more), 65.0);
        is_about(rate("allkeys-lfu", "1mb", more), 70.0);
        is_about(rate("noeviction", "1mb", more), 66.0);
    }
    for policy in ["allkeys-random", "allkeys-lru", "allkeys-lfu"] {
        assert!(rate(policy, "2mb", "") > 70.5);
        is_about(rate(policy, "1mb", "zipf=0"), 9.5);
    }
}

#[test]
fn a_sleeping_computer_is_not_made_up_for() {
    let mut run = Run::start("rate=100 delay=0", &[]);
    run.go_on(50.0, 10.0);
    ELAPSED.with(|elapsed| elapsed.set(3_600_000.0));
    run.go_on(0.0, 10.0);
    assert!(run.report().total.operations < 250.0);
}

#[test]
fn a_client_that_is_killed_comes_back() {
    let mut run = Run::start("rate=100 delay=0 clients=2", &[]);
    run.go_on(100.0, 10.0);
    run.call("CLIENT KILL TYPE normal SKIPME yes");
    run.drain();
    let before = run.report().total.operations;
    run.go_on(1_000.0, 10.0);
    let after = run.report().total;
    close_to(after.operations - before, 100.0);
    assert_eq!(after.errors, 0.0);
    // Paused, it waits.
    run.call("CLIENT PAUSE 100000");
    run.go_on(1_000.0, 10.0);
    assert!(run.report().total.operations <= after.operations + 2.0);
}

#[test]
fn an_error_is_told_from_a_value_that_looks_like_one() {
    let told = |replies: &'static str| {
        errors(replies.as_bytes()).map(|text| String::from_utf8_lossy(text)).collect::<Vec<_>>()
    };
    assert_eq!(told("+OK\r\n-ERR no\r\n:1\r\n-OOM more\r\n"), ["ERR no", "OOM more"]);
    assert_eq!(told("$5\r\n-1\r\n-\r\n*2\r\n$2\r\n-2\r\n$-1\r\n-ERR one\r\n"), ["ERR one"]);
    assert_eq!(told("$-1\r\n$99\r\n-cut"), [""; 0]);
}
