//! COMMAND DOCS: the documentation, with the tree of arguments.

use super::{SHARED, info::write_names};
use crate::command::syntax::ArgumentKind;
use crate::command::{Args, Argument, Error, Flags};
use crate::commands::told;
use crate::dispatch::{Call, Command};
use crate::resp::Reply;

pub const COMMAND_DOCS: Command = Command {
    name: "DOCS",
    syntax: "[command-name...]",
    summary: "Documents some commands, or all.",
    since: "7.0.0",
    complexity: "O(N), N = commands asked for",
    tips: &["nondeterministic_output_order"],
    run: Some(command_docs),
    ..SHARED
};

fn command_docs(call: &mut Call, args: Args) -> Result<(), Error> {
    let start = call.reply.defer();
    let mut count = 0;
    let mut write = |name: &str, command: &'static Command| {
        call.reply.bulk(name.as_bytes());
        write_docs(call.reply, command, name);
        count += 1;
    };
    if args.is_empty() {
        let rows = call.table.rows().filter(|row| row.container.is_none());
        rows.for_each(|row| write(&row.name, row.command));
    }
    for name in args.rest() {
        if let Some(row) = call.table.find(name).and_then(|number| call.table.row(number)) {
            write(&row.name, row.command);
        }
    }
    call.reply.finish_map(start, count);
    Ok(())
}

/// Writes fields of a map and counts them.
struct Fields<'r> {
    reply: &'r mut Reply,
    count: usize,
}

impl Fields<'_> {
    /// Starts a field, whose value the caller writes.
    fn name(&mut self, name: &str) -> &mut Reply {
        self.count += 1;
        self.reply.bulk(name.as_bytes());
        self.reply
    }

    /// A field of text, unless there is none.
    fn text(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.name(name).bulk(text.as_bytes());
        }
    }
}

fn write_docs(reply: &mut Reply, command: &'static Command, name: &str) {
    let command = told(command);
    let start = reply.defer();
    let mut fields = Fields { reply, count: 0 };
    fields.text("summary", command.summary);
    fields.text("since", command.since);
    fields.text("group", command.group.name());
    fields.text("complexity", command.complexity);
    let doc_flags: Vec<&str> = [
        command.deprecated.map(|_| "deprecated"), //
        command.flags.has(Flags::SYSTEM).then_some("syscmd"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !doc_flags.is_empty() {
        write_names(fields.name("doc_flags"), doc_flags.into_iter());
    }
    if let Some(deprecated) = command.deprecated {
        fields.text("deprecated_since", deprecated.since);
        fields.text("replaced_by", deprecated.replaced_by);
    }
    let arguments = command.arguments();
    let history = command.changes(&arguments);
    if !history.is_empty() {
        let reply = fields.name("history");
        reply.set(history.len());
        for (version, change) in &history {
            reply.array(2);
            reply.bulk(version.as_bytes());
            reply.bulk(change.as_bytes());
        }
    }
    if !arguments.is_empty() {
        write_arguments(fields.name("arguments"), &arguments);
    }
    if command.is_container() {
        let reply = fields.name("subcommands");
        reply.map(command.subcommands.len());
        for subcommand in command.subcommands {
            let full_name = format!("{name}|{}", subcommand.name.to_ascii_lowercase());
            reply.bulk(full_name.as_bytes());
            write_docs(reply, subcommand, &full_name);
        }
    }
    let count = fields.count;
    reply.finish_map(start, count);
}

fn write_arguments(reply: &mut Reply, arguments: &[Argument]) {
    reply.array(arguments.len());
    for argument in arguments {
        write_argument(reply, argument);
    }
}

fn write_argument(reply: &mut Reply, argument: &Argument) {
    let start = reply.defer();
    let mut fields = Fields { reply, count: 0 };
    fields.name("name").bulk(argument.name.as_bytes());
    fields.text("type", argument.kind.name());
    if !matches!(argument.kind, ArgumentKind::OneOf | ArgumentKind::Block) {
        fields.name("display_text").bulk(argument.name.as_bytes());
    }
    if let Some(group) = argument.key_group {
        fields.name("key_spec_index").integer(group as i64);
    }
    if let Some(token) = argument.token {
        fields.name("token").bulk(token.as_bytes());
    }
    fields.text("since", argument.since.unwrap_or_default());
    fields.text("deprecated_since", argument.deprecated_since.unwrap_or_default());
    let flags =
        [(argument.optional, "optional"), (argument.multiple, "multiple"), (argument.multiple_token, "multiple_token")];
    if flags.iter().any(|(set, _)| *set) {
        let names = flags.iter().filter(|(set, _)| *set).map(|(_, name)| *name);
        write_names(fields.name("flags"), names);
    }
    if !argument.arguments.is_empty() {
        write_arguments(fields.name("arguments"), &argument.arguments);
    }
    let count = fields.count;
    reply.finish_map(start, count);
}
