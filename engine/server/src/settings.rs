//! How a server starts.

use crate::log::Log;
use engine::server::Config;
use engine::server::config::file::{self, FileError, Startup};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;

/// How a server starts: from the text of a `redis.conf`, or in a process of somebody else's.
#[derive(Debug, Clone)]
pub struct Settings {
    pub bind: IpAddr,
    /// 0 takes a free one.
    pub port: u16,
    /// The folder of the files.
    pub dir: PathBuf,
    /// All randomness of the engine follows from it; drawn from the system unless given.
    pub seed: u64,
    /// Everything else, for the engine.
    pub config: Vec<(String, String)>,
    /// A whole configuration, which says what `bind`, `port` and `dir` say otherwise.
    pub startup: Option<Startup>,
    /// Where the configuration file is, for CONFIG REWRITE.
    pub config_file: Option<PathBuf>,
    pub log: Arc<Log>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 6380,
            dir: PathBuf::from("."),
            seed: random_seed(),
            config: Vec::new(),
            startup: None,
            config_file: None,
            log: Arc::new(Log::silent()),
        }
    }
}

/// Bytes that nobody can guess: the system's, and where there are none the seeds below.
pub fn entropy() -> Vec<u8> {
    use std::io::Read;
    let mut bytes = vec![0; 32];
    let read = std::fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes));
    if read.is_err() {
        bytes = (0..4).flat_map(|_| random_seed().to_le_bytes()).collect();
    }
    bytes
}

/// A seed nobody can guess: the standard library keys its hash maps from the system's randomness.
pub fn random_seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

impl Settings {
    /// The settings that a text makes.
    ///
    /// # Errors
    /// The line that is wrong.
    pub fn read(text: &[u8]) -> Result<Settings, FileError> {
        let startup = file::read(text)?;
        Ok(Settings { startup: Some(startup), ..Settings::default() })
    }

    /// The whole configuration.
    ///
    /// # Errors
    /// When a setting does not exist or does not take its value.
    pub fn startup(&self) -> Result<Startup, String> {
        let mut startup = match &self.startup {
            Some(startup) => startup.clone(),
            None => {
                let mut startup = Startup::default();
                let own = [
                    ("bind", self.bind.to_string()),
                    ("port", self.port.to_string()),
                    ("dir", self.dir.to_string_lossy().into_owned()),
                ];
                for (name, value) in own {
                    set(&mut startup, name, &value)?;
                }
                startup
            }
        };
        for (name, value) in &self.config {
            set(&mut startup, name, value)?;
        }
        Ok(startup)
    }
}

fn set(startup: &mut Startup, name: &str, value: &str) -> Result<(), String> {
    let setting = Config::find(name.as_bytes()).ok_or_else(|| format!("setting '{name}': there is no such setting"))?;
    startup.config.set(setting, value.as_bytes()).map_err(|reason| format!("setting '{name}': {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_and_an_unguessable_seed_unless_told_otherwise() {
        let (one, two) = (Settings::default(), Settings::default());
        assert!(one.bind.is_loopback() && one.startup().is_ok_and(|startup| startup.config.get("bind") == "127.0.0.1"));
        assert_ne!(one.seed, two.seed);
    }

    #[test]
    fn a_text_says_everything() {
        let settings = Settings::read(b"port 7\nsave 900 1\n").expect("all of these exist");
        let config = settings.startup().expect("a configuration").config;
        assert_eq!((config.get("port"), config.get("save"), config.get("bind")), ("7", "900 1", "* -::*"));
        assert_eq!(Settings::read(b"\nport x").map(drop).expect_err("no number").line, 2);
    }
}
