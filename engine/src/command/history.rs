//! What changed about a command over the versions: what its declaration says, and one entry for each other version
//! that brought arguments.

use super::{Argument, Command, usage::usage};
use crate::base::order;

impl<R> Command<R> {
    /// Versions and what they changed, in the order of the versions; `arguments` are its own.
    pub fn changes<'a>(&self, arguments: &'a [Argument]) -> Vec<(&'a str, String)> {
        let declared = self.history.iter().map(|(version, change)| (*version, (*change).to_owned()));
        let mut changes: Vec<(&str, String)> = declared.collect();
        let mut brought = Vec::new();
        collect_brought(arguments, &mut brought);
        order::sort_by_key(&mut brought, |(version, _)| version_key(version));
        for same_version in brought.chunk_by(|(one, _), (other, _)| one == other) {
            let Some((version, _)) = same_version.first() else { continue };
            if self.history.iter().all(|(declared, _)| declared != version) {
                let names: Vec<String> = same_version.iter().map(|(_, name)| format!("`{name}`")).collect();
                let plural = if names.len() == 1 { "" } else { "s" };
                changes.push((version, format!("Added the argument{plural} {}.", names.join(", "))));
            }
        }
        order::sort_by_key(&mut changes, |(version, _)| version_key(version));
        changes
    }
}

/// The versions that brought arguments, and what a person types for each.
fn collect_brought<'a>(arguments: &'a [Argument], brought: &mut Vec<(&'a str, String)>) {
    for argument in arguments {
        match argument.since {
            Some(version) => {
                brought.push((version, usage(core::slice::from_ref(&Argument { optional: false, ..argument.clone() }))))
            }
            None => collect_brought(&argument.arguments, brought),
        }
    }
}

/// Sorts versions by their numbers.
fn version_key(version: &str) -> Vec<u32> {
    version.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}
