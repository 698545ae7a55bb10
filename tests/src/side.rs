//! The two sides of a comparison behind one face: the real server, and ours: in this process, or
//! through a socket.

use crate::client::Client;
use crate::real::{Directory, RealServer};
use crate::reply::Tree;
use crate::wire::{self, Command};
use engine::{ClientId, Engine, Options, Output, Time};
use server::{Running, Settings};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{SystemTime, UNIX_EPOCH};

/// One server with one connection to it.
pub trait Side {
    /// No data, default settings, a new connection.
    fn reset(&mut self) -> Result<(), String>;

    /// A new connection; the data stays.
    fn reconnect(&mut self) -> Result<(), String>;

    /// Runs the commands in order; one raw reply for each.
    fn run(&mut self, commands: &[Command]) -> Result<Vec<Vec<u8>>, String>;

    /// How many commands of the last, failed run were answered.
    fn answered(&self) -> usize;

    /// Whether the server has closed the connection.
    fn is_closed(&mut self) -> bool;
}

/// The settings that streams change, with the values that every stream starts from.
pub(crate) const SETTINGS: &[(&str, &str)] = &[
    ("hash-max-listpack-entries", "128"),
    ("hll-sparse-max-bytes", "3000"),
    ("hash-max-listpack-value", "64"),
    ("set-max-intset-entries", "512"),
    ("stream-node-max-bytes", "4096"),
    ("stream-node-max-entries", "100"),
    ("zset-max-listpack-entries", "128"),
    ("zset-max-listpack-value", "64"),
    ("list-max-listpack-size", "-2"),
    ("list-compress-depth", "0"),
    ("maxmemory-samples", "5"),
    ("acllog-max-len", "128"),
    ("acl-pubsub-default", "resetchannels"),
    ("notify-keyspace-events", ""),
    ("slowlog-log-slower-than", "10000"),
    ("slowlog-max-len", "128"),
    ("latency-monitor-threshold", "0"),
    ("maxmemory-policy", "noeviction"),
];

/// The real server. Keys expire when they are touched only, so that nothing depends on its timer.
pub struct Real {
    server: RealServer,
    client: Client,
    answered: usize,
}

impl Real {
    pub fn start() -> Result<Real, String> {
        let server = RealServer::start()?;
        let mut client = server.client()?;
        let reply = client.line("DEBUG SET-ACTIVE-EXPIRE 0").map_err(|error| error.to_string())?;
        if reply != b"+OK\r\n" {
            return Err(wire::show(&reply));
        }
        Ok(Real { server, client, answered: 0 })
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// Replaces everything it holds by an RDB file.
    pub fn load(&self, dump: &[u8]) -> Result<(), String> {
        self.server.load(dump)
    }

    /// An RDB file of everything it holds.
    pub fn save(&self) -> Result<Vec<u8>, String> {
        self.server.save()
    }
}

impl Side for Real {
    fn reset(&mut self) -> Result<(), String> {
        self.reconnect()?;
        empty(self)
    }

    fn reconnect(&mut self) -> Result<(), String> {
        self.client = self.server.client()?;
        Ok(())
    }

    fn run(&mut self, commands: &[Command]) -> Result<Vec<Vec<u8>>, String> {
        let outcome = run_on(&mut self.client, &mut self.answered, commands);
        outcome.map_err(|text| format!("{text}\n{}", last_lines(&self.server.log(), 30)))
    }

    fn answered(&self) -> usize {
        self.answered
    }

    fn is_closed(&mut self) -> bool {
        self.client.is_closed()
    }
}

/// Our server, reached through a socket as any client reaches it.
pub struct OursOverTcp {
    server: Running,
    client: Client,
    answered: usize,
    _folder: Directory,
}

impl OursOverTcp {
    pub fn start(seed: u64) -> Result<OursOverTcp, String> {
        let folder = Directory::create()?;
        let config = [("save", ""), ("enable-debug-command", "yes")];
        let config = config.map(|(name, value)| (name.to_string(), value.to_string())).to_vec();
        let server = Running::start(Settings { port: 0, dir: folder.0.clone(), seed, config, ..Settings::default() })?;
        let client = Client::connect(server.address().port()).map_err(|error| error.to_string())?;
        Ok(OursOverTcp { server, client, answered: 0, _folder: folder })
    }
}

impl Side for OursOverTcp {
    fn reset(&mut self) -> Result<(), String> {
        self.reconnect()?;
        empty(self)
    }

    fn reconnect(&mut self) -> Result<(), String> {
        self.client = Client::connect(self.server.address().port()).map_err(|error| error.to_string())?;
        Ok(())
    }

    fn run(&mut self, commands: &[Command]) -> Result<Vec<Vec<u8>>, String> {
        run_on(&mut self.client, &mut self.answered, commands)
    }

