//! The real `redis-server`: a private one per owner, in a folder of its own, on a free loopback port.
//!
//! It saves nothing by itself, has `DEBUG` enabled, and collates as bytes (`LC_ALL=C`), so that the same commands
//! give the same replies on every machine. Stopped, and its folder removed, when dropped.

use crate::client::Client;
use crate::process::{Process, free_port};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

const PROGRAM: &str = "redis-server";
const HOW_TO_INSTALL: &str = "the real Redis is needed as the reference: install it with `apt-get install redis-server redis-tools` \
     (Debian, Ubuntu), `dnf install redis` (Fedora), `pacman -S redis` (Arch) or `brew install redis` (macOS)";

pub struct RealServer {
    process: Process,
    port: u16,
    directory: Directory,
}

impl RealServer {
    /// An empty server.
    pub fn start() -> Result<RealServer, String> {
        RealServer::start_with(&[], None)
    }

    /// A server with more arguments (`&["--maxmemory", "1mb"]`), loaded from `dump` when there is one.
    /// An error carries the server's own log: why it refuses a file, for instance.
    pub fn start_with(arguments: &[&str], dump: Option<&[u8]>) -> Result<RealServer, String> {
        let directory = Directory::create()?;
        if let Some(dump) = dump {
            std::fs::write(directory.0.join("dump.rdb"), dump).map_err(|error| error.to_string())?;
        }
        let mut attempt = 0;
        loop {
            let port = free_port()?;
            let mut command = Command::new(PROGRAM);
            command
                .env("LC_ALL", "C")
                .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
                .args(["--enable-debug-command", "yes", "--daemonize", "no", "--logfile", ""])
                .arg("--dir")
                .arg(&directory.0)
                .args(arguments);
            match Process::start(&mut command, "Ready to accept connections") {
                Ok(process) => return Ok(RealServer { process, port, directory }),
                Err(text) if text.contains("Address already in use") && attempt < 5 => attempt += 1,
                Err(text) if !is_installed() => return Err(format!("{HOW_TO_INSTALL}\n({text})")),
                Err(text) => return Err(format!("{PROGRAM} {text}")),
            }
        }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// A new connection.
    pub fn client(&self) -> Result<Client, String> {
        Client::connect(self.port).map_err(|error| format!("{PROGRAM} on port {}: {error}", self.port))
    }

    /// Its folder; gone with the server.
    pub fn directory(&self) -> &Path {
        &self.directory.0
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// An RDB file of everything it holds, by `SAVE`.
    pub fn save(&self) -> Result<Vec<u8>, String> {
        self.expect_ok("SAVE")?;
        std::fs::read(self.directory.0.join("dump.rdb")).map_err(|error| error.to_string())
    }

    /// Replaces everything it holds by an RDB file. Redis ends itself on a file it finds corrupt: the error then
    /// carries its log, and the server is gone.
    pub fn load(&self, dump: &[u8]) -> Result<(), String> {
        std::fs::write(self.directory.0.join("dump.rdb"), dump).map_err(|error| error.to_string())?;
        self.expect_ok("DEBUG RELOAD NOSAVE")
    }

    fn expect_ok(&self, line: &str) -> Result<(), String> {
        let reply = self.client()?.line(line).map_err(|error| format!("{line}: {error}\n{}", self.log()))?;
        if reply == b"+OK\r\n" { Ok(()) } else { Err(format!("{line}: {}\n{}", reply.escape_ascii(), self.log())) }
    }
}

fn is_installed() -> bool {
    Command::new(PROGRAM).arg("--version").output().is_ok()
}

/// A new empty folder under the system's temporary one, removed when dropped.
pub struct Directory(pub PathBuf);

impl Directory {
    pub fn create() -> Result<Directory, String> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("rediscover-{}-{number}", std::process::id()));
        // Left over from a killed process that had the same id.
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Directory(path))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
