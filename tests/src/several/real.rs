//! The real server with several connections, and the proof that a step is over.
//!
//! One more connection asks for the server's counters. A step has been worked off when the server has read as many
//! bytes as were sent to it: it runs a command as soon as it has read it. What it had to say is here when as many
//! bytes have arrived as it has sent, and as many connections are open as it says. So nothing depends on how fast
//! either is.

use super::{CLOSED, DISCONNECT, Heard, Stage, shown_lines};
use crate::client::{ANSWER_WITHIN, Client};
use crate::real::RealServer;
use crate::side::{Side, empty};
use crate::wire::{self, Command};
use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Instant;

pub struct RealStage {
    server: RealServer,
    control: Client,
    control_address: String,
    clients: BTreeMap<String, Connection>,
    /// Bytes sent to the server, and received from it, since its counters were as in `base`.
    sent: u64,
    received: u64,
    base: Counters,
    /// Whether somebody may monitor.
    monitored: bool,
    /// The counters after the last step.
    seen: Counters,
    answered: usize,
}

struct Connection {
    stream: TcpStream,
    id: Vec<u8>,
    address: String,
    heard: Vec<u8>,
    ended: bool,
}

/// What INFO tells.
#[derive(Clone, Copy, Default)]
struct Counters {
    read: u64,
    written: u64,
    clients: u64,
    hits: u64,
    misses: u64,
}

const ASK: &str = "INFO stats clients";

impl RealStage {
    pub fn start() -> Result<RealStage, String> {
        let server = RealServer::start()?;
        let mut control = server.client()?;
        let reply = control.line("DEBUG SET-ACTIVE-EXPIRE 0").map_err(|error| error.to_string())?;
        if reply != b"+OK\r\n" {
            return Err(wire::show(&reply));
        }
        let mut stage = RealStage {
            server,
            control,
            control_address: String::new(),
            clients: BTreeMap::new(),
            sent: 0,
            received: 0,
            base: Counters::default(),
            monitored: false,
            seen: Counters::default(),
            answered: 0,
        };
        stage.begin()?;
        Ok(stage)
    }

    /// Counts from here on.
    fn begin(&mut self) -> Result<(), String> {
        self.control_address = self.control.local_address().map_err(|error| error.to_string())?;
        let (counters, length) = self.ask()?;
        (self.sent, self.received) = (0, length);
        (self.base, self.seen) = (counters, counters);
        Ok(())
    }

    /// The counters, and the length of the reply that told them, which they do not count.
    fn ask(&mut self) -> Result<(Counters, u64), String> {
        let question = wire::words(ASK);
        let mut bytes = Vec::new();
        wire::encode(&question, &mut bytes);
        self.sent += bytes.len() as u64;
        let reply = self.control.call(&question).map_err(|error| format!("{ASK}: {error}"))?;
        self.received += reply.len() as u64;
        let text = String::from_utf8_lossy(&reply);
        let field = |name: &str| -> Result<u64, String> {
            let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')?.parse().ok());
            value.ok_or_else(|| format!("no {name} in INFO"))
        };
        let counters = Counters {
            read: field("total_net_input_bytes")?,
            written: field("total_net_output_bytes")?,
            clients: field("connected_clients")?,
            hits: field("keyspace_hits")?,
            misses: field("keyspace_misses")?,
        };
        Ok((counters, reply.len() as u64))
    }

    fn connect(&mut self, name: &str) -> Result<(), String> {
        if self.clients.contains_key(name) {
            return Ok(());
        }
        let client = self.server.client()?;
        let address = client.local_address().map_err(|error| error.to_string())?;
        let stream = client.into_stream();
        stream.set_nonblocking(true).map_err(|error| error.to_string())?;
        let started = Instant::now();
        let id = loop {
            let listed = self.listed()?;
            let field = |line: &str, name: &str| Some(line.split_once(name)?.1.split(' ').next()?.to_owned());
            let id = listed
                .lines()
                .filter(|line| field(line, " addr=").as_ref() == Some(&address))
                .find_map(|line| field(line, "id="));
            match id {
                Some(id) => break id.into_bytes(),
                None if started.elapsed() < ANSWER_WITHIN => std::thread::yield_now(),
                None => return Err(format!("{address} is not in CLIENT LIST")),
            }
        };
        self.clients.insert(name.to_owned(), Connection { stream, id, address, heard: Vec::new(), ended: false });
        Ok(())
    }

    /// CLIENT LIST, which is not shown to those who monitor.
    fn listed(&mut self) -> Result<String, String> {
        let question = wire::words("CLIENT LIST");
        let mut bytes = Vec::new();
        wire::encode(&question, &mut bytes);
        self.sent += bytes.len() as u64;
        let reply = self.control.call(&question).map_err(|error| error.to_string())?;
        self.received += reply.len() as u64;
        Ok(String::from_utf8_lossy(&reply).into_owned())
    }

