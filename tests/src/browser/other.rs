//! Other browser engines, so that the site does not come to depend on what only Chromium does: WebKit by WebKitWebDriver
//! and its MiniBrowser on a screen of their own, Firefox by geckodriver. Ended when dropped.
//!
//! Each begins with nothing and forgets everything when it ends, takes no profile and hands out no console.

use super::WITHIN;
use super::webdriver::Session;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use xtask::programs::{self, FIREFOX, GECKODRIVER, MINIBROWSER, Program, WEBKIT_DRIVER, XVFB};

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Webkit,
    Firefox,
}

impl Kind {
    /// Why it cannot be tested here, if so. Where it can and is not there yet, it is installed.
    pub fn is_missing(self) -> Option<&'static str> {
        match self {
            Kind::Webkit if !Path::new("/etc/debian_version").exists() => {
                Some("only Debian packages WebKit's driver in the way that the tests use")
            }
            Kind::Firefox if GECKODRIVER.find().is_none() || FIREFOX.find().is_none() => Some(
                "no geckodriver with a Firefox: Debian packages no geckodriver, `cargo install geckodriver` builds it",
            ),
            _ => None,
        }
    }
}

/// A running browser.
pub struct OtherBrowser {
    screen: Option<Child>,
    driver: Option<Child>,
    session: Option<Session>,
}

impl OtherBrowser {
    /// Starts one with a home folder of its own, into which it downloads.
    pub fn start(kind: Kind, home: &Path) -> Result<OtherBrowser, String> {
        let mut browser = OtherBrowser { screen: None, driver: None, session: None };
        let port = free_port()?;
        let (mut command, mut capabilities) = match kind {
            Kind::Webkit => browser.webkit(home, port)?,
            Kind::Firefox => firefox(home, port)?,
        };
        browser.driver = Some(spawn(command.env("HOME", home).env("TMPDIR", home))?);
        wait_until_it_listens(port)?;
        let within = WITHIN.as_millis() as u64;
        capabilities["timeouts"] = json!({"script": within * 2, "pageLoad": within});
        browser.session = Some(Session::start(port, &capabilities)?);
        Ok(browser)
    }

    pub fn session(&self) -> &Session {
        self.session.as_ref().expect("only a browser with a session is handed out")
    }

    fn webkit(&mut self, home: &Path, port: u16) -> Result<(Command, Value), String> {
        programs::prepare(&[&WEBKIT_DRIVER, &MINIBROWSER, &XVFB])?;
        let (driver, browser) = (found(&WEBKIT_DRIVER)?, found(&MINIBROWSER)?);
        let mut screen = spawn(Command::new(found(&XVFB)?).args(["-displayfd", "1", "-screen", "0", "1280x900x24"]))?;
        // It prints the number that it chose once it can be used.
        let mut number = String::new();
        let output = screen.stdout.take().ok_or("the screen has no standard output")?;
        self.screen = Some(screen);
        BufReader::new(output).read_line(&mut number).map_err(|error| format!("Xvfb: {error}"))?;
        let mut command = Command::new(driver);
        command
            .arg(format!("--port={port}"))
            .env("DISPLAY", format!(":{}", number.trim()))
            .env("XDG_RUNTIME_DIR", home)
            .env_remove("WAYLAND_DISPLAY")
            // There is no graphics card behind this screen.
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("WEBKIT_DISABLE_COMPOSITING_MODE", "1");
        let options = json!({"binary": browser, "args": ["--automation"]});
        Ok((command, json!({"browserName": "MiniBrowser", "webkitgtk:browserOptions": options})))
    }
}

fn firefox(home: &Path, port: u16) -> Result<(Command, Value), String> {
    let mut command = Command::new(found(&GECKODRIVER)?);
    command.arg(format!("--port={port}"));
    let options = json!({
        "binary": found(&FIREFOX)?,
        "args": ["-headless", "-width", "1280", "-height", "900"],
        // 2: into the folder that the next setting names.
        "prefs": {"browser.download.folderList": 2, "browser.download.dir": home},
    });
    Ok((command, json!({"browserName": "firefox", "moz:firefoxOptions": options})))
}

fn found(program: &Program) -> Result<PathBuf, String> {
    program.find().ok_or_else(|| format!("{} is missing", program.title))
}

impl Drop for OtherBrowser {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            let _ = session.delete("");
        }
        for child in self.driver.iter_mut().chain(&mut self.screen) {
            let group = format!("-{}", child.id());
            // Fails only when the group is gone already.
            let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
            let _ = child.wait();
        }
    }
}

/// Starts a program in a process group of its own, so that all it starts ends with it.
fn spawn(command: &mut Command) -> Result<Child, String> {
    let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
    command.spawn().map_err(|error| format!("{}: {error}", command.get_program().display()))
}

/// The driver takes no 0 for a port. Between this and its start another program could take the port: then nothing of
/// ours listens there, and the test says so.
fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    listener.local_addr().map(|address| address.port()).map_err(|error| error.to_string())
}

fn wait_until_it_listens(port: u16) -> Result<(), String> {
    let deadline = Instant::now() + WITHIN;
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        if Instant::now() > deadline {
            return Err(format!("the driver did not listen within {WITHIN:?}"));
        }
        std::thread::park_timeout(Duration::from_millis(20));
    }
    Ok(())
}
