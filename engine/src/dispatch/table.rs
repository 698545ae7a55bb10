//! Finding a command by its name, in any case, with one hash.

use hashbrown::HashTable;

use super::Command;
use crate::base::HashSeed;

/// The longest name in the table, container and subcommand together.
const MAX_NAME: usize = 48;

/// All commands of a node, numbered; a container's subcommands have numbers of their own.
#[derive(Debug)]
pub struct Table {
    seed: HashSeed,
    index: HashTable<u16>,
    rows: Vec<Row>,
}

/// One command or subcommand.
#[derive(Debug)]
pub struct Row {
    /// As ACL and INFO write it: `get`, `client|list`.
    pub name: Box<str>,
    pub command: &'static Command,
    pub container: Option<&'static Command>,
    /// The number of words a call has, its name included; negative for at least as many.
    pub arity: i32,
}

impl Table {
    /// A table of several lists of commands.
    pub fn new(lists: &[&'static [Command]]) -> Table {
        let mut table = Table { seed: HashSeed::default(), index: HashTable::new(), rows: Vec::new() };
        for command in lists.iter().copied().flatten() {
            table.add(command, None);
            for subcommand in command.subcommands {
                table.add(subcommand, Some(command));
            }
        }
        table
    }

    fn add(&mut self, command: &'static Command, container: Option<&'static Command>) {
        let name = match container {
            None => command.name.to_ascii_lowercase(),
            Some(container) => format!("{}|{}", container.name, command.name).to_ascii_lowercase(),
        };
        let number = self.rows.len() as u16;
        let (seed, rows) = (&self.seed, &mut self.rows);
        rows.push(Row {
            name: name.into(),
            command,
            container,
            arity: command.arity(1 + usize::from(container.is_some())),
        });
        let hash = |number: &u16| rows.get(usize::from(*number)).map_or(0, |row| seed.hash(row.name.as_bytes()));
        self.index.insert_unique(hash(&number), number, hash);
    }

    /// The number of the command with this name; subcommands are found as `container|name`.
    #[inline]
    pub fn find(&self, name: &[u8]) -> Option<usize> {
        let mut buffer = [0; MAX_NAME];
        let lower = buffer.get_mut(..name.len())?;
        lower.copy_from_slice(name);
        lower.make_ascii_lowercase();
        let same = |number: &u16| self.rows.get(usize::from(*number)).is_some_and(|row| row.name.as_bytes() == lower);
        self.index.find(self.seed.hash(lower), same).map(|&number| usize::from(number))
    }

    /// The number of a container's subcommand.
    pub fn find_subcommand(&self, container: &str, name: &[u8]) -> Option<usize> {
        let mut full = Vec::with_capacity(container.len() + name.len() + 1);
        full.extend_from_slice(container.as_bytes());
        full.push(b'|');
        full.extend_from_slice(name);
        self.find(&full)
    }

    /// The command with a number.
    #[inline]
    pub fn row(&self, number: usize) -> Option<&Row> {
        self.rows.get(number)
    }

    /// Every command and subcommand in the order of their numbers.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter()
    }

    /// Bytes on the heap.
    pub fn heap_bytes(&self) -> usize {
        let names: usize = self.rows.iter().map(|row| row.name.len()).sum();
        self.index.allocation_size() + self.rows.capacity() * size_of::<Row>() + names
    }

    /// How many commands and subcommands there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}
