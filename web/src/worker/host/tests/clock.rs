//! Everything that the engine knows of time is what the clock tells: deadlines, waiting, ages, decay, IDs.

use super::*;

const DAY_MS: f64 = 86_400_000.0;

impl Page {
    fn turn(&mut self, order: ClockOrder) {
        self.send(ToWorker::Clock(order));
    }

    /// What a command prints.
    fn reply(&mut self, line: &str) -> String {
        let printed = self.run(line);
        printed.split_once('\n').map(|(_, reply)| reply.trim_end().to_owned()).unwrap()
    }

    /// The same workspace, opened after a while with the clock, snapshot and journal that were stored.
    fn reopened(mut self, after_ms: f64) -> Page {
        self.host.make_snapshot(true);
        let snapshot = self.host.take_snapshot().unwrap();
        let real_ms = self.real_ms + after_ms;
        let mut again = Page::open(Some("test"), None);
        let clock = self.host.clock.kept().and_then(|kept| Clock::again(kept, real_ms));
        let start = Start {
            version: crate::protocol::VERSION,
            workspace: Some("test".into()),
            seed: 2,
            lesson: None,
            examples: false,
        };
        let clock = clock.unwrap_or_else(|| Clock::new(real_ms));
        again.host = Host::with_clock(&start, clock, real_ms, elapsed_ms).unwrap();
        again.real_ms = real_ms;
        again.host.load_snapshot(&snapshot.rdb, snapshot.made_ms).unwrap();
        again.host.replay_journal(b"", real_ms).unwrap();
        again.send(ToWorker::Connect { client: CLIENT, name: String::new(), resp3: false });
        again.printed();
        again
    }
}

const STEP: fn(f64) -> ClockOrder = |by_ms| ClockOrder::Step { by_ms };

#[test]
fn deadlines_of_keys_and_fields_follow_the_clock() {
    let mut page = Page::open(None, None);
    page.run("SET k v EX 100\nHSET h f v g w\nHEXPIRE h 50 FIELDS 1 f");
    page.turn(STEP(10_000.0));
    assert_eq!(page.reply("TTL k"), "(integer) 90");
    assert_eq!(page.reply("HTTL h FIELDS 1 f"), "1) (integer) 40");
    page.turn(ClockOrder::Speed(60.0));
    page.wait(1_000.0);
    assert_eq!(page.reply("TTL k"), "(integer) 30");
    assert_eq!(page.reply("HGETALL h"), "1) \"g\"\n2) \"w\"");
    page.turn(ClockOrder::Speed(0.0));
    page.wait(DAY_MS);
    assert_eq!(page.reply("TTL k"), "(integer) 30");
    page.turn(ClockOrder::NextExpiry);
    assert_eq!(page.reply("TTL k"), "(integer) -2");
    assert_eq!(page.reply("TIME").lines().count(), 2);
}

#[test]
fn waiting_ends_when_the_clock_says_so() {
    let mut page = Page::open(None, None);
    page.run("BLPOP queue 60");
    page.turn(STEP(59_000.0));
    assert_eq!(page.printed(), "");
    page.turn(STEP(1_000.0));
    assert_eq!(page.printed(), "(nil)\n(60.00s)\n");
    page.turn(ClockOrder::Speed(0.0));
    page.run("XREAD BLOCK 1000 STREAMS log $");
    page.wait(5_000.0);
    assert_eq!(page.printed(), "");
    assert_eq!(page.host.tick_in(page.real_ms), None);
    page.turn(ClockOrder::Speed(10.0));
    assert_eq!(page.host.tick_in(page.real_ms), Some(100.0));
    page.wait(100.0);
    assert_eq!(page.printed(), "(nil)\n(1.00s)\n");
}

#[test]
fn whoever_waits_does_so_no_longer_when_the_clock_is_set_back() {
    let mut page = Page::open(None, None);
    page.turn(STEP(DAY_MS));
    page.run("BLPOP queue 60");
    page.turn(STEP(20_000.0));
    page.turn(ClockOrder::Real);
    page.printed();
    assert_eq!(page.awaiting, Awaiting::Reply { since_ms: START_MS - 20_000.0 });
    assert_eq!(page.host.tick_in(page.real_ms), Some(40_000.0));
    page.wait(39_999.0);
    assert_eq!(page.printed(), "");
    page.wait(1.0);
    assert_eq!(page.printed(), "(nil)\n(60.00s)\n");
    // Ahead in one leap, as when a paused clock is let go.
    page.turn(ClockOrder::Speed(0.0));
    page.run("WAIT 1 5000");
    page.wait(10_000.0);
    assert_eq!(page.printed(), "");
    page.turn(ClockOrder::Real);
    assert_eq!(page.printed(), "(integer) 0\n(10.00s)\n");
}

