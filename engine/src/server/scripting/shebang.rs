//! The first line of a script or library: `#!lua name=... flags=...`. Refusals are Redis's, without their code `ERR`.

use super::ScriptFlags;
use crate::resp::split_line;

/// A script's first line: its flags, or `None` when there is no such line, and how many bytes it takes. The line break
/// stays, so that lines keep their numbers.
///
/// # Errors
/// What is wrong with it.
pub fn of_script(body: &[u8]) -> Result<(Option<ScriptFlags>, usize), Vec<u8>> {
    if !body.starts_with(b"#!") {
        return Ok((None, 0));
    }
    let line = first_line(body).ok_or(b"Invalid script shebang")?;
    let words = split_line(line).map_err(|_| b"Invalid engine in script shebang")?;
    let (engine, options) = words.split_first().ok_or(b"Invalid engine in script shebang")?;
    if engine != b"#!lua" {
        return Err([b"Unexpected engine in script shebang: ", engine.as_slice()].concat());
    }
    let mut flags = ScriptFlags::NONE;
    for option in options {
        let Some(names) = option.strip_prefix(b"flags=") else {
            return Err([b"Unknown lua shebang option: ", option.as_slice()].concat());
        };
        if names.is_empty() {
            continue;
        }
        for name in names.split(|&byte| byte == b',') {
            let unexpected = || [b"Unexpected flag in script shebang: ", name].concat();
            flags = flags.with(ScriptFlags::find(name).ok_or_else(unexpected)?);
        }
    }
    Ok((Some(flags), line.len()))
}

/// A library's first line: its name, and how many bytes the line takes without its line break.
///
/// # Errors
/// What is wrong with it.
pub fn of_library(code: &[u8]) -> Result<(Vec<u8>, usize), Vec<u8>> {
    if !code.starts_with(b"#!") {
        return Err(b"Missing library metadata".to_vec());
    }
    let line = first_line(code).ok_or(b"Invalid library metadata")?;
    let words = split_line(line).map_err(|_| b"Invalid library metadata")?;
    let (engine, options) = words.split_first().ok_or(b"Invalid library metadata")?;
    let mut name = None;
    for option in options {
        match option.split_at_checked(5) {
            Some((key, value)) if key.eq_ignore_ascii_case(b"name=") => {
                if name.replace(value).is_some() {
                    return Err(b"Invalid metadata value, name argument was given multiple times".to_vec());
                }
            }
            _ => return Err([b"Invalid metadata value given: ", option.as_slice()].concat()),
        }
    }
    let name = name.ok_or(b"Library name was not given")?;
    check_name(name)?;
    let engine = engine.get(2..).unwrap_or_default();
    if !engine.eq_ignore_ascii_case(b"lua") {
        return Err([b"Engine '", engine, b"' not found"].concat());
    }
    Ok((name.to_vec(), line.len()))
}

/// Whether a library or function may be called so.
///
/// # Errors
/// When it may not.
pub fn check_name(name: &[u8]) -> Result<(), Vec<u8>> {
    if !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
        return Ok(());
    }
    Err(b"Library names can only contain letters, numbers, or underscores(_) and must be at least one character long"
        .to_vec())
}

/// Everything before the first line break, which comes before any NUL.
fn first_line(text: &[u8]) -> Option<&[u8]> {
    let end = text.iter().position(|byte| matches!(byte, b'\n' | 0))?;
    text.get(..end).filter(|_| text.get(end) == Some(&b'\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_as_the_real_server_reads_them() {
        let flags = ScriptFlags::NO_WRITES.with(ScriptFlags::ALLOW_OOM);
        for (body, read) in [
            ("return 1", Ok((None, 0))),
            ("#lua\n", Ok((None, 0))),
            (" #!lua\n", Ok((None, 0))),
            ("#!lua\nreturn 1", Ok((Some(ScriptFlags::NONE), 5))),
            ("#!lua flags=\n", Ok((Some(ScriptFlags::NONE), 12))),
            ("#!lua flags=no-writes,allow-oom\n", Ok((Some(flags), 31))),
            ("#!lua flags=no-writes \"flags=allow-oom\"\n", Ok((Some(flags), 39))),
            ("#!lua", Err("Invalid script shebang")),
            ("#!lua\0\n", Err("Invalid script shebang")),
            ("#!lua \"flags\n", Err("Invalid engine in script shebang")),
            ("#!LUA\n", Err("Unexpected engine in script shebang: #!LUA")),
            ("#! lua\n", Err("Unexpected engine in script shebang: #!")),
            ("#!lua flags=,\n", Err("Unexpected flag in script shebang: ")),
            ("#!lua flags=x\n", Err("Unexpected flag in script shebang: x")),
            ("#!lua name=x\n", Err("Unknown lua shebang option: name=x")),
        ] {
            assert_eq!(of_script(body.as_bytes()), read.map_err(|text| text.as_bytes().to_vec()), "{body}");
        }
    }

    #[test]
    fn names_of_libraries_are_read_as_the_real_server_reads_them() {
        const NAME: &str = "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long";
        for (code, read) in [
            ("#!lua name=a\nx", Ok(("a", 12))),
            ("#!LUA NAME=a_1\n", Ok(("a_1", 14))),
            ("return 1", Err("Missing library metadata")),
            ("#!lua name=a", Err("Invalid library metadata")),
            ("#!lua name=\"a\n", Err("Invalid library metadata")),
            ("#!lua\n", Err("Library name was not given")),
            ("#!lua name=\n", Err(NAME)),
            ("#!js name=a-b\n", Err(NAME)),
            ("#!js name=a\n", Err("Engine 'js' not found")),
            ("#!lua name=a name=b\n", Err("Invalid metadata value, name argument was given multiple times")),
            ("#!lua name=a flags=no-writes\n", Err("Invalid metadata value given: flags=no-writes")),
        ] {
            let read: Result<(&str, usize), &str> = read;
            let read = read.map(|(name, bytes)| (name.as_bytes().to_vec(), bytes));
            assert_eq!(of_library(code.as_bytes()), read.map_err(|text| text.as_bytes().to_vec()), "{code}");
        }
    }
}
