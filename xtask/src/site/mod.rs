//! A static file server for the built page, as a plain host would serve it: no special headers, loopback only.
//!
//! Paths without a file extension that name no file get `index.html`, so that the page's own routes
//! (`/learn/...`) can be opened directly. Everything outside the base path is "not found", so that a page
//! that forgets its base shows it in the tests. No request reaches a file outside the folder, nor a hidden one.

mod http;

use self::http::{Answer, Request, Route, media_type, route};
use crate::Result;
use std::io::{self, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// How much of a refused request is still read.
const MAX_DRAINED_BYTES: u64 = 1024 * 1024;
/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(60);

/// A running server; dropping it ends it, with the connections it has.
pub struct Site {
    address: SocketAddr,
    base: String,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

struct Shared {
    folder: PathBuf,
    base: String,
    ended: AtomicBool,
    connections: Mutex<Vec<TcpStream>>,
    /// The names of the files that were handed out, while somebody wants to know.
    record: Mutex<Option<Vec<String>>>,
}

impl Site {
    /// Serves a folder under `base` (which begins and ends with a slash) on this port; 0 takes a free one.
    pub fn start(folder: &Path, base: &str, port: u16) -> Result<Site> {
        let folder =
            folder.canonicalize().map_err(|error| format!("there is no page in {}: {error}", folder.display()))?;
        let listener = listen(port)?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let ended = AtomicBool::new(false);
        let (connections, record) = (Mutex::default(), Mutex::default());
        let shared = Arc::new(Shared { folder, base: base.to_string(), ended, connections, record });
        let own = Arc::clone(&shared);
        let acceptor = std::thread::spawn(move || own.accept(&listener));
        Ok(Site { address, base: base.to_string(), shared, acceptor: Some(acceptor) })
    }

    /// Where the page is, ending with a slash.
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, self.base)
    }

    /// Notes from here on which files are asked for; gives what was noted so far.
    pub fn record(&self) -> Vec<String> {
        let mut record = self.shared.record.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        record.replace(Vec::new()).unwrap_or_default()
    }

    /// Serves until the program is ended.
    pub fn wait(mut self) {
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

/// Says whether this port can be listened on, before a long build would end with that news.
pub fn check_port(port: u16) -> Result<()> {
    listen(port).map(drop)
}

fn listen(port: u16) -> Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => format!("port {port} is taken; choose another with --port"),
        _ => format!("cannot listen on port {port}: {error}"),
    })
}

impl Drop for Site {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        // Wakes the acceptor, which then sees that it should end.
        let _ = TcpStream::connect(self.address);
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
        if let Ok(connections) = self.shared.connections.lock() {
            for connection in connections.iter() {
                let _ = connection.shutdown(Shutdown::Both);
            }
        }
    }
}

impl Shared {
    fn accept(self: &Arc<Shared>, listener: &TcpListener) {
        for connection in listener.incoming() {
            if self.ended.load(Ordering::SeqCst) {
                return;
            }
            let Ok(connection) = connection else { continue };
            if let (Ok(mut all), Ok(clone)) = (self.connections.lock(), connection.try_clone()) {
                all.retain(|other| other.peer_addr().is_ok());
                all.push(clone);
            }
            let own = Arc::clone(self);
            // A browser that goes away in the middle of an answer is no one's concern.
            std::thread::spawn(move || own.converse(&connection).ok());
        }
    }

    /// Answers the requests of one connection until it closes.
    fn converse(&self, connection: &TcpStream) -> io::Result<()> {
        connection.set_nodelay(true)?;
        connection.set_read_timeout(Some(IDLE))?;
        let mut reader = BufReader::new(connection);
        let mut writer = connection;
        while let Some(request) = Request::read(&mut reader)? {
            let answer = self.answer(&request);
            writer.write_all(&answer.bytes(request.head_only))?;
            if answer.close || request.close {
                break;
            }
        }
        // Closing with unread bytes would reset the connection and could take the answer with it.
        connection.shutdown(Shutdown::Write)?;
        io::copy(&mut reader.take(MAX_DRAINED_BYTES), &mut io::sink()).map(drop)
    }

    fn answer(&self, request: &Request) -> Answer {
        if !request.readable {
            return Answer::text(400, "This server speaks plain HTTP/1.1.\n").closing();
        }
        match route(&request.target, &self.base) {
            Route::Outside => Answer::text(404, "Not found.\n"),
            Route::Base => Answer::moved(&self.base),
            Route::Below(path) => self.file(&path),
        }
    }

