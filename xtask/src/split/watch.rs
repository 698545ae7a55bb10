//! Which functions a visit begins with, found by watching one.
//!
//! A watched module notes each function that runs, as a byte in memory that nothing else uses. What did not run makes the
//! list of what is loaded later: the shortest paths that hold nothing that ran, so that the list stays short, and a
//! function that is added later beside one that ran is loaded first.

use super::bytes::{Reader, put_number, put_signed, put_sized};
use super::code;
use super::module::{MAGIC, Module};
use super::plan::{holds, plain, unnumbered};
use std::collections::{BTreeMap, BTreeSet};

const PAGE: u32 = 65_536;
const MEMORY: u8 = 5;
const CODE: u8 = 10;
/// Whose functions may be listed: ours, and the libraries that come with the compiler or read messages.
const CRATES: &[&str] = &["engine", "web", "lua", "lessons", "core", "alloc", "std", "hashbrown", "serde_wasm_bindgen"];
/// Less is not worth a line.
const LEAST_BYTES: usize = 100;

/// A module that notes which of its functions run.
pub struct Watched {
    pub file: Vec<u8>,
    /// Where in memory the notes are, one byte for each function of `functions`.
    pub address: u32,
    pub functions: Vec<Function>,
}

/// A function of a watched module.
pub struct Function {
    /// Whole, but for the numbers of crates.
    pub name: String,
    pub bytes: usize,
}

/// `None` when the file is no module as splitting knows them.
pub fn watched(file: &[u8]) -> Option<Watched> {
    let module = Module::read(file)?;
    let names: BTreeMap<u32, &str> = module.names.iter().copied().collect();
    let known = (module.imported()..).map(|function| names.get(&function).map(|name| unnumbered(name)));
    let sizes = module.code.iter().map(|body| body.len());
    let functions: Vec<Function> =
        known.zip(sizes).map(|(name, bytes)| Function { name: name.unwrap_or_default(), bytes }).collect();
    let pages = (functions.len() as u32).div_ceil(PAGE);
    let mut address = 0;

    let mut out = MAGIC.to_vec();
    let mut reader = Reader::new(file.strip_prefix(MAGIC)?);
    while !reader.rest.is_empty() {
        let kind = reader.byte()?;
        let section = reader.sized()?;
        out.push(kind);
        match kind {
            // Behind what the module begins with, so that whatever it asks for lies beyond.
            MEMORY => {
                let mut limits = Reader::new(section);
                (limits.number()? == 1).then_some(())?;
                let has_most = limits.byte()?;
                let least = limits.number()?;
                address = least * PAGE;
                let mut body = vec![1, has_most];
                put_number(&mut body, least + pages);
                body.extend_from_slice(limits.rest);
                put_sized(&mut out, &body);
            }
            CODE => {
                let mut body = Vec::new();
                put_number(&mut body, module.code.len() as u32);
                for (place, code) in (address..).zip(&module.code) {
                    let (locals, rest) = code::divided(code)?;
                    let mut noting = locals.to_vec();
                    // The address, 1, and a byte's store without an offset.
                    noting.push(0x41);
                    put_signed(&mut noting, i32::try_from(place).ok()?);
                    noting.extend([0x41, 1, 0x3a, 0, 0]);
                    noting.extend_from_slice(rest);
                    put_sized(&mut body, &noting);
                }
                put_sized(&mut out, &body);
            }
            _ => put_sized(&mut out, section),
        }
    }
    (address > 0).then_some(Watched { file: out, address, functions })
}

/// The lines that list what is loaded later, given which functions ran.
pub fn later(functions: &[Function], ran: &[bool]) -> Vec<String> {
    let paths: Vec<String> = functions.iter().map(|function| plain(&function.name)).collect();
    let of = |kind: bool| {
        let all = functions.iter().zip(&paths).zip(ran).filter(move |(_, ran)| **ran == kind);
        all.map(|((function, path), _)| (function, path.as_str()))
    };
    let reached: BTreeSet<&str> = of(true).flat_map(|(_, path)| own(path)).flat_map(prefixes).collect();
    let (mut bytes, mut whole) = (BTreeMap::<&str, usize>::new(), BTreeSet::new());
    for (function, path) in of(false) {
        let free = own(path).and_then(|path| prefixes(path).find(|prefix| !reached.contains(prefix)));
        match free {
            Some(free) => *bytes.entry(free).or_default() += function.bytes,
            // The same for other types has run.
            None if function.name.contains('<') && function.bytes >= LEAST_BYTES => {
                whole.insert(function.name.as_str());
            }
            None => {}
        }
    }
    // A path also stands in the names of what is made for it.
    let is_free = |path: &str| !of(true).any(|(_, other)| holds(other, path));
    let listed = bytes.into_iter().filter(|(path, bytes)| *bytes >= LEAST_BYTES && is_free(path)).map(|(path, _)| path);
    // wasm-bindgen numbers functions of the same name, of which some may have run.
    let is_alone = |name: &&str| !of(true).any(|(function, _)| function.name == **name);
    listed.chain(whole.into_iter().filter(is_alone)).map(str::to_owned).collect()
}

/// The part of a function's name that begins with one of the crates.
fn own(name: &str) -> Option<&str> {
    let is_word = |character: char| character.is_alphanumeric() || matches!(character, '_' | ':');
    name.split(|character: char| !is_word(character))
        .find(|word| word.split_once("::").is_some_and(|(first, rest)| CRATES.contains(&first) && !rest.is_empty()))
        .map(|word| word.trim_end_matches(':'))
}

/// `a::b`, `a::b::c` of `a::b::c`.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.match_indices("::").skip(1).map(|(at, _)| at).chain([path.len()]);
    ends.filter_map(|end| path.get(..end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_run_is_listed_by_the_shortest_paths() {
        let functions = [
            ("engine::commands::set::sadd", 200, true),
            ("engine::commands::set::spop", 200, false),
            ("engine::commands::geo::search", 60, false),
            ("engine::commands::geo::add", 60, false),
            ("engine::commands::small", 20, false),
            ("lua::vm::run", 900, false),
            // Made for a path that is listed, but did run.
            ("<core::ops::function::FnOnce for engine::commands::bit::X>::call", 30, true),
            ("engine::commands::bit::count", 300, false),
            ("other::thing", 900, false),
            ("<alloc::vec::Vec<u8>>::push", 100, false),
            ("<alloc::vec::Vec<u16>>::push", 100, true),
        ];
        let sized: Vec<Function> =
            functions.iter().map(|(name, bytes, _)| Function { name: (*name).into(), bytes: *bytes }).collect();
        let ran: Vec<bool> = functions.iter().map(|(_, _, ran)| *ran).collect();
        let listed = ["engine::commands::geo", "engine::commands::set::spop", "lua::vm", "<alloc::vec::Vec<u8>>::push"];
        assert_eq!(later(&sized, &ran), listed);
    }
}
