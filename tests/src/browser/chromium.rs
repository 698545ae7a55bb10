//! chromedriver and the Chromium it starts, in a process group of their own so that both end together.

use super::WITHIN;
use super::webdriver::Session;
use crate::real::Directory;
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use xtask::programs::{self, CHROMEDRIVER, CHROMIUM};

/// What Chromium remembers between two runs, and where it puts downloads.
pub struct Profile {
    folder: Directory,
}

impl Profile {
    /// An empty one.
    pub fn create() -> Result<Profile, String> {
        let folder = Directory::create()?;
        let profile = Profile { folder };
        for folder in [profile.data(), profile.downloads()] {
            std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        Ok(profile)
    }

    /// What Chromium remembers.
    pub fn data(&self) -> PathBuf {
        self.folder.0.join("profile")
    }

    pub fn downloads(&self) -> PathBuf {
        self.folder.0.join("downloads")
    }

    /// A file in the profile's folder, for the page to be given.
    pub fn file(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, String> {
        let path = self.folder.0.join(name);
        std::fs::write(&path, bytes).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(path)
    }
}

/// A running Chromium.
pub struct Browser {
    driver: Child,
    session: Option<Session>,
    ended: bool,
}

impl Browser {
    pub fn start(profile: &Profile) -> Result<Browser, String> {
        programs::prepare(&[&CHROMIUM, &CHROMEDRIVER])?;
        let missing = |title: &str| format!("{title} is not installed");
        let chromium = CHROMIUM.find().ok_or_else(|| missing(CHROMIUM.title))?;
        let chromedriver = CHROMEDRIVER.find().ok_or_else(|| missing(CHROMEDRIVER.title))?;
        let (mut browser, port) = Browser::listen(&chromedriver)?;
        let capabilities = json!({
            "browserName": "chrome",
            "goog:loggingPrefs": {"browser": "ALL"},
            "timeouts": {"script": (WITHIN * 2).as_millis() as u64, "pageLoad": WITHIN.as_millis() as u64},
            "goog:chromeOptions": {
                "binary": chromium,
                "args": arguments(&profile.data()),
                "prefs": {"download.default_directory": profile.downloads(), "download.prompt_for_download": false},
            },
        });
        browser.session = Some(Session::start(port, &capabilities)?);
        Ok(browser)
    }

    /// Starts a chromedriver and waits until it listens. It chooses a port that is free for IPv6; when another
    /// program holds the same one for IPv4 it says so and ends before it did anything, and the next one chooses anew.
    fn listen(chromedriver: &std::path::Path) -> Result<(Browser, u16), String> {
        const CHOICES: u32 = 20;
        let mut taken = String::new();
        for _ in 0..CHOICES {
            let driver = Command::new(chromedriver)
                .arg("--port=0")
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .process_group(0)
                .spawn()
                .map_err(|error| format!("{}: {error}", chromedriver.display()))?;
            // From here on a failure ends what was started.
            let mut browser = Browser { driver, session: None, ended: false };
            match browser.port() {
                Ok(port) => return Ok((browser, port)),
                Err(why) if why.contains("port not available") => taken = why,
                Err(why) => return Err(why),
            }
        }
        Err(taken)
    }

    pub fn session(&self) -> &Session {
        self.session.as_ref().expect("only a browser with a session is handed out")
    }

    /// The port that chromedriver prints when it listens.
    fn port(&mut self) -> Result<u16, String> {
        let output = self.driver.stdout.take().ok_or("chromedriver has no standard output")?;
        let mut lines = BufReader::new(output).lines();
        let mut seen = String::new();
        while let Some(Ok(line)) = lines.next() {
            if let Some((_, rest)) = line.split_once("started successfully on port ") {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                // The rest is read to its end, so that chromedriver never blocks on a full pipe.
                std::thread::spawn(move || lines.for_each(drop));
                return digits.parse().map_err(|_| format!("chromedriver says no port: {line}"));
            }
            seen += &line;
            seen.push('\n');
        }
        Err(format!("chromedriver ended before it listened:\n{seen}"))
    }

    /// Ends everything at once, as a power cut would: no page hears of it.
    pub fn kill(mut self) {
        self.end_group();
    }

    fn end_group(&mut self) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let group = format!("-{}", self.driver.id());
        // Fails only when the group is gone already.
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.driver.wait();
        self.session = None;
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            // Chromium then removes its own temporary files; if it hangs, the group is ended all the same.
            let _ = session.delete("");
        }
        self.end_group();
    }
}

fn arguments(profile: &Path) -> Vec<String> {
    let fixed = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1280,900",
    ];
    let profile = format!("--user-data-dir={}", profile.display());
    fixed.iter().map(|argument| argument.to_string()).chain([profile]).collect()
}
