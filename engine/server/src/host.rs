//! The loop: one thread that waits for sockets and deadlines, calls the engine, and does what it says.
//!
//! A thread per client would need a lock around the engine and a switch per command; one loop over ready
//! sockets serves a hundred clients at the price of a read and a write each, as redis-server does.
//!
//! What always holds: after every call the engine is drained; a client that does not take its replies is not
//! read from; a client's error ends that client only.

use crate::Settings;
use crate::boot::{self, plain};
use crate::connection::{Connection, Received};
use crate::files::Files;
use crate::log::Log;
use crate::socket::{Listener, Socket, Visitor, bind_all};
use engine::server::{Refusal, Request, Shutdown};
use engine::{ClientId, Engine, Output, Time};
use mio::{Events, Interest, Poll, Token, Waker};
use std::collections::HashMap;
use std::io::{self, ErrorKind, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

/// How much is read from a client at once, and so before others have their turn.
const READ_BYTES: usize = 64 * 1024;

/// How many sockets are told ready at once.
const EVENTS: usize = 1024;

/// Clients are known to the poll by their [`ClientId`], counted from 1; listeners from here on.
const LISTENERS: usize = usize::MAX - 1000;
const STOP: Token = Token(usize::MAX - 2);

/// How often files and idle clients are looked at.
const ROUND: Duration = Duration::from_secs(1);

/// What a stranger reads in protected mode.
const DENIED: &[u8] = b"-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user. In this mode connections are only accepted from the loopback interface. If you want to connect from external computers to Redis you may adopt one of the following solutions: 1) Just disable protected mode sending the command 'CONFIG SET protected-mode no' from the loopback interface by connecting to Redis from the same host the server is running, however MAKE SURE Redis is not publicly accessible from internet if you do so. Use CONFIG REWRITE to make this change permanent. 2) Alternatively you can just disable the protected mode by editing the Redis configuration file, and setting the protected mode option to 'no', and then restarting the server. 3) If you started the server manually just for testing, restart it with the '--protected-mode no' option. 4) Setup a an authentication password for the default user. NOTE: You only need to do one of the above things in order for the server to start accepting connections from the outside.\r\n";

/// A server that listens.
pub struct Host {
    poll: Poll,
    listeners: Vec<Listener>,
    address: SocketAddr,
    engine: Engine,
    connections: HashMap<ClientId, Connection>,
    buffer: Vec<u8>,
    /// Clients to be served although no event will say so.
    unserved: Vec<ClientId>,
    /// Clients whose connection broke while they were sent to.
    broken: Vec<ClientId>,
    /// Whether connections may wait to be accepted.
    accepting: bool,
    files: Files,
    config_file: Option<PathBuf>,
    log: Arc<Log>,
    stop: Arc<AtomicUsize>,
    waker: Arc<Waker>,
    round_at: Instant,
    /// Whether more waits for somebody than a soft limit allows.
    has_slow_readers: bool,
    /// Whether everything is stored and the loop is to end.
    ended: bool,
}

/// Ends a [`Host`] from another thread.
#[derive(Clone, Debug)]
pub struct Stopper {
    stop: Arc<AtomicUsize>,
    waker: Arc<Waker>,
}

/// Why a host is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Whoever runs it in a process of their own says so.
    Asked = 1,
    /// SIGTERM
    Terminate = 2,
    /// SIGINT
    Interrupt = 3,
}

impl Stopper {
    /// Asks the host to end; it does so after what it is doing.
    pub fn stop(&self) {
        self.stop_because(Stop::Asked);
    }

    /// [`Stopper::stop`] with its reason.
    pub fn stop_because(&self, why: Stop) {
        self.stop.store(why as usize, Ordering::SeqCst);
        if let Err(error) = self.waker.wake() {
            eprintln!("cannot wake the server to end it: {error}");
        }
    }
}

