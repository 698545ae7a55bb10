//! Writes the replies of a real `redis-server`, as the real `redis-cli` prints them, into transcript files.
//!
//!     cargo run -p tests --example record -- tests/transcripts/strings.md ...
//!
//! Each `##` section runs on a server of its own. A reply that already agrees (wildcards and `@ any-order` included)
//! stays as it is; every other one is replaced, so a new command is written without its reply (after `@ any-order`
//! with any line in its place). Sections `since` a newer version stay untouched: their replies come from elsewhere.

use std::collections::HashMap;
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use lessons::transcript::{self, Action, Step};
use tests::RealServer;

fn main() -> Result<(), Box<dyn Error>> {
    for path in std::env::args().skip(1) {
        let before = std::fs::read_to_string(&path)?;
        let after = record_file(&before).map_err(|error| format!("{path}: {error}"))?;
        println!("{path}: {}", if before == after { "nothing to change" } else { "recorded" });
        std::fs::write(&path, after)?;
    }
    Ok(())
}

/// The file with recorded replies.
fn record_file(file: &str) -> Result<String, Box<dyn Error>> {
    let lines: Vec<&str> = file.lines().collect();
    let mut out = String::new();
    let mut session = Session::start()?;
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        out.push_str(line);
        out.push('\n');
        at += 1;
        if line.starts_with("## ") {
            session = Session::start()?;
        }
        if line.starts_with("```") {
            let end = at + lines[at..].iter().position(|line| line.starts_with("```")).ok_or("a fence is not closed")?;
            let fence = &lines[at..end];
            match line {
                "```redis" => out.push_str(&record_fence(fence, at + 1, &mut session)?),
                _ => fence.iter().for_each(|line| out.extend([line, "\n"])),
            }
            out.push_str("```\n");
            at = end + 1;
        }
    }
    lessons::conformance::sections(&out)?;
    Ok(out)
}

fn record_fence(lines: &[&str], first_line: usize, session: &mut Session) -> Result<String, Box<dyn Error>> {
    let steps = transcript::parse(&lines.join("\n"), first_line)?;
    let start_of = |step: &Step| step.line - first_line;
    let mut out: Vec<String> =
        lines[..steps.first().map_or(lines.len(), start_of)].iter().map(|line| line.to_string()).collect();
    for (index, step) in steps.iter().enumerate() {
        let start = start_of(step);
        let end = steps.get(index + 1).map_or(lines.len(), start_of);
        // Empty lines and `@ any-order` before the next step belong to it.
        let belongs_to_next = |line: &&&str| line.is_empty() || **line == "@ any-order";
        let reply_end = end - lines[start + 1..end].iter().rev().take_while(belongs_to_next).count();
        out.push(lines[start].to_string());
        let printed = session.perform(step).map_err(|error| format!("line {}: {error}", step.line))?;
        match printed {
            Some(printed) if reply_end == start + 1 || step.judge(Some(&printed)).is_err() => {
                out.extend(printed.lines().map(transcript::escape_reply_line));
            }
            _ => out.extend(lines[start + 1..reply_end].iter().map(|line| line.to_string())),
        }
        out.extend(lines[reply_end..end].iter().map(|line| line.to_string()));
    }
    Ok(out.iter().map(|line| format!("{line}\n")).collect())
}

/// A server and one `redis-cli` for each client that a section names.
struct Session {
    terminals: HashMap<String, Terminal>,
    server: RealServer,
}

impl Session {
    fn start() -> Result<Session, String> {
        Ok(Session { terminals: HashMap::new(), server: RealServer::start()? })
    }

    fn perform(&mut self, step: &Step) -> Result<Option<String>, Box<dyn Error>> {
        match &step.action {
            Action::Command(command) => {
                let terminal = self.terminal(&command.client)?;
                terminal.send(&command.text)?;
                if command.expected == transcript::Expected::Waiting { Ok(None) } else { terminal.printed().map(Some) }
            }
            Action::Listen { client, .. } => self.terminal(client)?.printed().map(Some),
            Action::Fill(fill) => {
                let mut client = self.server.client()?;
                let commands: Vec<_> = fill.commands().collect();
                client.pipeline(&commands)?;
                Ok(None)
            }
            Action::Clock(_) => Err("a real server's clock cannot be turned".into()),
        }
    }

    fn terminal(&mut self, client: &str) -> Result<&mut Terminal, Box<dyn Error>> {
        if !self.terminals.contains_key(client) {
            self.terminals.insert(client.to_owned(), Terminal::open(self.server.port())?);
        }
        self.terminals.get_mut(client).ok_or_else(|| "no terminal".into())
    }
}

/// A `redis-cli` that prints as if to a person.
struct Terminal {
    process: Child,
    input: ChildStdin,
    lines: Receiver<Vec<u8>>,
    asked: u64,
}

impl Terminal {
    fn open(port: u16) -> Result<Terminal, Box<dyn Error>> {
        let mut process = Command::new("redis-cli")
            .args(["-p", &port.to_string(), "--no-raw"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = process.stdin.take().ok_or("no input")?;
        let mut output = BufReader::new(process.stdout.take().ok_or("no output")?);
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            loop {
                let mut line = Vec::new();
                match output.read_until(b'\n', &mut line) {
                    Ok(length) if length > 0 && sender.send(line).is_ok() => {}
                    _ => return,
                }
            }
        });
        Ok(Terminal { process, input, lines, asked: 0 })
    }

    fn send(&mut self, line: &str) -> Result<(), Box<dyn Error>> {
        Ok(writeln!(self.input, "{line}")?)
    }

    /// Everything printed up to the answer of an `ECHO` that follows.
    fn printed(&mut self) -> Result<String, Box<dyn Error>> {
        self.asked += 1;
        let mark = format!("end-of-reply-{}", self.asked);
        self.send(&format!("ECHO {mark}"))?;
        let mut printed = Vec::new();
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(20))?;
            if line.starts_with(format!("\"{mark}\"").as_bytes()) {
                return Ok(String::from_utf8_lossy(&printed).into_owned());
            }
            printed.extend_from_slice(&line);
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Gone already is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
