//! What is loaded later: the functions that a list names, and the functions and data that only they refer to.

use super::graph::Graph;
use super::module::{self, Module};

/// A list of paths, one a line, as they stand in the names of functions: `engine::commands::geo` is that module with
/// all that is in it. With `+` before it, a path is among what comes first.
/// The longest path that fits a name counts. `#` begins a remark.
pub struct Later {
    /// With whether it is loaded later.
    paths: Vec<(String, bool)>,
}

impl Later {
    pub fn read(text: &str) -> Later {
        let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
        let path = |line: &str| match line.strip_prefix('+') {
            Some(path) => (path.trim().to_string(), false),
            None => (line.to_string(), true),
        };
        Later { paths: lines.filter(|line| !line.is_empty()).map(path).collect() }
    }

    fn names(&self, function: &str) -> bool {
        let function = &plain(function);
        let fitting = self.paths.iter().filter(|(path, _)| holds(function, path));
        fitting.max_by_key(|(path, _)| path.len()).is_some_and(|(_, later)| *later)
    }

    /// The paths that no function's name holds: they went away, or were misspelt.
    pub fn idle<'a>(&'a self, module: &Module<'_>) -> Vec<&'a str> {
        let names: Vec<String> = module.names.iter().map(|(_, name)| plain(name)).collect();
        let paths = self.paths.iter().map(|(path, _)| path.as_str());
        paths.filter(|path| !names.iter().any(|name| holds(name, path))).collect()
    }
}

/// The path of what is named, without the numbers that the compiler gives crates and without the types that it is made
/// for, but for the type that it belongs to: `<core[5930c85a12de8224]::fmt::Formatter>::pad::<u8>` is
/// ` core::fmt::Formatter::pad::`.
pub fn plain(name: &str) -> String {
    let mut plain = String::new();
    // For each angle that is open, whether what is in it counts.
    let mut open: Vec<bool> = Vec::new();
    let mut rest = name;
    while let Some(character) = rest.chars().next() {
        let counts = open.iter().all(|counts| *counts);
        let crate_number = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
        match character {
            '<' => {
                open.push(plain.trim().is_empty() || rest.starts_with("impl "));
                if counts {
                    plain.push(' ');
                }
            }
            // The arrow of a function's type is no angle.
            '>' if !name.get(..name.len() - rest.len() - 1).is_some_and(|before| before.ends_with('-')) => {
                open.pop();
            }
            '[' => match crate_number {
                Some((number, after)) if number.len() > 8 && number.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                    rest = after;
                }
                _ => {}
            },
            _ if counts => plain.push(character),
            _ => {}
        }
    }
    plain
}

/// Whether the path stands in the name as whole words.
pub fn holds(name: &str, path: &str) -> bool {
    let word = |character: char| character.is_alphanumeric() || character == '_';
    name.match_indices(path).any(|(at, _)| {
        let before = name.get(..at).and_then(|text| text.chars().next_back());
        let after = name.get(at + path.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(word) && !after.is_some_and(word)
    })
}

/// What is loaded later: for each function, imported ones first, and for each piece of data.
pub struct Plan {
    pub functions: Vec<bool>,
    pub data: Vec<bool>,
}

/// Follows what the exported functions refer to, and stops at the functions that the list names. What that does not
/// reach is loaded later.
pub fn plan(module: &Module<'_>, graph: &Graph, list: &Later) -> Plan {
    let mut named = vec![false; graph.functions.len()];
    for (function, name) in &module.names {
        if let Some(one) = named.get_mut(*function as usize) {
            *one = *function >= module.imported() && list.names(name);
        }
    }
    let mut plan = Plan { functions: vec![true; graph.functions.len()], data: vec![true; graph.pieces.len()] };
    let mut functions: Vec<u32> = graph.unknown.clone();
    functions.extend(module.exports.iter().filter(|export| export.kind == module::FUNCTION).map(|export| export.index));
    functions.extend(0..module.imported());
    let mut data: Vec<usize> = graph.always.clone();
    loop {
        if let Some(function) = functions.pop().map(|function| function as usize) {
            if plan.functions.get(function) == Some(&true) && named.get(function) == Some(&false) {
                plan.functions[function] = false;
                functions.extend(graph.functions.get(function).into_iter().flatten());
                data.extend(graph.reads.get(function).into_iter().flatten());
            }
        } else if let Some(piece) = data.pop() {
            if let Some(of) = graph.pieces.get(piece).filter(|_| plan.data.get(piece) == Some(&true)) {
                plan.data[piece] = false;
                functions.extend(&of.functions);
                data.extend(&of.data);
            }
        } else {
            return plan;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_whole_words() {
        let list = Later::read(
            "lua   # all of it\n\n# none\nengine::commands\n+ lua::value\n+ engine::commands::set\nengine::commands::set::sort",
        );
        for (name, later) in [
            ("lua::vm::run::h01", true),
            ("<lua::Value as core::fmt::Debug>::fmt", true),
            ("<lua[52fc406a4658d3c0]::heap::Heap>::new::<u8>", true),
            ("lua::vm::<impl lua::Heap>::new", true),
            ("<lua[52fc406a4658d3c0]::value::Value>::new", false),
            ("core::ptr::drop_in_place<alloc::vec::Vec<lua::Value>>", false),
            ("<alloc::vec::Vec<lua::Value> as core::ops::Drop>::drop", false),
            ("<fn(u8) -> u8 as lua::Native>::call", true),
            ("evalua::x", false),
            ("lua::value::new", false),
            ("engine::commands::geo::search::{{closure}}", true),
            ("engine::command::geohash", false),
            ("engine::commands::set::add", false),
            ("engine::commands::set::sort::one", true),
        ] {
            assert_eq!(list.names(name), later, "{name}");
        }
    }
}
