//! Source text for our Lua.

use std::collections::BTreeSet;

use lua::{Event, Failure, Lua, Value};

/// What a script may take here.
const LUA_MEMORY_LIMIT_BYTES: usize = 4 << 20;
const LUA_BUDGET_UNITS: u64 = 20_000;

/// A Lua chunk: it compiles or not, runs, and ends within its budget or is stopped; its memory stays within the limit,
/// and it makes no difference to its end how often it was suspended.
pub fn lua(bytes: &[u8]) {
    let at_once = lua_outcome(bytes, LUA_BUDGET_UNITS);
    if at_once.is_some() {
        assert_eq!(lua_outcome(bytes, 7), at_once, "in slices");
    }
}

/// How a chunk ends; nothing when the budget ends first.
fn lua_outcome(source: &[u8], slice_units: u64) -> Option<String> {
    let mut lua = Lua::new(&lua::Options { memory_limit_bytes: LUA_MEMORY_LIMIT_BYTES });
    lua.open_libraries().expect("the libraries need less");
    let show = |lua: &Lua, value: Value| match value {
        Value::String(_) => lua.heap().string_bytes(value).unwrap_or_default().escape_ascii().to_string(),
        Value::Number(number) => number.to_string(),
        other => other.type_name().to_string(),
    };
    let chunk = match lua.load(source, b"=chunk") {
        Ok(chunk) => chunk,
        Err(Failure::Error(message)) => return Some(show(&lua, message)),
        Err(other) => return Some(format!("{other:?}")),
    };
    lua.start(chunk, &[]);
    // Slices may cost more than they say, but each gets on.
    for _ in 0..LUA_BUDGET_UNITS.div_ceil(slice_units) * 4 {
        let event = lua.run(slice_units);
        assert!(lua.memory_bytes() <= LUA_MEMORY_LIMIT_BYTES + 1024, "{} bytes", lua.memory_bytes());
        match event {
            Event::Suspended if slice_units == LUA_BUDGET_UNITS => return None,
            Event::Suspended => {}
            Event::Finished => {
                return Some(lua.results().to_vec().into_iter().map(|value| show(&lua, value) + "\n").collect());
            }
            Event::Failed(fault) => return Some(format!("{:?} {}", fault.kind, show(&lua, fault.value))),
            Event::Called(_) => panic!("there is no host function"),
        }
    }
    panic!("it ends at once, but not in slices");
}

/// The words that chunks are made of: those of the language, and every name of its library.
pub fn lua_words() -> BTreeSet<&'static str> {
    let words = "and break do else elseif end false for function if in local nil not or repeat return then true until \
        while == ~= <= >= ... .. [[ ]] -- --[[ :: 0x 1e308 \\\\ \\x0A \\\" __add __call __concat __div __eq __index __le \
        __len __lt __metatable __mod __mode __mul __newindex __pow __sub __tostring __unm arg self \
        assert cjson.decode cjson.encode cjson.new cjson.null cmsgpack.pack cmsgpack.unpack collectgarbage \
        coroutine.create coroutine.resume coroutine.running coroutine.status coroutine.wrap coroutine.yield error \
        getfenv getmetatable ipairs load loadstring math.floor math.huge math.max math.random newproxy next os.clock \
        pairs pcall rawequal rawget rawset select setfenv setmetatable string.byte string.char string.find \
        string.format string.gmatch string.gsub string.len string.match string.rep string.reverse string.sub \
        string.upper struct.pack struct.size struct.unpack table.concat table.insert table.maxn table.remove \
        table.sort tonumber tostring type unpack xpcall bit.band bit.bor bit.tohex %a+ %b() %f[%w] [^%s] .- %1 %5.2f %q";
    words.split_ascii_whitespace().collect()
}
