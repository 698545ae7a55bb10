//! Which keys the tree shows.

use engine::base::glob;
use engine::keyspace::Object;

/// A pattern for names and a set of types; the default takes all keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// A glob pattern; empty for all names.
    pattern: Vec<u8>,
    /// Empty for all types.
    types: Vec<String>,
}

impl Filter {
    /// `typed` is a glob as `KEYS` takes it, or a part of a name if nothing in it is special there.
    pub fn new(typed: &[u8], types: Vec<String>) -> Filter {
        let is_glob = typed.iter().any(|byte| b"*?[\\".contains(byte));
        let pattern = if is_glob || typed.is_empty() { typed.to_vec() } else { [b"*", typed, b"*"].concat() };
        Filter { pattern, types }
    }

    pub fn takes(&self, key: &[u8], object: &Object) -> bool {
        (self.types.is_empty() || self.types.iter().any(|name| name == object.value.type_name()))
            && (self.pattern.is_empty() || glob::matches(&self.pattern, key))
    }
}
