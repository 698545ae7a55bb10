//! Takes out of a built page's wasm what only a debugger reads: the names of functions, which are a third of a file.
//!
//! The compiler could leave them out, but then also leaves out the list of features that wasm-bindgen reads.

use crate::Result;
use std::fs;
use std::path::Path;

const MAGIC: &[u8] = b"\0asm\x01\0\0\0";
const CUSTOM: u8 = 0;
const DROPPED: [&[u8]; 2] = [b"name", b"producers"];

/// Rewrites every wasm file of a folder.
pub fn slim(folder: &Path) -> Result<()> {
    let failed = |error| format!("cannot slim the wasm files in {}: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            let wasm = fs::read(&path).map_err(failed)?;
            let slim = without_names(&wasm).ok_or_else(|| format!("{} is no wasm file", path.display()))?;
            fs::write(&path, slim).map_err(failed)?;
        }
    }
    Ok(())
}

/// The module without the dropped custom sections; none when its sections do not fit together.
fn without_names(wasm: &[u8]) -> Option<Vec<u8>> {
    let mut rest = wasm.strip_prefix(MAGIC)?;
    let mut kept = MAGIC.to_vec();
    while let Some((&kind, after)) = rest.split_first() {
        let (length, body) = number(after)?;
        let (section, next) = body.split_at_checked(length)?;
        let whole = rest.len() - next.len();
        if kind != CUSTOM || !DROPPED.contains(&name(section)?) {
            kept.extend_from_slice(rest.get(..whole)?);
        }
        rest = next;
    }
    Some(kept)
}

/// The name that a custom section begins with.
fn name(section: &[u8]) -> Option<&[u8]> {
    let (length, rest) = number(section)?;
    rest.get(..length)
}

/// A number of up to 32 bits in LEB128, and what follows it.
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0u64;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((usize::try_from(value).ok()?, bytes.get(index + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(sections: &[&[u8]]) -> Vec<u8> {
        [MAGIC, &sections.concat()].concat()
    }

    #[test]
    fn only_what_a_debugger_reads_goes() {
        let names: &[u8] = b"\x00\x08\x04nameabc";
        let features: &[u8] = b"\x00\x06\x04feat!";
        let code: &[u8] = b"\x0a\x03\x01\x02\x03";
        let slim = without_names(&module(&[features, names, code, names]));
        assert_eq!(slim, Some(module(&[features, code])));
        let long = [&[0u8, 0x85, 0x01, 0x04][..], b"name", &[7; 128]].concat();
        assert_eq!(without_names(&module(&[&long, code])), Some(module(&[code])));
    }

    #[test]
    fn what_is_no_module_is_refused() {
        assert_eq!(without_names(b""), None);
        assert_eq!(without_names(b"<html>"), None);
        assert_eq!(without_names(&module(&[b"\x0a\x09\x01"])), None);
        assert_eq!(without_names(&module(&[b"\x0a\xff\xff\xff\xff\xff\xff"])), None);
        assert_eq!(without_names(&module(&[b"\x00\x02\x09a"])), None);
    }
}
