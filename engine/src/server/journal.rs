//! The append-only file's next bytes: every change as a command that repeats it.

use crate::base::numbers::write_i64;

/// Collects the commands that repeat what was written. Empty and idle while `appendonly` is off.
#[derive(Debug, Default)]
pub struct Journal {
    /// Whether changes are recorded.
    pub on: bool,
    /// The present second, where `aof-timestamp-enabled` lets the journal say when something was written.
    pub clock: Option<u64>,
    /// The last second that it named.
    stamped: u64,
    bytes: Vec<u8>,
    /// The database that the last recorded command worked on.
    database: Option<usize>,
    /// Where the present unit begins, and how many commands it has so far.
    unit: (usize, usize),
}

impl Journal {
    /// Adds one command that worked on `database`.
    pub fn append<A: AsRef<[u8]>>(&mut self, database: usize, argv: &[A]) {
        if let Some(second) = self.clock.filter(|&second| second > self.stamped) {
            self.stamped = second;
            self.bytes.extend_from_slice(format!("#TS:{second}\r\n").as_bytes());
        }
        if self.database != Some(database) {
            self.database = Some(database);
            write_command(&mut self.bytes, &[b"SELECT".as_slice(), database.to_string().as_bytes()]);
        }
        write_command(&mut self.bytes, argv);
        self.unit.1 += 1;
    }

    /// Ends a unit: what one client's command caused, a whole transaction included. Several commands of one unit
    /// stand between MULTI and EXEC, so that no reader ever sees a part of them.
    #[inline]
    pub fn end_unit(&mut self) {
        let (start, commands) = self.unit;
        if commands > 1 {
            let mut multi = Vec::new();
            write_command(&mut multi, &[b"MULTI"]);
            self.bytes.splice(start..start, multi);
            write_command(&mut self.bytes, &[b"EXEC"]);
        }
        if commands > 0 {
            self.unit = (self.bytes.len(), 0);
        }
    }

    /// The bytes since the last call.
    pub fn take(&mut self) -> Vec<u8> {
        self.unit = (0, 0);
        core::mem::take(&mut self.bytes)
    }

    /// Bytes on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.bytes.capacity()
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Starts a new file: the next command names its database again.
    pub fn restart(&mut self) {
        self.bytes.clear();
        self.unit = (0, 0);
        self.database = None;
    }
}

fn write_command<A: AsRef<[u8]>>(bytes: &mut Vec<u8>, argv: &[A]) {
    bytes.push(b'*');
    write_i64(bytes, argv.len() as i64);
    bytes.extend_from_slice(b"\r\n");
    for argument in argv {
        let argument = argument.as_ref();
        bytes.push(b'$');
        write_i64(bytes, argument.len() as i64);
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(argument);
        bytes.extend_from_slice(b"\r\n");
    }
}
