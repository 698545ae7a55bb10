//! The function libraries: what FUNCTION LOAD has brought and FCALL calls. A function is found in any case of its name,
//! a library in the exact one, as in Redis.

use std::collections::BTreeMap;

use lua::Kept;

use super::ScriptFlags;
use crate::base::Bytes;

/// A library: its text, and what it registered when it was loaded.
#[derive(Debug)]
pub struct Library {
    pub name: Bytes,
    /// The text as it came, with its first line.
    pub code: Bytes,
    pub functions: Vec<Function>,
}

impl Library {
    fn bytes(&self) -> usize {
        let function = |function: &Function| {
            size_of::<Function>() + 2 * function.name.len() + function.description.as_ref().map_or(0, |text| text.len())
        };
        let functions: usize = self.functions.iter().map(function).sum();
        size_of::<Library>() + self.name.len() + self.code.len() + functions
    }
}

/// A function of a library.
#[derive(Debug)]
pub struct Function {
    pub name: Bytes,
    pub callback: Kept,
    pub flags: ScriptFlags,
    pub description: Option<Bytes>,
}

/// All libraries.
#[derive(Debug, Default)]
pub struct Libraries {
    by_name: BTreeMap<Bytes, Library>,
    /// The library and the place in it of each function, by its name in lower case.
    functions: BTreeMap<Vec<u8>, (Bytes, usize)>,
    bytes: usize,
}

impl Libraries {
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    pub fn function_count(&self) -> usize {
        self.functions.len()
    }

    /// Bytes that the libraries' texts, names and descriptions take.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// All libraries by name.
    pub fn iter(&self) -> impl Iterator<Item = &Library> {
        self.by_name.values()
    }

    pub fn get(&self, name: &[u8]) -> Option<&Library> {
        self.by_name.get(name)
    }

    /// The function that is called so.
    pub fn function(&self, name: &[u8]) -> Option<&Function> {
        let (library, place) = self.functions.get(&name.to_ascii_lowercase())?;
        self.by_name.get(library)?.functions.get(*place)
    }

    /// The name of a function that other libraries have than those that are to be replaced.
    pub fn taken(&self, libraries: &[Library]) -> Option<Bytes> {
        let stays = |owner: &Bytes| !libraries.iter().any(|library| library.name == *owner);
        let is_taken = |function: &&Function| {
            self.functions.get(&function.name.to_ascii_lowercase()).is_some_and(|(owner, _)| stays(owner))
        };
        libraries.iter().flat_map(|library| &library.functions).find(is_taken).map(|function| function.name.clone())
    }

    /// Adds a library in place of the one with its name, which is returned.
    pub fn replace(&mut self, library: Library) -> Option<Library> {
        let old = self.remove(&library.name);
        for (place, function) in library.functions.iter().enumerate() {
            self.functions.insert(function.name.to_ascii_lowercase(), (library.name.clone(), place));
        }
        self.bytes += library.bytes();
        self.by_name.insert(library.name.clone(), library);
        old
    }

    /// Takes a library out.
    pub fn remove(&mut self, name: &[u8]) -> Option<Library> {
        let library = self.by_name.remove(name)?;
        self.bytes = self.bytes.saturating_sub(library.bytes());
        for function in &library.functions {
            self.functions.remove(&function.name.to_ascii_lowercase());
        }
        Some(library)
    }
}
