//! What people can feed in, as functions of bytes that must return, whatever the bytes; what must hold besides is
//! asserted. `tests/corpus/<name>/` keeps inputs for each: `tests/bad_input.rs` replays them and their neighbours,
//! `hunt` looks for new ones.

use std::fmt::Write;

use engine::resp::{self, CommandParser, Step, print};
use engine::{Engine, Options, Output, Time};

/// A name, and what to do with the bytes.
pub type Target = (&'static str, fn(&[u8]));

pub const TARGETS: &[Target] =
    &[("resp", resp), ("commands", commands), ("rdb", rdb), ("aof", aof), ("lessons", lessons)];

/// A day in 2024: long enough after the epoch for every subtraction of a time.
const NOW: Time = Time(1_720_000_000_000);

/// The protocol, both ways, and what a person types. Commands are the same in whatever pieces they come.
pub fn resp(bytes: &[u8]) {
    let whole = read_commands(&[bytes]);
    let (front, back) = bytes.split_at(bytes.len() / 3);
    let pieces = read_commands(&[front, &back[..back.len() / 2], &back[back.len() / 2..]]);
    assert_eq!(whole, pieces, "commands depend on how their bytes are cut");
    if let Ok(Some(values)) = resp::parse_values(bytes) {
        for value in &values {
            let plain = print::tty(value);
            let styled: Vec<u8> = print::styled(value).into_iter().flat_map(|piece| piece.text).collect();
            assert_eq!(plain, styled, "colours change the text");
            let _ = (print::raw(value), print::push(value));
        }
    }
    if let Ok(words) = resp::split_line(bytes) {
        let quoted: Vec<Vec<u8>> = words.iter().map(|word| resp::quote(word)).collect();
        assert_eq!(resp::split_line(quoted.join(&b' ')).as_ref(), Ok(&words), "quoting does not read back");
    }
}

/// Every command and the end, as text to compare.
fn read_commands(pieces: &[&[u8]]) -> String {
    let mut parser = CommandParser::default();
    let (mut buffer, mut seen) = (Vec::new(), String::new());
    for piece in pieces {
        buffer.extend_from_slice(piece);
        let kept = buffer.clone();
        let mut words = Vec::new();
        let failed = loop {
            let _ = match parser.next(&kept, &mut words) {
                Ok(Step::Command) => writeln!(seen, "{words:?}"),
                Ok(Step::Inline(line)) => {
                    let line: Vec<&[u8]> = line.iter().map(Vec::as_slice).collect();
                    writeln!(seen, "{line:?}")
                }
                Ok(Step::More) => break false,
                Err(error) => {
                    let _ = writeln!(seen, "{error:?}");
                    break true;
                }
            };
        };
        if failed {
            break;
        }
        buffer.drain(..parser.take_consumed());
    }
    seen
}

/// A connection's bytes to a whole node that holds some data, then time passing, and a snapshot of what came of it.
pub fn commands(bytes: &[u8]) {
    let (mut engine, client) = node();
    let setup = b"SET s 1\r\nHSET h a 1 b 2\r\nRPUSH l a b 3\r\nSADD t 1 2\r\nSADD u a b\r\nZADD z 1 a 2 b\r\n";
    engine.receive(client, setup, NOW);
    let (front, back) = bytes.split_at(bytes.len() / 2);
    for (index, piece) in [front, back].into_iter().enumerate() {
        engine.receive(client, piece, Time(NOW.0 + index as u64));
        drain(&mut engine);
    }
    engine.tick(Time(NOW.0 + 10_000_000));
    drain(&mut engine);
    let snapshot = engine.snapshot();
    let (mut other, _) = node();
    if let Err(error) = other.restore(&snapshot, Time(NOW.0 + 10_000_000)) {
        panic!("our own snapshot is refused: {error}");
    }
}

/// An RDB file: refused without a trace, or loaded; and what was loaded survives being written and read again.
pub fn rdb(bytes: &[u8]) {
    if let Err(text) = engine::persist::rdb::fuzz(bytes) {
        panic!("{text}");
    }
    if let Some((body, _)) = bytes.split_last_chunk::<8>() {
        // A checksum of zeros is not looked at: changed bytes get past it.
        if let Err(text) = engine::persist::rdb::fuzz(&[body, &[0; 8]].concat()) {
            panic!("{text}");
        }
    }
    let (mut engine, client) = node();
    engine.receive(client, b"SET s 1\r\n", NOW);
    drain(&mut engine);
    let before = engine.snapshot();
    if engine.restore(bytes, NOW).is_err() {
        assert!(before == engine.snapshot(), "a refused file changed the data");
    }
}

/// A journal: replayed, or refused without a trace.
pub fn aof(bytes: &[u8]) {
    let (mut engine, client) = node();
    engine.receive(client, b"SET s 1\r\n", NOW);
    drain(&mut engine);
    let before = engine.snapshot();
    let outcome = engine.replay(bytes, NOW);
    drain(&mut engine);
    if outcome.is_err() {
        assert!(before == engine.snapshot(), "a refused journal changed the data");
    }
}

/// Lessons and transcripts.
pub fn lessons(bytes: &[u8]) {
    lessons::fuzz(bytes);
}

/// A node with strings of at most a megabyte, so that an input costs what it sends and little more.
fn node() -> (Engine, engine::ClientId) {
    let config = vec![("proto-max-bulk-len".to_string(), "1mb".to_string())];
    let options = Options { seed: 1, config, ..Options::default() };
    let mut engine = Engine::new(options, NOW).unwrap_or_else(|error| panic!("{error}"));
    let client = engine.connect(NOW);
    (engine, client)
}

fn drain(engine: &mut Engine) {
    while let Some(output) = engine.poll() {
        if let Output::Save(_) = output {
            engine.saved(true, NOW);
        }
    }
}
