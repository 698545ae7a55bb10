//! A server as a child process on a free loopback port: started, awaited, and stopped when dropped.
//!
//! Readiness is a line the server prints, never a pause or a retried connection. Keep it in a local variable: a
//! `static` is never dropped and would leave the process behind.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// A child process that said it was ready.
pub struct Process {
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
}

impl Process {
    /// Starts `command` and waits until it prints a line that contains `ready`.
    /// Fails with what it printed when it ends before that.
    pub fn start(command: &mut Command, ready: &str) -> Result<Process, String> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(|error| format!("{}: {error}", command.get_program().to_string_lossy()))?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("no standard output")?).split(b'\n');
        let mut log = Vec::new();
        loop {
            let Some(Ok(line)) = lines.next() else {
                let status = child.wait().map_err(|error| error.to_string())?;
                return Err(format!("ended before it was ready ({status}):\n{}", log.join("\n")));
            };
            let line = String::from_utf8_lossy(&line).into_owned();
            let found = line.contains(ready);
            log.push(line);
            if found {
                break;
            }
        }
        // The pipe is read to its end, so that the server never blocks on a full one.
        let log = Arc::new(Mutex::new(log));
        let shared = log.clone();
        let reader = std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Ok(mut log) = shared.lock() {
                    log.push(String::from_utf8_lossy(&line).into_owned());
                }
            }
        });
        Ok(Process { child, log, reader: Some(reader) })
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed so far.
    pub fn log(&self) -> String {
        self.log.lock().map(|log| log.join("\n")).unwrap_or_default()
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only when the process is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

/// A loopback port that was free a moment ago. Another process may take it: callers try again when a start fails.
pub fn free_port() -> Result<u16, String> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| format!("no free loopback port: {error}"))
}
