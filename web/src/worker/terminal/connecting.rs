//! A terminal's connection: how it begins, is left with Ctrl-C, is lost and replaced.

use engine::ClientId;

use super::{Item, Mode, Terminal};
use crate::format;
use crate::printed::Style;
use crate::protocol::Awaiting;
use crate::worker::lesson;

impl Terminal {
    /// Lets a new connection begin with a name and a protocol.
    pub fn introduce(&mut self, name: &[u8], resp3: bool) {
        self.introduction.clear();
        if resp3 {
            self.introduction.push_back(vec![b"HELLO".to_vec(), b"3".to_vec()]);
        }
        if !name.is_empty() {
            self.introduction.push_back(vec![b"CLIENT".to_vec(), b"SETNAME".to_vec(), name.to_vec()]);
        }
    }

    /// Takes note of what the engine calls this connection, and of its protocol.
    pub fn note(&mut self, name: &[u8], resp3: bool) {
        if self.name != name {
            self.name = name.to_vec();
        }
        self.resp3 = resp3;
    }

    pub fn name(&self) -> &[u8] {
        &self.name
    }

    pub fn is_resp3(&self) -> bool {
        self.resp3
    }

    /// Ctrl-C: forgets the lines that wait. True when the connection has to be replaced because a command has not
    /// answered or messages keep coming.
    pub fn interrupt(&mut self) -> bool {
        let unread = self.queue.iter().filter(|item| matches!(item, Item::Line(_))).count();
        let waiting = self.queue.drain(..).filter_map(|item| match item {
            Item::Step(mark, _) => Some(lesson::skipped(mark)),
            Item::Line(_) => None,
        });
        let stopped = self.following.take().map(|following| lesson::skipped(following.mark));
        self.reports.extend(stopped.into_iter().chain(waiting));
        self.repeat = None;
        self.print(Style::Notice, "^C\n");
        let replace = match self.job.take() {
            Some(mut job) => {
                job.mode.stop(&mut self.printed);
                job.expected > 0
            }
            None => self.awaiting() != Awaiting::Nothing,
        };
        if replace {
            self.print(Style::Notice, "The connection was closed; a new one has taken its place.\n");
        }
        if unread > 0 {
            let lines = format::counted(unread as f64, "line");
            self.print(Style::Notice, &format!("{lines} behind it did not run.\n"));
        }
        replace
    }

    /// Goes on with another connection, which gets the name, the protocol and the database of the one before.
    pub fn reconnected(&mut self, client: ClientId) {
        self.client = client;
        self.lost();
        self.connected = true;
        // Each holds only once the server confirms it.
        let database = std::mem::take(&mut self.mode.database);
        let name = std::mem::take(&mut self.name);
        self.introduce(&name, self.resp3);
        if database > 0 {
            self.introduction.push_back(vec![b"SELECT".to_vec(), database.to_string().into_bytes()]);
        }
    }

    /// The engine closed the connection.
    pub fn closed(&mut self) {
        self.lost();
        self.repeat = None;
        self.job = None;
        self.connected = false;
        self.finish_step();
        self.print(Style::Notice, "The server closed the connection. The next command opens a new one.\n");
    }

    fn lost(&mut self) {
        self.flight = None;
        self.received.clear();
        self.introduction.clear();
        let database = self.mode.transaction.unwrap_or(self.mode.database);
        self.mode = Mode { database, ..Mode::default() };
    }
}