/// What was used, given to a consumer or refused at a moment that is to come again was so just now, and nothing is older
/// than it can be.
#[test]
fn no_age_is_negative_or_enormous_when_the_clock_is_set_back() {
    let mut page = Page::open(None, None);
    page.run("SET before v\nXADD log 1-1 f v\nXADD log 2-1 f v\nXGROUP CREATE log g 0");
    page.run("XREADGROUP GROUP g old COUNT 1 STREAMS log >");
    page.turn(STEP(DAY_MS));
    page.run("SET after v\nXREADGROUP GROUP g new STREAMS log >\nAUTH nobody wrong");
    page.wait(5_000.0);
    page.turn(ClockOrder::Real);
    page.printed();
    let ages = |page: &mut Page, key: &str| -> f64 {
        page.reply(key).trim_start_matches("(integer) ").parse().expect("a number")
    };
    assert_eq!(ages(&mut page, "OBJECT IDLETIME after"), 5.0);
    assert_eq!(ages(&mut page, "OBJECT IDLETIME before"), 86_405.0);
    assert_eq!(
        page.reply("XPENDING log g - + 10"),
        "1) 1) \"1-1\"\n   2) \"old\"\n   3) (integer) 5000\n   4) (integer) 1\n\
         2) 1) \"2-1\"\n   2) \"new\"\n   3) (integer) 0\n   4) (integer) 1"
    );
    let consumers = page.reply("XINFO CONSUMERS log g");
    let of_new = consumers.split("\"new\"").nth(1).unwrap().split("\"old\"").next().unwrap();
    assert!(of_new.contains("\"idle\"\n   6) (integer) 0\n   7) \"inactive\"\n   8) (integer) 0"), "{consumers}");
    assert!(page.reply("ACL LOG").contains("\"age-seconds\"\n   12) \"0\""), "{}", page.reply("ACL LOG"));
    // Idle for a time that it was not; then for one that it was; and what is claimed counts from now on.
    assert_eq!(page.reply("XAUTOCLAIM log g me 60000 2-1 JUSTID"), "1) \"0-0\"\n2) (empty array)\n3) (empty array)");
    assert_eq!(page.reply("XCLAIM log g me 60000 2-1 JUSTID"), "(empty array)");
    assert_eq!(page.reply("XPENDING log g IDLE 1 - + 10 new"), "(empty array)");
    assert_eq!(page.reply("XAUTOCLAIM log g me 0 2-1 JUSTID"), "1) \"0-0\"\n2) 1) \"2-1\"\n3) (empty array)");
    page.wait(60_000.0);
    assert_eq!(page.reply("XAUTOCLAIM log g her 60000 2-1 JUSTID"), "1) \"0-0\"\n2) 1) \"2-1\"\n3) (empty array)");
    assert_eq!(ages(&mut page, "OBJECT IDLETIME after"), 65.0);
    // And by frequency.
    page.run("CONFIG SET maxmemory-policy allkeys-lfu\nSET often v");
    page.turn(STEP(DAY_MS));
    page.run("SET often v");
    let before = ages(&mut page, "OBJECT FREQ often");
    page.turn(ClockOrder::Real);
    page.printed();
    assert_eq!(ages(&mut page, "OBJECT FREQ often"), before);
}

#[test]
fn whoever_waits_keeps_waiting_when_going_back_to_real_time_is_undone() {
    // A day ahead, at a speed or paused, with a client that has waited 20 of 60 seconds, and one that came later.
    for (speed, left_ms) in [(1.0, Some(35_000.0)), (3_600.0, Some(35_000.0 / 3_600.0)), (0.0, None)] {
        let mut page = Page::open(None, None);
        page.run("SET k v EX 100000");
        page.turn(STEP(DAY_MS));
        page.run("BLPOP queue 60");
        page.turn(STEP(20_000.0));
        page.turn(ClockOrder::Speed(speed));
        let shown_ms = START_MS + DAY_MS + 20_000.0;
        let undo = FromPanel::LeaveReal { shown_ms, real_ms: page.real_ms, speed };
        page.turn(ClockOrder::Real);
        page.wait(5_000.0);
        page.printed();
        page.send(undo);
        assert_eq!(page.printed(), "", "{speed}");
        assert_eq!(page.host.clock.speed(), speed);
        let passed_ms = 5_000.0 * speed.min(1.0);
        assert_eq!(page.host.clock.now(page.real_ms).0 as f64, shown_ms + passed_ms);
        assert_eq!(page.host.tick_in(page.real_ms), left_ms, "{speed}");
        // It has waited for 25 seconds in any case.
        assert_eq!(page.awaiting, Awaiting::Reply { since_ms: shown_ms + passed_ms - 25_000.0 });
        page.turn(ClockOrder::Speed(1.0));
        page.wait(34_999.0);
        assert_eq!(page.printed(), "");
        page.wait(1.0);
        assert_eq!(page.printed(), "(nil)\n(60.00s)\n");
        // A key's deadline is where it was, and the key no older than it is.
        let ttl = 100_000.0 - (page.host.clock.now(page.real_ms).0 as f64 - START_MS) / 1000.0;
        assert_eq!(page.reply("TTL k"), format!("(integer) {}", ttl.round()));
    }
}

