//! `cargo xtask bench lua`: programs on our Lua, natively and in the page, beside Debian's `lua5.1`; scripts with
//! commands in them beside the real server.
//!
//! A program's time is that of a process of `lua5.1`, and on ours that of the run. In the page, and on the real server
//! for cjson, the program is an EVAL.

use crate::browser::{self, Tab};
use crate::lua_report::{Program, Report, Script};
use crate::servers::{Servers, Side};
use crate::workload::{BATCH, encode};
use ::tests::Client;
use engine::{Engine, Options, Output, Time};
use lua::{Event, Lua};
use std::path::Path;
use std::process::Command;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use xtask::site::Site;
use xtask::workspace::say;

/// What is run on every Lua.
const PROGRAMS: [(&str, &str); 7] = [
    ("fib(30)", "local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end return fib(30)"),
    ("20 million rounds with %", "local sum = 0 for i = 1, 20000000 do sum = sum + i % 7 end return sum"),
    (
        "tables, 5 x 1 M numbers",
        "local sum = 0 for round = 1, 5 do local t = {} for i = 1, 1000000 do t[i] = i end \
         for i = 1, #t do sum = sum + t[i] end end return sum",
    ),
    (
        "fields and methods, 2 M",
        "local Point = {} Point.__index = Point function Point:move(by) self.x = self.x + by self.y = self.y - by return self end \
         local p = setmetatable({x = 0, y = 0}, Point) for i = 1, 2000000 do p:move(i) end return p.x + p.y",
    ),
    (
        "strings, 300 k pieces",
        "local parts = {} for i = 1, 300000 do parts[#parts + 1] = 'item:' .. i end local all = table.concat(parts, ',') \
         local n = 0 for word in all:gmatch('[^,]+') do n = n + #word end return n + #all:gsub('item', 'x')",
    ),
    (
        "sort of 100,000",
        "local x, t = 42, {} for i = 1, 100000 do x = (x * 16807) % 2147483647 t[i] = x end table.sort(t) \
         for i = 1, 100000 do x = (x * 16807) % 2147483647 t[i] = x end table.sort(t, function(a, b) return a > b end) return t[1]",
    ),
    (CJSON, CJSON_SOURCE),
];

/// The one program that `lua5.1` cannot run; the real server does.
const CJSON: &str = "cjson round trip, 20 k";
const CJSON_SOURCE: &str = "local n = 0 for i = 1, 20000 do local text = cjson.encode({id = i, name = 'user:' .. i, \
    tags = {'a', 'b', 'c'}, score = i / 8, nested = {active = true, list = {1, 2, 3, i}}}) n = n + #text \
    n = n + cjson.decode(text).id end return n";

/// A limiter that counts the requests of the last minute in a sorted set.
const SLIDING_WINDOW: &str = "local key, now, window, limit = KEYS[1], tonumber(ARGV[1]), 60000, 100 \
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window) local count = redis.call('ZCARD', key) \
    if count >= limit then return {0, 0} end redis.call('ZADD', key, now, now .. ':' .. ARGV[2]) \
    redis.call('PEXPIRE', key, window) return {1, limit - count - 1}";

/// A limiter that refills tokens as time goes by.
const TOKEN_BUCKET: &str = "local key, now = KEYS[1], tonumber(ARGV[1]) local rate, capacity = 10, 100 \
    local state = redis.call('HMGET', key, 'tokens', 'time') local tokens, last = tonumber(state[1]) or capacity, tonumber(state[2]) or now \
    tokens = math.min(capacity, tokens + math.max(0, now - last) * rate / 1000) local allowed = tokens >= 1 \
    if allowed then tokens = tokens - 1 end redis.call('HSET', key, 'tokens', tokens, 'time', now) \
    redis.call('PEXPIRE', key, math.ceil(capacity / rate * 1000)) return {allowed and 1 or 0, tostring(tokens)}";

const SCRIPTS: [(&str, &str); 2] = [("sliding window", SLIDING_WINDOW), ("token bucket", TOKEN_BUCKET)];

/// How many calls of a script are measured, and over how many keys.
const CALLS: usize = 40_000;
const KEYS: usize = 100;

/// Measures everything so often.
pub fn measure(repetitions: usize, server: &Path, page: Option<&Path>) -> Result<Report, String> {
    let servers = Servers::start(server)?;
    let site = page.map(|page| Site::start(page, "/", 0)).transpose()?;
    let tab = site.as_ref().map(Tab::open).transpose()?;
    let mut programs = PROGRAMS.map(|(name, _)| Program { name, ..Program::default() });
    let mut scripts = SCRIPTS.map(|(name, _)| Script { name, ..Script::default() });
    for repetition in 1..=repetitions {
        for (program, (name, source)) in programs.iter_mut().zip(PROGRAMS) {
            say(&format!("round {repetition} of {repetitions}: {name}"));
            program.reference.push(if name == CJSON { on_redis(&servers, source)? } else { on_reference(source)? });
            program.native.push(native(source).map_err(|problem| format!("{name}: {problem}"))?);
            if let Some(tab) = &tab {
                let mut piece = Vec::new();
                encode(&mut piece, &["EVAL", source, "0"]);
                program.wasm.push(browser::milliseconds(tab, b"", &[piece], 1)?);
            }
        }
        for (script, (name, source)) in scripts.iter_mut().zip(SCRIPTS) {
            say(&format!("round {repetition} of {repetitions}: {name}"));
            measure_script(script, source, &servers, tab.as_ref(), repetition)?;
        }
    }
    Ok(Report { programs: programs.into(), scripts: scripts.into() })
}

