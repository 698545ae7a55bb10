//! The WebDriver protocol, as far as the tests use it: JSON over HTTP to chromedriver on the loopback.
//!
//! A client of our own, because a crate for it brings an async runtime and an HTTP stack. Knows nothing of the page.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long a script may take that a caller gave all the time there is.
const SCRIPT_WITHIN: Duration = Duration::from_secs(300);
/// How long chromedriver may take for one answer: longer than any wait inside the page.
const ANSWER_WITHIN: Duration = Duration::from_secs(330);
/// The name under which the protocol hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A session of a chromedriver: one browser.
pub struct Session {
    port: u16,
    id: String,
}

impl Session {
    /// Asks for a browser with these capabilities.
    pub fn start(port: u16, capabilities: &Value) -> Result<Session, String> {
        let body = json!({"capabilities": {"alwaysMatch": capabilities}});
        let answer = request(port, "POST", "/session", Some(&body))?;
        let id = answer["sessionId"].as_str().ok_or("chromedriver gave no session id")?;
        Ok(Session { port, id: id.to_owned() })
    }

    pub fn get(&self, path: &str) -> Result<Value, String> {
        request(self.port, "GET", &self.path(path), None)
    }

    pub fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        request(self.port, "POST", &self.path(path), Some(body))
    }

    /// Ends an object: the session itself with an empty path, or the current window.
    pub fn delete(&self, path: &str) -> Result<Value, String> {
        request(self.port, "DELETE", &self.path(path), None)
    }

    /// Runs the body of a function with these arguments; what it returns.
    pub fn script(&self, body: &str, arguments: &[Value]) -> Result<Value, String> {
        self.post("/execute/sync", &json!({"script": body, "args": arguments}))
    }

    /// The same for a body that calls its last argument when it is done.
    pub fn script_with_callback(&self, body: &str, arguments: &[Value]) -> Result<Value, String> {
        self.post("/execute/async", &json!({"script": body, "args": arguments}))
    }

    /// Runs the body of an asynchronous function, however long it takes; a rejection is an error.
    pub fn script_to_its_end(&self, body: &str, arguments: &[Value]) -> Result<Value, String> {
        self.post("/timeouts", &json!({"script": SCRIPT_WITHIN.as_millis() as u64}))?;
        let body = format!(
            "const [done, ...values] = [...arguments].reverse();
            (async function () {{ {body} }})(...values.reverse()).then(
                (value) => done({{ value }}), (error) => done({{ failed: String(error) }}));"
        );
        let mut outcome = self.script_with_callback(&body, arguments)?;
        match outcome["failed"].as_str() {
            Some(why) => Err(why.to_owned()),
            None => Ok(outcome["value"].take()),
        }
    }

    /// A command of the Chrome DevTools protocol.
    pub fn devtools(&self, command: &str, parameters: &Value) -> Result<Value, String> {
        self.post("/goog/cdp/execute", &json!({"cmd": command, "params": parameters}))
    }

    fn path(&self, path: &str) -> String {
        format!("/session/{}{path}", self.id)
    }
}

/// An element's id in what a script returned.
pub fn element_id(value: &Value) -> Option<&str> {
    value[ELEMENT].as_str()
}

/// An element as an argument of a script.
pub fn element_argument(id: &str) -> Value {
    json!({ ELEMENT: id })
}

/// One request on a connection of its own; the `value` of the answer.
fn request(port: u16, method: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let (status, answer) = exchange(port, method, path, &body).map_err(|error| format!("{method} {path}: {error}"))?;
    let mut answer: Value = serde_json::from_slice(&answer).map_err(|error| format!("{method} {path}: {error}"))?;
    let value = answer["value"].take();
    if status == 200 {
        return Ok(value);
    }
    let word = |name: &str| value[name].as_str().unwrap_or_default().lines().next().unwrap_or_default().to_owned();
    Err(format!("{}: {}", word("error"), word("message")))
}

fn exchange(port: u16, method: &str, path: &str, body: &str) -> std::io::Result<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(ANSWER_WITHIN))?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\
         Content-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    let mut length = 0;
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut answer = vec![0; length];
    reader.read_exact(&mut answer)?;
    Ok((status, answer))
}