#[test]
fn undoing_is_no_step_for_ages() {
    let mut page = Page::open(None, None);
    page.run("SET k v");
    page.turn(STEP(DAY_MS));
    page.run("GET k");
    let undo = FromPanel::LeaveReal { shown_ms: START_MS + DAY_MS, real_ms: START_MS, speed: 1.0 };
    page.turn(ClockOrder::Real);
    page.wait(3_000.0);
    page.send(undo);
    assert_eq!(page.reply("OBJECT IDLETIME k"), "(integer) 3");
}

#[test]
fn an_hour_is_a_second_to_those_who_wait_and_rest() {
    let mut page = Page::open(None, None);
    page.run("XADD log 1-1 f v\nXGROUP CREATE log g 0\nXREADGROUP GROUP g me STREAMS log >");
    page.turn(ClockOrder::Speed(3_600.0));
    page.run("BZPOPMIN none 7200");
    assert_eq!(page.host.tick_in(page.real_ms), Some(2_000.0));
    page.meanwhile("PING");
    page.wait(1_000.0);
    assert_eq!(page.printed(), "");
    page.wait(1_000.0);
    assert_eq!(page.printed(), "(nil)\n(7200.00s)\n");
    page.run("CLIENT PAUSE 3600000");
    page.run("PING");
    page.wait(1_000.0);
    assert_eq!(page.printed(), "PONG\n(3600.00s)\n");
    assert!(page.reply("XPENDING log g - + 10").contains("(integer) 10800000"));
    assert!(page.reply("CLIENT LIST").lines().any(|line| line.contains(" idle=10800 ")));
}

#[test]
fn a_fast_clock_stores_no_more_often_than_real_time_allows() {
    let mut page = Page::open(Some("test"), None);
    page.run("CONFIG SET save \"60 1\"");
    page.turn(ClockOrder::Speed(3_600.0));
    let snapshots = |page: &mut Page, seconds: u32| {
        let mut made = 0;
        for _ in 0..seconds {
            page.run("INCR n");
            ELAPSED_MS.set(ELAPSED_MS.get() + 1_000.0);
            page.wait(1_000.0);
            if page.host.take_snapshot().is_some_and(|snapshot| snapshot.asked) {
                made += 1;
                page.host.saved(true, page.real_ms);
            }
        }
        made
    };
    assert_eq!(snapshots(&mut page, 90), 3);
    // It is woken for the one that was put off, and in real time the points mean what they say.
    page.run("INCR n");
    assert!(page.host.tick_in(page.real_ms).is_some_and(|ms| ms <= 30_000.0));
    page.turn(ClockOrder::Real);
    assert_eq!(snapshots(&mut page, 180), 3);
    // What a person asks for is made at once.
    page.turn(ClockOrder::Speed(3_600.0));
    page.run("BGSAVE");
    assert!(page.host.take_snapshot().is_some());
}

#[test]
fn ages_and_frequencies_follow_the_clock_there_and_back() {
    let mut page = Page::open(None, None);
    page.run("SET k v");
    page.turn(STEP(3_600_000.0));
    assert_eq!(page.reply("OBJECT IDLETIME k"), "(integer) 3600");
    page.run("GET k");
    page.turn(ClockOrder::Real);
    page.turn(STEP(7_000.0));
    assert_eq!(page.reply("OBJECT IDLETIME k"), "(integer) 7");
    page.run("CONFIG SET maxmemory-policy allkeys-lfu\nSET often v");
    page.run(&"GET often\n".repeat(50));
    let frequency =
        |page: &mut Page| -> u32 { page.reply("OBJECT FREQ often").trim_start_matches("(integer) ").parse().unwrap() };
    let before = frequency(&mut page);
    page.turn(STEP(3.0 * 60_000.0));
    assert_eq!(frequency(&mut page), before - 3);
    page.turn(ClockOrder::Real);
    assert_eq!(frequency(&mut page), before - 3);
}

