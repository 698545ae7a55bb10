//! One client's socket, and what still has to be sent to it.

use crate::socket::Socket;
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::time::Instant;

/// A client with this much waiting for it is not read from until it has taken some.
pub const CONGESTED_BYTES: usize = 1024 * 1024;

/// A client with more than this waiting for it is closed.
pub const MAX_WAITING_BYTES: usize = 1024 * 1024 * 1024;

/// Short replies that wait are put together up to this size.
const JOINED_BYTES: usize = 16 * 1024;

/// A connected client.
#[derive(Debug)]
pub struct Connection<S = Socket> {
    pub stream: S,
    /// What could not be sent yet; of the first piece, `sent` bytes are gone already.
    waiting: VecDeque<Vec<u8>>,
    sent: usize,
    waiting_bytes: usize,
    /// Whether there may be something to read; readiness is told only once.
    pub readable: bool,
    /// Whether the client has closed its side, so that the end can be read without further notice.
    pub hung_up: bool,
    /// Whether it is in the list of those to be served again.
    pub queued: bool,
    /// Whether it is closed as soon as nothing waits.
    pub closing: bool,
    /// Since when more waits than the soft limit allows.
    pub over_since: Option<Instant>,
}

/// What a read gave.
#[derive(Debug, PartialEq, Eq)]
pub enum Received {
    Bytes(usize),
    Nothing,
    End,
}

impl<S: Read + Write> Connection<S> {
    pub fn new(stream: S) -> Connection<S> {
        Connection {
            stream,
            waiting: VecDeque::new(),
            sent: 0,
            waiting_bytes: 0,
            readable: true,
            hung_up: false,
            queued: false,
            closing: false,
            over_since: None,
        }
    }

    /// Reads what there is into the buffer.
    pub fn receive(&mut self, buffer: &mut [u8]) -> Received {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return Received::End,
                Ok(count) => {
                    // Less than asked for means that the socket is empty, which spares asking again.
                    self.readable = count == buffer.len() || self.hung_up;
                    return Received::Bytes(count);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.readable = false;
                    return Received::Nothing;
                }
                Err(_) => return Received::End,
            }
        }
    }

    /// Sends these bytes after those that wait, as far as the socket takes them.
    ///
    /// # Errors
    /// When the connection is broken, or too much waits.
    pub fn send(&mut self, bytes: Vec<u8>) -> io::Result<()> {
        let was_empty = self.waiting.is_empty();
        self.waiting_bytes = self.waiting_bytes.saturating_add(bytes.len());
        match self.waiting.back_mut() {
            Some(last) if last.len() < JOINED_BYTES && bytes.len() < JOINED_BYTES => last.extend_from_slice(&bytes),
            _ => self.waiting.push_back(bytes),
        }
        // While something waits the socket is full, and says when it no longer is.
        if was_empty {
            self.flush()?;
        }
        if self.waiting_bytes > MAX_WAITING_BYTES {
            return Err(io::Error::other(format!("more than {MAX_WAITING_BYTES} bytes of replies wait for it")));
        }
        Ok(())
    }

    /// Sends what waits, as far as the socket takes it.
    ///
    /// # Errors
    /// When the connection is broken.
    pub fn flush(&mut self) -> io::Result<()> {
        while let Some(first) = self.waiting.front() {
            let rest = first.get(self.sent..).unwrap_or_default();
            if rest.is_empty() {
                self.waiting.pop_front();
                self.sent = 0;
                continue;
            }
            match self.stream.write(rest) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => {
                    self.sent += count;
                    self.waiting_bytes = self.waiting_bytes.saturating_sub(count);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Whether so much waits that its commands should wait too.
    pub fn is_congested(&self) -> bool {
        self.waiting_bytes >= CONGESTED_BYTES
    }

    /// How many bytes wait.
    pub fn waiting_bytes(&self) -> usize {
        self.waiting_bytes
    }

    /// Whether everything was sent.
    pub fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A socket that takes `room` bytes and then would block.
    #[derive(Debug, Default)]
    struct Pipe {
        room: usize,
        taken: Vec<u8>,
        given: VecDeque<Vec<u8>>,
        broken: bool,
    }

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.broken {
                return Err(ErrorKind::ConnectionReset.into());
            }
            if self.room == 0 {
                return Err(ErrorKind::WouldBlock.into());
            }
            let count = bytes.len().min(self.room).min(5);
            self.taken.extend_from_slice(&bytes[..count]);
            self.room -= count;
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Read for Pipe {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some(bytes) = self.given.pop_front() else { return Err(ErrorKind::WouldBlock.into()) };
            buffer[..bytes.len()].copy_from_slice(&bytes);
            Ok(bytes.len())
        }
    }

    #[test]
    fn sends_everything_in_order_however_little_the_socket_takes() {
        let mut connection = Connection::new(Pipe::default());
        let mut expected = Vec::new();
        for number in 0..2_000usize {
            let bytes = vec![number as u8; number * 7 % 97 + usize::from(number % 500 == 0) * 20_000];
            expected.extend_from_slice(&bytes);
            connection.stream.room += number % 40;
            connection.send(bytes).expect("not broken");
            if number % 3 == 0 {
                connection.flush().expect("not broken");
            }
            assert_eq!(connection.stream.taken.len() + connection.waiting_bytes, expected.len());
        }
        assert!(!connection.is_idle());
        connection.stream.room = usize::MAX;
        connection.flush().expect("not broken");
        assert!(connection.is_idle() && connection.waiting_bytes == 0);
        assert!(connection.stream.taken == expected);
    }

    #[test]
    fn is_congested_until_enough_was_taken() {
        let mut connection = Connection::new(Pipe::default());
        connection.send(vec![1; CONGESTED_BYTES]).expect("not broken");
        assert!(connection.is_congested());
        connection.stream.room = 1;
        connection.flush().expect("not broken");
        assert!(!connection.is_congested() && !connection.is_idle());
    }

    #[test]
    fn a_broken_socket_is_an_error_at_once() {
        let mut connection = Connection::new(Pipe { broken: true, ..Pipe::default() });
        assert!(connection.send(vec![1]).is_err());
    }

    #[test]
    fn a_short_read_means_empty_unless_the_client_hung_up() {
        let given = VecDeque::from([vec![1; 8], vec![1; 3], vec![1; 3], Vec::new()]);
        let mut connection = Connection::new(Pipe { given, ..Pipe::default() });
        let mut buffer = [0; 8];
        assert_eq!((connection.receive(&mut buffer), connection.readable), (Received::Bytes(8), true));
        assert_eq!((connection.receive(&mut buffer), connection.readable), (Received::Bytes(3), false));
        connection.hung_up = true;
        assert_eq!((connection.receive(&mut buffer), connection.readable), (Received::Bytes(3), true));
        assert_eq!(connection.receive(&mut buffer), Received::End);
        assert_eq!((connection.receive(&mut buffer), connection.readable), (Received::Nothing, false));
    }
}
