//! What is loaded later: the functions that a list names, and the functions and data that only they refer to.

use super::graph::Graph;
use super::module::{self, Module};
use std::collections::BTreeSet;

/// A list of paths, one a line, as they stand in the names of functions: `engine::commands::geo` is that module with
/// all that is in it. A line with an angle in it is the whole name of one function, which is made for these types.
/// `#` begins a remark.
pub struct Later {
    paths: Vec<String>,
    whole: BTreeSet<String>,
}

impl Later {
    pub fn read(text: &str) -> Later {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let (whole, paths): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.contains('<'));
        Later {
            paths: paths.into_iter().map(str::to_owned).collect(),
            whole: whole.into_iter().map(str::to_owned).collect(),
        }
    }

    fn names(&self, function: &str) -> bool {
        let path = plain(function);
        self.paths.iter().any(|listed| holds(&path, listed)) || self.whole.contains(&unnumbered(function))
    }

    /// The lines that no function's name fits: what they name went away, or was misspelt.
    pub fn idle<'a>(&'a self, module: &Module<'_>) -> Vec<&'a str> {
        let paths: Vec<String> = module.names.iter().map(|(_, name)| plain(name)).collect();
        let names: BTreeSet<String> = module.names.iter().map(|(_, name)| unnumbered(name)).collect();
        let listed = self.paths.iter().filter(|listed| !paths.iter().any(|path| holds(path, listed)));
        listed.chain(self.whole.iter().filter(|whole| !names.contains(*whole))).map(String::as_str).collect()
    }
}

/// The number that the compiler gives a crate, if one begins here, and what comes after it.
fn crate_number(text: &str) -> Option<&str> {
    let (number, after) = text.strip_prefix('[')?.split_once(']')?;
    (number.len() > 8 && number.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(after)
}

/// A name without the numbers of crates, which change with every build.
pub fn unnumbered(name: &str) -> String {
    let mut out = String::new();
    let mut rest = name;
    while let Some(at) = rest.find('[') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        rest = crate_number(from).unwrap_or_else(|| {
            out.push('[');
            from.get(1..).unwrap_or_default()
        });
    }
    out + rest
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
        let after_number = crate_number(rest);
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
            '[' => rest = after_number.unwrap_or(rest),
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
        let list = Later::read("lua\n\n# none\nengine::commands\ncore::ptr::drop_in_place::<engine::x::{closure#0}>");
        for (name, later) in [
            ("lua::vm::run::h01", true),
            ("<lua::Value as core::fmt::Debug>::fmt", true),
            ("<lua[52fc406a4658d3c0]::heap::Heap>::new::<u8>", true),
            ("lua::vm::<impl lua::Heap>::new", true),
            ("core::ptr::drop_in_place<alloc::vec::Vec<lua::Value>>", false),
            ("<alloc::vec::Vec<lua::Value> as core::ops::Drop>::drop", false),
            ("<fn(u8) -> u8 as lua::Native>::call", true),
            ("evalua::x", false),
            ("engine::commands::geo::search::{{closure}}", true),
            ("engine::command::geohash", false),
            ("core[c5930c85a12de822]::ptr::drop_in_place::<engine[0475dd37bf164fa5]::x::{closure#0}>", true),
            ("core[c5930c85a12de822]::ptr::drop_in_place::<engine[0475dd37bf164fa5]::x::{closure#1}>", false),
        ] {
            assert_eq!(list.names(name), later, "{name}");
        }
    }
}
