//! Runs a Lua file: `cargo run --release -p lua --example run -- [--budget UNITS] [--memory BYTES] file.lua`
//!
//! `print` writes to the standard output. With a budget the script is stopped when that is used up.

use lua::{Call, Event, Failure, Lua, Options, Step, Value};
use std::io::Write;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (mut budget, mut options, mut path) = (None, Options { memory_limit_bytes: 1 << 30 }, None);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--budget" => budget = arguments.next().and_then(|text| text.parse::<u64>().ok()),
            "--memory" => {
                if let Some(bytes) = arguments.next().and_then(|text| text.parse().ok()) {
                    options.memory_limit_bytes = bytes;
                }
            }
            _ => path = Some(argument),
        }
    }
    let Some(path) = path else {
        eprintln!("usage: run [--budget UNITS] [--memory BYTES] file.lua");
        std::process::exit(2);
    };
    match run(&path, budget, &options) {
        Ok(()) => {}
        Err(text) => {
            eprintln!("run: {text}");
            std::process::exit(1);
        }
    }
}

fn run(path: &str, budget: Option<u64>, options: &Options) -> Result<(), String> {
    let mut source = std::fs::read(path).map_err(|error| format!("cannot open {path}: {error}"))?;
    if source.first() == Some(&b'#') {
        // The line stays, for the numbers.
        let end = source.iter().position(|byte| *byte == b'\n').unwrap_or(source.len());
        source.drain(..end);
    }
    let mut lua = Lua::new(options);
    let started = std::time::Instant::now();
    lua.open_libraries().map_err(|failure| format!("{failure:?}"))?;
    let print = lua.heap_mut().native(print, &[]).map_err(|failure| format!("{failure:?}"))?;
    let globals = lua.heap().globals();
    lua.heap_mut().set_bytes(globals, b"print", print).map_err(|failure| format!("{failure:?}"))?;
    let chunk = lua.load(&source, format!("@{path}").as_bytes()).map_err(|failure| describe(&lua, failure))?;
    lua.start(chunk, &[]);
    loop {
        lua.heap_mut().clock_seconds = started.elapsed().as_secs_f64();
        match lua.run(budget.unwrap_or(1_000_000)) {
            Event::Finished => return Ok(()),
            Event::Failed(fault) => return Err(describe(&lua, Failure::Error(fault.value))),
            Event::Called(id) => return Err(format!("no host function {id}")),
            Event::Suspended if budget.is_some() => return Err("the budget is used up".to_string()),
            Event::Suspended => {}
        }
    }
}

fn describe(lua: &Lua, failure: Failure) -> String {
    match failure {
        Failure::Error(Value::String(string)) => String::from_utf8_lossy(lua.heap().bytes(string)).into_owned(),
        Failure::Error(Value::Number(number)) => number.to_string(),
        Failure::Error(_) => "(error object is not a string)".to_string(),
        other => format!("{other:?}"),
    }
}

/// Writes the arguments that are written already, then asks `tostring` for the next.
fn print(call: &mut Call<'_>) -> Result<Step, Failure> {
    next_argument(call, 0, Vec::new())
}

struct Line {
    index: usize,
    text: Vec<u8>,
}

impl lua::Continuation for Line {
    fn resume(mut self: Box<Self>, call: &mut Call<'_>, results: &[Value]) -> Result<Step, Failure> {
        match results.first().and_then(|value| call.heap.string_bytes(*value)) {
            Some(bytes) => self.text.extend_from_slice(bytes),
            None => return Err(call.error("'tostring' must return a string to 'print'")),
        }
        next_argument(call, self.index + 1, self.text)
    }

    fn trace(&self, _visit: &mut dyn FnMut(Value)) {}
}

fn next_argument(call: &mut Call<'_>, index: usize, mut text: Vec<u8>) -> Result<Step, Failure> {
    if index >= call.count() {
        text.push(b'\n');
        let _ = std::io::stdout().write_all(&text);
        return Ok(Step::Return);
    }
    if index > 0 {
        text.push(b'\t');
    }
    let to_string = call.heap.get_bytes(call.heap.globals(), b"tostring");
    call.call(to_string, &[call.argument(index)], Box::new(Line { index, text }))
}
