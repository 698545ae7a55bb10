//! Scripts and functions of the kinds that people run, on both servers: equal replies and equal data. And what a page
//! needs of a script that does not end: it is suspended, others are told, it can be killed.

use engine::{ClientId, Engine, Options, Output, Time};
use tests::compare;
use tests::side::{Ours, Real, Side};
use tests::wire::{self, Command, show};

/// Both servers, which are told the same.
struct Both {
    real: Real,
    ours: Ours,
}

impl Both {
    fn start() -> Both {
        Both { real: Real::start().unwrap(), ours: Ours::new(1).unwrap() }
    }

    /// Runs a command on both; its reply, which is the same.
    #[track_caller]
    fn ask(&mut self, words: &[&[u8]]) -> Vec<u8> {
        let command: Command = words.iter().map(|word| word.to_vec()).collect();
        let one = |side: &mut dyn Side| side.run(std::slice::from_ref(&command)).unwrap().remove(0);
        let (real, ours) = (one(&mut self.real), one(&mut self.ours));
        let asked = command.iter().map(|word| show(word)).collect::<Vec<_>>().join(" ");
        assert_eq!(show(&real), show(&ours), "{asked:.400}");
        real
    }

    #[track_caller]
    fn line(&mut self, line: &str) -> Vec<u8> {
        let words = wire::words(line);
        self.ask(&words.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    /// Runs a script by its digest, as clients do: sent whole only where it is not cached.
    #[track_caller]
    fn script(&mut self, text: &str, keys: &[&str], arguments: &[&[u8]]) -> Vec<u8> {
        let digest = engine::base::sha1::sha1_hex(text.as_bytes());
        let count = keys.len().to_string();
        let rest: Vec<&[u8]> = std::iter::once(count.as_bytes())
            .chain(keys.iter().map(|key| key.as_bytes()))
            .chain(arguments.iter().copied())
            .collect();
        let reply = self.ask(&[&[&b"EVALSHA"[..], &digest], &rest[..]].concat());
        if !reply.starts_with(b"-NOSCRIPT") {
            return reply;
        }
        self.ask(&[&[&b"EVAL"[..], text.as_bytes()], &rest[..]].concat())
    }

    /// The data is the same too.
    #[track_caller]
    fn same_data(&mut self) {
        let difference = compare::data(&mut self.real, &mut self.ours).unwrap();
        assert!(difference.is_none(), "{difference:?}");
    }
}

/// `[name, timestamp, delay, priority, attempts]` as MessagePack.
fn packed(both: &mut Both, list: &str) -> Vec<u8> {
    let reply = both.ask(&[b"EVAL", format!("return cmsgpack.pack({{{list}}})").as_bytes(), b"0"]);
    let start = reply.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    reply[start..reply.len() - 2].to_vec()
}

#[test]
fn a_queue_of_jobs() {
    const ADD: &str = include_str!("../shapes/queue_add.lua");
    const TAKE: &str = include_str!("../shapes/queue_take.lua");
    const FINISH: &str = include_str!("../shapes/queue_finish.lua");
    const KEYS: [&str; 6] = ["q:id", "q:wait", "q:delayed", "q:prioritized", "q:events", "q:job:"];
    let mut both = Both::start();
    for (at, options) in [
        (1000, "'mail',1000,0,0,2"),
        (1001, "'mail',1001,500,0,1"),
        (1002, "'report',1002,0,7,3"),
        (1003, "'mail',1003,0,0,1"),
        (1004, "'report',1004,0,2,1"),
        (1005, "'mail',1005,9000"),
    ] {
        let options = packed(&mut both, options);
        let data =
            format!("{{\"to\":\"user{at}\",\"list\":[1,2.5,null,{{}}],\"deep\":{{\"a\":{{\"b\":\"\\u00e9\"}}}}}}");
        let reply = both.script(ADD, &KEYS, &[&options, data.as_bytes()]);
        assert!(reply.starts_with(b"*3\r\n"), "{}", show(&reply));
    }
    both.same_data();
    let take = ["q:wait", "q:active", "q:delayed", "q:prioritized", "q:job:"];
    let finish = ["q:active", "q:finished", "q:events", "q:job:", "q:wait"];
    for round in 0..9 {
        let now = (1400 + round * 50).to_string();
        let token = packed(&mut both, &format!("'token{round}',30000000,5"));
        let taken = both.script(TAKE, &take, &[now.as_bytes(), &token]);
        let id = taken.split(|&byte| byte == b'\n').nth(2).map(|id| id.strip_suffix(b"\r").unwrap_or(id).to_vec());
        let id = id.filter(|id| id.iter().all(u8::is_ascii_digit) && !id.is_empty()).unwrap_or(b"99".to_vec());
        let end: &[u8] = if round % 3 == 0 { b"failed" } else { b"completed" };
        both.script(FINISH, &finish, &[&id, b"stranger", now.as_bytes(), end, b"\"x\""]);
        let token = format!("token{round}");
        both.script(FINISH, &finish, &[&id, token.as_bytes(), now.as_bytes(), end, b"{\"sum\":42}"]);
        both.same_data();
    }
    both.script(ADD, &KEYS, &[b"no messagepack", b"{}"]);
    both.script(ADD, &KEYS, &[b"\x92\xa1x\x01", b"no json"]);
    both.same_data();
}

#[test]
fn locks_and_limits() {
    const LOCK: &str = include_str!("../shapes/lock.lua");
    const WINDOW: &str = include_str!("../shapes/sliding_window.lua");
    const BUCKET: &str = include_str!("../shapes/token_bucket.lua");
    const SET: &str = include_str!("../shapes/compare_and_set.lua");
    let mut both = Both::start();
    for (what, owner) in [
        ("acquire", "ann"),
        ("acquire", "bob"),
        ("extend", "bob"),
        ("extend", "ann"),
        ("release", "bob"),
        ("release", "ann"),
        ("release", "ann"),
        ("acquire", "bob"),
    ] {
        both.script(LOCK, &["lock:a", "lock:b"], &[what.as_bytes(), owner.as_bytes(), b"90000000"]);
    }
    for now in [1000, 1001, 1002, 1500, 2001, 2002, 2003, 2600, 4000] {
        both.script(WINDOW, &["window"], &[now.to_string().as_bytes(), b"1000", b"3"]);
    }
    for (now, asked) in
        [("10", "1"), ("10", "3"), ("10.25", "2"), ("11", "4"), ("11.1", "1"), ("40", "5"), ("40", "0.5")]
    {
        both.script(BUCKET, &["bucket"], &[b"5", b"1.5", now.as_bytes(), asked.as_bytes()]);
    }
    both.script(BUCKET, &["bucket"], &[b"5"]);
    both.line("RPUSH list x");
    both.script(BUCKET, &["list"], &[b"5", b"1", b"1"]);
    for (old, new) in [("", "1"), ("", "2"), ("1", "2"), ("1", "3"), ("2", "")] {
        both.script(SET, &["value"], &[old.as_bytes(), new.as_bytes()]);
    }
    both.same_data();
}

#[test]
fn a_schedule() {
    const MOVE: &str = include_str!("../shapes/schedule_move.lua");
    let mut both = Both::start();
    both.line(r#"ZADD schedule 1 "{\"class\":\"A\",\"queue\":\"low\"}" 2 "{\"class\":\"B\",\"queue\":\"high\"}""#);
    both.line(r#"ZADD schedule 3 "no json" 4 "{\"class\":\"C\",\"queue\":\"low\",\"args\":[1,[2]]}" 9 "{\"queue\":\"late\"}""#);
    for (now, count) in [("0", "10"), ("1.5", "10"), ("5", "2"), ("5", "2"), ("5", "2"), ("inf", "10")] {
        both.script(MOVE, &["schedule"], &[now.as_bytes(), count.as_bytes()]);
    }
    both.line("SMEMBERS nokey");
    both.same_data();
}

#[test]
fn a_library_of_functions() {
    const LIBRARY: &str = include_str!("../shapes/library.lua");
    let mut both = Both::start();
    both.ask(&[b"FUNCTION", b"LOAD", LIBRARY.as_bytes()]);
    both.ask(&[b"FUNCTION", b"LOAD", LIBRARY.as_bytes()]);
    both.ask(&[b"FUNCTION", b"LOAD", b"REPLACE", LIBRARY.as_bytes()]);
    for _ in 0..4 {
        both.line("FCALL limited 1 rate:10.0.0.1 3 60000000");
    }
    both.line("HSET stock apple 3 pear 1");
    for line in [
        "FCALL take 1 stock apple 2",
        "FCALL take 1 stock apple 2",
        "FCALL take 1 stock nothing 1",
        "FCALL take 1 stock apple x",
        "FCALL take 1 stock",
        "FCALL_RO left 1 stock",
        "FCALL_RO take 1 stock apple 1",
        "HELLO 3",
        "FCALL_RO left 1 nokey",
        "FUNCTION STATS",
    ] {
        if line == "HELLO 3" {
            // What it says differs by version.
            for side in [&mut both.real as &mut dyn Side, &mut both.ours] {
                side.run(&[wire::words(line)]).unwrap();
            }
        } else {
            both.line(line);
        }
    }
    both.same_data();
}

/// Functions come along in snapshots, both ways.
#[test]
fn functions_in_snapshots_and_dumps() {
    const LIBRARY: &str = include_str!("../shapes/library.lua");
    let mut real = Real::start().unwrap();
    let now = tests::side::now();
    let mut ours = Engine::new(Options::default(), now).unwrap();
    let client = ours.connect(now);
    let load = wire::command(&[&b"FUNCTION"[..], b"LOAD", LIBRARY.as_bytes()]);
    let load: Vec<&[u8]> = load.iter().map(Vec::as_slice).collect();
    ours.call(client, &load, now);
    real.load(&ours.snapshot()).unwrap();
    let limited = wire::words("FCALL limited 1 k 1 100");
    assert_eq!(real.run(&[limited.clone(), limited.clone()]).unwrap(), [b":1\r\n", b":0\r\n"]);

    let mut again = Engine::new(Options::default(), now).unwrap();
    again.restore(&real.save().unwrap(), now).unwrap();
    let client = again.connect(now);
    let words: Vec<&[u8]> = limited.iter().map(Vec::as_slice).collect();
    assert_eq!(again.call(client, &words, now).as_integer(), Some(0));

    // What one dumps the other restores.
    let dumped = real.run(&[wire::words("FUNCTION DUMP")]).unwrap().remove(0);
    let start = dumped.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    let payload = &dumped[start..dumped.len() - 2];
    let mut third = Engine::new(Options::default(), now).unwrap();
    let client = third.connect(now);
    let said = third.call(client, &[b"FUNCTION", b"RESTORE", payload], now);
    assert_eq!(said.as_bytes(), Some(&b"OK"[..]));
    let again = third.call(client, &[b"FUNCTION", b"RESTORE", payload], now);
    assert!(again.is_error(), "{again:?}");
    let said = third.call(client, &[b"FUNCTION", b"RESTORE", payload, b"REPLACE"], now);
    assert_eq!(said.as_bytes(), Some(&b"OK"[..]));
    let ours = third.call(client, &[b"FUNCTION", b"DUMP"], now);
    assert_eq!(ours.as_bytes(), Some(payload));
}

/// An engine with some clients, whose time does not move by itself.
struct Stage {
    engine: Engine,
    now: Time,
}

impl Stage {
    fn start(settings: &[(&str, &str)]) -> Stage {
        let config = settings.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let engine = Engine::new(Options { seed: 1, config, events: false }, Time(1_000)).unwrap();
        Stage { engine, now: Time(1_000) }
    }

    fn connect(&mut self) -> ClientId {
        self.engine.connect(self.now)
    }

    /// Sends lines; what this client is sent at once.
    fn say(&mut self, client: ClientId, lines: &str) -> String {
        self.engine.receive(client, format!("{lines}\r\n").as_bytes(), self.now);
        self.heard(client)
    }

    fn heard(&mut self, client: ClientId) -> String {
        let mut heard = Vec::new();
        while let Some(output) = self.engine.poll() {
            match output {
                Output::Reply { client: to, bytes } if to == client => heard.extend(bytes),
                other => self.engine.answer_without_files(&other, self.now),
            }
        }
        String::from_utf8_lossy(&heard).into_owned()
    }

    /// Lets time move on, in turns.
    fn wait(&mut self, milliseconds: u64) {
        self.now = Time(self.now.0 + milliseconds);
        self.engine.tick(self.now);
    }
}

#[test]
fn a_script_without_end_is_told_of_and_killed() {
    let mut stage = Stage::start(&[("busy-reply-threshold", "100"), ("appendonly", "yes"), ("save", "")]);
    let [looping, other, third] = [(); 3].map(|()| stage.connect());
    assert_eq!(stage.say(looping, "EVAL \"while true do end\" 0\r\nPING"), "");
    assert_eq!(stage.engine.deadline(), Some(stage.now));
    // At first nobody is answered.
    assert_eq!(stage.say(other, "GET k\r\nPING"), "");
    assert_eq!(stage.say(third, "SCRIPT KILL"), "");
    stage.wait(50);
    assert_eq!(stage.heard(third), "");
    stage.wait(60);
    assert_eq!(stage.heard(third), "+OK\r\n");
    stage.wait(0);
    let killed = stage.heard(looping);
    assert!(killed.starts_with("-ERR Script killed by user with SCRIPT KILL... script: "), "{killed}");
    assert!(killed.ends_with(", on @user_script:1.\r\n+PONG\r\n"), "{killed}");
    assert_eq!(stage.engine.deadline(), None);
    assert_eq!(stage.say(other, "PING"), "+PONG\r\n");
}

#[test]
fn others_are_busy_until_a_slow_script_ends() {
    const BUSY: &str = "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n";
    let mut stage = Stage::start(&[("busy-reply-threshold", "100"), ("save", "")]);
    let [writer, other] = [(); 2].map(|()| stage.connect());
    let script = "EVAL \"redis.call('set','k',1) for i=1,8000000 do end return redis.call('incr','k')\" 0";
    assert_eq!(stage.say(writer, script), "");
    stage.wait(200);
    assert_eq!(stage.say(other, "GET k"), BUSY);
    let unkillable = stage.say(other, "SCRIPT KILL");
    assert!(unkillable.starts_with("-UNKILLABLE Sorry the script already executed write commands"), "{unkillable}");
    assert_eq!(stage.say(other, "MULTI\r\nGET k\r\nDISCARD"), format!("+OK\r\n{BUSY}+OK\r\n"));
    let mut turns = 0;
    while stage.engine.server().scripting.is_running() {
        stage.wait(1);
        turns += 1;
        assert!(turns < 100, "it does not end");
    }
    assert!(turns > 2, "only {turns} turns");
    assert_eq!(stage.heard(writer), ":2\r\n");
    assert_eq!(stage.say(other, "GET k"), "$1\r\n2\r\n");
}

#[test]
fn a_transaction_goes_on_after_a_long_script() {
    let mut stage = Stage::start(&[("appendonly", "yes"), ("save", "")]);
    let client = stage.connect();
    let script = "EVAL \"redis.call('set','a',1) for i=1,3000000 do end return redis.call('incr','a')\" 0";
    stage.engine.receive(client, format!("MULTI\r\nSET b 1\r\n{script}\r\nGET a\r\nEXEC\r\n").as_bytes(), stage.now);
    let mut journal = Vec::new();
    let mut heard = Vec::new();
    for turn in 0.. {
        while let Some(output) = stage.engine.poll() {
            match output {
                Output::Reply { bytes, .. } => heard.extend(bytes),
                Output::Append(bytes) => journal.extend(bytes),
                other => stage.engine.answer_without_files(&other, stage.now),
            }
        }
        if !stage.engine.server().scripting.is_running() {
            break;
        }
        assert!(journal.is_empty(), "half of it is in the journal");
        assert!(turn < 100, "it does not end");
        stage.wait(1);
    }
    let heard = String::from_utf8_lossy(&heard).into_owned();
    assert!(heard.ends_with("*3\r\n+OK\r\n:2\r\n$1\r\n2\r\n"), "{heard}");
    let journal = String::from_utf8_lossy(&journal).into_owned();
    let words: Vec<&str> = journal.lines().filter(|line| !line.starts_with(['*', '$'])).collect();
    assert_eq!(words.join(" "), "MULTI SELECT 0 SET b 1 set a 1 incr a EXEC");
}

#[test]
fn a_script_runs_on_when_its_client_goes() {
    let mut stage = Stage::start(&[("save", "")]);
    let [gone, other] = [(); 2].map(|()| stage.connect());
    stage.say(gone, "EVAL \"for i=1,3000000 do end redis.call('set','k','done')\" 0");
    stage.engine.disconnect(gone, stage.now);
    assert_eq!(stage.say(other, "GET k"), "");
    for _ in 0..20 {
        stage.wait(1);
    }
    assert_eq!(stage.heard(other), "$4\r\ndone\r\n");
}

#[test]
fn only_the_last_scripts_of_eval_are_kept() {
    let mut stage = Stage::start(&[("save", "")]);
    let client = stage.connect();
    let kept = stage.say(client, "SCRIPT LOAD \"return 'kept'\"");
    assert!(kept.starts_with("$40\r\n"));
    for number in 0..510 {
        stage.say(client, &format!("EVAL \"return {number}\" 0"));
    }
    let memory = stage.say(client, "INFO memory");
    assert!(memory.contains("number_of_cached_scripts:501\r\n"), "{memory}");
    assert!(stage.say(client, "INFO stats").contains("evicted_scripts:10\r\n"));
    let digest = |text: &str| String::from_utf8(engine::base::sha1::sha1_hex(text.as_bytes()).to_vec()).unwrap();
    let asked = format!("SCRIPT EXISTS {} {} {}", digest("return 9"), digest("return 10"), digest("return 'kept'"));
    assert_eq!(stage.say(client, &asked), "*3\r\n:0\r\n:1\r\n:1\r\n");
}

#[test]
fn an_error_without_a_text_is_an_error() {
    // The real server of the tests ends itself there.
    let mut stage = Stage::start(&[("save", "")]);
    let client = stage.connect();
    let reply = stage.say(client, "EVAL \"error({})\" 0");
    assert!(reply.starts_with("-ERR unknown error script: "), "{reply}");
}

/// One row of random numbers serves scripts and functions, whatever is loaded or forgotten in between.
#[test]
fn scripts_and_functions_share_their_random_numbers() {
    const LIBRARY: &[u8] =
        b"#!lua name=draws\nredis.register_function('draw', function() return tostring(math.random()) \
        end) redis.register_function('again', function() math.randomseed(42) return tostring(math.random()) end)";
    const SCRIPT: &[u8] = b"math.random() return tostring(math.random())";
    let mut both = Both::start();
    let load = |both: &mut Both| both.ask(&[b"FUNCTION", b"LOAD", b"REPLACE", LIBRARY]);
    let draw = |both: &mut Both| both.ask(&[b"FCALL", b"draw", b"0"]);
    let script = |both: &mut Both| both.ask(&[b"EVAL", SCRIPT, b"0"]);
    load(&mut both);
    let (first, second) = (draw(&mut both), script(&mut both));
    assert_ne!(first, second);
    draw(&mut both);
    both.ask(&[b"FCALL", b"again", b"0"]);
    script(&mut both);
    both.line("SCRIPT FLUSH");
    script(&mut both);
    load(&mut both);
    draw(&mut both);
    both.line("FUNCTION FLUSH");
    load(&mut both);
    draw(&mut both);
    script(&mut both);
}
