//! The command line, spelled as redis-server's: `--port 6380 --save 900 1 --dir /tmp`.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

/// How the server starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub bind: IpAddr,
    /// 0 takes a free one.
    pub port: u16,
    /// The folder of the dump file.
    pub dir: PathBuf,
    /// All randomness of the engine follows from it; drawn from the system unless given.
    pub seed: u64,
    /// Everything else, for the engine.
    pub config: Vec<(String, String)>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 6380,
            dir: PathBuf::from("."),
            seed: random_seed(),
            config: Vec::new(),
        }
    }
}

/// A seed nobody can guess: the standard library keys its hash maps from the system's randomness.
fn random_seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

impl Settings {
    /// Reads the words of a command line.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence.
    pub fn parse(words: impl IntoIterator<Item = String>) -> Result<Settings, String> {
        let mut settings = Settings::default();
        for (name, values) in options(words)? {
            let value = values.join(" ");
            let wrong = |what: &str| format!("--{name} takes {what}, not `{value}`");
            match name.as_str() {
                "port" => settings.port = value.parse().map_err(|_| wrong("a number from 0 to 65535"))?,
                "bind" => settings.bind = address(&value).ok_or_else(|| wrong("an IP address"))?,
                "dir" => settings.dir = PathBuf::from(value),
                "seed" => settings.seed = value.parse().map_err(|_| wrong("a number"))?,
                _ => settings.config.push((name, value)),
            }
        }
        Ok(settings)
    }
}

fn address(text: &str) -> Option<IpAddr> {
    if text == "localhost" { Some(IpAddr::V4(Ipv4Addr::LOCALHOST)) } else { text.parse().ok() }
}

/// Options with the words that follow each.
fn options(words: impl IntoIterator<Item = String>) -> Result<Vec<(String, Vec<String>)>, String> {
    let mut options: Vec<(String, Vec<String>)> = Vec::new();
    for word in words {
        match (word.strip_prefix("--"), options.last_mut()) {
            (Some(name), _) if !name.is_empty() => options.push((name.to_ascii_lowercase(), Vec::new())),
            (_, Some((_, values))) => values.push(word),
            (_, None) => return Err(format!("`{word}` is not an option; options are spelled --name value")),
        }
    }
    match options.iter().find(|(_, values)| values.is_empty()) {
        Some((name, _)) => Err(format!("--{name} needs a value")),
        None => Ok(options),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<Settings, String> {
        Settings::parse(words.iter().map(|word| word.to_string()))
    }

    #[test]
    fn its_own_options_and_those_of_the_engine() {
        let words = ["--port", "0", "--BIND", "::1", "--dir", "/tmp", "--seed", "7", "--save", "900", "1", "--x", ""];
        let settings = parsed(&words).expect("all of these exist");
        let config = vec![("save".to_string(), "900 1".to_string()), ("x".to_string(), String::new())];
        let bind = "::1".parse().expect("an address");
        assert_eq!(settings, Settings { bind, port: 0, dir: "/tmp".into(), seed: 7, config });
    }

    #[test]
    fn loopback_and_an_unguessable_seed_unless_told_otherwise() {
        let (one, two) = (parsed(&[]).expect("nothing"), parsed(&["--bind", "localhost"]).expect("one"));
        assert!(one.bind.is_loopback() && two.bind.is_loopback());
        assert_ne!(one.seed, two.seed);
    }

    #[test]
    fn mistakes_are_named() {
        for (words, part) in [
            (["6380", "--dir", "x"], "`6380` is not an option"),
            (["--port", "--dir", "x"], "--port needs a value"),
            (["--port", "many", "x"], "--port takes a number from 0 to 65535, not `many x`"),
            (["--bind", "here", "x"], "--bind takes an IP address, not `here x`"),
            (["--", "--dir", "x"], "`--` is not an option"),
        ] {
            let message = parsed(&words).expect_err(part);
            assert!(message.contains(part), "{message}");
        }
    }
}
