//! The text of a `redis.conf`: one directive a line, with the quoting that `redis-cli` has. Reads no file itself:
//! whoever has the text hands it over.
//!
//! What follows on a command line is appended to the text, as Redis does it, so that the last word counts.

use super::Config;
use crate::resp::split_line;

/// What a text said.
#[derive(Clone, Debug, Default)]
pub struct Startup {
    pub config: Config,
    /// The `user` directives: the words after `user`, and the number of the line.
    pub users: Vec<(usize, Vec<Vec<u8>>)>,
}

/// A line that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// Counted from 1.
    pub line: usize,
    /// The line without the spaces around it.
    pub text: Vec<u8>,
    /// In Redis's words where it has some.
    pub reason: String,
}

impl FileError {
    /// What the server prints before it ends, given the version it introduces itself as.
    pub fn report(&self, redis_version: &str) -> String {
        format!(
            "\n*** FATAL CONFIG FILE ERROR (Redis {redis_version}) ***\nReading the configuration file, at line {}\n\
             >>> '{}'\n{}\n",
            self.line,
            String::from_utf8_lossy(&self.text),
            self.reason
        )
    }
}

impl core::fmt::Display for FileError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "line {}, '{}': {}", self.line, String::from_utf8_lossy(&self.text), self.reason)
    }
}

impl core::error::Error for FileError {}

/// Directives of older versions that are read and mean nothing, each with one value.
const DEPRECATED: [&str; 3] = ["list-max-ziplist-entries", "list-max-ziplist-value", "lua-replicate-commands"];

/// More bytes than this are no configuration.
const MAX_TEXT_BYTES: usize = 16 * 1024 * 1024;

/// More users than this are not kept.
const MAX_USERS: usize = 100_000;

/// Reads a text.
///
/// # Errors
/// The first line that is no directive, or a value that does not fit.
pub fn read(text: &[u8]) -> Result<Startup, FileError> {
    let mut startup = Startup::default();
    let mut saves = None;
    if text.len() > MAX_TEXT_BYTES {
        let reason = format!("The configuration is longer than {MAX_TEXT_BYTES} bytes");
        return Err(FileError { line: 1, text: Vec::new(), reason });
    }
    for (number, line) in text.split(|&byte| byte == b'\n').enumerate() {
        let line = trimmed(line);
        let failed = |reason: String| FileError { line: number + 1, text: line.to_vec(), reason };
        if matches!(line.first(), None | Some(b'#')) {
            continue;
        }
        let words = split_line(line).map_err(|_| failed("Unbalanced quotes in configuration line".to_string()))?;
        let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        if let Some((name, values)) = words.split_first() {
            directive(&mut startup, &mut saves, number + 1, name, values).map_err(failed)?;
        }
    }
    if let (Some(saves), Some(setting)) = (saves, Config::find(b"save")) {
        // What was taken line by line is taken together.
        let _ = startup.config.set(setting, &saves.join(&b' '));
    }
    Ok(startup)
}

fn directive(
    startup: &mut Startup,
    saves: &mut Option<Vec<Vec<u8>>>,
    line: usize,
    name: &[u8],
    values: &[&[u8]],
) -> Result<(), String> {
    let Some(setting) = Config::find(name) else { return other_directive(startup, line, name, values) };
    if !setting.kind.takes_several() && values.len() != 1 {
        return Err("wrong number of arguments".to_string());
    }
    // A list of nothing, as in `save ""`.
    let values = if setting.kind.takes_several() && matches!(values, [b""]) { &[] } else { values };
    if setting.name != "save" {
        return startup.config.set_words(setting, values);
    }
    // The lines add to each other and replace the default; one of nothing takes all of them back.
    let points = setting.kind.normal(b"", values)?;
    let saves = saves.get_or_insert_default();
    if points.is_empty() {
        saves.clear();
    } else {
        saves.push(points);
    }
    Ok(())
}

/// What is no setting: users, and what this node does not do.
fn other_directive(startup: &mut Startup, line: usize, name: &[u8], values: &[&[u8]]) -> Result<(), String> {
    const BAD: &str = "Bad directive or wrong number of arguments";
    let name = name.to_ascii_lowercase();
    let reason = match (name.as_slice(), values) {
        (_, [_]) if DEPRECATED.iter().any(|known| known.as_bytes() == name) => return Ok(()),
        (b"user", [_, ..]) if startup.users.len() < MAX_USERS => {
            startup.users.push((line, values.iter().map(|word| word.to_vec()).collect()));
            return Ok(());
        }
        (b"include", [_]) => "include is not possible here: put the other file's lines in its place",
        (b"rename-command", [_, _]) => "rename-command is not possible here: take commands away with ACL rules",
        (b"loadmodule", [_, ..]) => "there are no modules to load",
        (b"sentinel", [_, ..]) => "sentinel directive while not in sentinel mode",
        (b"sentinel", []) => "there is no sentinel mode",
        (dotted, [_]) if dotted.contains(&b'.') => "there are no modules that could be configured",
        (dotted, _) if dotted.contains(&b'.') => "Module config specified without value",
        _ => BAD,
    };
    Err(reason.to_string())
}

/// A line without the spaces around it.
pub(super) fn trimmed(line: &[u8]) -> &[u8] {
    const SPACES: &[u8] = b" \t\r\n";
    let start = line.iter().position(|byte| !SPACES.contains(byte)).unwrap_or(line.len());
    let end = line.iter().rposition(|byte| !SPACES.contains(byte)).map_or(start, |last| last + 1);
    line.get(start..end).unwrap_or_default()
}
