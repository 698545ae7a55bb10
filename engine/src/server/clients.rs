//! The connections of a node.

use std::collections::BTreeMap;

use super::tracking::Tracks;
use super::{Blocked, Subscriptions, Transaction, Watching};
use crate::base::{Bytes, Time};
use crate::resp::{CommandParser, Reply};

/// The user that a connection has from its start.
pub const DEFAULT_USER: &[u8] = b"default";

/// Names one connection; never given twice by one engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(pub u64);

/// What CLIENT REPLY asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReplyMode {
    #[default]
    On,
    Off,
    /// The next command's reply is dropped.
    SkipNext,
    /// This command's reply is dropped.
    Skip,
}

/// One connection.
#[derive(Debug)]
pub struct Client {
    pub id: ClientId,
    pub name: Bytes,
    /// The name of the ACL user that this client is.
    pub user: Bytes,
    /// Whether it has proven to be that user.
    pub authenticated: bool,
    /// A client of the node's own, such as the one that replays the journal: no rule holds it back.
    pub is_trusted: bool,
    /// The [`Acl::epoch`](super::Acl::epoch) at which this client was found to be permitted everything; no other
    /// look is needed while it is the present one.
    pub all_powerful_at: u64,
    pub library_name: Bytes,
    pub library_version: Bytes,
    /// `host:port` of the peer, as CLIENT LIST shows it.
    pub address: String,
    pub local_address: String,
    pub database: usize,
    /// What is to be sent, and in which protocol.
    pub reply: Reply,
    pub reply_mode: ReplyMode,
    pub no_evict: bool,
    pub no_touch: bool,
    pub close_after_reply: bool,
    pub connected: Time,
    pub last_interaction: Time,
    /// The last command's number in the command table.
    pub last_command: Option<usize>,
    pub commands: u64,
    pub net_input_bytes: u64,
    pub net_output_bytes: u64,
    /// Bytes received that are not a whole command yet.
    pub query: Vec<u8>,
    pub parser: CommandParser,
    /// What it queued since MULTI.
    pub transaction: Option<Transaction>,
    /// Whether EXEC runs what it queued.
    pub executing: bool,
    pub watching: Watching,
    /// What it waits for; it runs nothing before that has come.
    pub blocked: Option<Blocked>,
    /// Until when and since when it waits, while its command is tried again.
    pub waited: Option<(Option<Time>, Time)>,
    /// Whether the command that runs may wait: not inside a transaction or script.
    pub may_block: bool,
    /// Whether its scripts may be suspended: not where somebody waits for the reply in the same call.
    pub may_suspend: bool,
    /// Whether the command that runs is one that its script calls.
    pub in_script: bool,
    pub subscriptions: Subscriptions,
    /// Whether MONITOR shows it every command.
    pub monitor: bool,
    /// How it is told of changes of the keys it has read, if it is.
    pub tracking: Option<Box<Tracks>>,
    /// Whether this client stands in the list of those with output; kept by [`Clients`].
    queued: bool,
    /// What it counts for among all clients; kept by [`Clients`].
    counted_bytes: usize,
    /// What its host has taken and not sent yet, in bytes.
    pub waiting_bytes: usize,
}

impl Client {
    pub fn new(id: ClientId, now: Time) -> Client {
        Client {
            id,
            name: Bytes::default(),
            user: Bytes::new(DEFAULT_USER),
            authenticated: false,
            is_trusted: false,
            all_powerful_at: 0,
            library_name: Bytes::default(),
            library_version: Bytes::default(),
            address: "127.0.0.1:0".to_string(),
            local_address: "127.0.0.1:6379".to_string(),
            database: 0,
            reply: Reply::new(false),
            reply_mode: ReplyMode::On,
            no_evict: false,
            no_touch: false,
            close_after_reply: false,
            connected: now,
            last_interaction: now,
            last_command: None,
            commands: 0,
            net_input_bytes: 0,
            net_output_bytes: 0,
            query: Vec::new(),
            parser: CommandParser::default(),
            transaction: None,
            executing: false,
            watching: Watching::default(),
            blocked: None,
            waited: None,
            may_block: true,
            may_suspend: true,
            in_script: false,
            subscriptions: Subscriptions::default(),
            monitor: false,
            tracking: None,
            queued: false,
            counted_bytes: 0,
            waiting_bytes: 0,
        }
    }

