//! Small Lua programs on Debian's `lua5.1` and on ours, and expressions of Redis's libraries on a real server.
//!
//! Programs are in `tests/lua`: files of sections, each opened by `--- name`. In a section `--- name: lines` every line
//! is a program of its own. [`grids`] makes more: every operator with every operand, every pattern on every subject.
//! All of them run in one process of the reference, one after the other, judged by the same Lua code on both sides.

pub mod grids;

use crate::reply::Tree;
use crate::{Client, RealServer};
use lua::{Event, Lua, Options, Value};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A program and what it is called when it fails.
#[derive(Clone, Debug)]
pub struct Program {
    pub name: String,
    pub source: Vec<u8>,
}

const JUDGE: &str = include_str!("../../lua/judge.lua");
const SHOW: &str = include_str!("../../lua/show.lua");

/// What a program of the suite may take; none comes near.
const MEMORY_LIMIT_BYTES: usize = 512 << 20;
/// In units of [`Lua::run`]; small, so that programs are suspended in the middle of whatever they do.
const SLICE: u64 = 10_000;
const MAX_SLICES: usize = 100_000;

/// The programs of a file in `tests/lua`.
pub fn programs(file: &str) -> Vec<Program> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("lua").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
    let mut programs: Vec<Program> = Vec::new();
    for section in text.split("\n--- ").map(|section| section.strip_prefix("--- ").unwrap_or(section)) {
        let (title, body) = section.split_once('\n').unwrap_or((section, ""));
        match title.strip_suffix(": lines") {
            Some(title) => {
                programs.extend(body.lines().filter(|line| !line.is_empty()).enumerate().map(|(at, line)| Program {
                    name: format!("{file}: {title} {}: {line}", at + 1),
                    source: line.into(),
                }))
            }
            None => programs.push(Program { name: format!("{file}: {title}"), source: body.into() }),
        }
    }
    programs
}

