//! A TCP client that returns the raw bytes of each reply, so that replies compare byte for byte.
//!
//! It knows nothing of what replies mean. Every wait ends: a server that does not answer within
//! [`ANSWER_WITHIN`] is an error.

use crate::wire::{self, Command};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long a reply may take. Far above what any command needs, so that only a hang meets it.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// What went wrong in a pipeline, and the replies that came before it.
pub type Broken = (io::Error, Vec<Vec<u8>>);

pub struct Client {
    stream: TcpStream,
    /// Bytes that arrived and belong to no returned reply yet.
    buffer: Vec<u8>,
}

impl Client {
    /// Connects to `127.0.0.1:port`.
    pub fn connect(port: u16) -> io::Result<Client> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(ANSWER_WITHIN))?;
        stream.set_write_timeout(Some(ANSWER_WITHIN))?;
        Ok(Client { stream, buffer: Vec::new() })
    }

    /// Its own end of the connection, as CLIENT LIST shows it.
    pub fn local_address(&self) -> io::Result<String> {
        self.stream.local_addr().map(|address| address.to_string())
    }

    /// The connection itself; what has arrived and was not read is lost.
    pub fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// Runs one command; the raw reply.
    pub fn call<T: AsRef<[u8]>>(&mut self, arguments: &[T]) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        wire::encode(arguments, &mut bytes);
        self.stream.write_all(&bytes)?;
        self.read_reply()
    }

    /// Runs a command written as words: `client.line("SET k v")`. No quoting.
    pub fn line(&mut self, line: &str) -> io::Result<Vec<u8>> {
        self.call(&wire::words(line))
    }

    /// Sends all commands at once; one raw reply for each. An error comes with the replies before it.
    pub fn pipeline(&mut self, commands: &[Command]) -> Result<Vec<Vec<u8>>, Broken> {
        let mut bytes = Vec::new();
        for command in commands {
            wire::encode(command, &mut bytes);
        }
        let mut replies = Vec::with_capacity(commands.len());
        if let Err(error) = self.stream.write_all(&bytes) {
            return Err((error, replies));
        }
        for _ in commands {
            match self.read_reply() {
                Ok(reply) => replies.push(reply),
                Err(error) => return Err((error, replies)),
            }
        }
        Ok(replies)
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// The next raw reply.
    pub fn read_reply(&mut self) -> io::Result<Vec<u8>> {
        let mut chunk = [0u8; 64 * 1024];
        loop {
            let found =
                wire::reply_length(&self.buffer).map_err(|text| io::Error::new(io::ErrorKind::InvalidData, text))?;
            if let Some(length) = found {
                let rest = self.buffer.split_off(length);
                return Ok(std::mem::replace(&mut self.buffer, rest));
            }
            match self.stream.read(&mut chunk)? {
                0 => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection")),
                count => self.buffer.extend_from_slice(&chunk[..count]),
            }
        }
    }

    /// What comes next, whole or not; an error when that is the end.
    pub fn read_some(&mut self) -> io::Result<Vec<u8>> {
        let mut chunk = [0u8; 4096];
        match self.stream.read(&mut chunk)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            count => Ok([std::mem::take(&mut self.buffer), chunk[..count].to_vec()].concat()),
        }
    }

    /// Whether the server has closed the connection, once everything it sent was read as replies.
    pub fn is_closed(&mut self) -> bool {
        // A server that keeps the connection answers; one that has closed it cannot.
        matches!(self.line("PING"), Err(error) if error.kind() != io::ErrorKind::WouldBlock)
    }

    /// Everything the server sends until it closes the connection.
    pub fn read_to_end(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = std::mem::take(&mut self.buffer);
        self.stream.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}