    fn file(&self, path: &str) -> Answer {
        let wanted =
            if path.is_empty() || path.ends_with('/') { format!("{path}index.html") } else { path.to_string() };
        let last = path.rsplit('/').next().unwrap_or_default();
        let candidates = if last.contains('.') { vec![wanted] } else { vec![wanted, "index.html".into()] };
        for candidate in candidates {
            // A link that leads out of the folder is as good as missing.
            let inside = self.folder.join(&candidate).canonicalize().ok().filter(|file| file.starts_with(&self.folder));
            if let Some(body) = inside.and_then(|file| std::fs::read(file).ok()) {
                if let Ok(Some(record)) = self.record.lock().as_deref_mut().map(Option::as_mut) {
                    record.push(candidate.clone());
                }
                return Answer::new(200, media_type(&candidate), body);
            }
        }
        Answer::text(404, "Not found.\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with a page, removed when dropped.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let folder = std::env::temp_dir().join(format!("xtask-site-{name}-{}", std::process::id()));
            std::fs::create_dir_all(folder.join("deep")).expect("folder");
            for (file, text) in [("index.html", "<p>home"), ("a.js", "1"), ("deep/b.css", "p{}"), (".secret", "s")] {
                std::fs::write(folder.join(file), text).expect("file");
            }
            Folder(folder)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    /// Sends raw bytes and reads to the end of the connection.
    fn exchange(site: &Site, request: &str) -> String {
        let mut connection = TcpStream::connect(site.address).expect("connect");
        connection.write_all(request.as_bytes()).expect("write");
        connection.shutdown(Shutdown::Write).expect("half close");
        let mut answer = String::new();
        connection.read_to_string(&mut answer).expect("read");
        answer
    }

    fn get(site: &Site, target: &str) -> (String, String) {
        let answer = exchange(site, &format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n"));
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        (head.to_string(), body.to_string())
    }

    #[test]
    fn serves_files_routes_and_refusals() {
        let folder = Folder::new("files");
        let site = Site::start(&folder.0, "/s/", 0).expect("start");
        for (target, status, kind, body) in [
            ("/s/", "200", "text/html", "<p>home"),
            ("/s/a.js", "200", "text/javascript", "1"),
            ("/s/deep/b.css", "200", "text/css", "p{}"),
            ("/s/learn/ttl", "200", "text/html", "<p>home"),
            ("/s/deep/", "200", "text/html", "<p>home"),
            ("/s/missing.js", "404", "text/plain", "Not found.\n"),
            ("/s/.secret", "404", "text/plain", "Not found.\n"),
            ("/s/..%2f..%2fetc/hostname", "404", "text/plain", "Not found.\n"),
            ("/a.js", "404", "text/plain", "Not found.\n"),
            ("/s", "308", "text/plain", "Moved.\n"),
        ] {
            let (head, found) = get(&site, target);
            assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{target}: {head}");
            assert!(head.contains(&format!("Content-Type: {kind}")), "{target}: {head}");
            assert_eq!(found, body, "{target}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_folder_is_not_followed() {
        let folder = Folder::new("link");
        std::os::unix::fs::symlink("/etc/hostname", folder.0.join("out.txt")).expect("link");
        let site = Site::start(&folder.0, "/", 0).expect("start");
        assert!(get(&site, "/out.txt").0.starts_with("HTTP/1.1 404 "));
    }

    #[test]
    fn what_is_asked_for_is_noted_when_somebody_wants_to_know() {
        let folder = Folder::new("noted");
        let site = Site::start(&folder.0, "/", 0).expect("start");
        get(&site, "/a.js");
        assert!(site.record().is_empty());
        for target in ["/a.js?v=1", "/learn/ttl", "/missing.js"] {
            get(&site, target);
        }
        assert_eq!(site.record(), ["a.js", "index.html"]);
        assert!(site.record().is_empty());
    }

    #[test]
    fn one_connection_carries_several_requests() {
        let folder = Folder::new("several");
        let site = Site::start(&folder.0, "/", 0).expect("start");
        let answer = exchange(&site, "HEAD /a.js HTTP/1.1\r\n\r\nGET /a.js HTTP/1.1\r\nConnection: close\r\n\r\n");
        assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 2, "{answer}");
        assert!(answer.ends_with("\r\n\r\n1"), "{answer}");
    }

    #[test]
    fn what_is_not_a_get_is_refused_and_closed() {
        let folder = Folder::new("refused");
        let site = Site::start(&folder.0, "/", 0).expect("start");
        let long = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(20_000));
        for request in
            ["POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi", "nonsense\r\n\r\n", "GET / HTTP/1.1\r\n", &long]
        {
            let answer = exchange(&site, request);
            assert!(answer.starts_with("HTTP/1.1 400 "), "{request:.40}: {answer}");
            assert_eq!(answer.matches("HTTP/1.1").count(), 2, "{answer}");
        }
    }

    #[test]
    fn dropping_it_ends_the_connections() {
        let folder = Folder::new("dropped");
        let site = Site::start(&folder.0, "/", 0).expect("start");
        let address = site.address;
        let mut kept = TcpStream::connect(address).expect("connect");
        kept.write_all(b"HEAD / HTTP/1.1\r\n\r\n").expect("write");
        kept.read_exact(&mut [0; 15]).expect("the first answer");
        drop(site);
        assert!(kept.read_to_end(&mut Vec::new()).is_ok());
        assert!(TcpStream::connect(address).is_err());
    }

    #[test]
    fn a_taken_port_is_said_so() {
        let folder = Folder::new("taken");
        let site = Site::start(&folder.0, "/", 0).expect("start");
        let message = Site::start(&folder.0, "/", site.address.port()).map(drop).expect_err("taken");
        assert!(message.contains("is taken; choose another with --port"), "{message}");
        assert_eq!(check_port(site.address.port()), Err(message));
    }
}
