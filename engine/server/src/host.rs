//! The loop: one thread that waits for sockets and deadlines, calls the engine, and does what it says.
//!
//! A thread per client would need a lock around the engine and a switch per command; one loop over ready
//! sockets serves a hundred clients at the price of a read and a write each, as redis-server does.
//!
//! What always holds: after every call the engine is drained; a client that does not take its replies is not
//! read from; a client's error ends that client only.

use crate::connection::{Connection, Received};
use crate::{Settings, snapshot};
use engine::{ClientId, Engine, Options, Output, Time};
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token, Waker};
use std::collections::HashMap;
use std::io::{self, ErrorKind, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

/// More clients than this are refused.
pub const MAX_CLIENTS: usize = 10_000;

/// How much is read from a client at once, and so before others have their turn.
const READ_BYTES: usize = 64 * 1024;

/// How many sockets are told ready at once.
const EVENTS: usize = 1024;

/// Clients are known to the poll by their [`ClientId`], counted from 1.
const LISTENER: Token = Token(usize::MAX - 1);
const STOP: Token = Token(usize::MAX - 2);

/// A server that listens.
pub struct Host {
    poll: Poll,
    listener: TcpListener,
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
    dir: PathBuf,
    stop: Arc<AtomicBool>,
    waker: Arc<Waker>,
    warned_of_append: bool,
}

/// Ends a [`Host`] from another thread.
#[derive(Clone, Debug)]
pub struct Stopper {
    stop: Arc<AtomicBool>,
    waker: Arc<Waker>,
}

impl Stopper {
    /// Asks the host to end; it does so after what it is doing.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Err(error) = self.waker.wake() {
            eprintln!("cannot wake the server to end it: {error}");
        }
    }
}

/// The wall clock.
fn now() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Time(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Fills the engine from the dump file, if there is one.
fn load(engine: &mut Engine, dir: &Path) -> Result<(), String> {
    let name = engine.server().config.get("dbfilename").to_string();
    let cannot = |error: &dyn std::fmt::Display| format!("cannot load {}: {error}", dir.join(&name).display());
    let Some(bytes) = snapshot::load(dir, &name).map_err(|error| cannot(&error))? else { return Ok(()) };
    engine.restore(&bytes, now()).map_err(|error| cannot(&error))?;
    while engine.poll().is_some() {}
    Ok(())
}

impl Host {
    /// Starts the engine, loads the dump file if there is one, and listens.
    ///
    /// # Errors
    /// What stands in the way, as a sentence.
    pub fn start(settings: Settings) -> Result<Host, String> {
        let Settings { bind, port, dir, seed, config } = settings;
        let options = Options { seed, config, events: false };
        let mut engine = Engine::new(options, now()).map_err(|error| error.to_string())?;
        load(&mut engine, &dir)?;
        let address = SocketAddr::new(bind, port);
        let listening = || -> io::Result<Host> {
            let poll = Poll::new()?;
            let mut listener = TcpListener::bind(address)?;
            poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
            let waker = Arc::new(Waker::new(poll.registry(), STOP)?);
            Ok(Host {
                address: listener.local_addr()?,
                poll,
                listener,
                engine,
                connections: HashMap::new(),
                buffer: vec![0; READ_BYTES],
                unserved: Vec::new(),
                broken: Vec::new(),
                accepting: false,
                dir,
                stop: Arc::default(),
                waker,
                warned_of_append: false,
            })
        };
        listening().map_err(|error| format!("cannot listen on {address}: {error}"))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What ends it.
    pub fn stopper(&self) -> Stopper {
        Stopper { stop: Arc::clone(&self.stop), waker: Arc::clone(&self.waker) }
    }

    /// Serves until it is stopped; then saves if there are changes and save points, much as redis-server does.
    ///
    /// # Errors
    /// When waiting for sockets fails, or the closing snapshot could not be stored.
    pub fn run(mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(EVENTS);
        while !self.stop.load(Ordering::SeqCst) {
            match self.poll.poll(&mut events, self.patience()) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                outcome => outcome?,
            }
            for event in &events {
                match event.token() {
                    STOP => {}
                    LISTENER => self.accepting = true,
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
            self.tick();
        }
        self.end()
    }

    /// How long to wait for events: not at all while something is left to do, else to the engine's deadline.
    fn patience(&self) -> Option<Duration> {
        if !self.unserved.is_empty() {
            return Some(Duration::ZERO);
        }
        self.engine.deadline().map(|deadline| Duration::from_millis(deadline.since(now())))
    }

    fn tick(&mut self) {
        let now = now();
        if self.engine.deadline().is_some_and(|deadline| deadline <= now) {
            self.engine.tick(now);
            self.drain();
        }
    }

    /// Takes the connections that wait.
    fn accept(&mut self) {
        while self.accepting {
            match self.listener.accept() {
                Ok((stream, peer)) => self.welcome(stream, peer),
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.accepting = false,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    // Such as no file descriptor being free: tried again when something else has happened.
                    eprintln!("cannot accept a connection: {error}");
                    break;
                }
            }
        }
    }

    fn welcome(&mut self, mut stream: TcpStream, peer: SocketAddr) {
        if self.connections.len() >= MAX_CLIENTS {
            // Said if the socket takes it at once; the connection closes either way.
            let _ = stream.write(b"-ERR max number of clients reached\r\n");
            return;
        }
        let client = self.engine.connect(now());
        let registered = usize::try_from(client.0).map_err(io::Error::other).and_then(|token| {
            stream.set_nodelay(true)?;
            let both = Interest::READABLE | Interest::WRITABLE;
            self.poll.registry().register(&mut stream, Token(token), both)
        });
        if let Err(error) = registered {
            eprintln!("cannot serve {peer}: {error}");
            self.engine.disconnect(client, now());
            return self.drain();
        }
        self.engine.describe(client, &peer.to_string(), &self.address.to_string());
        self.connections.insert(client, Connection::new(stream));
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
        if event.is_writable() && !connection.is_idle() && connection.flush().is_err() {
            return self.forget(client);
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
                        eprintln!("closing client {}: {error}", client.0);
                    }
                    self.broken.push(client);
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
            Output::Save(bytes) => {
                let name = self.engine.server().config.get("dbfilename");
                let stored = snapshot::store(&self.dir, name, &bytes);
                if let Err(error) = &stored {
                    eprintln!("cannot store the snapshot: {error}");
                }
                self.engine.saved(stored.is_ok(), now());
            }
            Output::Append(_) => {
                if !self.warned_of_append {
                    eprintln!("appendonly is on, but this server keeps no append-only file: SAVE keeps the data");
                    self.warned_of_append = true;
                }
            }
            Output::Event(_) => {}
        }
    }

    /// The end of a server that was told to stop.
    fn end(self) -> io::Result<()> {
        let changed = self.engine.keyspace().counters.dirty > 0;
        if !changed || self.engine.server().config.get("save").is_empty() {
            return Ok(());
        }
        let name = self.engine.server().config.get("dbfilename");
        snapshot::store(&self.dir, name, &self.engine.snapshot())
    }
}