/// The wall clock.
pub fn now() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Time(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Microseconds since it was first asked.
fn elapsed_us() -> u64 {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    BEGAN.get_or_init(Instant::now).elapsed().as_micros() as u64
}

impl Host {
    /// Starts the engine, loads what is stored, and listens.
    ///
    /// # Errors
    /// What stands in the way, as a sentence.
    pub fn start(settings: Settings) -> Result<Host, String> {
        let startup = settings.startup()?;
        let Settings { seed, config_file, log, .. } = settings;
        let mut engine = Engine::start(startup, seed, false, now()).map_err(|error| error.to_string())?;
        engine.use_clock(elapsed_us);
        engine.add_entropy(&crate::settings::entropy());
        if crate::processor::is_known() {
            engine.use_processor_times(crate::processor::times);
        }
        let dir = enter(Path::new("."), engine.server().config.get("dir"))?;
        engine.decided("dir", &dir.to_string_lossy());
        if let Some(path) = &config_file {
            engine.set_config_file(&path.to_string_lossy());
        }
        read_users(&mut engine, &dir)?;
        let config = &engine.server().config;
        // A port of the caller's choice is 0 for any; in a configuration it means none.
        let any = settings.startup.is_none();
        let (bind, port) = (config.get("bind").to_string(), config.integer("port") as u16);
        let mut listeners = if port > 0 || any { bind_all(&bind, port)? } else { Vec::new() };
        listeners.extend(unix_socket(&engine, &dir)?);
        if listeners.is_empty() {
            return Err("Configured to not listen anywhere, exiting.".to_string());
        }
        log.warning("Server initialized");
        let journal = boot::load(&mut engine, &dir, &log)?;
        Host::listen(engine, listeners, dir, journal, config_file, log)
    }

    fn listen(
        mut engine: Engine,
        mut listeners: Vec<Listener>,
        dir: PathBuf,
        journal: Option<crate::journal::Journal>,
        config_file: Option<PathBuf>,
        log: Arc<Log>,
    ) -> Result<Host, String> {
        let cannot = |error: io::Error| format!("cannot listen: {error}");
        let poll = Poll::new().map_err(cannot)?;
        let waker = Arc::new(Waker::new(poll.registry(), STOP).map_err(cannot)?);
        register(&poll, &mut listeners).map_err(cannot)?;
        let address = tcp_address(&listeners);
        if address.port() > 0 {
            engine.decided("port", &address.port().to_string());
            log.notice("Ready to accept connections tcp");
        }
        if let Some(path) = unix_path(&listeners) {
            log.notice(format_args!("The server is now ready to accept connections at {path}"));
            log.notice("Ready to accept connections unix");
        }
        let files = Files::new(dir, journal, Arc::clone(&waker), Arc::clone(&log)).map_err(cannot)?;
        Ok(Host {
            poll,
            listeners,
            address,
            engine,
            connections: HashMap::new(),
            buffer: vec![0; READ_BYTES],
            unserved: Vec::new(),
            broken: Vec::new(),
            accepting: false,
            files,
            config_file,
            log,
            stop: Arc::default(),
            waker,
            round_at: Instant::now() + ROUND,
            has_slow_readers: false,
            ended: false,
        })
    }

    /// Where it listens; port 0 for a server without TCP.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What ends it.
    pub fn stopper(&self) -> Stopper {
        Stopper { stop: Arc::clone(&self.stop), waker: Arc::clone(&self.waker) }
    }

    /// Serves until it is stopped; then stores what there is to store, as redis-server does.
    ///
    /// # Errors
    /// When waiting for sockets fails, or the closing snapshot could not be stored.
    pub fn run(mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(EVENTS);
        while !self.ended {
            match self.poll.poll(&mut events, self.patience()) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                outcome => outcome?,
            }
            for event in &events {
                match event.token() {
                    STOP => {}
                    Token(token) if token >= LISTENERS => self.accepting = true,
                    Token(id) => self.wake(ClientId(id as u64), event),
                }
            }
            for client in core::mem::take(&mut self.unserved) {
                if let Some(connection) = self.connections.get_mut(&client) {
                    connection.queued = false;
                    self.serve(client);
                }
            }
            self.accept();
            self.files.collect(&mut self.engine);
            self.drain();
            self.tick();
            self.stop_if_asked()?;
        }
        Ok(())
    }

    /// Ends when somebody said so; what cannot be stored keeps it running, unless the caller cannot know.
    fn stop_if_asked(&mut self) -> io::Result<()> {
        let (setting, name) = match self.stop.swap(0, Ordering::SeqCst) {
            0 => return Ok(()),
            2 => ("shutdown-on-sigterm", "SIGTERM"),
            3 => ("shutdown-on-sigint", "SIGINT"),
            _ => {
                self.ended = true;
                return self.end(Shutdown::default()).map_err(io::Error::other);
            }
        };
        self.log.warning(format_args!("Received {name} scheduling shutdown..."));
        let words = self.engine.server().config.get(setting).to_string();
        let has = |word: &str| words.split(' ').any(|known| known == word);
        let save = has("save").then_some(true).or(has("nosave").then_some(false));
        if self.end(Shutdown { save, now: has("now"), force: has("force") }).is_ok() {
            self.ended = true;
        } else {
            self.log.warning(format_args!(
                "{name} received but errors trying to shut down the server, check the logs for more information"
            ));
        }
        Ok(())
    }

    /// How long to wait for events: not at all while something is left to do, else to the engine's deadline.
    fn patience(&self) -> Option<Duration> {
        if !self.unserved.is_empty() {
            return Some(Duration::ZERO);
        }
        let deadline = self.engine.deadline().map(|deadline| Duration::from_millis(deadline.since(now())));
        let needs_rounds =
            self.files.needs_rounds() || self.engine.server().config.integer("timeout") > 0 || self.has_slow_readers;
        let round = needs_rounds.then(|| self.round_at.saturating_duration_since(Instant::now()));
        deadline.into_iter().chain(round).min()
    }

    fn tick(&mut self) {
        let now = now();
        if self.engine.deadline().is_some_and(|deadline| deadline <= now) {
            self.engine.tick(now);
            self.drain();
        }
        if Instant::now() >= self.round_at {
            self.round_at = Instant::now() + ROUND;
            self.files.round(&mut self.engine);
            self.close_idle(now);
            self.has_slow_readers = false;
            let over = self.connections.iter().filter(|(_, connection)| connection.over_since.is_some());
            for client in over.map(|(&client, _)| client).collect::<Vec<_>>() {
                self.limit_output(client);
            }
            self.drain();
        }
    }

    /// Closes the clients that have said nothing for longer than `timeout`. Who waits or listens is not idle.
    fn close_idle(&mut self, now: Time) {
        let server = self.engine.server();
        let Ok(limit @ 1..) = u64::try_from(server.config.integer("timeout")) else { return };
        let is_idle = |client: &&engine::server::Client| {
            client.blocked.is_none()
                && client.subscriptions.is_empty()
                && !client.monitor
                && now.since(client.last_interaction) / 1000 > limit
        };
        let idle: Vec<ClientId> = server.clients.iter().filter(is_idle).map(|client| client.id).collect();
        for client in idle {
            self.log.verbose("Closing idle client");
            self.forget(client);
        }
    }

    /// Takes the connections that wait.
    fn accept(&mut self) {
        if !core::mem::take(&mut self.accepting) {
            return;
        }
        // Taken first and welcomed then: what the first one says may be to listen elsewhere.
        let mut visitors = Vec::new();
        for listener in &self.listeners {
            loop {
                match listener.accept() {
                    Ok(Some(visitor)) => visitors.push(visitor),
                    Ok(None) => break,
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(error) => {
                        // Such as no file descriptor being free: tried again when something else has happened.
                        self.log.warning(format_args!("Accepting client connection: {error}"));
                        self.accepting = true;
                        break;
                    }
                }
            }
        }
        for visitor in visitors {
            self.welcome(visitor);
        }
    }

    fn welcome(&mut self, visitor: Visitor) {
        let Visitor { mut socket, peer, local, is_local } = visitor;
        let server = self.engine.server();
        let refusal: Option<&[u8]> = if self.connections.len() >= server.config.size("maxclients") {
            Some(b"-ERR max number of clients reached\r\n")
        } else if !is_local && server.config.is_on("protected-mode") && server.acl.default_has_no_password() {
            Some(DENIED)
        } else {
            None
        };
        if let Some(refusal) = refusal {
            // Said if the socket takes it at once; the connection closes either way.
            let _ = socket.write(refusal);
            self.engine.refuse_connection();
            return;
        }
        let client = self.engine.connect(now());
        let registered = usize::try_from(client.0).map_err(io::Error::other).and_then(|token| {
            let both = Interest::READABLE | Interest::WRITABLE;
            self.poll.registry().register(&mut socket, Token(token), both)
        });
        if let Err(error) = registered {
            self.log.warning(format_args!("cannot serve {peer}: {error}"));
            self.engine.disconnect(client, now());
            return self.drain();
        }
        self.log.verbose(format_args!("Accepted {peer}"));
        self.engine.describe(client, &peer, &local);
        self.connections.insert(client, Connection::new(socket));
        self.drain();
        // What came with the connection may have been there before it was registered.
        self.serve(client);
    }

    /// An event of a client's socket. It tells each change once, so what it says is kept.
    fn wake(&mut self, client: ClientId, event: &mio::event::Event) {
        let Some(connection) = self.connections.get_mut(&client) else { return };
        if event.is_error() {
            return self.forget(client);
        }
        connection.hung_up |= event.is_read_closed();
        if event.is_readable() || connection.hung_up {
            connection.readable = true;
        }
        if event.is_writable() && !connection.is_idle() {
            if connection.flush().is_err() {
                return self.forget(client);
            }
            self.engine.note_waiting(client, connection.waiting_bytes());
        }
        self.serve(client);
    }

    /// Reads from a client once and answers.
    fn serve(&mut self, client: ClientId) {
        let Some(connection) = self.connections.get_mut(&client) else { return };
        if connection.closing {
            if connection.is_idle() || connection.hung_up {
                self.connections.remove(&client);
            }
            return;
        }
        if !connection.readable || connection.is_congested() {
            return;
        }
        match connection.receive(&mut self.buffer) {
            Received::Nothing => {}
            Received::End => self.forget(client),
            Received::Bytes(count) => {
                if connection.readable && !connection.queued {
                    connection.queued = true;
                    self.unserved.push(client);
                }
                self.engine.receive(client, self.buffer.get(..count).unwrap_or_default(), now());
                self.drain();
            }
        }
    }

    /// Drops a client whose connection is gone.
    fn forget(&mut self, client: ClientId) {
        if self.connections.remove(&client).is_some() {
            self.engine.disconnect(client, now());
            self.drain();
        }
    }

    /// Does what the engine says until it says nothing more.
    fn drain(&mut self) {
        loop {
            while let Some(output) = self.engine.poll() {
                self.perform(output);
            }
            let Some(client) = self.broken.pop() else { return };
            if self.connections.remove(&client).is_some() {
                self.engine.disconnect(client, now());
            }
        }
    }

    fn perform(&mut self, output: Output) {
        match output {
            Output::Reply { client, bytes } => {
                let Some(connection) = self.connections.get_mut(&client) else { return };
                if let Err(error) = connection.send(bytes) {
                    if error.kind() == ErrorKind::Other {
                        self.log.warning(format_args!("closing client {}: {error}", client.0));
                    }
                    self.broken.push(client);
                } else if !connection.is_idle() {
                    self.limit_output(client);
                }
            }
            Output::Close { client } => {
                if let Some(connection) = self.connections.get_mut(&client) {
                    connection.closing = true;
                    if connection.is_idle() {
                        self.connections.remove(&client);
                    }
                }
            }
            Output::Save(bytes) => self.files.save(bytes, &self.engine),
            Output::Append(bytes) => self.files.append(&bytes, &mut self.engine),
            Output::Rewrite(base) => self.files.rewrite(base, &mut self.engine),
            Output::Ask { client, request } => {
                if let Some(answer) = self.answer(&request) {
                    self.engine.answer(client, answer, now());
                }
                if let Request::Configure(_) = request {
                    self.engine.decided("dir", &self.files.dir.to_string_lossy());
                }
            }
            Output::Event(_) => {}
        }
        self.log.set_level(crate::log::Level::named(self.engine.server().config.get("loglevel")));
    }

    /// Closes a client for which more waits than `client-output-buffer-limit` allows.
    fn limit_output(&mut self, client: ClientId) {
        let server = self.engine.server();
        let listens = server.clients.get(client).is_some_and(|client| !client.subscriptions.is_empty());
        let limit = server.config.output_limit(listens);
        let Some(connection) = self.connections.get_mut(&client) else { return };
        let waiting = connection.waiting_bytes() as u64;
        self.engine.note_waiting(client, connection.waiting_bytes());
        let is_over = |most: u64| most > 0 && waiting > most;
        let since = is_over(limit.soft_bytes).then(|| connection.over_since.unwrap_or_else(Instant::now));
        connection.over_since = since;
        self.has_slow_readers |= since.is_some();
        let too_long = since.is_some_and(|since| since.elapsed() > Duration::from_secs(limit.soft_seconds));
        if is_over(limit.hard_bytes) || too_long {
            self.log.warning(format_args!(
                "Client id={} scheduled to be closed ASAP for overcoming of output buffer limits.",
                client.0
            ));
            self.engine.note_output_overflow();
            self.broken.push(client);
        }
    }

    /// Does what a client asked for. `None` when the server ends with it.
    fn answer(&mut self, request: &Request) -> Option<Result<Vec<u8>, Refusal>> {
        let failed = |error: io::Error| Refusal { setting: "", reason: plain(&error) };
        Some(match request {
            Request::Shutdown(shutdown) => {
                if self.end(*shutdown).is_ok() {
                    self.ended = true;
                    return None;
                }
                Err(Refusal::default())
            }
            Request::RewriteConfig => self.rewrite_config().map(|()| Vec::new()).map_err(failed),
            Request::Configure(settings) => self.configure(settings).map(|()| Vec::new()),
            Request::ReadUsers { path } => std::fs::read(self.files.dir.join(path)).map_err(failed),
            Request::Log { message, .. } => {
                self.log.warning(format_args!("DEBUG LOG: {}", String::from_utf8_lossy(message)));
                Ok(Vec::new())
            }
            Request::ReadSnapshot { .. } => {
                let name = self.engine.server().config.get("dbfilename");
                std::fs::read(self.files.dir.join(name)).map_err(failed)
            }
            Request::ReadJournal => self.files.read_journal().map_err(failed),
            Request::WriteUsers { path, text } => {
                crate::snapshot::replace(&self.files.dir.join(path), text).map(|()| Vec::new()).map_err(|error| {
                    self.log.warning(format_args!("Opening temp ACL file for ACL SAVE: {}", plain(&error)));
                    failed(error)
                })
            }
            Request::SyncJournal => self.files.sync().map(|()| Vec::new()).map_err(failed),
        })
    }

    /// CONFIG REWRITE: the file as it is now, brought up to date.
    fn rewrite_config(&mut self) -> io::Result<()> {
        let Some(path) = self.config_file.clone() else { return Err(ErrorKind::NotFound.into()) };
        let old = match std::fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            read => read?,
        };
        let written = crate::snapshot::replace(&path, &self.engine.rewritten_config(&old));
        match &written {
            Ok(()) => self.log.warning("CONFIG REWRITE executed with success."),
            Err(error) => self.log.warning(format_args!("CONFIG REWRITE failed: {}", plain(error))),
        }
        written
    }

    /// Lets settings take effect that are the host's: all of them or none.
    fn configure(&mut self, settings: &[(&'static str, Vec<u8>)]) -> Result<(), Refusal> {
        let wanted = |name: &str| settings.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_slice());
        let text = |name: &'static str| wanted(name).map(|value| String::from_utf8_lossy(value).into_owned());
        let dir = match text("dir") {
            None => None,
            Some(dir) => Some(enter(&self.files.dir, &dir).map_err(|reason| Refusal { setting: "dir", reason })?),
        };
        let config = &self.engine.server().config;
        let old = (config.get("bind").to_string(), config.integer("port") as u16);
        let port = text("port").and_then(|port| port.parse().ok()).unwrap_or(old.1);
        let new = (text("bind").unwrap_or_else(|| old.0.clone()), port);
        if new != old {
            self.listen_elsewhere(&new, &old)?;
        }
        if let Some(dir) = dir {
            self.files.dir = dir;
        }
        Ok(())
    }

    /// Listens on another port or other addresses, or again on the old ones when that is not possible.
    fn listen_elsewhere(&mut self, new: &(String, u16), old: &(String, u16)) -> Result<(), Refusal> {
        // The old ones first: they may be part of the new ones.
        let is_tcp = |listener: &Listener| matches!(listener, Listener::Tcp(..));
        self.listeners.retain(|listener| !is_tcp(listener));
        let bound = |(bind, port): &(String, u16)| if *port == 0 { Ok(Vec::new()) } else { bind_all(bind, *port) };
        let (opened, outcome) = match bound(new) {
            Ok(listeners) => (listeners, Ok(())),
            Err(error) => {
                self.log.warning(format_args!("Could not create server TCP listening socket: {error}"));
                let refusal = if new.1 == old.1 {
                    Refusal { setting: "bind", reason: "Failed to bind to specified addresses.".to_string() }
                } else {
                    let reason = "Unable to listen on this port. Check server logs.".to_string();
                    Refusal { setting: "port", reason }
                };
                (bound(old).unwrap_or_default(), Err(refusal))
            }
        };
        self.listeners.extend(opened);
        let mut listeners = core::mem::take(&mut self.listeners);
        let registered = register(&self.poll, &mut listeners);
        self.listeners = listeners;
        if let Err(error) = registered {
            return Err(Refusal { setting: "port", reason: plain(&error) });
        }
        outcome
    }

    /// Stores what there is to store before the end.
    fn end(&mut self, shutdown: Shutdown) -> Result<(), String> {
        self.log.warning("User requested shutdown...");
        self.drain();
        self.files.end(&mut self.engine, shutdown)?;
        if let Some(path) = unix_path(&self.listeners) {
            self.log.notice("Removing the unix socket file.");
            let _ = std::fs::remove_file(path);
        }
        self.log.warning("Redis is now ready to exit, bye bye...");
        Ok(())
    }
}

