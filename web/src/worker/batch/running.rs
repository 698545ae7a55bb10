//! The file of commands that a host runs.

use engine::ClientId;
use engine::base::Time;
use engine::resp;

use super::{Batch, Todo};
use crate::file_run::Stopped;
use crate::protocol::{Ticket, ToPanel};
use crate::worker::host::Host;

/// The file that runs, and what the host has told of it.
#[derive(Debug)]
pub struct Running {
    pub batch: Batch,
    pub ticket: Ticket,
    pub told_ms: f64,
    /// How many commands the page knows of.
    told_commands: u64,
}

/// How often the page is told how far it is.
const TELL_EVERY_MS: f64 = 100.0;

impl Host {
    /// Opens a connection for a file.
    pub(in crate::worker) fn run_file(&mut self, ticket: Ticket, database: u32, bytes: Vec<u8>, now: Time) {
        if self.file.is_some() {
            return self.problem("Another file is running.".to_owned());
        }
        let client = self.engine.connect(now);
        self.engine.describe(client, "127.0.0.1:49999", "127.0.0.1:6379");
        let began_ms = (self.elapsed_ms)();
        let batch = Batch::new(client, bytes, began_ms);
        if database > 0 {
            let select = [b"SELECT".to_vec(), database.to_string().into_bytes()];
            self.engine.receive(client, &resp::encode_command(&select), now);
        }
        // What SELECT answers is nobody's reply.
        self.drain(now);
        self.file = Some(Running { batch, ticket, told_ms: began_ms, told_commands: 0 });
    }

    pub(in crate::worker) fn stop_file(&mut self) {
        if let Some(file) = &mut self.file {
            file.batch.stop(Stopped::ByPerson);
        }
    }

    /// Runs commands of the file until the time is over; whether more can run at once.
    pub(in crate::worker) fn work_file(&mut self, real_ms: f64, until: f64) -> bool {
        /// Commands between two looks at the time.
        const COMMANDS_PER_LOOK: usize = 32;
        loop {
            for _ in 0..COMMANDS_PER_LOOK {
                let now = self.clock.now(real_ms);
                let Some(file) = &mut self.file else { return false };
                match file.batch.step() {
                    Todo::Again => {}
                    Todo::Wait => {
                        // It may have begun to wait just after the page was told how far it is.
                        let is_news = file.told_commands != file.batch.commands;
                        self.tell_file(is_news);
                        return false;
                    }
                    Todo::Done => {
                        self.finish_file(now);
                        return false;
                    }
                    Todo::Send(bytes) => {
                        let client = file.batch.client;
                        file.batch.answered = false;
                        self.engine.receive(client, &bytes, now);
                        self.drain(now);
                        let waits = self.engine.server().clients.get(client).is_some_and(|it| it.blocked.is_some());
                        if let Some(file) = &mut self.file {
                            let answered = file.batch.answered;
                            file.batch.sent(answered, waits);
                        }
                    }
                }
            }
            self.tell_file(false);
            if (self.elapsed_ms)() >= until {
                return true;
            }
        }
    }

    fn tell_file(&mut self, at_once: bool) {
        let elapsed_ms = (self.elapsed_ms)();
        if let Some(file) = &mut self.file
            && (at_once || elapsed_ms - file.told_ms >= TELL_EVERY_MS)
        {
            file.told_ms = elapsed_ms;
            file.told_commands = file.batch.commands;
            let (ticket, progress) = (file.ticket, file.batch.progress());
            self.outbox.push(ToPanel::FileProgress { ticket, progress }.into());
        }
    }

    fn finish_file(&mut self, now: Time) {
        let Some(Running { batch, ticket, .. }) = self.file.take() else { return };
        let outcome = batch.outcome((self.elapsed_ms)());
        self.engine.disconnect(batch.client, now);
        self.drain(now);
        self.outbox.push(ToPanel::FileDone { ticket, outcome }.into());
    }

    /// Whether the engine's output is for the file.
    pub(in crate::worker) fn file_reply(&mut self, client: ClientId, bytes: &[u8]) -> bool {
        match self.file.as_mut().filter(|file| file.batch.client == client) {
            Some(file) => {
                file.batch.answered |= file.batch.receive(bytes);
                true
            }
            None => false,
        }
    }
}
