//! Transcripts played on the real server, printed by the real `redis-cli`: one for each client that a transcript
//! names. Knows nothing of our printer or engine.
//!
//! A real server's clock cannot be turned. For keys, time moving on by some milliseconds is the same as every expire
//! time moving back by as much, so that is what a clock step does here: TTL, expiry and the next expiry come out as
//! if time had passed; `TIME`, idle times and absolute expire times do not. Real time that passes while a transcript
//! is played is taken off at each step, so that between steps the clock all but stands still.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use engine::resp::{Value, parse_value};
use lessons::transcript::{self, Action, Clock, Expected, Step};

use crate::client::Client;
use crate::real::RealServer;
use crate::wire::{self, show};

/// Far above what any step needs, so that only a hang meets it.
const PRINTS_WITHIN: Duration = Duration::from_secs(30);
/// What a client that only listens has printed is complete when nothing more comes for so long; that nothing comes at
/// all is sure only after longer.
const QUIET: Duration = Duration::from_millis(200);
const SILENT: Duration = Duration::from_secs(2);

/// A server of its own and a `redis-cli` for each client.
pub struct Session {
    // Before the server, so that no redis-cli loses it first.
    terminals: HashMap<String, Terminal>,
    /// Opened when it is first needed, so that CLIENT LIST shows the transcript's clients only.
    control: Option<Client>,
    server: RealServer,
    stepped: Instant,
}

impl Session {
    pub fn start() -> Result<Session, String> {
        let server = RealServer::start()?;
        Ok(Session { terminals: HashMap::new(), control: None, server, stepped: Instant::now() })
    }

    /// The server's version: major and minor.
    pub fn version(&self) -> Result<(u32, u32), String> {
        let info = self.server.client()?.line("INFO server").map_err(|error| error.to_string())?;
        let info = String::from_utf8_lossy(&info).into_owned();
        let version = info.split("redis_version:").nth(1).ok_or("no version in INFO")?;
        let mut numbers = version.split(['.', '\r']).map_while(|number| number.parse().ok());
        numbers.next().zip(numbers.next()).ok_or_else(|| format!("not a version: {version:.20}"))
    }

    /// Does what the step says; what it printed, `None` when nothing is expected to be printed yet.
    pub fn perform(&mut self, step: &Step) -> Result<Option<String>, String> {
        match &step.action {
            Action::Command(command) => {
                if command.expected == Expected::Waiting {
                    return self.wait(command);
                }
                let terminal = self.terminal(&command.client)?;
                terminal.send(&command.text)?;
                terminal.printed()
            }
            Action::Listen { client, .. } => self.terminal(client)?.printed(),
            Action::Fill(fill) => self.run(&fill.commands().collect::<Vec<_>>()).map(|_| None),
            Action::Clock(clock) => self.turn(*clock).map(|()| None),
        }
    }

    /// Sends a command that is to wait and returns when it does, so that the next client's command comes after it;
    /// what it printed if it does not wait.
    fn wait(&mut self, command: &transcript::Command) -> Result<Option<String>, String> {
        self.terminal(&command.client)?;
        let before = self.blocked_clients()?;
        self.terminal(&command.client)?.send(&command.text)?;
        let started = Instant::now();
        while self.blocked_clients()? <= before {
            let terminal = self.terminal(&command.client)?;
            if terminal.has_printed() {
                return terminal.printed();
            }
            if started.elapsed() > PRINTS_WITHIN {
                return Err("neither waits nor prints anything".to_owned());
            }
        }
        Ok(None)
    }

    fn blocked_clients(&mut self) -> Result<u64, String> {
        let info = self.run(&[wire::words("INFO clients")])?.pop();
        let info = info.as_ref().and_then(Value::as_bytes).unwrap_or_default();
        let info = String::from_utf8_lossy(info);
        let count = info.lines().find_map(|line| line.strip_prefix("blocked_clients:"));
        count.and_then(|count| count.parse().ok()).ok_or_else(|| "no blocked_clients in INFO".to_owned())
    }

    /// Runs commands beside the transcript; an error reply is an error.
    pub fn run(&mut self, commands: &[wire::Command]) -> Result<Vec<Value>, String> {
        let control = match &mut self.control {
            Some(control) => control,
            none => none.insert(self.server.client()?),
        };
        let mut values = Vec::new();
        // Small enough that neither side's socket buffer fills while the other waits.
        for batch in commands.chunks(500) {
            let replies = control.pipeline(batch).map_err(|(error, _)| error.to_string())?;
            for reply in replies {
                match parse_value(&reply) {
                    Ok(Some((Value::Error(text), _))) => return Err(show(&text)),
                    Ok(Some((value, _))) => values.push(value),
                    _ => return Err(format!("no reply: {}", show(&reply))),
                }
            }
        }
        Ok(values)
    }

    fn terminal(&mut self, client: &str) -> Result<&mut Terminal, String> {
        if !self.terminals.contains_key(client) {
            self.terminals.insert(client.to_owned(), Terminal::open(self.server.port())?);
        }
        self.terminals.get_mut(client).ok_or_else(|| "no terminal".to_owned())
    }

