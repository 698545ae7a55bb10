//! Takes out of a built page what only people and debuggers read: the names of functions in its wasm, which are a third of
//! a file, and in the scripts what is written for readers.
//!
//! The compiler could leave the names out, but then also leaves out the list of features that wasm-bindgen reads. The
//! imports of a module have a hash in each name, which no compression makes smaller, in the wasm and in the script: they
//! get short names in both.

use crate::Result;
use std::fs;
use std::path::Path;

const MAGIC: &[u8] = b"\0asm\x01\0\0\0";
const CUSTOM: u8 = 0;
const IMPORTS: u8 = 2;
const DROPPED: [&[u8]; 2] = [b"name", b"producers"];
/// How the file of a module ends that has a script beside it, and how that ends.
const WITH_SCRIPT: &str = "_bg.wasm";
const SCRIPT: &str = ".js";

/// Rewrites every wasm file and every script of a folder.
pub fn slim(folder: &Path) -> Result<()> {
    let failed = |error| format!("cannot slim the wasm files in {}: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "js") {
            let text = fs::read_to_string(&path).map_err(failed)?;
            fs::write(&path, without_remarks(&text)).map_err(failed)?;
        }
    }
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            let wasm = fs::read(&path).map_err(failed)?;
            let unreadable = || format!("{} is no wasm file", path.display());
            let slim = without_names(&wasm).ok_or_else(unreadable)?;
            let script = path.to_string_lossy().strip_suffix(WITH_SCRIPT).map(|name| format!("{name}{SCRIPT}"));
            let slim = match script {
                Some(script) => {
                    let text = fs::read_to_string(&script).map_err(failed)?;
                    let (slim, text) = renamed(&slim, text).ok_or_else(unreadable)?;
                    fs::write(&script, text).map_err(failed)?;
                    slim
                }
                None => slim,
            };
            fs::write(&path, slim).map_err(failed)?;
        }
    }
    Ok(())
}

/// A script without its comments and indentation, if no text in it goes on from one line to the next.
fn without_remarks(script: &str) -> String {
    if script.lines().any(|line| line.matches('`').count() % 2 == 1) {
        return script.to_owned();
    }
    let mut is_remark = false;
    let mut out = String::new();
    for line in script.lines().map(str::trim) {
        is_remark |= line.starts_with("/*");
        if !is_remark && !line.is_empty() && !line.starts_with("//") {
            out.push_str(line);
            out.push('\n');
        }
        is_remark &= !line.ends_with("*/");
    }
    out
}

/// The module with short names for what it imports from its script, and the script with these names.
fn renamed(wasm: &[u8], mut script: String) -> Option<(Vec<u8>, String)> {
    let mut rest = wasm.strip_prefix(MAGIC)?;
    let mut out = MAGIC.to_vec();
    while let Some((&kind, after)) = rest.split_first() {
        let (length, body) = number(after)?;
        let (section, next) = body.split_at_checked(length)?;
        if kind == IMPORTS {
            let section = renamed_imports(section, &mut script)?;
            out.push(kind);
            out.extend(leb(section.len()));
            out.extend(section);
        } else {
            out.extend_from_slice(rest.get(..rest.len() - next.len())?);
        }
        rest = next;
    }
    Some((out, script))
}

fn renamed_imports(section: &[u8], script: &mut String) -> Option<Vec<u8>> {
    let (count, mut rest) = number(section)?;
    let mut out = leb(count);
    for index in 0..count {
        let (module, after) = text(rest)?;
        let (name, after) = text(after)?;
        // Functions only, whose type is one number: this is what wasm-bindgen imports, and the splitter's loader.
        let (&kind, after) = after.split_first()?;
        (kind == 0).then_some(())?;
        let (kind_of, next) = number(after)?;
        let short = format!("i{index}");
        let key = format!("{name}: ");
        // Where a name is also something else, it stays.
        let is_key = script.matches(name).count() == 1 && script.matches(&key).count() == 1;
        let name = if is_key && !script.contains(&format!("{short}:")) {
            *script = script.replacen(&key, &format!("{short}: "), 1);
            short.as_str()
        } else {
            name
        };
        for text in [module, name] {
            out.extend(leb(text.len()));
            out.extend_from_slice(text.as_bytes());
        }
        out.push(kind);
        out.extend(leb(kind_of));
        rest = next;
    }
    rest.is_empty().then_some(out)
}

/// A name, and what follows it.
fn text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = number(bytes)?;
    let (text, rest) = rest.split_at_checked(length)?;
    Some((std::str::from_utf8(text).ok()?, rest))
}

/// A number in LEB128.
fn leb(mut value: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
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
    fn imports_get_short_names_in_both_files() {
        let import = |module: &str, name: &str, of: u8| {
            [&[module.len() as u8], module.as_bytes(), &[name.len() as u8], name.as_bytes(), &[0, of]].concat()
        };
        let section = |names: [&str; 3]| {
            let body = [&[3], &import("./x_bg.js", names[0], 1)[..], &import("./x_bg.js", names[1], 2)]
                .concat()
                .into_iter()
                .chain(import("later", names[2], 3))
                .collect::<Vec<u8>>();
            [&[IMPORTS, body.len() as u8], &body[..]].concat()
        };
        let code: &[u8] = b"\x0a\x03\x01\x02\x03";
        let wasm = module(&[&section(["__wbg_new_0123", "__wbg_get_4567", "load"]), code]);
        let script = "{ __wbg_new_0123: function() {}, __wbg_get_4567: function() { __wbg_get_4567; } }".to_owned();
        let (wasm, script) = renamed(&wasm, script).expect("renamed");
        assert_eq!(wasm, module(&[&section(["i0", "__wbg_get_4567", "load"]), code]));
        assert_eq!(script, "{ i0: function() {}, __wbg_get_4567: function() { __wbg_get_4567; } }");
    }

    #[test]
    fn scripts_lose_only_what_is_for_readers() {
        let script = "/**\n * Says it.\n */\nexport function a() {\n    // why\n    return `b ${c}` + '//';\n}\n";
        assert_eq!(without_remarks(script), "export function a() {\nreturn `b ${c}` + '//';\n}\n");
        assert_eq!(without_remarks("let a = `b\n  c`;\n"), "let a = `b\n  c`;\n");
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
