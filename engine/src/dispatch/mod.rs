//! Level 6: from a command's words to its effects: the ordered refusals, the call, and what follows a write.
//! Knows no particular command; the table is handed in.

mod call;
mod calm;
mod execute;
mod follow;
mod gates;
mod memory;
mod monitor;
pub mod permissions;
mod redact;
pub mod script;
mod slow;
mod table;
mod tracking;
mod waiting;

pub use call::{Call, Propagation};
pub use calm::{Calm, execute_next};
pub use execute::{execute, exists, perform_queue};
pub use follow::{follow, hand_out};
pub use memory::make_room;
pub use table::Table;
pub use tracking::{broadcast, limit};
pub use waiting::{answer_timeout, end_pause, release, run_held_back, serve, time_out};

use crate::command;

/// What a command's handler looks like: it reads its arguments, changes data through `call.keyspace`, and writes
/// its reply to `call.reply`. An error replaces whatever was written.
pub type Run = fn(&mut Call<'_>, command::Args<'_>) -> Result<(), command::Error>;

/// A command's declaration together with its handler.
pub type Command = command::Command<Run>;

impl Command {
    /// The command without what only the reference tells of it, which is most of its bytes: a page can load that later.
    /// Of the complexity there remains whether it is constant, and of subcommands everything.
    pub const fn bare(self) -> Command {
        let complexity = match self.complexity.as_bytes() {
            b"O(1)" => "O(1)",
            _ => "",
        };
        let nothing = (&[], &[]);
        Command { summary: "", since: "", complexity, deprecated: None, history: nothing.0, tips: nothing.1, ..self }
    }
}
