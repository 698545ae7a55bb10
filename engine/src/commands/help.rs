//! The HELP subcommand that every container has. Its lines follow from the declarations.

use crate::command::Error;
use crate::dispatch::{Call, Command};

/// Answers with one line per subcommand and one that says what it does.
pub fn of_container(call: &mut Call, container: &Command) -> Result<(), Error> {
    call.reply.array(1 + 2 * container.subcommands.len());
    call.reply.simple(&format!("{} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:", container.name));
    for subcommand in container.subcommands {
        let line = if subcommand.syntax.is_empty() {
            subcommand.name.to_string()
        } else {
            format!("{} {}", subcommand.name, subcommand.usage())
        };
        call.reply.simple(&line);
        call.reply.simple(&format!("    {}", subcommand.summary));
    }
    Ok(())
}
