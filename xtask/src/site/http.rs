//! HTTP/1.1 as far as a static server needs it: requests read, answers written, and which file a target means.

use std::io::{self, BufRead, Read};

/// The longest request head that is read.
const MAX_HEAD_BYTES: u64 = 16 * 1024;

/// The head of a request, as far as a static server needs it.
pub struct Request {
    pub target: String,
    pub head_only: bool,
    pub close: bool,
    /// Whether it is a GET or HEAD of HTTP/1.
    pub readable: bool,
}

impl Request {
    /// The next request; `None` when the other side has closed.
    pub fn read(reader: &mut impl BufRead) -> io::Result<Option<Request>> {
        let mut reader = reader.take(MAX_HEAD_BYTES);
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut words = line.split_whitespace();
        let mut word = || words.next().unwrap_or_default().to_string();
        let (method, target, version) = (word(), word(), word());
        let known = matches!(method.as_str(), "GET" | "HEAD") && target.starts_with('/');
        let (mut close, mut body) = (version != "HTTP/1.1", false);
        loop {
            let mut header = String::new();
            // An end within the head is either a closed connection or a head that is too long.
            if reader.read_line(&mut header)? == 0 {
                return Ok(Some(Request { target, head_only: false, close: true, readable: false }));
            }
            let header = header.trim().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            close |= header.strip_prefix("connection:").is_some_and(|value| value.trim() == "close");
            body |= header.starts_with("content-length:") && !header.ends_with(" 0");
            body |= header.starts_with("transfer-encoding:");
        }
        let readable = known && !body && version.starts_with("HTTP/1.");
        Ok(Some(Request { target, head_only: method == "HEAD", close, readable }))
    }
}

/// Where a request's target leads.
#[derive(Debug, PartialEq, Eq)]
pub enum Route {
    /// A path below the base, decoded, without a leading slash.
    Below(String),
    /// The base without its last slash.
    Base,
    /// Not ours, or not a path we follow.
    Outside,
}

pub fn route(target: &str, base: &str) -> Route {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let Some(rest) = path.strip_prefix(base) else {
        return if base.strip_suffix('/') == Some(path) { Route::Base } else { Route::Outside };
    };
    match decoded(rest) {
        Some(rest) if is_plain(&rest) => Route::Below(rest),
        _ => Route::Outside,
    }
}

/// Whether the path only leads downwards, to nothing hidden. Judged after decoding, so that `%2e%2e` and `%2f`
/// are what they stand for.
fn is_plain(path: &str) -> bool {
    let odd = |character: char| character.is_control() || character == '\\' || character == ':';
    let mut parts = path.split('/').rev();
    let last = parts.next().unwrap_or_default();
    !path.contains(odd) && !last.starts_with('.') && parts.all(|part| !part.is_empty() && !part.starts_with('.'))
}

/// Decodes `%20` and the like; `None` for a broken escape or bytes that are no text.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            bytes.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

pub fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt" | "md") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

pub struct Answer {
    status: u16,
    media_type: &'static str,
    body: Vec<u8>,
    location: Option<String>,
    pub close: bool,
}

impl Answer {
    pub fn new(status: u16, media_type: &'static str, body: Vec<u8>) -> Answer {
        Answer { status, media_type, body, location: None, close: false }
    }

    pub fn text(status: u16, text: &str) -> Answer {
        Answer::new(status, "text/plain; charset=utf-8", text.as_bytes().to_vec())
    }

    pub fn moved(to: &str) -> Answer {
        Answer { location: Some(to.to_string()), ..Answer::text(308, "Moved.\n") }
    }

    pub fn closing(self) -> Answer {
        Answer { close: true, ..self }
    }

    pub fn bytes(&self, head_only: bool) -> Vec<u8> {
        let reason = match self.status {
            200 => "OK",
            308 => "Permanent Redirect",
            404 => "Not Found",
            _ => "Bad Request",
        };
        let mut head = format!("HTTP/1.1 {} {reason}\r\nContent-Type: {}\r\n", self.status, self.media_type);
        head += &format!("Content-Length: {}\r\n", self.body.len());
        // So that a page built anew is seen at the next visit.
        head += "Cache-Control: no-cache\r\nX-Content-Type-Options: nosniff\r\n";
        if let Some(location) = &self.location {
            head += &format!("Location: {location}\r\n");
        }
        if self.close {
            head += "Connection: close\r\n";
        }
        let mut bytes = (head + "\r\n").into_bytes();
        if !head_only {
            bytes.extend_from_slice(&self.body);
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_lead_below_the_base_or_nowhere() {
        let below = |path: &str| Route::Below(path.into());
        for (target, base, expected) in [
            ("/", "/", below("")),
            ("/a.js?v=1#x", "/", below("a.js")),
            ("/learn/which%20one", "/", below("learn/which one")),
            ("/s/", "/s/", below("")),
            ("/s/a/b", "/s/", below("a/b")),
            ("/s", "/s/", Route::Base),
            ("/sa", "/s/", Route::Outside),
            ("/", "/s/", Route::Outside),
            ("/a.js", "/s/", Route::Outside),
            ("/../etc/passwd", "/", Route::Outside),
            ("/a/../../etc/passwd", "/", Route::Outside),
            ("/%2e%2e/etc/passwd", "/", Route::Outside),
            ("/..%2fetc/passwd", "/", Route::Outside),
            ("/a%5c..%5cb", "/", Route::Outside),
            ("//etc/passwd", "/", Route::Outside),
            ("/%2fetc/passwd", "/", Route::Outside),
            ("/c:/windows", "/", Route::Outside),
            ("/.stage/x.js", "/", Route::Outside),
            ("/.hidden", "/", Route::Outside),
            ("/a%00b", "/", Route::Outside),
            ("/a%", "/", Route::Outside),
            ("/a%zz", "/", Route::Outside),
            ("/%ff", "/", Route::Outside),
        ] {
            assert_eq!(route(target, base), expected, "{target} under {base}");
        }
    }

    #[test]
    fn media_types_by_extension() {
        assert_eq!(media_type("x/engine_bg.wasm"), "application/wasm");
        assert_eq!(media_type("worker.js"), "text/javascript; charset=utf-8");
        assert_eq!(media_type("dump.rdb"), "application/octet-stream");
        assert_eq!(media_type("no-extension"), "application/octet-stream");
    }
}
