//! The program itself: what it takes on its command line, what it logs, and how it ends. It is started as tools and
//! test suites start redis-server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

const PROGRAM: &str = env!("CARGO_BIN_EXE_server");

/// A folder of its own, removed when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("server-process-{}-{number}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder");
        Folder(std::fs::canonicalize(path).expect("the folder"))
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("written");
        path.to_string_lossy().into_owned()
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).expect("the file")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("its address").port()
}

/// A server that said that it was ready.
struct Server {
    child: Child,
    lines: BufReader<ChildStdout>,
    log: String,
}

impl Server {
    fn start(folder: &Path, words: &[&str], stdin: &str) -> Server {
        let mut command = Command::new(PROGRAM);
        command.current_dir(folder).args(words).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the program");
        child.stdin.take().expect("its input").write_all(stdin.as_bytes()).expect("taken");
        let mut lines = BufReader::new(child.stdout.take().expect("its output"));
        let mut log = String::new();
        while !log.contains("Ready to accept connections") {
            assert!(lines.read_line(&mut log).expect("a line") > 0, "{words:?} ended:\n{log}");
        }
        Server { child, lines, log }
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(name).arg(self.child.id().to_string()).status().expect("kill");
        assert!(sent.success());
    }

    /// Waits until it has logged a line with this.
    fn logs(&mut self, part: &str) {
        let mut line = String::new();
        while !line.contains(part) {
            line.clear();
            assert_ne!(self.lines.read_line(&mut line).expect("a line"), 0, "{}", self.log);
            self.log.push_str(&line);
        }
    }

