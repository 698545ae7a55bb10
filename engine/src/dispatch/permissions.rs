//! Whether a client may make a call: it has authenticated, and the rules of its user permit the command, its keys
//! and its channels. Refusals stand in the ACL log.

use super::{Command, Table, gates};
use crate::base::{Bytes, Time};
use crate::command::{Access, Categories, Error, Flags};
use crate::server::acl::{Channel, Commands, Context, Denied, Entry, Reason, Request, User};
use crate::server::{Client, Server};

/// A call that a client wants to make.
pub struct Attempt<'a> {
    pub table: &'a Table,
    pub client: &'a mut Client,
    /// The client's protocol, which its output knows.
    pub resp3: bool,
    /// The command's number.
    pub number: usize,
    /// All words of the call, the command's name included.
    pub words: &'a [&'a [u8]],
    pub now: Time,
}

impl Attempt<'_> {
    /// Lets a call of the client's own pass that it may make, and keeps a record of one that it may not.
    ///
    /// # Errors
    /// When the client has yet to authenticate, or is not permitted the call.
    #[inline]
    pub fn admit(&mut self, server: &mut Server, context: Context) -> Result<(), Error> {
        if self.client.all_powerful_at == server.acl.epoch() { Ok(()) } else { self.look(server, context) }
    }

    #[cold]
    #[inline(never)]
    fn look(&mut self, server: &mut Server, context: Context) -> Result<(), Error> {
        let flags = self.table.row(self.number).map_or(Flags::NONE, |row| row.command.flags);
        let locked = !self.client.is_trusted && !self.client.authenticated && server.acl.needs_authentication();
        if locked && !flags.has(Flags::NO_AUTH) {
            return Err(Error::Static("NOAUTH Authentication required."));
        }
        // What comes next among the gates, for a client that may have to be refused here.
        if context == Context::Multi && flags.has(Flags::NO_MULTI) {
            return Err(gates::NOT_IN_TRANSACTIONS);
        }
        let is_all_powerful = || server.acl.get(&self.client.user).is_some_and(|user| user.root().is_all_powerful());
        if self.client.is_trusted || (!locked && is_all_powerful()) {
            self.client.all_powerful_at = server.acl.epoch();
            return Ok(());
        }
        let Some(denied) = self.denied(server, context) else { return Ok(()) };
        Err(Error::text_of([b"NOPERM ", self.reason(denied).as_slice()].concat()))
    }

    /// The check of a command that a transaction kept, at the time it is run: the rules may have changed since.
    ///
    /// # Errors
    /// When it is no longer permitted.
    pub fn admit_queued(&mut self, server: &mut Server) -> Result<(), Error> {
        let Some(denied) = self.denied(server, Context::Multi) else { return Ok(()) };
        let reason = match denied {
            Denied::Command => "no permission to execute the command or subcommand",
            Denied::Key(_) => "no permission to touch the specified keys",
            Denied::Channel(_) => "no permission to access one of the channels used as arguments",
        };
        Err(Error::text_of(format!(
            "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This \
             command is no longer allowed for the following reason: {reason}"
        )))
    }

    /// The check of a command that a script calls for the client.
    ///
    /// # Errors
    /// When the client may not make this call.
    pub fn admit_in_script(&mut self, server: &mut Server) -> Result<(), Error> {
        let Some(denied) = self.denied(server, Context::Script) else { return Ok(()) };
        Err(Error::text_of([b"NOPERM ACL failure in script: ", self.reason(denied).as_slice()].concat()))
    }

    /// What of the call is not permitted, after it was recorded.
    fn denied(&self, server: &mut Server, context: Context) -> Option<Denied> {
        let denied = permitted(self.table, server, self.client, self.number, self.words).err()?;
        let word = |index: usize| Bytes::new(self.words.get(index).copied().unwrap_or_default());
        let (reason, object) = match denied {
            Denied::Command => (Reason::Command, Bytes::new(self.table.name(self.number).as_bytes())),
            Denied::Key(index) => (Reason::Key, word(index)),
            Denied::Channel(index) => (Reason::Channel, word(index)),
        };
        self.record(server, context, reason, object, self.client.user.clone());
        Some(denied)
    }

    /// Enters a refusal in the ACL log and counts it.
    pub fn record(&self, server: &mut Server, context: Context, reason: Reason, object: Bytes, user: Bytes) {
        let now = self.now;
        server.acl.count(reason);
        let client = self.client.describe(
            self.client.last_command.map_or("NULL", |number| self.table.name(number)),
            self.words.iter().map(|word| word.len()).sum(),
            self.resp3,
            now,
        );
        server.acl.log.add(Entry {
            count: 1,
            reason,
            context,
            object,
            user,
            client,
            id: 0,
            created: now,
            updated: now,
        });
    }

    /// What is not permitted, as the refused client is told.
    fn reason(&self, denied: Denied) -> Vec<u8> {
        match denied {
            Denied::Command => no_command(self.table, &self.client.user, self.number),
            Denied::Key(_) => b"No permissions to access a key".to_vec(),
            Denied::Channel(_) => b"No permissions to access a channel".to_vec(),
        }
    }
}

