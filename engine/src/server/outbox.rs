//! Messages to clients that did not ask for them just now: published ones, what MONITOR shows, invalidations.
//!
//! They wait here until the command that caused them has answered. So a client that sends a message to itself
//! reads its reply first, as since Redis 7.2.

use super::ClientId;
use crate::base::Bytes;
use crate::resp::Reply;

/// One message to one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Published on a channel that the client listens to.
    Channel { channel: Bytes, payload: Bytes },
    /// Published on a channel that fits a pattern that the client listens to.
    Pattern { pattern: Bytes, channel: Bytes, payload: Bytes },
    /// Published on a shard channel.
    Shard { channel: Bytes, payload: Bytes },
    /// The client no longer listens to a shard channel or another channel, by no act of its own.
    Unsubscribed { kind: &'static str, channel: Bytes, left: usize },
    /// A line of MONITOR.
    Line(Bytes),
    /// Keys that the client must no longer believe to know; `None` is all of them. `redirect` is told in its place.
    Invalidate { keys: Option<Vec<Bytes>>, redirect: Option<ClientId> },
}

impl Message {
    /// Writes it in the client's protocol.
    pub fn write(&self, reply: &mut Reply) {
        match self {
            Message::Channel { channel, payload } => {
                reply.push(3);
                reply.bulk(b"message");
                reply.bulk(channel);
                reply.bulk(payload);
            }
            Message::Pattern { pattern, channel, payload } => {
                reply.push(4);
                reply.bulk(b"pmessage");
                reply.bulk(pattern);
                reply.bulk(channel);
                reply.bulk(payload);
            }
            Message::Shard { channel, payload } => {
                reply.push(3);
                reply.bulk(b"smessage");
                reply.bulk(channel);
                reply.bulk(payload);
            }
            Message::Unsubscribed { kind, channel, left } => {
                reply.push(3);
                reply.bulk(kind.as_bytes());
                reply.bulk(channel);
                reply.integer(*left as i64);
            }
            Message::Line(line) => reply.simple(&String::from_utf8_lossy(line)),
            // Written where both clients are known, see `dispatch::tracking`.
            Message::Invalidate { .. } => {}
        }
    }
}

/// Messages in the order in which they came about.
#[derive(Debug, Default)]
pub struct Outbox {
    messages: Vec<(ClientId, Message)>,
}

impl Outbox {
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    pub fn add(&mut self, client: ClientId, message: Message) {
        self.messages.push((client, message));
    }

    /// Takes all messages out.
    pub fn take(&mut self) -> Vec<(ClientId, Message)> {
        core::mem::take(&mut self.messages)
    }
}
