//! The programs and libraries that people use, against our server and the real one: what they print must be the
//! same.

use server::{Running, Settings};
use std::io::Write;
use std::process::{Command, Stdio};
use tests::{Client, RealServer, wire};
use xtask::programs;

fn start() -> (Running, RealServer) {
    let config = vec![("save".to_string(), String::new())];
    let ours = Running::start(Settings { port: 0, config, ..Settings::default() }).expect("our server");
    (ours, RealServer::start().expect("the real server"))
}

/// Runs a program with these words and this input; everything it prints.
fn run(program: &mut Command, input: &[u8]) -> String {
    let spawned = program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = spawned.unwrap_or_else(|error| panic!("{program:?}: {error}"));
    let mut stdin = child.stdin.take().expect("its input");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("its output");
    writer.join().expect("no panic").expect("all of the input was read");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{program:?}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout) + &text(&output.stderr)
}

/// The same on both servers; what our server made it print, which is what the real one did.
fn same_on_both(program: &dyn Fn(u16) -> Command, input: &[u8]) -> String {
    let (ours, real) = start();
    let found = run(&mut program(ours.address().port()), input);
    assert_eq!(found, run(&mut program(real.port()), input));
    ours.stop().expect("a good end");
    found
}

fn redis_cli(words: &'static [&'static str]) -> impl Fn(u16) -> Command {
    move |port| {
        let mut command = Command::new("redis-cli");
        command.args(["-p", &port.to_string()]).args(words);
        command
    }
}

const LINES: &str = r#"PING
SET greeting "hello \x00 w\xf6rld\n"
GET greeting
GET nothing
INCR greeting
NOSUCH command
RPUSH list a b c
LRANGE list 0 -1
HSET hash field value other 2
HGETALL hash
ZADD scores 1 one 2.5 two
ZRANGE scores 0 -1 WITHSCORES
SADD one-member x
SMEMBERS one-member
SELECT 3
SET there 1
DBSIZE
SELECT 0
OBJECT ENCODING hash
COMMAND COUNT EXTRA
"#;

#[test]
fn redis_cli_prints_the_same_in_both_protocols() {
    for words in [&["--no-raw"] as &[_], &["--no-raw", "-3"], &["--raw"], &["--csv"], &["--json"]] {
        let printed = same_on_both(&redis_cli(words), LINES.as_bytes());
        assert!(printed.contains("PONG") && printed.contains("not an integer"), "{printed}");
    }
}

#[test]
fn redis_cli_loads_a_pipe_and_scans() {
    let mut stream = Vec::new();
    for number in 0..20_000 {
        wire::encode(&["SET", &format!("key:{number}"), "a value"], &mut stream);
    }
    let printed = same_on_both(&redis_cli(&["--pipe"]), &stream);
    assert!(printed.contains("errors: 0, replies: 20000"), "{printed}");
    let (ours, _real) = start();
    let port = ours.address().port();
    run(&mut redis_cli(&["--pipe"])(port), &stream);
    let mut keys: Vec<String> =
        run(&mut redis_cli(&["--scan", "--pattern", "key:1*"])(port), b"").lines().map(String::from).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 11_111);
    assert!(run(&mut redis_cli(&["--bigkeys"])(port), b"").contains("Biggest string found"));
}

/// It ends with an error at the first error it is answered.
#[test]
fn redis_benchmark_runs_all_its_tests() {
    const TESTS: &str = "ping,set,get,incr,lpush,rpush,lpop,rpop,sadd,hset,spop,zadd,zpopmin,lrange,mset";
    let (ours, _real) = start();
    let port = ours.address().port();
    for pipeline in ["1", "16"] {
        let mut benchmark = Command::new("redis-benchmark");
        benchmark.args(["-p", &port.to_string(), "-P", pipeline, "-t", TESTS, "-n", "2000", "-r", "500", "--csv"]);
        let printed = run(&mut benchmark, b"");
        let measured = printed.lines().filter(|line| line.starts_with('"') && !line.contains("\"test\"")).count();
        assert_eq!(measured, 20, "{printed}");
    }
    let size = Client::connect(port).expect("connect").line("DBSIZE").expect("a reply");
    assert_ne!(size, b":0\r\n");
}

const PYTHON: &str = r#"
import sys, redis
r = redis.Redis(port=int(sys.argv[1]), decode_responses=True)
print(r.ping(), r.set("k", "v", px=100000), r.get("k"), 0 < r.pttl("k") <= 100000, r.get("nothing"))
print(r.set("k", "w", nx=True), r.getset("k", "w"), r.incrby("n", 5), r.incrbyfloat("f", "0.1"), r.mget("k", "n", "x"))
print(r.hset("h", mapping={"a": 1, "b": "two"}), r.hgetall("h"), r.hincrby("h", "a", 9), r.hmget("h", "a", "c"))
print(r.rpush("l", *range(5000)), r.lrange("l", -3, -1), r.lpos("l", "7"), r.lpop("l", 2), r.object("encoding", "l"))
print(r.sadd("s", 1, 2, 3), sorted(r.smembers("s")), r.sismember("s", 2), r.sintercard(2, ["s", "s"]))
print(r.zadd("z", {"a": 1, "b": 2.5, "c": float("inf")}), r.zrange("z", 0, -1, withscores=True), r.zscore("z", "b"))
print(r.zrangebyscore("z", "(1", "+inf"), r.zrank("z", "c"), r.zpopmin("z"), r.zadd("z", {"b": 1}, xx=True, gt=True))
print(sorted(r.scan_iter("*", count=2)), r.type("z"), r.exists("k", "h", "none"), r.delete("k", "none"), r.dbsize())
try:
    r.lpush("h", 1)
except redis.ResponseError as error:
    print(type(error).__name__, error)
with r.pipeline(transaction=False) as pipe:
    for i in range(1000):
        pipe.set(f"p{i}", i)
        pipe.get(f"p{i}")
    print(pipe.execute()[-4:])
print(r.config_get("hash-max-listpack-entries"), r.info("server")["redis_mode"], r.command_count() > 100)
print(bytes(redis.Redis(port=int(sys.argv[1])).getrange("p999", 0, 1)), r.flushdb(), r.dbsize())
"#;

#[test]
fn the_python_client_prints_the_same() {
    let python =
        programs::PYTHON_CLIENT.find().expect("a Python with its redis package; `cargo xtask test` sets it up");
    let command = |port: u16| {
        let mut command = Command::new(&python);
        command.args(["-c", PYTHON, &port.to_string()]);
        command
    };
    let printed = same_on_both(&command, b"");
    assert!(printed.starts_with("True True v True None\n"), "{printed}");
}

#[test]
fn the_node_client_prints_the_same() {
    let node = programs::NODE.find().expect("node; `cargo xtask test` sets it up");
    let modules = xtask::tools::ioredis().expect("ioredis");
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/program.js");
    let command = |port: u16| {
        let mut command = Command::new(&node);
        command.arg(program).arg(port.to_string()).env("NODE_PATH", &modules);
        command
    };
    let printed = same_on_both(&command, b"");
    assert!(printed.contains("popped: [\"queue\",\"job\"]"), "{printed}");
}