fn no_command(table: &Table, user: &[u8], number: usize) -> Vec<u8> {
    [b"User ", user, b" has no permissions to run the '", table.name(number).as_bytes(), b"' command"].concat()
}

/// What is not permitted, in full, as ACL DRYRUN tells it.
pub fn full_reason(table: &Table, user: &[u8], number: usize, words: &[&[u8]], denied: Denied) -> Vec<u8> {
    let (word, kind) = match denied {
        Denied::Command => return no_command(table, user, number),
        Denied::Key(word) => (word, &b"' key"[..]),
        Denied::Channel(word) => (word, &b"' channel"[..]),
    };
    let object = words.get(word).copied().unwrap_or_default();
    [b"User ", user, b" has no permissions to access the '", object, kind].concat()
}

/// Whether the rules of a client's user permit a call.
///
/// # Errors
/// What they do not permit.
pub fn permitted(
    table: &Table,
    server: &Server,
    client: &Client,
    number: usize,
    words: &[&[u8]],
) -> Result<(), Denied> {
    match server.acl.get(&client.user) {
        _ if client.is_trusted || client.all_powerful_at == server.acl.epoch() => Ok(()),
        Some(user) => user_may(table, user, number, words),
        None => Err(Denied::Command),
    }
}

/// Whether the rules of a user permit a call.
///
/// # Errors
/// What they do not permit.
pub fn user_may(table: &Table, user: &User, number: usize, words: &[&[u8]]) -> Result<(), Denied> {
    with_request(table, user, number, words, |request| user.check(request))
}

/// Whether a client may make this call and use every key there may be in this way.
pub fn permitted_on_any_key(table: &Table, server: &Server, client: &Client, words: &[&[u8]], access: Access) -> bool {
    if client.all_powerful_at == server.acl.epoch() || client.is_trusted {
        return true;
    }
    let number = words.first().and_then(|name| table.find(name));
    let (Some(user), Some(number)) = (server.acl.get(&client.user), number) else { return false };
    with_request(table, user, number, words, |request| user.permits_any_key(request, access))
}

/// Looks for keys and channels in a call as far as the rules ask for them.
fn with_request<R>(table: &Table, user: &User, number: usize, words: &[&[u8]], check: impl FnOnce(&Request) -> R) -> R {
    let row = table.row(number);
    let name_words = 1 + usize::from(row.is_some_and(|row| row.container.is_some()));
    let command = row.map(|row| row.command);
    let with_keys = command.filter(|command| command.has_keys() && user.selectors().any(|s| s.looks_at_keys()));
    let keys = with_keys.map_or(Vec::new(), |command| command.keys_of(name_words, words));
    let with_channels = command.filter(|_| user.selectors().any(|selector| selector.looks_at_channels()));
    let channels = with_channels.map_or(Vec::new(), |command| channels(command, words.len()));
    let for_everybody = command.is_some_and(|command| command.flags.has(Flags::NO_AUTH));
    check(&Request { command: number, for_everybody, words, keys: &keys, channels: &channels })
}

/// The channels that a call publishes to or subscribes to; leaving one needs no permission.
fn channels(command: &Command, words: usize) -> Vec<Channel> {
    let (last, is_pattern) = match command.name {
        "PUBLISH" | "SPUBLISH" => (2, false),
        "SUBSCRIBE" | "SSUBSCRIBE" => (words, false),
        "PSUBSCRIBE" => (words, true),
        _ => (0, false),
    };
    (1..last).map(|word| Channel { word, is_pattern }).collect()
}

impl Commands for Table {
    fn find(&self, name: &[u8]) -> Option<usize> {
        Table::find(self, name)
    }

    fn name(&self, number: usize) -> &str {
        self.row(number).map_or("", |row| &row.name)
    }

    fn categories(&self, number: usize) -> Categories {
        self.row(number).map_or(Categories::NONE, |row| row.command.acl_categories())
    }

    fn is_member(&self, number: usize) -> bool {
        self.row(number).is_some_and(|row| row.container.is_some())
    }

    fn count(&self) -> usize {
        self.len()
    }
}