#[test]
fn stream_ids_follow_the_clock_and_never_go_back() {
    let mut page = Page::open(None, None);
    page.turn(ClockOrder::Speed(0.0));
    page.turn(STEP(DAY_MS));
    let ahead = (START_MS + DAY_MS) as u64;
    assert_eq!(page.reply("XADD log * f v"), format!("\"{ahead}-0\""));
    page.turn(STEP(1_000.0));
    assert_eq!(page.reply("XADD log * f v"), format!("\"{}-0\"", ahead + 1_000));
    page.turn(ClockOrder::Real);
    assert_eq!(page.reply("XADD log * f v"), format!("\"{}-1\"", ahead + 1_000));
    assert_eq!(page.reply("XADD other * f v"), format!("\"{}-0\"", START_MS as u64));
}

#[test]
fn going_back_to_real_time_moves_no_deadline() {
    let mut page = Page::open(None, None);
    page.run("SET before v EX 200000");
    page.turn(STEP(DAY_MS));
    page.run("SET ahead v EX 100");
    assert_eq!(page.reply("TTL before"), "(integer) 113600");
    page.turn(ClockOrder::Real);
    assert_eq!(page.reply("TTL before"), "(integer) 200000");
    assert_eq!(page.reply("TTL ahead"), "(integer) 86500");
    // Behind real time it jumps ahead, and what was due meanwhile goes.
    page.turn(ClockOrder::Speed(0.0));
    page.wait(150_000_000.0);
    assert_eq!(page.reply("TTL ahead"), "(integer) 86500");
    page.turn(ClockOrder::Real);
    assert_eq!(page.reply("TTL ahead"), "(integer) -2");
    assert_eq!(page.reply("TTL before"), "(integer) 50000");
}

#[test]
fn a_reload_moves_no_deadline() {
    let fresh = || {
        let mut page = Page::open(Some("test"), None);
        page.run("SET k v EX 100000");
        page
    };
    // Real time: the time away counts.
    assert_eq!(fresh().reopened(60_000.0).reply("TTL k"), "(integer) 99940");
    // Ahead: as if it had stayed open.
    let mut page = fresh();
    page.turn(STEP(10_000_000.0));
    let mut page = page.reopened(60_000.0);
    assert_eq!(page.reply("TTL k"), "(integer) 89940");
    assert!(!page.host.clock.is_real());
    // Faster.
    page.turn(ClockOrder::Speed(60.0));
    let mut page = page.reopened(60_000.0);
    assert_eq!((page.reply("TTL k"), page.host.clock.speed()), ("(integer) 86340".to_owned(), 60.0));
    // Paused: no time away is long enough.
    page.turn(ClockOrder::Speed(0.0));
    let mut page = page.reopened(1_000.0 * DAY_MS).reopened(DAY_MS);
    assert_eq!((page.reply("TTL k"), page.host.clock.speed()), ("(integer) 86340".to_owned(), 0.0));
    // Resumed, it goes on from there.
    page.turn(ClockOrder::Speed(1.0));
    page.wait(40_000.0);
    assert_eq!(page.reply("TTL k"), "(integer) 86300");
}

#[test]
fn the_clock_is_kept_whenever_it_was_turned() {
    let mut page = Page::open(Some("test"), None);
    assert_eq!(page.host.take_clock(), None);
    page.turn(STEP(1_000.0));
    let kept = page.host.take_clock().unwrap().unwrap();
    assert_eq!((kept.real_from, kept.shown_from, kept.speed), (START_MS, START_MS + 1_000.0, 1.0));
    page.wait(500.0);
    assert_eq!(page.host.take_clock(), None);
    page.turn(ClockOrder::Real);
    assert_eq!(page.host.take_clock(), Some(None));
}

#[test]
fn the_clock_obeys() {
    let mut page = Page::open(None, None);
    page.run("SET a 1 EX 100\nSET b 1 EX 200");
    page.send(ToWorker::Clock(ClockOrder::Speed(0.0)));
    page.wait(1_000_000.0);
    assert!(page.run("TTL a").ends_with("(integer) 100\n"));
    page.send(ToWorker::Clock(ClockOrder::NextExpiry));
    assert!(page.run("EXISTS a b").ends_with("(integer) 1\n"));
    page.send(ToWorker::Clock(ClockOrder::Step { by_ms: 60_000.0 }));
    assert!(page.run("TTL b").ends_with("(integer) 40\n"));
}