    /// Makes it the client of this user from now on.
    pub fn become_user(&mut self, name: &[u8], authenticated: bool) {
        self.user = Bytes::new(name);
        self.authenticated = authenticated;
        self.all_powerful_at = 0;
        self.parser.limits.unauthenticated = !authenticated;
    }

    /// The client in one line, as CLIENT LIST and ACL LOG show it; `command` is the name of its last command, whose
    /// words have `argv_bytes` while it runs. Its
    /// output may be held by a call, which then knows the protocol.
    pub fn describe(&self, command: &str, argv_bytes: usize, resp3: bool, now: Time) -> String {
        /// What Redis keeps in the client itself and in each portion that follows.
        const PORTION: usize = 16 * 1024;
        let pending = self.reply.len() + self.waiting_bytes;
        let queued = self.transaction.as_ref();
        let lossy = String::from_utf8_lossy;
        format!(
            "id={} addr={} laddr={} fd={} name={} age={} idle={} flags={} db={} sub={} psub={} ssub={} multi={} \
             watch={} qbuf={} qbuf-free={} argv-mem={argv_bytes} multi-mem={} rbs={} rbp={} obl={} oll={} omem={} tot-mem={} events=r \
             cmd={command} user={} redir={} resp={} lib-name={} lib-ver={}",
            self.id.0,
            self.address,
            self.local_address,
            self.id.0.saturating_add(7),
            lossy(&self.name),
            now.since(self.connected) / 1000,
            now.since(self.last_interaction) / 1000,
            self.state_letters(),
            self.database,
            self.subscriptions.channels.len(),
            self.subscriptions.patterns.len(),
            self.subscriptions.shards.len(),
            queued.map_or(-1, |transaction| transaction.queue.len() as i64),
            self.watching.keys.len(),
            self.query.len(),
            self.query.capacity().saturating_sub(self.query.len()),
            queued.map_or(0, Transaction::bytes),
            self.reply.capacity(),
            self.reply.len(),
            pending.min(PORTION),
            pending.saturating_sub(PORTION).div_ceil(PORTION),
            pending.saturating_sub(PORTION),
            self.bytes(),
            lossy(&self.user),
            self.redirect_number(),
            if resp3 { 3 } else { 2 },
            lossy(&self.library_name),
            lossy(&self.library_version),
        )
    }

    /// The letters that tell what it is doing, as CLIENT LIST shows them.
    fn state_letters(&self) -> String {
        let tracks = |of: fn(&Tracks) -> bool| self.tracking.as_deref().is_some_and(of);
        let letters = [
            (self.monitor, 'O'),
            (!self.subscriptions.is_empty(), 'P'),
            (self.transaction.is_some() || self.executing, 'x'),
            (self.blocked.is_some(), 'b'),
            (self.tracking.is_some(), 't'),
            (tracks(|tracks| tracks.is_redirect_broken), 'R'),
            (tracks(|tracks| tracks.broadcast), 'B'),
            (self.watching.broken, 'd'),
            (self.close_after_reply, 'c'),
            (self.no_evict, 'e'),
            (self.no_touch, 'T'),
        ];
        let shown: String = letters.into_iter().filter(|(shown, _)| *shown).map(|(_, letter)| letter).collect();
        if shown.is_empty() { "N".to_string() } else { shown }
    }

    /// The client that is told in its place what changed; 0 when it is told itself, -1 when nobody is.
    pub fn redirect_number(&self) -> i64 {
        self.tracking.as_ref().map_or(-1, |tracks| tracks.redirect.map_or(0, |id| id.0 as i64))
    }

    /// Whether the peer is on this machine.
    pub fn is_local(&self) -> bool {
        ["127.", "[::1]:", "/"].iter().any(|start| self.address.starts_with(start))
    }

    /// Back to the state of a fresh connection, as RESET leaves it. The protocol is the caller's to reset.
    pub fn reset(&mut self) {
        self.name = Bytes::default();
        self.database = 0;
        self.reply_mode = ReplyMode::On;
        self.no_evict = false;
        self.no_touch = false;
    }
}