/// The folder that a word leads to from another one.
fn enter(from: &Path, to: &str) -> Result<PathBuf, String> {
    let path = from.join(if to.is_empty() { "." } else { to });
    let path = std::fs::canonicalize(path).map_err(|error| plain(&error))?;
    if path.is_dir() { Ok(path) } else { Err("Not a directory".to_string()) }
}

fn register(poll: &Poll, listeners: &mut [Listener]) -> io::Result<()> {
    for (number, listener) in listeners.iter_mut().enumerate() {
        let token = Token(LISTENERS + number);
        match poll.registry().register(listener, token, Interest::READABLE) {
            // It was registered before; under its old number it serves as well.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            outcome => outcome?,
        }
    }
    Ok(())
}

fn tcp_address(listeners: &[Listener]) -> SocketAddr {
    let tcp = listeners.iter().find_map(|listener| match listener {
        Listener::Tcp(_, address) => Some(*address),
        #[cfg(unix)]
        Listener::Unix(..) => None,
    });
    tcp.unwrap_or(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0))
}

fn unix_path(listeners: &[Listener]) -> Option<&str> {
    listeners.iter().find_map(|listener| match listener {
        Listener::Tcp(..) => None,
        #[cfg(unix)]
        Listener::Unix(_, path) => Some(path.as_str()),
    })
}

fn unix_socket(engine: &Engine, dir: &Path) -> Result<Option<Listener>, String> {
    let config = &engine.server().config;
    let path = match config.get("unixsocket") {
        "" => return Ok(None),
        path => dir.join(path).to_string_lossy().into_owned(),
    };
    let permissions = u32::from_str_radix(config.get("unixsocketperm"), 8).unwrap_or(0);
    let opened = Listener::unix(&path, permissions);
    opened.map(Some).map_err(|error| format!("Failed opening Unix socket: {path}: {}", plain(&error)))
}

/// The ACL users of the file that `aclfile` names, which has to be there.
fn read_users(engine: &mut Engine, dir: &Path) -> Result<(), String> {
    let path = match engine.server().config.get("aclfile") {
        "" => return Ok(()),
        path => path.to_string(),
    };
    let text = std::fs::read(dir.join(&path))
        .map_err(|error| format!("Error loading ACLs, opening file '{path}': {}", plain(&error)))?;
    engine.load_users(&text)
}

/// Clients' sockets are of this kind here.
pub type Stream = Socket;
