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

pub use args::Args;
pub use error::Error;
pub use flags::{Access, Categories, Flags, Group};

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
        categories: Categories::NONE,
        without_categories: Categories::NONE,
        tips: &[],
        deprecated: None,
        history: &[],
    };

    /// Whether it is only a name for its subcommands.
    pub const fn is_container(&self) -> bool {
        !self.subcommands.is_empty()
    }
}