/// All connections, and which of them have output.
#[derive(Debug, Default)]
pub struct Clients {
    clients: BTreeMap<ClientId, Box<Client>>,
    last: u64,
    ready: Vec<ClientId>,
    /// What all clients take, as of when each was last put back.
    bytes: usize,
}

impl Clients {
    /// Opens a connection.
    pub fn open(&mut self, now: Time) -> ClientId {
        self.last += 1;
        let id = ClientId(self.last);
        let client = Box::new(Client::new(id, now));
        self.check_in(client);
        id
    }

    /// Takes a client out while its command runs, so that the command can hold it beside everything else.
    pub fn check_out(&mut self, id: ClientId) -> Option<Box<Client>> {
        self.clients.remove(&id)
    }

    /// Puts a client back, noting whether it has something to send.
    pub fn check_in(&mut self, mut client: Box<Client>) {
        if !client.queued && (!client.reply.is_empty() || client.close_after_reply) {
            client.queued = true;
            self.ready.push(client.id);
        }
        let bytes = client.bytes();
        self.bytes = (self.bytes + bytes).saturating_sub(client.counted_bytes);
        client.counted_bytes = bytes;
        self.clients.insert(client.id, client);
    }

    /// Bytes that all clients take with their buffers. O(1); a client that runs a command counts as before it.
    #[inline]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Writes to a client that is not checked out; nothing happens if there is none, or it is about to be closed.
    pub fn send(&mut self, id: ClientId, write: impl FnOnce(&mut Reply)) {
        let Some(client) = self.clients.get_mut(&id).filter(|client| !client.close_after_reply) else { return };
        write(&mut client.reply);
        if !client.queued {
            client.queued = true;
            self.ready.push(id);
        }
    }

    /// A client that is not checked out and its output; nothing happens if there is none.
    pub fn with_output<R>(&mut self, id: ClientId, with: impl FnOnce(&mut Client, &mut Reply) -> R) -> Option<R> {
        let client = self.clients.get_mut(&id)?;
        let mut reply = core::mem::take(&mut client.reply);
        let result = with(client, &mut reply);
        let has_output = !reply.is_empty();
        client.reply = reply;
        if has_output && !client.queued {
            client.queued = true;
            self.ready.push(id);
        }
        Some(result)
    }

    /// Closes a client that is not checked out; what it was still to be sent is lost, as in Redis.
    pub fn close(&mut self, id: ClientId) {
        if let Some(client) = self.clients.get_mut(&id) {
            client.close_after_reply = true;
            client.reply = Reply::new(client.reply.resp3);
            if !client.queued {
                client.queued = true;
                self.ready.push(id);
            }
        }
    }

    /// A client that has output, which is marked as served.
    pub fn next_ready(&mut self) -> Option<&mut Client> {
        let id = loop {
            let id = self.ready.pop()?;
            if self.clients.contains_key(&id) {
                break id;
            }
        };
        let client = self.clients.get_mut(&id)?;
        client.queued = false;
        Some(client)
    }

    /// [`Clients::close`] for those that `chosen` names, who are nobody from now on.
    pub fn close_where(&mut self, mut chosen: impl FnMut(&Client) -> bool) {
        let closing: Vec<ClientId> = self.iter().filter(|client| chosen(client)).map(|client| client.id).collect();
        for id in closing {
            if let Some(client) = self.get_mut(id) {
                client.become_user(DEFAULT_USER, false);
            }
            self.close(id);
        }
    }

    pub fn remove(&mut self, id: ClientId) -> Option<Box<Client>> {
        let client = self.clients.remove(&id)?;
        self.bytes = self.bytes.saturating_sub(client.counted_bytes);
        Some(client)
    }

    pub fn get(&self, id: ClientId) -> Option<&Client> {
        self.clients.get(&id).map(Box::as_ref)
    }

    pub fn get_mut(&mut self, id: ClientId) -> Option<&mut Client> {
        self.clients.get_mut(&id).map(Box::as_mut)
    }

    /// Every client that is not checked out, by identifier.
    pub fn iter(&self) -> impl Iterator<Item = &Client> {
        self.clients.values().map(Box::as_ref)
    }

    /// The same, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Client> {
        self.clients.values_mut().map(Box::as_mut)
    }

    pub fn len(&self) -> usize {
        self.clients.len()
    }

    pub fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }
}
