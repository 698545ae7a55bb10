//! COMMAND LIST: the names of commands.

use super::SHARED;
use crate::base::glob::{self, Case};
use crate::command::{Args, Categories, Error};
use crate::dispatch::{Call, Command};

pub const COMMAND_LIST: Command = Command {
    name: "LIST",
    syntax: "[FILTERBY (filterby: MODULE module-name | ACLCAT category | PATTERN pattern)]",
    summary: "Names all commands, or those of a category or a pattern.",
    since: "7.0.0",
    complexity: "O(N), N = commands",
    tips: &["nondeterministic_output_order"],
    run: Some(command_list),
    ..SHARED
};

enum Filter<'a> {
    All,
    /// None of the commands comes from a module.
    Module,
    /// None when there is no such category, which no command is in.
    Category(Option<Categories>),
    Pattern(&'a [u8]),
}

fn command_list(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let filter = read_filter(&mut args)?;
    args.finish()?;
    let start = call.reply.defer();
    let mut count = 0;
    for row in call.table.rows() {
        let listed = match &filter {
            Filter::All => true,
            Filter::Module => false,
            Filter::Category(category) => category.is_some_and(|wanted| row.command.acl_categories().has(wanted)),
            Filter::Pattern(pattern) => glob::matches_with(pattern, row.name.as_bytes(), Case::Ignored),
        };
        if listed {
            call.reply.bulk(row.name.as_bytes());
            count += 1;
        }
    }
    call.reply.finish_array(start, count);
    Ok(())
}

fn read_filter<'a>(args: &mut Args<'a>) -> Result<Filter<'a>, Error> {
    if args.is_empty() {
        return Ok(Filter::All);
    }
    if !args.keyword("FILTERBY") {
        return Err(Error::Syntax);
    }
    if args.keyword("MODULE") {
        args.next().map(|_| Filter::Module)
    } else if args.keyword("ACLCAT") {
        args.next().map(|name| Filter::Category(Categories::find(name)))
    } else if args.keyword("PATTERN") {
        args.next().map(Filter::Pattern)
    } else {
        Err(Error::Syntax)
    }
}