/// Milliseconds on `lua5.1`, with those in which it starts: one or two. Its own clock counts its processor time alone,
/// which is another measure than ours as soon as the machine does something else.
fn on_reference(source: &str) -> Result<f64, String> {
    let program = xtask::programs::LUA.find().ok_or("lua5.1 is not installed")?;
    let mut command = Command::new(program);
    command.args(["-e", source]);
    let began = Instant::now();
    xtask::workspace::output(&mut command)?;
    Ok(began.elapsed().as_secs_f64() * 1_000.0)
}

/// Milliseconds of an EVAL on the real server.
fn on_redis(servers: &Servers, source: &str) -> Result<f64, String> {
    let mut client = Client::connect(servers.real.port).map_err(|error| error.to_string())?;
    let began = Instant::now();
    let reply = client.call(&["EVAL", source, "0"]).map_err(|error| error.to_string())?;
    let time = began.elapsed();
    if reply.first() == Some(&b'-') {
        return Err(String::from_utf8_lossy(&reply).into_owned());
    }
    Ok(time.as_secs_f64() * 1_000.0)
}

/// Milliseconds on ours, in this process.
fn native(source: &str) -> Result<f64, String> {
    /// As large as a host would choose it that has other things to do.
    const SLICE: u64 = 1_000_000;
    let failed = |failure: lua::Failure| format!("{failure:?}");
    let mut lua = Lua::new(&lua::Options { memory_limit_bytes: 1 << 30 });
    lua.open_libraries().map_err(failed)?;
    let chunk = lua.load(source.as_bytes(), b"@bench").map_err(failed)?;
    let began = Instant::now();
    lua.start(chunk, &[]);
    loop {
        match lua.run(SLICE) {
            Event::Suspended => {}
            Event::Finished => return Ok(began.elapsed().as_secs_f64() * 1_000.0),
            other => {
                let text = match &other {
                    Event::Failed(fault) => lua.heap().string_bytes(fault.value).unwrap_or_default(),
                    _ => b"",
                };
                return Err(format!("{other:?} {}", String::from_utf8_lossy(text)));
            }
        }
    }
}

/// The calls of a script, in pieces of [`BATCH`]: each half a millisecond after the one before.
fn pieces(source: &str) -> Vec<Vec<u8>> {
    let call = |number: usize, piece: &mut Vec<u8>| {
        let (key, now) = (format!("limit:{}", number * 7919 % KEYS), (1_700_000_000_000 + number / 2).to_string());
        encode(piece, &["EVAL", source, "1", &key, &now, &number.to_string()]);
    };
    let piece = |first: usize| {
        let mut piece = Vec::new();
        (first..first + BATCH).for_each(|number| call(number, &mut piece));
        piece
    };
    (0..CALLS).step_by(BATCH).map(piece).collect()
}

fn measure_script(
    script: &mut Script,
    source: &str,
    servers: &Servers,
    tab: Option<&Tab>,
    repetition: usize,
) -> Result<(), String> {
    let pieces = pieces(source);
    script.native.push(in_process(&pieces)?);
    if let Some(tab) = tab {
        script.wasm.push(CALLS as f64 / browser::milliseconds(tab, b"", &pieces, 1)? * 1_000.0);
    }
    servers.empty()?;
    let mut sides = [(servers.ours.side(), &mut script.ours), (servers.real, &mut script.real)];
    if repetition.is_multiple_of(2) {
        sides.reverse();
    }
    for (side, speeds) in sides {
        speeds.push(on_server(side, &pieces)?);
    }
    Ok(())
}

/// Calls a second of the engine in this process.
fn in_process(pieces: &[Vec<u8>]) -> Result<f64, String> {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(Time(0), |since| Time(since.as_millis() as u64));
    let options = Options { seed: 1, config: vec![("save".to_string(), String::new())], ..Options::default() };
    let mut engine = Engine::new(options, now()).map_err(|error| error.to_string())?;
    let client = engine.connect(now());
    let began = Instant::now();
    for piece in pieces {
        engine.receive(client, piece, now());
        while let Some(output) = engine.poll() {
            if let Output::Reply { bytes, .. } = output
                && bytes.first() == Some(&b'-')
            {
                return Err(String::from_utf8_lossy(&bytes).into_owned());
            }
        }
    }
    Ok(CALLS as f64 / began.elapsed().as_secs_f64())
}

/// Calls a second of a server, over one connection with a hundred calls at a time.
fn on_server(side: Side, pieces: &[Vec<u8>]) -> Result<f64, String> {
    let failed = |error: std::io::Error| error.to_string();
    let mut client = Client::connect(side.port).map_err(failed)?;
    let began = Instant::now();
    for piece in pieces {
        client.send(piece).map_err(failed)?;
        for _ in 0..BATCH {
            let reply = client.read_reply().map_err(failed)?;
            if reply.first() == Some(&b'-') {
                return Err(String::from_utf8_lossy(&reply).into_owned());
            }
        }
    }
    Ok(CALLS as f64 / began.elapsed().as_secs_f64())
}