    /// Everything it logged, once it has ended by itself; and whether in good order.
    fn ended(mut self) -> (bool, String) {
        self.lines.read_to_string(&mut self.log).expect("the rest");
        let status = self.child.wait().expect("its end");
        (status.success(), core::mem::take(&mut self.log))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ask_on(stream: &mut (impl Read + Write), line: &str) -> String {
    stream.write_all(format!("{line}\r\n").as_bytes()).expect("sent");
    let mut reply = vec![0; 64 * 1024];
    let count = stream.read(&mut reply).expect("a reply");
    String::from_utf8_lossy(&reply[..count]).into_owned()
}

/// One command, whose reply is short enough to come at once.
fn ask(port: u16, line: &str) -> String {
    ask_on(&mut TcpStream::connect(("127.0.0.1", port)).expect("connected"), line)
}

fn output(words: &[&str], stdin: &str) -> Output {
    let mut command = Command::new(PROGRAM);
    command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program");
    child.stdin.take().expect("its input").write_all(stdin.as_bytes()).expect("taken");
    child.wait_with_output().expect("its output")
}

#[test]
fn questions_about_the_program() {
    let text = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();
    for word in ["-v", "--version"] {
        let output = output(&[word], "");
        assert!(output.status.success() && text(&output).starts_with("Redis server v=7.4."), "{output:?}");
    }
    let output = output(&["--help"], "");
    assert!(output.status.success() && text(&output).starts_with("Usage: server [/path/to/redis.conf]"), "{output:?}");
}

#[test]
fn mistakes_are_said_and_nothing_is_served() {
    let folder = Folder::new();
    let file = folder.write("a.conf", "port 0\n\nfoo bar\n");
    let report = "\n*** FATAL CONFIG FILE ERROR (Redis 7.4.1) ***\nReading the configuration file, at line";
    for (words, stdin, expected) in [
        (vec![file.as_str()], "", format!("{report} 3\n>>> 'foo bar'\nBad directive or wrong number of arguments\n")),
        (
            vec!["--port", "x"],
            "",
            format!("{report} 2\n>>> 'port \"x\"'\nargument couldn't be parsed into an integer\n"),
        ),
        (vec!["-"], "hz a\n", format!("{report} 1\n>>> 'hz a'\nargument couldn't be parsed into an integer\n")),
        (vec!["--replicaof", "a", "1"], "", "this is a single node; it cannot follow another one".to_string()),
        (vec!["--cluster-enabled", "yes"], "", "this is a single node; there is no cluster mode".to_string()),
        (vec!["/no/such.conf"], "", "Fatal error, can't open config file '/no/such.conf'".to_string()),
        (vec!["--dir", "/no/such/folder"], "", "No such file or directory".to_string()),
        (vec!["--port", "0"], "", "Configured to not listen anywhere, exiting.".to_string()),
        (vec!["--seed"], "", "--seed takes a number".to_string()),
    ] {
        let output = output(&words, stdin);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(&expected), "{words:?}: {said}");
    }
}

/// The configuration that the tests of Redis itself write, which wait for these lines in the log.
#[test]
fn starts_as_the_tests_of_redis_start_it() {
    let (folder, port) = (Folder::new(), free_port());
    let dir = folder.0.display();
    let file = folder.write(
        "redis.conf",
        &format!(
            "always-show-logo yes\ndaemonize no\npidfile {dir}/redis.pid\nport {port}\ntimeout 0\nloglevel verbose\n\
             logfile ''\ndatabases 16\nlatency-monitor-threshold 1\nrepl-diskless-sync-delay 0\nsave 900 1\n\
             save 300 10\nsave 60 10000\nrdbcompression yes\ndbfilename dump.rdb\ndir {dir}\n\
             slave-serve-stale-data yes\nappendonly no\nappendfsync everysec\nno-appendfsync-on-rewrite no\n\
             activerehashing yes\nunixsocket {dir}/socket\nenable-protected-configs yes\nenable-debug-command yes\n\
             enable-module-command yes\npropagation-error-behavior ignore\nshutdown-on-sigterm force\n"
        ),
    );
    let server = Server::start(&folder.0, &[&file], "");
    let pid = server.child.id();
    let at = |text: &str| server.log.find(text).unwrap_or_else(|| panic!("no {text} in\n{}", server.log));
    assert!(at("Redis version=7.4.1") < at(&format!(" PID: {pid}")));
    assert!(at(&format!(" PID: {pid}")) < at("# Server initialized"));
    assert!(at("# Server initialized") < at("* Ready to accept connections tcp"));
    for line in server.log.lines().filter(|line| line.contains(" * ") || line.contains(" # ")) {
        assert!(line.starts_with(&format!("{pid}:M ")), "{line}");
    }
    assert_eq!(ask(port, "PING"), "+PONG\r\n");
    assert_eq!(
        ask(port, "CONFIG GET save"),
        "*2\r\n$4\r\nsave\r\n$22\r\n900 1 300 10 60 10000\r\n".replace("22", "21")
    );
    assert_eq!(folder.read("redis.pid"), format!("{pid}\n"));
    #[cfg(unix)]
    {
        let socket = folder.0.join("socket");
        let mut stream = std::os::unix::net::UnixStream::connect(&socket).expect("connected");
        assert_eq!(ask_on(&mut stream, "SET k v"), "+OK\r\n");
        assert!(ask_on(&mut stream, "CLIENT INFO").contains(&format!("addr={}:0 ", socket.display())));
    }
    server.signal("-TERM");
    let (in_good_order, log) = server.ended();
    assert!(in_good_order, "{log}");
    let mut rest = log.as_str();
    for text in [
        "# Received SIGTERM scheduling shutdown...",
        "# User requested shutdown...",
        "* Saving the final RDB snapshot before exiting.",
        "* DB saved on disk",
        "* Removing the unix socket file.",
        "# Redis is now ready to exit, bye bye...",
        "* Removing the pid file.",
    ] {
        rest = rest.split_once(text).unwrap_or_else(|| panic!("no {text} in order in\n{log}")).1;
    }
    assert!(folder.0.join("dump.rdb").exists());
    assert!(!folder.0.join("redis.pid").exists() && !folder.0.join("socket").exists());
    // What was saved is there again.
    let server = Server::start(&folder.0, &[&file], "");
    assert!(server.log.contains("* Done loading RDB, keys loaded: 1, keys expired: 0."), "{}", server.log);
    assert_eq!(ask(port, "GET k"), "$1\r\nv\r\n");
}

#[test]
fn the_last_word_counts() {
    let (folder, port) = (Folder::new(), free_port());
    let file = folder.write("a.conf", "port 1\nhz 20\ntimeout 7\n");
    let port_text = port.to_string();
    let words = [&file, "--port", &port_text, "--bind", "127.0.0.1", "--save", "", "-"];
    let _server = Server::start(&folder.0, &words, "hz 30\nmaxclients 2\n");
    let mut first = TcpStream::connect(("127.0.0.1", port)).expect("connected");
    assert_eq!(ask_on(&mut first, "CONFIG GET hz"), "*2\r\n$2\r\nhz\r\n$2\r\n30\r\n");
    assert_eq!(ask_on(&mut first, "CONFIG GET save"), "*2\r\n$4\r\nsave\r\n$0\r\n\r\n");
    let mut second = TcpStream::connect(("127.0.0.1", port)).expect("connected");
    assert_eq!(ask_on(&mut second, "PING"), "+PONG\r\n");
    let mut third = String::new();
    TcpStream::connect(("127.0.0.1", port))
        .and_then(|mut third_one| third_one.read_to_string(&mut third))
        .expect("told");
    assert_eq!(third, "-ERR max number of clients reached\r\n");
}

#[test]
fn shutdown_by_command() {
    let (folder, port) = (Folder::new(), free_port());
    let port_text = port.to_string();
    let words = ["--port", &port_text, "--save", "3600", "1", "--appendonly", "yes"];
    let mut server = Server::start(&folder.0, &words, "");
    assert_eq!(ask(port, "SHUTDOWN ABORT"), "-ERR No shutdown in progress.\r\n");
    assert_eq!(ask(port, "SHUTDOWN SAVE NOSAVE"), "-ERR syntax error\r\n");
    assert_eq!(ask(port, "SHUTDOWN NOW ABORT"), "-ERR syntax error\r\n");
    assert_eq!(ask(port, "SET k v"), "+OK\r\n");
    // A folder where the file is to be: nothing can be saved, so the server stays.
    std::fs::create_dir(folder.0.join("dump.rdb")).expect("a folder");
    assert_eq!(ask(port, "SHUTDOWN"), "-ERR Errors trying to SHUTDOWN. Check logs.\r\n");
    assert_eq!(ask(port, "GET k"), "$1\r\nv\r\n");
    server.signal("-TERM");
    server.logs("SIGTERM received but errors trying to shut down the server");
    assert_eq!(ask(port, "GET k"), "$1\r\nv\r\n");
    std::fs::remove_dir(folder.0.join("dump.rdb")).expect("removed");
    assert_eq!(ask(port, "SHUTDOWN"), "");
    let (in_good_order, log) = server.ended();
    assert!(in_good_order && log.contains("can't exit") && log.contains("* Calling fsync() on the AOF file."), "{log}");
    assert!(log.contains("SIGTERM received but errors trying to shut down the server"), "{log}");
    assert!(folder.0.join("dump.rdb").is_file());
    let server = Server::start(&folder.0, &words, "");
    assert!(server.log.contains("* DB loaded from incr file appendonly.aof.1.incr.aof"), "{}", server.log);
    std::fs::remove_file(folder.0.join("dump.rdb")).expect("removed");
    assert_eq!(ask(port, "SHUTDOWN NOSAVE"), "");
    assert!(server.ended().0 && !folder.0.join("dump.rdb").exists());
}

#[test]
fn settings_of_the_host_change_while_it_runs() {
    let (folder, port) = (Folder::new(), free_port());
    let file = folder.write("a.conf", &format!("# mine\nport {port}\nsave \"\"\nenable-protected-configs local\n"));
    let _server = Server::start(&folder.0, &[&file], "");
    let dir =
        |path: &Path| format!("*2\r\n$3\r\ndir\r\n${}\r\n{}\r\n", path.display().to_string().len(), path.display());
    assert_eq!(ask(port, "CONFIG GET dir"), dir(&folder.0));
    assert_eq!(
        ask(port, "CONFIG SET dir /no/such hz 20"),
        "-ERR CONFIG SET failed (possibly related to argument 'dir') - No such file or directory\r\n"
    );
    assert_eq!(ask(port, "CONFIG GET hz"), "*2\r\n$2\r\nhz\r\n$2\r\n10\r\n");
    std::fs::create_dir(folder.0.join("below")).expect("a folder");
    assert_eq!(ask(port, "CONFIG SET hz 20 dir below"), "+OK\r\n");
    assert_eq!(ask(port, "CONFIG GET dir"), dir(&folder.0.join("below")));
    assert_eq!(ask(port, "SAVE"), "+OK\r\n");
    assert!(folder.0.join("below").join("dump.rdb").exists());
    assert_eq!(
        ask(port, "CONFIG SET bind 192.0.2.1"),
        "-ERR CONFIG SET failed (possibly related to argument 'bind') - Failed to bind to specified addresses.\r\n"
    );
    assert_eq!(ask(port, "CONFIG SET bind 127.0.0.1"), "+OK\r\n");
    let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let other = taken.local_addr().expect("its address").port();
    assert_eq!(
        ask(port, &format!("CONFIG SET port {other}")),
        "-ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server \
         logs.\r\n"
    );
    drop(taken);
    assert_eq!(ask(port, &format!("CONFIG SET port {other}")), "+OK\r\n");
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    assert_eq!(ask(other, "CONFIG REWRITE"), "+OK\r\n");
    let text = folder.read("a.conf");
    assert!(text.starts_with(&format!("# mine\nport {other}\nsave \"\"\nenable-protected-configs local\n")), "{text}");
    for line in ["hz 20", "bind 127.0.0.1", &format!("dir \"{}/below\"", folder.0.display())] {
        assert!(text.lines().any(|there| there == line), "{line} in {text}");
    }
}

#[test]
fn goes_to_the_background() {
    let (folder, port) = (Folder::new(), free_port());
    let text = format!(
        "port {port}\ndir {dir}\ndaemonize yes\nlogfile log\npidfile pid\nsave \"\"\n",
        dir = folder.0.display()
    );
    let output = output(&["-"], &text);
    assert!(output.status.success(), "{output:?}");
    // It says when it is ready in its log alone.
    while !std::fs::read_to_string(folder.0.join("log")).is_ok_and(|log| log.contains("Ready to accept connections")) {
        std::thread::yield_now();
    }
    assert_eq!(ask(port, "PING"), "+PONG\r\n");
    while !folder.0.join("pid").exists() {
        std::thread::yield_now();
    }
    assert_eq!(ask(port, "SHUTDOWN"), "");
    while folder.0.join("pid").exists() {
        std::thread::yield_now();
    }
    assert!(folder.read("log").contains("Redis is now ready to exit, bye bye..."));
}

/// A client that takes nothing of what it asked for is closed at the hard limit; the others are served.
#[test]
fn output_that_nobody_takes_is_limited() {
    let (folder, port) = (Folder::new(), free_port());
    let port_text = port.to_string();
    let limit = "normal 8mb 0 0";
    let words = ["--port", &port_text, "--save", "", "--client-output-buffer-limit"];
    let words: Vec<&str> = words.into_iter().chain(limit.split(' ')).collect();
    let server = Server::start(&folder.0, &words, "");
    assert_eq!(ask(port, &format!("SET k {}", "x".repeat(60_000))), "+OK\r\n");
    let mut greedy = TcpStream::connect(("127.0.0.1", port)).expect("connected");
    // 60 MB of replies, far more than the sockets hold.
    greedy.write_all("GET k\r\n".repeat(1_000).as_bytes()).expect("sent");
    let mut taken = Vec::new();
    let ended = loop {
        if !ask(port, "CLIENT LIST").contains("cmd=get") {
            break greedy.read_to_end(&mut taken);
        }
    };
    assert!(taken.len() < 60_000_000, "{} bytes, {ended:?}", taken.len());
    server.signal("-TERM");
    assert!(server.ended().1.contains("overcoming of output buffer limits"));
}
