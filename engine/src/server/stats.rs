//! Counters that INFO reports beside those of the keyspace.

use crate::base::Time;
use crate::base::histogram::Histogram;

/// Counters since the start or CONFIG RESETSTAT.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    pub connections_received: u64,
    pub commands_processed: u64,
    pub net_input_bytes: u64,
    pub net_output_bytes: u64,
    pub error_replies: u64,
    /// How often the host handed something in or time brought something, and what that took in microseconds.
    pub turns: u64,
    pub turn_micros: u64,
    /// What all commands took of it.
    pub command_micros: u64,
    /// How often the host handed in bytes, and got some to send.
    pub reads: u64,
    pub writes: u64,
    /// Connections closed because a command was too long, or because too much waited to be sent.
    pub query_buffer_disconnections: u64,
    pub output_buffer_disconnections: u64,
    /// Connections that were refused because there were too many.
    pub rejected_connections: u64,
    /// `latency-tracking`
    pub tracks_latency: bool,
    /// Clients that were closed for `maxmemory-clients`.
    pub evicted_clients: u64,
    /// The most memory that was seen in use, and when that was last looked at.
    pub peak_bytes: usize,
    pub peak_noted: Time,
    /// By the command's number in the table.
    pub per_command: Vec<CommandStats>,
    /// Replies by error code, such as `ERR` or `WRONGTYPE`, in order of appearance.
    pub per_error: Vec<(String, u64)>,
}

/// How often one command was called, refused before the call, and failed in the call.
#[derive(Clone, Debug, Default)]
pub struct CommandStats {
    pub calls: u64,
    /// What all calls took, in microseconds.
    pub micros: u64,
    /// How long calls took, while `latency-tracking` is on.
    pub latency: Histogram,
    pub rejected: u64,
    pub failed: u64,
}

impl Stats {
    /// How many error codes are counted by name; without a limit a client could grow memory at will.
    const MAX_ERROR_CODES: usize = 128;

    /// Counts an error reply by its code, the text up to the first space; one that has no space near its start counts
    /// as `ERR`.
    pub fn count_error(&mut self, text: &[u8]) {
        const LONGEST_CODE: usize = 30;
        self.error_replies += 1;
        let code = text
            .split(|&byte| byte == b' ')
            .next()
            .filter(|code| code.len() <= LONGEST_CODE && code.len() < text.len());
        let code = code.unwrap_or(b"ERR");
        if let Some((_, count)) = self.per_error.iter_mut().find(|(name, _)| name.as_bytes() == code) {
            *count += 1;
        } else if self.per_error.len() < Stats::MAX_ERROR_CODES {
            self.per_error.push((String::from_utf8_lossy(code).into_owned(), 1));
        }
    }
}