    fn turn(&mut self, clock: Clock) -> Result<(), String> {
        let elapsed_ms = self.stepped.elapsed().as_millis() as i64;
        self.stepped = Instant::now();
        let keys = self.expire_times()?;
        let forward_ms = match clock {
            Clock::Forward(ms) => ms as i64,
            Clock::Pause | Clock::Resume => 0,
            Clock::NextExpiry => {
                let [time] = &self.run(&[wire::words("TIME")])?[..] else { return Err("no TIME".to_owned()) };
                let next = keys.iter().map(|(_, at_ms)| at_ms).min();
                next.map_or(0, |next| next - milliseconds(time) + 1 + elapsed_ms)
            }
        };
        let back_ms = forward_ms - elapsed_ms;
        let moved = keys
            .iter()
            .map(|(key, at_ms)| vec![b"PEXPIREAT".to_vec(), key.clone(), (at_ms - back_ms).to_string().into_bytes()]);
        self.run(&moved.collect::<Vec<_>>()).map(|_| ())
    }

    /// Every key of database 0 that expires, with its time in milliseconds since the epoch.
    fn expire_times(&mut self) -> Result<Vec<(Vec<u8>, i64)>, String> {
        let Some(Value::Array(keys)) = self.run(&[wire::words("KEYS *")])?.pop() else {
            return Err("no KEYS".to_owned());
        };
        let keys: Vec<Vec<u8>> = keys.iter().filter_map(|key| key.as_bytes().map(<[u8]>::to_vec)).collect();
        let asked: Vec<_> = keys.iter().map(|key| vec![b"PEXPIRETIME".to_vec(), key.clone()]).collect();
        let times = self.run(&asked)?;
        let times = times.iter().map(|time| time.as_integer().unwrap_or(-1));
        Ok(keys.into_iter().zip(times).filter(|(_, at_ms)| *at_ms >= 0).collect())
    }
}

/// The reply of TIME in milliseconds.
fn milliseconds(time: &Value) -> i64 {
    let Value::Array(parts) = time else { return 0 };
    let number = |index: usize| -> i64 {
        let text = parts.get(index).and_then(Value::as_bytes).unwrap_or_default();
        std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).unwrap_or(0)
    };
    number(0) * 1_000 + number(1) / 1_000
}

/// A `redis-cli` that prints as if to a person.
struct Terminal {
    process: Child,
    input: ChildStdin,
    output: Receiver<Vec<u8>>,
    /// What was printed and not yet asked for.
    unread: Vec<u8>,
    /// It subscribed or watches what others run: `redis-cli` 7.0 then reads no more commands.
    listens: bool,
}

impl Terminal {
    fn open(port: u16) -> Result<Terminal, String> {
        let mut process = Command::new("redis-cli")
            .args(["-p", &port.to_string(), "--no-raw"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("redis-cli: {error}"))?;
        let input = process.stdin.take().ok_or("no input")?;
        let mut from_process = process.stdout.take().ok_or("no output")?;
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                match from_process.read(&mut buffer) {
                    Ok(length) if length > 0 && sender.send(buffer[..length].to_vec()).is_ok() => {}
                    _ => return,
                }
            }
        });
        Ok(Terminal { process, input, output, unread: Vec::new(), listens: false })
    }

    fn send(&mut self, line: &str) -> Result<(), String> {
        let name = line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        self.listens |= matches!(&*name, "SUBSCRIBE" | "PSUBSCRIBE" | "SSUBSCRIBE" | "MONITOR");
        writeln!(self.input, "{line}").map_err(|error| format!("redis-cli: {error}"))
    }

    /// Whether anything came since what was last read.
    fn has_printed(&mut self) -> bool {
        self.unread.extend(self.output.try_iter().flatten());
        !self.unread.is_empty()
    }

    /// Everything printed up to a `clear` that is sent now. `redis-cli` does it by itself: the server may refuse
    /// anything to a client, or only queue it.
    fn printed(&mut self) -> Result<Option<String>, String> {
        const CLEARED: &[u8] = b"\x1b[H\x1b[2J";
        if self.listens {
            return Ok(self.heard());
        }
        self.send("clear")?;
        loop {
            if let Some(end) = self.unread.windows(CLEARED.len()).position(|bytes| bytes == CLEARED) {
                let printed = String::from_utf8_lossy(&self.unread[..end]).into_owned();
                self.unread.drain(..end + CLEARED.len());
                return Ok(Some(without_elapsed(&printed)));
            }
            let piece = self.output.recv_timeout(PRINTS_WITHIN).map_err(|error| format!("redis-cli: {error}"))?;
            self.unread.extend(piece);
        }
    }
}

impl Terminal {
    /// What came until nothing more did, without the line with which `redis-cli` says that it reads messages.
    fn heard(&mut self) -> Option<String> {
        let mut within = SILENT;
        while let Ok(piece) = self.output.recv_timeout(within) {
            self.unread.extend(piece);
            within = QUIET;
        }
        let heard = String::from_utf8_lossy(&std::mem::take(&mut self.unread)).into_owned();
        let heard: String =
            heard.split_inclusive('\n').filter(|line| !line.starts_with("Reading messages...")).collect();
        (!heard.is_empty()).then_some(heard)
    }
}

/// Without the lines such as `(1.05s)` with which `redis-cli` says that a reply took half a second or more.
fn without_elapsed(printed: &str) -> String {
    let is_elapsed = |line: &&str| {
        let seconds = line.trim_end().strip_prefix('(').and_then(|line| line.strip_suffix("s)"));
        seconds.is_some_and(|seconds| seconds.contains('.') && seconds.parse::<f64>().is_ok())
    };
    printed.split_inclusive('\n').filter(|line| !is_elapsed(line)).collect()
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Gone already is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