    /// Waits until everything sent has been worked off and everything said has arrived.
    fn barrier(&mut self) -> Result<(), String> {
        let started = Instant::now();
        let in_time = |what: &str| match started.elapsed() < ANSWER_WITHIN {
            true => Ok(()),
            false => Err(format!("the real server: {what}")),
        };
        'asked: loop {
            loop {
                let (now, _) = self.ask()?;
                if now.read - self.base.read >= self.sent {
                    break;
                }
                in_time("what was sent is not read")?;
            }
            let monitors = self.monitors()?;
            // The replies to this question, and what is shown of it to each monitor, are not counted yet.
            let (now, length) = self.ask()?;
            self.seen = now;
            let line = format!("+1700000000.000000 [0 {}] \"INFO\" \"stats\" \"clients\"\r\n", self.control_address);
            let expected = now.written - self.base.written + length + monitors * line.len() as u64;
            loop {
                self.listen()?;
                let open = self.clients.values().filter(|client| !client.ended).count() as u64;
                let is_whole = |client: &Connection| super::parts(&client.heard).is_some();
                let has_arrived = self.received >= expected;
                if has_arrived && open + 1 == now.clients && self.clients.values().all(is_whole) {
                    return Ok(());
                }
                in_time(&format!(
                    "{} bytes of {expected} have arrived, {open} of {} clients are there",
                    self.received,
                    now.clients - 1
                ))?;
                if has_arrived && open + 1 != now.clients {
                    // An end of a connection that was not noticed when the question came.
                    continue 'asked;
                }
                // What is too long for one portion is not counted before it is sent.
                std::thread::yield_now();
            }
        }
    }

    /// How many clients watch what others do.
    fn monitors(&mut self) -> Result<u64, String> {
        if !self.monitored {
            return Ok(0);
        }
        let listed = self.listed()?;
        let flags = listed.lines().filter_map(|line| line.split_once(" flags=")?.1.split(' ').next());
        Ok(flags.filter(|flags| flags.contains('O')).count() as u64)
    }

    fn listen(&mut self) -> Result<(), String> {
        let mut chunk = [0; 64 * 1024];
        for client in self.clients.values_mut().filter(|client| !client.ended) {
            loop {
                match client.stream.read(&mut chunk) {
                    Ok(0) => client.ended = true,
                    Ok(length) => {
                        client.heard.extend_from_slice(&chunk[..length]);
                        self.received += length as u64;
                        continue;
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    Err(error) if error.kind() == ErrorKind::ConnectionReset => client.ended = true,
                    Err(error) => return Err(error.to_string()),
                }
                break;
            }
        }
        Ok(())
    }
}

impl Stage for RealStage {
    fn clear(&mut self) -> Result<(), String> {
        self.clients.clear();
        self.monitored = false;
        // Until the server has noticed that they are gone it shows the questions to those who monitored.
        let started = Instant::now();
        while self.ask()?.0.clients > 1 {
            if started.elapsed() > ANSWER_WITHIN {
                return Err("the real server: clients that are gone are still there".into());
            }
        }
        self.begin()?;
        self.barrier()?;
        self.run(&[wire::words("CLIENT UNPAUSE")])?;
        empty(self)?;
        self.begin()
    }

    fn step(&mut self, client: &str, command: &[Vec<u8>]) -> Result<Heard, String> {
        self.connect(client)?;
        let mut words = command.to_vec();
        for word in &mut words {
            if let [b'{', name, b'}'] = word[..] {
                let name = char::from(name).to_string();
                self.connect(&name)?;
                *word = self.clients.get(&name).map(|other| other.id.clone()).unwrap_or_default();
            }
        }
        if command.first().is_some_and(|word| word == DISCONNECT) {
            self.clients.remove(client);
        } else if let Some(connection) = self.clients.get_mut(client) {
            let mut bytes = Vec::new();
            wire::encode(&words, &mut bytes);
            self.monitored |= command.iter().any(|word| word.eq_ignore_ascii_case(b"MONITOR"));
            self.sent += bytes.len() as u64;
            connection.stream.write_all(&bytes).map_err(|error| error.to_string())?;
        }
        self.barrier()?;
        let names: BTreeMap<String, String> =
            self.clients.iter().map(|(name, client)| (client.address.clone(), name.clone())).collect();
        let mut heard = Heard::new();
        for (name, client) in &mut self.clients {
            let mut bytes = std::mem::take(&mut client.heard);
            if client.ended {
                bytes.extend_from_slice(CLOSED);
            }
            let named = |address: &str| if address == "lua" { Some("lua".into()) } else { names.get(address).cloned() };
            let bytes = shown_lines(&bytes, &named);
            if !bytes.is_empty() {
                heard.insert(name.clone(), bytes);
            }
        }
        self.clients.retain(|_, client| !client.ended);
        Ok(heard)
    }

    fn lookups(&mut self) -> Result<(u64, u64), String> {
        Ok((self.seen.hits, self.seen.misses))
    }
}

impl Side for RealStage {
    fn reset(&mut self) -> Result<(), String> {
        self.clear()
    }

    fn reconnect(&mut self) -> Result<(), String> {
        self.control = self.server.client()?;
        Ok(())
    }

    fn run(&mut self, commands: &[Command]) -> Result<Vec<Vec<u8>>, String> {
        self.answered = 0;
        self.control.pipeline(commands).map_err(|(error, replies)| {
            self.answered = replies.len();
            format!("{error}\n{}", self.server.log())
        })
    }

    fn answered(&self) -> usize {
        self.answered
    }

    fn is_closed(&mut self) -> bool {
        false
    }
}
