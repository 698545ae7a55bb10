//! Which functions are loaded later: those that a list names, and those that only they call.

use super::code;
use super::module::{self, Module};
use crate::Result;

/// A list of paths, one a line, as they stand in the names of functions: `engine::commands::geo` is that module with
/// all that is in it, and everything made for one of its types. `+` before a path takes it out of the list again. `#`
/// begins a remark.
pub struct Later {
    paths: Vec<String>,
    except: Vec<String>,
}

impl Later {
    pub fn read(text: &str) -> Later {
        let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
        let (except, paths): (Vec<_>, Vec<_>) =
            lines.filter(|line| !line.is_empty()).partition(|line| line.starts_with('+'));
        Later {
            paths: paths.into_iter().map(String::from).collect(),
            except: except.into_iter().map(|line| line.trim_start_matches('+').trim().to_string()).collect(),
        }
    }

    fn names(&self, function: &str) -> bool {
        let among = |paths: &[String]| paths.iter().any(|path| holds(function, path));
        among(&self.paths) && !among(&self.except)
    }

    /// The paths that no function's name holds: they went away, or were misspelt.
    pub fn idle<'a>(&'a self, module: &Module<'_>) -> Vec<&'a str> {
        let idle = |path: &&String| !module.names.iter().any(|(_, name)| holds(name, path));
        self.paths.iter().chain(&self.except).filter(idle).map(String::as_str).collect()
    }
}

/// Whether the path stands in the name as whole words.
fn holds(name: &str, path: &str) -> bool {
    let word = |character: char| character.is_alphanumeric() || character == '_';
    name.match_indices(path).any(|(at, _)| {
        let before = name.get(..at).and_then(|text| text.chars().next_back());
        let after = name.get(at + path.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(word) && !after.is_some_and(word)
    })
}

/// For each function that the module defines, whether it is loaded later.
pub fn later(module: &Module<'_>, list: &Later) -> Result<Vec<bool>> {
    let imported = module.imported();
    let defined = |function: u32| function.checked_sub(imported).map(|place| place as usize);
    let mut named = vec![false; module.code.len()];
    for (function, name) in &module.names {
        if let Some(one) = defined(*function).and_then(|place| named.get_mut(place)) {
            *one = list.names(name);
        }
    }
    let mut reached: Vec<u32> = Vec::new();
    reached.extend(module.exports.iter().filter(|export| export.kind == module::FUNCTION).map(|export| export.index));
    reached.extend(module.elements.iter().flat_map(|(_, functions)| functions));
    let mut first = vec![false; module.code.len()];
    while let Some(function) = reached.pop() {
        let Some(place) = defined(function) else { continue };
        let (Some(first), Some(body)) = (first.get_mut(place), module.code.get(place)) else { continue };
        if !*first && named.get(place) == Some(&false) {
            *first = true;
            reached.extend(code::mentioned(body).ok_or("a function has instructions that are not known here")?);
        }
    }
    Ok(first.into_iter().map(|first| !first).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_whole_words() {
        let list = Later::read("lua   # all of it\n\n# none\nengine::commands::geo\n+ lua::value\n");
        for (name, later) in [
            ("lua::vm::run::h01", true),
            ("<lua::Value as core::fmt::Debug>::fmt", true),
            ("core::ptr::drop_in_place<alloc::vec::Vec<lua::Value>>", true),
            ("evalua::x", false),
            ("lua::value::new", false),
            ("engine::commands::geo::search::{{closure}}", true),
            ("engine::commands::geohash", false),
        ] {
            assert_eq!(list.names(name), later, "{name}");
        }
    }
}
