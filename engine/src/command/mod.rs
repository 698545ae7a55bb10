//! What a command declares: its name, its syntax, what it touches and how it may be called. Everything else
//! about a command (arity, key positions, documentation, categories, hints) is read from here. Knows nothing of
//! how a command runs: the type of the handler comes from above.
//!
//! One constant declares a command, beside its handler:
//!
//! ```ignore
//! const SET: Command = Command {
//!     name: "SET",
//!     syntax: "key value [condition: NX | XX] [GET]",
//!     summary: "...",
//!     since: "1.0.0",
//!     complexity: "O(1)",
//!     group: Group::String,
//!     flags: Flags::WRITE.with(Flags::DENYOOM),
//!     access: &[Access::RW_UPDATE],
//!     run: Some(set),
//!     ..Command::DEFAULT
//! };
//! ```

mod args;
mod error;
mod flags;
mod history;
pub mod keys;
pub mod syntax;
pub mod usage;

pub use args::Args;
pub use error::{Error, quoted};
pub use flags::{Access, Categories, Flags, Group};
pub use keys::{BeginSearch, FindKeys, FindOwnKeys, KeyPositions, KeyRange};
pub use syntax::Argument;

/// The declaration of a command; `R` is the type of its handler.
#[derive(Debug)]
pub struct Command<R: 'static> {
    /// In capitals; of a subcommand without its container.
    pub name: &'static str,
    /// The arguments, in the language of the module `syntax`.
    pub syntax: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// The version of Redis that brought it.
    pub since: &'static str,
    /// What it costs: `O(1)`.
    pub complexity: &'static str,
    pub group: Group,
    pub flags: Flags,
    /// What it does with each group of keys, in the order of the key arguments.
    pub access: &'static [Access],
    /// The handler; a container without a call of its own has none.
    pub run: Option<R>,
    pub subcommands: &'static [Command<R>],

    /// What the syntax does not tell: the number of words, negative when it is the least number.
    pub arity: Option<i32>,
    /// Where its keys stand, one entry for each of `access`.
    pub keys: Option<&'static [KeyPositions]>,
    /// Finds the keys of a call where `keys` cannot say all.
    pub find_keys: Option<FindOwnKeys>,
    /// Categories beyond those that follow from group and flags, and those that do not apply although they follow.
    pub categories: Categories,
    pub without_categories: Categories,
    /// Hints for clients and proxies, such as `nondeterministic_output`.
    pub tips: &'static [&'static str],
    /// Since when it should no longer be used, and what replaces it.
    pub deprecated: Option<Deprecated>,
    /// Changes over the versions: version and what changed.
    pub history: &'static [(&'static str, &'static str)],
}

/// A command that should no longer be used.
#[derive(Clone, Copy, Debug)]
pub struct Deprecated {
    pub since: &'static str,
    /// What to use instead, as text.
    pub replaced_by: &'static str,
}

impl<R> Command<R> {
    /// What a declaration leaves out.
    pub const DEFAULT: Command<R> = Command {
        name: "",
        syntax: "",
        summary: "",
        since: "",
        complexity: "",
        group: Group::Generic,
        flags: Flags::NONE,
        access: &[],
        run: None,
        subcommands: &[],
        arity: None,
        keys: None,
        find_keys: None,
        categories: Categories::NONE,
        without_categories: Categories::NONE,
        tips: &[],
        deprecated: None,
        history: &[],
    };

    /// The number of words, negative when it is the least number; `name_words` are those of the name: one, or two
    /// of a subcommand.
    pub fn arity(&self, name_words: usize) -> i32 {
        match self.arity {
            Some(arity) => arity,
            None if self.is_container() => -2,
            None => syntax::arity(&self.arguments(), name_words),
        }
    }

    /// The argument tree. A declaration that cannot be parsed, which a test excludes, has no arguments.
    pub fn arguments(&self) -> Vec<Argument<'static>> {
        syntax::parse(self.syntax).unwrap_or_default()
    }

    /// Its arguments as a person reads them: `key value [NX|XX]`.
    pub fn usage(&self) -> String {
        usage::usage(&self.arguments())
    }

    /// Where the keys stand, one entry for each of `access`.
    pub fn key_positions(&self, name_words: usize) -> Vec<KeyPositions> {
        match self.keys {
            Some(keys) => keys.to_vec(),
            None => keys::key_positions(&self.arguments(), name_words),
        }
    }

    /// The categories that ACL rules find it in.
    pub const fn acl_categories(&self) -> Categories {
        Categories::implied(self.group, self.flags).with(self.categories).without(self.without_categories)
    }

    /// Whether all it does is to read or change data: it waits for nothing, and changes nothing of the node's state or
    /// its client's.
    pub const fn is_plain(&self) -> bool {
        const OTHERS: Flags = Flags::MODULE
            .with(Flags::ADMIN)
            .with(Flags::PUBSUB)
            .with(Flags::NOSCRIPT)
            .with(Flags::BLOCKING)
            .with(Flags::NO_AUTH)
            .with(Flags::MAY_REPLICATE)
            .with(Flags::PROTECTED)
            .with(Flags::NO_MULTI)
            .with(Flags::SYSTEM)
            .with(Flags::NOT_QUEUED)
            .with(Flags::SUBSCRIBER)
            .with(Flags::RUNS_QUEUE);
        self.flags.has_any(Flags::WRITE.with(Flags::READONLY))
            && !self.flags.has_any(OTHERS)
            && !self.is_container()
            && self.run.is_some()
    }

    /// Whether it has subcommands.
    pub const fn is_container(&self) -> bool {
        !self.subcommands.is_empty()
    }
}
