//! Finding a command by its name, in any case: short names, which nearly all calls use, as one number, longer ones with
//! one hash.

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
    /// Commands with short names, each at the place that [`place_of`] its number gives or the next ones, circularly;
    /// never full, so that a search ends.
    short: Vec<Option<Short>>,
}

/// The longest name that is found as a number.
const SHORT_NAME: usize = 8;
/// Places for short names, and their binary logarithm; fewer than half are taken.
const SHORT_PLACES: usize = 1 << SHORT_BITS;
const SHORT_BITS: u32 = 9;

/// A command with a short name.
#[derive(Clone, Copy, Debug)]
struct Short {
    /// What [`packed`] makes of the name.
    packed: u64,
    /// The length of the name: a zero byte before it would not change the number.
    len: u8,
    is_plain: bool,
    number: u16,
    /// As in the [`Row`].
    arity: i32,
}

/// The bytes of a short name in small letters as one number.
#[inline]
fn packed(name: &[u8]) -> u64 {
    name.iter().fold(0, |packed, byte| packed << 8 | u64::from(byte.to_ascii_lowercase()))
}

/// Where a search for a packed name begins.
#[inline]
fn place_of(packed: u64) -> usize {
    // Fibonacci hashing: the upper bits of the product depend on all bytes.
    (packed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - SHORT_BITS)) as usize
}

/// Whether a command of this arity can have so many words, its name included.
#[inline]
pub fn fits(arity: i32, words: usize) -> bool {
    let count = words as i64;
    (arity <= 0 || count == i64::from(arity)) && count >= -i64::from(arity)
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
        let mut table =
            Table { seed: HashSeed::default(), index: HashTable::new(), rows: Vec::new(), short: Vec::new() };
        table.short.resize(SHORT_PLACES, None);
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
        let arity = command.arity(1 + usize::from(container.is_some()));
        if name.len() <= SHORT_NAME && container.is_none() {
            let (packed, len) = (packed(name.as_bytes()), name.len() as u8);
            let mut at = place_of(packed);
            while self.short.get(at).is_some_and(Option::is_some) {
                at = (at + 1) % SHORT_PLACES;
            }
            if let Some(place) = self.short.get_mut(at) {
                *place = Some(Short { packed, len, is_plain: command.is_plain(), number, arity });
            }
        }
        let (seed, rows) = (&self.seed, &mut self.rows);
        rows.push(Row { name: name.into(), command, container, arity });
        let hash = |number: &u16| rows.get(usize::from(*number)).map_or(0, |row| seed.hash(row.name.as_bytes()));
        self.index.insert_unique(hash(&number), number, hash);
    }

    #[inline]
    fn find_short(&self, name: &[u8]) -> Option<&Short> {
        let packed = packed(name);
        let mut at = place_of(packed);
        while let Some(short) = self.short.get(at)?.as_ref() {
            if short.packed == packed && usize::from(short.len) == name.len() {
                return Some(short);
            }
            at = (at + 1) % SHORT_PLACES;
        }
        None
    }

    /// The command that these words call, and its number, if that is a plain one with a short name and the number of
    /// words fits.
    #[inline]
    pub fn find_plain(&self, argv: &[&[u8]]) -> Option<(usize, &'static Command)> {
        let name = argv.first().filter(|name| name.len() <= SHORT_NAME)?;
        let short = self.find_short(name).filter(|short| short.is_plain && fits(short.arity, argv.len()))?;
        let number = usize::from(short.number);
        Some((number, self.rows.get(number)?.command))
    }

    /// The number of the command with this name; subcommands are found as `container|name`.
    #[inline]
    pub fn find(&self, name: &[u8]) -> Option<usize> {
        if name.len() <= SHORT_NAME
            && let Some(short) = self.find_short(name)
        {
            return Some(usize::from(short.number));
        }
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
        self.index.allocation_size() + self.rows.capacity() * size_of::<Row>() + names + size_of_val(&*self.short)
    }

    /// How many commands and subcommands there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}
