//! A browser under WebDriver: chromedriver's JSON over HTTP, and no more of it than is used.
//!
//! Each [`Browser`] is a fresh profile in a driver of its own; both end when it is dropped, with everything they
//! started. Elements are found by role and accessible name, as the browser itself computes them.

use crate::process::Process;
use crate::real::Directory;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Longer than any single request takes; one that takes longer is an error instead of a hanging test.
const PATIENCE: Duration = Duration::from_secs(300);

/// What chromedriver prints before its port.
const READY: &str = "was started successfully on port ";

/// How the browser is started; its own services would reach for the network.
const ARGUMENTS: [&str; 11] = [
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
    "--lang=en",
];

/// The name that WebDriver gives the id of an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A running browser.
pub struct Browser {
    port: u16,
    session: String,
    // Dropped in this order, after the group was ended.
    driver: Process,
    _profile: Directory,
}

/// An element of the page, as WebDriver knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element(String);

impl Browser {
    /// Starts this driver and, through it, this browser.
    pub fn start(chromedriver: &Path, chromium: &Path) -> Result<Browser, String> {
        let profile = Directory::create()?;
        let mut command = Command::new(chromedriver);
        command.arg("--port=0");
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let driver = Process::start(&mut command, READY)?;
        let log = driver.log();
        let port = log.split(READY).nth(1).and_then(|rest| rest.split('.').next()?.trim().parse().ok());
        let mut browser = Browser {
            port: port.ok_or_else(|| format!("chromedriver named no port: {log}"))?,
            session: String::new(),
            driver,
            _profile: profile,
        };
        let mut arguments: Vec<String> = ARGUMENTS.iter().map(|argument| argument.to_string()).collect();
        arguments.push(format!("--user-data-dir={}", browser._profile.0.display()));
        let options = json!({ "binary": chromium, "args": arguments });
        let wanted = json!({ "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" } });
        let body = json!({ "capabilities": { "alwaysMatch": wanted } });
        let session = exchange(browser.port, "POST", "/session", Some(&body))?;
        browser.session =
            session.get("sessionId").and_then(Value::as_str).ok_or("chromedriver opened no session")?.to_string();
        browser.post("timeouts", &json!({ "script": PATIENCE.as_millis() as u64 }))?;
        Ok(browser)
    }

    /// Opens a page and waits until it has loaded.
    pub fn open(&self, url: &str) -> Result<(), String> {
        self.post("url", &json!({ "url": url })).map(drop)
    }

    /// Runs the body of a function in the page; `arguments` are its arguments, and what it returns comes back.
    pub fn run(&self, script: &str, arguments: &[Value]) -> Result<Value, String> {
        self.post("execute/sync", &json!({ "script": script, "args": arguments }))
    }

    /// Like [`Browser::run`], for the body of an `async` function. A rejection is an error.
    pub fn wait_for(&self, script: &str, arguments: &[Value]) -> Result<Value, String> {
        let script = format!(
            "const done = arguments[arguments.length - 1]; \
             (async function () {{ {script} }})(...Array.prototype.slice.call(arguments, 0, -1)).then(\
             (value) => done([true, value]), (error) => done([false, String(error)]));"
        );
        let outcome = self.post("execute/async", &json!({ "script": script, "args": arguments }))?;
        match outcome.as_array().map(Vec::as_slice) {
            Some([Value::Bool(true), value]) => Ok(value.clone()),
            Some([_, Value::String(error)]) => Err(error.clone()),
            _ => Err(format!("the script ended with {outcome}")),
        }
    }

    /// Runs this script in every page opened from now on, before its own.
    pub fn run_first(&self, script: &str) -> Result<(), String> {
        let body = json!({ "cmd": "Page.addScriptToEvaluateOnNewDocument", "params": { "source": script } });
        self.post("goog/cdp/execute", &body).map(drop)
    }

    /// The elements with this role and this accessible name.
    pub fn find(&self, role: &str, name: &str) -> Result<Vec<Element>, String> {
        let all = self.post("elements", &json!({ "using": "css selector", "value": selector(role) }))?;
        let mut found = Vec::new();
        for element in all.as_array().into_iter().flatten() {
            let Some(id) = element.get(ELEMENT).and_then(Value::as_str) else { continue };
            let is = |what: &str, wanted: &str| {
                self.get(&format!("element/{id}/{what}")).map(|value| value.as_str() == Some(wanted))
            };
            if is("computedrole", role)? && is("computedlabel", name)? {
                found.push(Element(id.to_string()));
            }
        }
        Ok(found)
    }

    /// Types into an element; `\u{e007}` is the Enter key.
    pub fn type_into(&self, element: &Element, text: &str) -> Result<(), String> {
        self.post(&format!("element/{}/value", element.0), &json!({ "text": text })).map(drop)
    }

    /// What the console said since the last call: its errors, and the violations of the page's policy.
    pub fn console(&self) -> Result<Vec<String>, String> {
        let entries = self.post("se/log", &json!({ "type": "browser" }))?;
        let text = |entry: &Value| {
            let field = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default().to_string();
            format!("{}: {}", field("level"), field("message"))
        };
        Ok(entries.as_array().into_iter().flatten().map(text).collect())
    }

    /// A request of this session; see the WebDriver standard for `path` and `body`.
    pub fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        exchange(self.port, "POST", &format!("/session/{}/{path}", self.session), Some(body))
    }

    /// A question of this session.
    pub fn get(&self, path: &str) -> Result<Value, String> {
        exchange(self.port, "GET", &format!("/session/{}/{path}", self.session), None)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            let _ = exchange(self.port, "DELETE", &format!("/session/{}", self.session), None);
        }
        // Whatever is left of the browser is in the driver's group; it would also keep the driver's output open.
        let group = format!("-{}", self.driver.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
    }
}