    fn answered(&self) -> usize {
        self.answered
    }

    fn is_closed(&mut self) -> bool {
        self.client.is_closed()
    }
}

/// Removes all data and users of a running server and gives its settings their first values.
pub(crate) fn empty(side: &mut dyn Side) -> Result<(), String> {
    let users = side.run(&[wire::words("ACL USERS")])?;
    let users = users.first().and_then(|reply| Tree::parse(reply)).ok_or("reset: no users")?;
    let users: Vec<&[u8]> = users.children().iter().filter_map(Tree::text).filter(|name| *name != b"default").collect();
    if !users.is_empty() {
        side.run(&[wire::command(&[&[&b"ACL"[..], b"DELUSER"], &users[..]].concat())])?;
    }
    let lines = ["CONFIG SET", "FLUSHALL", "ACL LOG RESET", "SCRIPT FLUSH", "FUNCTION FLUSH"];
    let mut commands = lines.map(wire::words).to_vec();
    commands[0].extend(SETTINGS.iter().flat_map(|(name, value)| wire::command(&[name, value])));
    let replies = side.run(&commands)?;
    match replies.iter().find(|reply| *reply != b"+OK\r\n") {
        Some(reply) => Err(format!("reset: {}", wire::show(reply))),
        None => Ok(()),
    }
}

/// One pipeline; `answered` counts the replies also when it breaks.
fn run_on(client: &mut Client, answered: &mut usize, commands: &[Command]) -> Result<Vec<Vec<u8>>, String> {
    *answered = 0;
    client.pipeline(commands).map_err(|(error, replies)| {
        *answered = replies.len();
        let command = commands.get(*answered).cloned().unwrap_or_default();
        format!("{:.200}: {error}", crate::shrink::typed(&command))
    })
}

/// Our engine in this process: the same bytes as through a socket, the wall clock passed in. A panic is an error of
/// the run, not the end of the test.
pub struct Ours {
    engine: Engine,
    client: ClientId,
    seed: u64,
    answered: usize,
}

impl Ours {
    pub fn new(seed: u64) -> Result<Ours, String> {
        let (engine, client) = start(seed)?;
        Ok(Ours { engine, client, seed, answered: 0 })
    }
}

pub(crate) fn start(seed: u64) -> Result<(Engine, ClientId), String> {
    let settings = SETTINGS.iter().chain(&[("enable-debug-command", "yes")]);
    let config = settings.map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let options = Options { seed, config, ..Options::default() };
    let mut engine = Engine::new(options, now()).map_err(|error| format!("our engine: {error}"))?;
    let client = engine.connect(now());
    Ok((engine, client))
}

/// The wall clock, for our engine to agree with the real server about what has expired.
pub fn now() -> Time {
    Time(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64))
}

impl Side for Ours {
    fn reset(&mut self) -> Result<(), String> {
        (self.engine, self.client) = start(self.seed)?;
        Ok(())
    }

    fn reconnect(&mut self) -> Result<(), String> {
        self.engine.disconnect(self.client, now());
        self.client = self.engine.connect(now());
        Ok(())
    }

    fn run(&mut self, commands: &[Command]) -> Result<Vec<Vec<u8>>, String> {
        run_in(&mut self.engine, self.client, &mut self.answered, commands)
    }

    fn answered(&self) -> usize {
        self.answered
    }

    fn is_closed(&mut self) -> bool {
        self.run(&[wire::words("PING")]).is_ok_and(|replies| replies[0].is_empty())
    }
}

/// Runs commands of one client of an engine in this process; what other clients are sent is dropped.
pub(crate) fn run_in(
    engine: &mut Engine,
    client: ClientId,
    answered: &mut usize,
    commands: &[Command],
) -> Result<Vec<Vec<u8>>, String> {
    let mut replies = Vec::with_capacity(commands.len());
    let mut bytes = Vec::new();
    let now = now();
    for command in commands {
        *answered = replies.len();
        bytes.clear();
        wire::encode(command, &mut bytes);
        let reply = catch_unwind(AssertUnwindSafe(|| {
            engine.receive(client, &bytes, now);
            let mut reply = Vec::new();
            loop {
                while let Some(output) = engine.poll() {
                    match output {
                        Output::Reply { client: to, bytes } if to == client => reply.extend_from_slice(&bytes),
                        output => engine.answer_without_files(&output, now),
                    }
                }
                if !engine.server().scripting.is_running() {
                    break;
                }
                engine.tick(now);
            }
            reply
        }))
        .map_err(|panic| panic_text(&*panic))?;
        replies.push(reply);
    }
    Ok(replies)
}

/// What is said of a panic.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    format!("PANIC: {}", text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("?"))
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}
