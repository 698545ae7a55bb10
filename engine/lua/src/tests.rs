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

#[test]
fn a_call_that_waits_for_the_host_says_so_again_and_can_be_killed() {
    let mut lua = lua();
    let host = lua.heap_mut().host_function(7).unwrap();
    for answers in [false, true] {
        lua.start(host, &[Value::Number(1.0)]);
        for _ in 0..2 {
            assert_eq!(lua.run(1000), Event::Called(7));
            assert_eq!(lua.arguments(), [Value::Number(1.0)]);
        }
        lua.kill();
        if answers {
            lua.answer(&[]);
        }
        let Event::Failed(fault) = lua.run(1000) else { panic!("not killed") };
        assert_eq!(fault.kind, FaultKind::Killed);
        assert_eq!(lua.run(1000), Event::Finished);
    }
}

#[test]
fn what_is_used_is_what_can_be_counted() {
    let mut lua = lua();
    for source in [
        "local co = coroutine.wrap(function() coroutine.yield() end) co() co()",
        "a = coroutine.wrap(function() local x = {} coroutine.yield(function() return x end) end)() b = a()",
        "local function f(n) return n > 0 and 1 + f(n - 1) or 0 end return f(5000)",
        "for i = 1, 3000 do a[i] = {tostring(i)} end a = nil loadstring('return 1')()",
    ] {
        run(&mut lua, source, 1_000_000);
        assert_eq!(lua.memory_bytes(), lua.census().bytes, "{source}");
        lua.collect();
        assert_eq!(lua.memory_bytes(), lua.census().bytes, "{source}, collected");
    }
}

/// A native's continuation may be all that holds what it makes: a collection between its turns must see it.
#[test]
fn what_a_native_makes_in_several_turns_stays() {
    let json = format!("[{}0]", "[\"aaaaaaaaaaaaaaaaaaaaaaaa\",[{\"k\":[]}]],".repeat(30));
    // An empty object comes back as an array.
    let source = format!("local t = '{json}' return cjson.encode(cjson.decode(t)) == t, #cjson.decode(t)");
    for (limit, slice) in [(80 << 10, 7), (80 << 10, 100_000), (1 << 20, 7)] {
        let mut lua = Lua::new(&Options { memory_limit_bytes: limit });
        lua.open_libraries().unwrap();
        let chunk = lua.load(source.as_bytes(), b"=test").unwrap();
        lua.start(chunk, &[]);
        let mut event = Event::Suspended;
        while event == Event::Suspended {
            event = lua.run(slice);
            assert_eq!(lua.memory_bytes(), lua.census().bytes);
        }
        assert_eq!(event, Event::Finished, "{}", lua.memory_bytes());
        assert_eq!(lua.results(), [Value::Boolean(false), Value::Number(31.0)]);
    }
}

/// What a hostile chunk ends in, within a budget and 16 MB.
#[track_caller]
fn hostile(source: &str, budget: u64, expected: &str) {
    let limit = 16 << 20;
    let mut lua = Lua::new(&Options { memory_limit_bytes: limit });
    lua.open_libraries().unwrap();
    assert_eq!(run(&mut lua, source, budget), expected, "{source}");
    assert!(lua.memory_bytes() <= limit + 1024, "{source}: {}", lua.memory_bytes());
}

#[test]
fn endless_loops_are_suspended() {
    for source in [
        "while true do end",
        "repeat until false",
        "for i = 1, math.huge do end",
        "while true do pcall(function() while true do end end) end",
        "coroutine.wrap(function() while true do end end)()",
        "string.gsub(string.rep('x', 1000), 'x', function() while true do end end)",
        "table.sort({5, 4, 3, 2, 1}, function(a, b) while true do end end)",
        "setmetatable({}, {__index = function() while true do end end}).x = setmetatable({}, {__index = function() while true do end end}).x",
        "for k in function() return 1 end do end",
        "load(function() return ' ' end)",
        "while true do coroutine.wrap(function() coroutine.yield() end)() end",
        "local function f() return f() end f()",
        "xpcall(error, function() while true do end end)",
        "string.find(string.rep('a', 100000), '.-.-.-.-.-b')",
        "local t = setmetatable({}, {__mode = 'k'}) while true do t[{}] = {} end",
        "while true do loadstring('return 1') end",
    ] {
        hostile(source, 300_000, "Suspended");
    }
}

#[test]
fn too_much_memory_ends_a_script_through_every_pcall() {
    for source in [
        "local s = 'x' while true do s = s .. s end",
        "local s = 'x' while true do pcall(function() s = s .. s end) end",
        "pcall(string.rep, 'x', 1e10)",
        "local t = {} while true do t = {t} end",
        "local t = {} for i = 1, 1e9 do t[i] = i end",
        "local t = {} for i = 1, 1e9 do t[i] = coroutine.create(function() end) end",
        "local t = {} for i = 1, 1e9 do t[i] = function() return t end end",
        "local s = string.rep('a', 5e6) s = s:gsub('a', 'bbbb')",
    ] {
        hostile(source, 50_000_000, "Memory");
    }
}

#[test]
fn deep_recursion_and_large_sources_are_errors() {
    hostile("local function f() return f() + 1 end f()", 10_000_000, "error: test:1: stack overflow");
    hostile("local function f() return pcall(f) end return select('#', f())", 10_000_000, "200");
    hostile(
        "return select(2, loadstring('return ' .. ('('):rep(10000)))",
        10_000_000,
        "[string \"return ((((((((((((((((((((((((((((((((((((((((((((((((((((((((...\"]:1: chunk has too many syntax levels",
    );
    hostile("return select(2, pcall(unpack, {}, 1, 1e8))", 10_000_000, "too many results to unpack");
    hostile(
        "local t = {} for i = 1, 20000 do t[i] = 'x' .. i .. ' = ' .. i end return type(loadstring(table.concat(t, ' ')))",
        10_000_000,
        "function",
    );
    hostile(
        "return xpcall(function() local function f() return f() + 1 end f() end, function() local function g() return g() + 1 end return g() end)",
        10_000_000,
        "false\nerror in error handling",
    );
    hostile(
        "local a = {} for i = 1, 200 do a[i] = setmetatable({}, {__index = a[i - 1]}) end return a[200].x",
        10_000_000,
        "error: test:1: loop in gettable",
    );
    hostile(
        "local function f() return select(-1, coroutine.resume(coroutine.create(f))) end return f()",
        10_000_000,
        "C stack overflow",
    );
}

#[test]
fn a_script_changes_the_globals_of_its_own_call_only() {
    let mut lua = lua();
    let other = "setfenv(0, {x = 5}) local f = loadstring('return x') return f(), x";
    assert_eq!(run(&mut lua, other, 10_000), "5\nnil");
    assert_eq!(run(&mut lua, "return type(pairs), x", 10_000), "function\nnil");
    let inside = "local co = coroutine.wrap(function() setfenv(0, {y = 1}) return loadstring('return y')() end)
        return co(), loadstring('return y')()";
    assert_eq!(run(&mut lua, inside, 10_000), "1\nnil");
}
