//! The append-only file's next bytes: every change as a command that repeats it.

use crate::base::numbers::write_i64;

/// Collects the commands that repeat what was written. Empty and idle while `appendonly` is off.
#[derive(Debug, Default)]
pub struct Journal {
    /// Whether changes are recorded.
    pub on: bool,
    bytes: Vec<u8>,
    /// The database that the last recorded command worked on.
    database: Option<usize>,
}

impl Journal {
    /// Adds one command that worked on `database`.
    pub fn append<A: AsRef<[u8]>>(&mut self, database: usize, argv: &[A]) {
        if self.database != Some(database) {
            self.database = Some(database);
            write_command(&mut self.bytes, &[b"SELECT".as_slice(), database.to_string().as_bytes()]);
        }
        write_command(&mut self.bytes, argv);
    }

    /// The bytes since the last call.
    pub fn take(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.bytes)
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Starts a new file: the next command names its database again.
    pub fn restart(&mut self) {
        self.bytes.clear();
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