/// What can have a role: an element of that role by itself, or one that claims it. The browser has the last word.
fn selector(role: &str) -> String {
    let native = match role {
        "button" => "button, summary, input[type=button], input[type=submit], ",
        "checkbox" => "input[type=checkbox], ",
        "combobox" => "select, ",
        "heading" => "h1, h2, h3, h4, h5, h6, ",
        "link" => "a[href], ",
        "textbox" => "input, textarea, ",
        "dialog" => "dialog, ",
        "table" => "table, ",
        "img" => "img, svg, ",
        _ => "",
    };
    format!("{native}[role={role}]")
}

/// One request to chromedriver; its `value`, or its own words.
fn exchange(port: u16, method: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
    let failed = |error: std::io::Error| format!("chromedriver does not answer {method} {path}: {error}");
    let body = body.map(Value::to_string).unwrap_or_default();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(("127.0.0.1", port)).map_err(failed)?;
    stream.set_read_timeout(Some(PATIENCE + Duration::from_secs(30))).map_err(failed)?;
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).map_err(failed)?;
    let answer = answer_body(&mut BufReader::new(stream)).map_err(failed)?;
    let answer: Value = serde_json::from_slice(&answer).map_err(|error| format!("chromedriver's JSON: {error}"))?;
    let value = answer.get("value").cloned().unwrap_or(Value::Null);
    match value.get("error").and_then(Value::as_str) {
        Some(error) => {
            let message = value.get("message").and_then(Value::as_str).unwrap_or_default();
            Err(format!("{error}: {}", message.lines().next().unwrap_or_default()))
        }
        None => Ok(value),
    }
}

/// The body of an HTTP answer, which says its length.
fn answer_body(reader: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().map_err(std::io::Error::other)?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_body_of_an_answer() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-length: 4\r\nX: y\r\n\r\nbodyrest";
        assert_eq!(answer_body(&mut answer.as_slice()).unwrap(), b"body");
        assert!(answer_body(&mut b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbody".as_slice()).is_err());
        assert!(answer_body(&mut b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n".as_slice()).is_err());
    }
}
