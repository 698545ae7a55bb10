//! WebKitWebDriver and the MiniBrowser it starts on a screen of their own, ended when dropped.
//!
//! A second engine, so that the site does not come to depend on what only Chromium does. It forgets everything when it
//! ends, takes no profile and hands out no console.

use super::WITHIN;
use super::webdriver::Session;
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use xtask::programs::{self, MINIBROWSER, WEBKIT_DRIVER, XVFB};

/// A running MiniBrowser.
pub struct Webkit {
    screen: Child,
    driver: Option<Child>,
    pub session: Option<Session>,
}

impl Webkit {
    /// Starts one with a home folder of its own.
    pub fn start(home: &Path) -> Result<Webkit, String> {
        programs::prepare(&[&WEBKIT_DRIVER, &MINIBROWSER, &XVFB])?;
        let found = |program: &programs::Program| program.find().ok_or_else(|| format!("{} is missing", program.title));
        let (driver, browser) = (found(&WEBKIT_DRIVER)?, found(&MINIBROWSER)?);
        let mut screen = spawn(Command::new(found(&XVFB)?).args(["-displayfd", "1", "-screen", "0", "1280x900x24"]))?;
        // It prints the number that it chose once it can be used.
        let mut number = String::new();
        let output = screen.stdout.take().ok_or("the screen has no standard output")?;
        let mut webkit = Webkit { screen, driver: None, session: None };
        BufReader::new(output).read_line(&mut number).map_err(|error| format!("Xvfb: {error}"))?;
        let port = free_port()?;
        let mut command = Command::new(driver);
        command
            .arg(format!("--port={port}"))
            .env("DISPLAY", format!(":{}", number.trim()))
            .env("HOME", home)
            .env("XDG_RUNTIME_DIR", home)
            .env_remove("WAYLAND_DISPLAY")
            // There is no graphics card behind this screen.
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("WEBKIT_DISABLE_COMPOSITING_MODE", "1");
        webkit.driver = Some(spawn(&mut command)?);
        wait_until_it_listens(port)?;
        let options = json!({"binary": browser, "args": ["--automation"]});
        let within = WITHIN.as_millis() as u64;
        let capabilities = json!({
            "browserName": "MiniBrowser",
            "timeouts": {"script": within * 2, "pageLoad": within},
            "webkitgtk:browserOptions": options,
        });
        webkit.session = Some(Session::start(port, &capabilities)?);
        Ok(webkit)
    }
}

impl Drop for Webkit {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            let _ = session.delete("");
        }
        for child in self.driver.iter_mut().chain([&mut self.screen]) {
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
            return Err(format!("WebKitWebDriver did not listen within {WITHIN:?}"));
        }
        std::thread::park_timeout(Duration::from_millis(20));
    }
    Ok(())
}
