//! Which functions a visit begins with, found by watching one.
//!
//! A watched module notes each function that runs, as a byte in memory that nothing else uses. What did not run makes the
//! list of what is loaded later: the shortest paths that hold nothing that ran, so that the list stays short, and a
//! function that is added later beside one that ran is loaded first.

use super::bytes::{Reader, put_number, put_signed, put_sized};
use super::code;
use super::module::{MAGIC, Module};
use super::plan::{holds, plain};
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
    /// Their paths and sizes.
    pub functions: Vec<(String, usize)>,
}

/// `None` when the file is no module as splitting knows them.
pub fn watched(file: &[u8]) -> Option<Watched> {
    let module = Module::read(file)?;
    let names: BTreeMap<u32, &str> = module.names.iter().copied().collect();
    let paths = (module.imported()..).map(|function| names.get(&function).map(|name| plain(name)).unwrap_or_default());
    let functions: Vec<(String, usize)> = paths.zip(module.code.iter().map(|body| body.len())).collect();
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

/// The paths of what is loaded later, given which functions ran.
pub fn later(functions: &[(String, usize)], ran: &[bool]) -> Vec<String> {
    let mut reached = BTreeSet::new();
    for ((name, _), _) in functions.iter().zip(ran).filter(|(_, ran)| **ran) {
        reached.extend(path(name).into_iter().flat_map(prefixes));
    }
    let mut bytes: BTreeMap<&str, usize> = BTreeMap::new();
    for ((name, size), _) in functions.iter().zip(ran).filter(|(_, ran)| !**ran) {
        let free = path(name).and_then(|path| prefixes(path).find(|prefix| !reached.contains(prefix)));
        // A whole crate has no path of two words.
        let free = free.filter(|free| free.contains("::"));
        free.into_iter().for_each(|free| *bytes.entry(free).or_default() += size);
    }
    // A path also stands in the names of what is made for it.
    let is_free = |path: &str| !functions.iter().zip(ran).any(|((name, _), ran)| *ran && holds(name, path));
    let listed = bytes.into_iter().filter(|(path, bytes)| *bytes >= LEAST_BYTES && is_free(path));
    listed.map(|(path, _)| path.to_owned()).collect()
}

/// The part of a function's name that begins with one of the crates.
fn path(name: &str) -> Option<&str> {
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
            (" core::ops::function::FnOnce for engine::commands::bit::X", 30, true),
            ("engine::commands::bit::count", 300, false),
            ("other::thing", 900, false),
        ];
        let sized: Vec<(String, usize)> = functions.iter().map(|(name, size, _)| ((*name).into(), *size)).collect();
        let ran: Vec<bool> = functions.iter().map(|(_, _, ran)| *ran).collect();
        assert_eq!(later(&sized, &ran), ["engine::commands::geo", "engine::commands::set::spop", "lua::vm"]);
    }
}