/// What the reference prints for each.
pub fn reference(programs: &[Program]) -> Result<Vec<Vec<u8>>, String> {
    let main = r#"
        while true do
          local length = io.read("*n")
          if not length then break end
          io.read(1)
          local answer = judge(io.read(length), "=program")
          io.write(#answer, "\n", answer)
        end"#;
    let script = format!("local judge = (function() {JUDGE} end)() {main}");
    let mut command = Command::new(xtask::programs::LUA.find().ok_or("lua5.1 is not installed")?);
    command.args(["-e", &script]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("lua5.1: {error}"))?;
    let mut stdin = child.stdin.take().ok_or("no stdin")?;
    let mut input = Vec::new();
    for program in programs {
        input.extend_from_slice(format!("{}\n", program.source.len().max(1)).as_bytes());
        // `io.read(0)` would mean something else.
        input.extend_from_slice(if program.source.is_empty() { b" " } else { &program.source });
    }
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let mut output = Vec::new();
    child.stdout.take().ok_or("no stdout")?.read_to_end(&mut output).map_err(|error| error.to_string())?;
    let _ = writer.join();
    let _ = child.wait();
    let mut answers = Vec::new();
    let mut rest = output.as_slice();
    while let Some(line_end) = rest.iter().position(|&byte| byte == b'\n') {
        let length: usize = String::from_utf8_lossy(&rest[..line_end]).parse().map_err(|error| format!("{error}"))?;
        answers.push(rest[line_end + 1..line_end + 1 + length].to_vec());
        rest = &rest[line_end + 1 + length..];
    }
    match programs.get(answers.len()) {
        Some(program) => Err(format!("lua5.1 ended in the program {}", program.name)),
        None => Ok(answers),
    }
}

/// Ours, with the judge loaded.
pub struct Ours {
    lua: Lua,
    judge: Value,
}

impl Ours {
    pub fn new() -> Ours {
        Ours::with(JUDGE)
    }

    /// Ours for expressions of Redis's libraries.
    pub fn for_expressions() -> Ours {
        Ours::with(SHOW)
    }

    fn with(judge: &str) -> Ours {
        let mut lua = Lua::new(&Options { memory_limit_bytes: MEMORY_LIMIT_BYTES });
        lua.open_libraries().expect("libraries open");
        let chunk = lua.load(judge.as_bytes(), b"=judge").expect("the judge compiles");
        lua.start(chunk, &[]);
        assert_eq!(run(&mut lua), Ok(()));
        let judge = lua.results()[0];
        let _ = lua.heap_mut().keep(judge);
        Ours { lua, judge }
    }

    pub fn judge(&mut self, program: &Program) -> Vec<u8> {
        let heap = self.lua.heap_mut();
        let source = Value::String(heap.string(&program.source).expect("room for the source"));
        let name = Value::String(heap.string(b"=program").expect("room for the name"));
        self.lua.start(self.judge, &[source, name]);
        match run(&mut self.lua) {
            Ok(()) => self.lua.heap().string_bytes(self.lua.results()[0]).unwrap_or(b"not a string").to_vec(),
            Err(problem) => problem.into_bytes(),
        }
    }
}

impl Default for Ours {
    fn default() -> Ours {
        Ours::new()
    }
}

fn run(lua: &mut Lua) -> Result<(), String> {
    for _ in 0..MAX_SLICES {
        match lua.run(SLICE) {
            Event::Finished => return Ok(()),
            Event::Suspended => {}
            Event::Failed(fault) => {
                let text =
                    lua.heap().string_bytes(fault.value).map(String::from_utf8_lossy).map(|text| text.into_owned());
                return Err(format!("failed: {fault:?} {text:?}"));
            }
            Event::Called(id) => return Err(format!("called host function {id}")),
        }
    }
    Err("does not end".to_string())
}

/// What the real server makes of each expression of its libraries.
pub fn redis(programs: &[Program]) -> Result<Vec<Vec<u8>>, String> {
    let server = RealServer::start()?;
    let mut client: Client = server.client()?;
    let script = format!(
        "local show = (function() {SHOW} end)() local out = {{}} for i, text in ipairs(ARGV) do out[i] = show(text, '=program') end return out"
    );
    let mut answers = Vec::new();
    for part in programs.chunks(200) {
        let mut words: Vec<&[u8]> = vec![b"EVAL", script.as_bytes(), b"0"];
        words.extend(part.iter().map(|program| program.source.as_slice()));
        let reply = client.call(&words).map_err(|error| error.to_string())?;
        let tree = Tree::parse(&reply).ok_or("no reply")?;
        if tree.is_error() || tree.children().len() != part.len() {
            return Err(format!("the server said {}", String::from_utf8_lossy(&reply)));
        }
        answers.extend(tree.children().iter().map(|child| child.text().unwrap_or_default().to_vec()));
    }
    Ok(answers)
}

/// The text with all addresses alike: `table: 0x55...` is another one on every run.
pub fn without_addresses(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let mut out = String::new();
    let mut rest = text.as_ref();
    while let Some(at) = rest.find(": 0x") {
        let (before, after) = rest.split_at(at + 4);
        let digits = after.chars().take_while(char::is_ascii_hexdigit).count();
        out += before;
        out += if digits > 0 { "ADDRESS" } else { "" };
        rest = &after[digits..];
    }
    out + rest
}

/// Compares all; the message names each program that differs.
pub fn compare(programs: &[Program], reference: &[Vec<u8>], ours: &mut Ours) -> Result<(), String> {
    assert_eq!(programs.len(), reference.len());
    let mut different = 0;
    let mut report = String::new();
    for (program, expected) in programs.iter().zip(reference) {
        let (expected, found) = (without_addresses(expected), without_addresses(&ours.judge(program)));
        if expected == found {
            continue;
        }
        different += 1;
        if different <= 40 {
            report += &format!("\n== {}\n", program.name);
            let (mut left, mut right) = (expected.lines(), found.lines());
            loop {
                match (left.next(), right.next()) {
                    (None, None) => break,
                    (expected, found) if expected == found => {}
                    (expected, found) => {
                        report +=
                            &format!("  expected: {}\n  ours:     {}\n", expected.unwrap_or("-"), found.unwrap_or("-"));
                    }
                }
            }
        }
    }
    if different == 0 { Ok(()) } else { Err(format!("{different} of {} programs differ:{report}", programs.len())) }
}
