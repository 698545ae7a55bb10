//! The machine from outside: small programs, and what stops them.

use super::{Event, FaultKind, Lua, Options, Value};

fn lua() -> Lua {
    let mut lua = Lua::new(&Options::default());
    lua.open_libraries().unwrap();
    lua
}

/// Runs a chunk to its end; its results or its error as text, one per line.
fn run(lua: &mut Lua, source: &str, budget: u64) -> String {
    let chunk = match lua.load(source.as_bytes(), b"=test") {
        Ok(chunk) => chunk,
        Err(super::Failure::Error(message)) => return text(lua, message),
        Err(other) => return format!("{other:?}"),
    };
    lua.start(chunk, &[]);
    match lua.run(budget) {
        Event::Finished => {
            let results = lua.results().to_vec();
            results.into_iter().map(|value| text(lua, value)).collect::<Vec<_>>().join("\n")
        }
        Event::Failed(fault) if fault.kind == FaultKind::Error => format!("error: {}", text(lua, fault.value)),
        Event::Failed(fault) => format!("{:?}", fault.kind),
        other => format!("{other:?}"),
    }
}

fn text(lua: &mut Lua, value: Value) -> String {
    match value {
        Value::Nil => "nil".to_string(),
        Value::Boolean(value) => value.to_string(),
        other => match lua.heap_mut().to_string(other).unwrap() {
            Some(string) => String::from_utf8_lossy(lua.heap().bytes(string)).into_owned(),
            None => other.type_name().to_string(),
        },
    }
}

#[track_caller]
fn check(source: &str, expected: &str) {
    assert_eq!(run(&mut lua(), source, 10_000_000), expected, "{source}");
}

#[test]
fn programs_run() {
    check("local function fib(n) if n < 2 then return n end return fib(n-1) + fib(n-2) end return fib(15)", "610");
    check("local s = '' for i = 1, 3 do s = s .. i end return s", "123");
    check("return pcall(error, 'x')", "false\nx");
    check("local x x.y = 1", "error: test:1: attempt to index local 'x' (a nil value)");
    check("local co = coroutine.wrap(function() coroutine.yield(1) return 2 end) return co(), co()", "1\n2");
    check("x = = 1", "test:1: unexpected symbol near '='");
}

#[test]
fn a_run_stops_when_its_budget_is_used_up_and_goes_on() {
    let mut lua = lua();
    let chunk = lua.load(b"local n = 0 for i = 1, 1000 do n = n + i end return n", b"=test").unwrap();
    lua.start(chunk, &[]);
    let mut stops = 0;
    while lua.run(100) == Event::Suspended {
        stops += 1;
    }
    assert_eq!(lua.results(), [Value::Number(500_500.0)]);
    assert!(stops >= 9, "{stops}");
}

#[test]
fn the_host_is_called_from_anywhere() {
    let mut lua = lua();
    let host = lua.heap_mut().host_function(7).unwrap();
    let globals = lua.heap().globals();
    lua.heap_mut().set_bytes(globals, b"host", host).unwrap();
    let source = b"table.sort({3, 1, 2}, function(a, b) host(a) return a < b end)
        return coroutine.wrap(function() return host('in') end)(), pcall(host, 'fail')";
    let chunk = lua.load(source, b"=test").unwrap();
    lua.start(chunk, &[]);
    let mut calls = 0;
    loop {
        match lua.run(1000) {
            Event::Called(7) => {
                calls += 1;
                let argument = lua.arguments()[0];
                if text(&mut lua, argument) == "fail" {
                    lua.raise(Value::Number(5.0));
                } else {
                    lua.answer(&[Value::Number(4.0)]);
                }
            }
            Event::Finished => break,
            other => panic!("{other:?}"),
        }
    }
    assert!(calls >= 4);
    assert_eq!(lua.results(), [Value::Number(4.0), Value::Boolean(false), Value::Number(5.0)]);
}

#[test]
fn a_kill_passes_every_pcall() {
    let mut lua = lua();
    let chunk = lua.load(b"while true do pcall(function() while true do end end) end", b"=test").unwrap();
    lua.start(chunk, &[]);
    assert_eq!(lua.run(10_000), Event::Suspended);
    lua.kill();
    let Event::Failed(fault) = lua.run(10_000) else { panic!("not killed") };
    assert_eq!(fault.kind, FaultKind::Killed);
}
