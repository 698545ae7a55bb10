//! Who may do what: users, their rules, and the log of what was refused. Knows commands only as numbers with names
//! and categories, and keys and channels only as bytes.
//!
//! What always holds: there is a user `default`; every change of a user counts the [`Acl::epoch`] up, so that a
//! connection that was once found to be allowed everything need not be looked at again until then.

mod file;
mod log;
mod selector;
mod user;

use std::collections::BTreeMap;

pub use file::merge_selectors;
pub use log::{Context, Entry, Log, Reason};
pub use selector::{Channel, Denied, Request, Selector, has_spaces};
pub use user::{RuleError, User};

use super::clients::DEFAULT_USER;
use super::{Client, Server};
use crate::base::Bytes;
use crate::base::sha256::sha256_hex;
use crate::command::Categories;
use selector::permits_channel;

/// The commands of a node, as rules know them: numbered from 0, subcommands right behind their container.
pub trait Commands {
    /// The number of a command by its full name in any case: `get`, `config|set`.
    fn find(&self, name: &[u8]) -> Option<usize>;
    /// The full name in lower case.
    fn name(&self, number: usize) -> &str;
    fn categories(&self, number: usize) -> Categories;
    /// Whether it is a subcommand.
    fn is_member(&self, number: usize) -> bool;
    /// How many commands and subcommands there are.
    fn count(&self) -> usize;

    /// The numbers of a container's subcommands.
    fn members(&self, container: usize) -> core::ops::Range<usize> {
        let first = container.saturating_add(1);
        let end = (first..self.count()).find(|&number| !self.is_member(number)).unwrap_or(self.count());
        if self.is_member(container) { first..first } else { first..end }
    }
}

/// Whether a client listens to something that none of these patterns permits.
fn listens_beyond(client: &Client, patterns: &[Bytes]) -> bool {
    let listening = &client.subscriptions;
    let beyond = |name: &Bytes, is_pattern: bool| !permits_channel(patterns, name, is_pattern);
    listening.channels.iter().chain(&listening.shards).any(|channel| beyond(channel, false))
        || listening.patterns.iter().any(|pattern| beyond(pattern, true))
}

impl Server {
    /// [`Acl::set`] for a client, which closes the connections that listen to what their user may no longer hear.
    ///
    /// # Errors
    /// As [`Acl::set`].
    pub fn set_user(
        &mut self,
        caller: &mut Client,
        name: &[u8],
        rules: &[&[u8]],
        commands: &dyn Commands,
    ) -> Result<(), SetError> {
        if let Some(patterns) = self.acl.set(name, rules, commands)? {
            self.close_clients(caller, |client| *client.user == *name && listens_beyond(client, &patterns));
        }
        Ok(())
    }

    /// [`Acl::remove`] for a client, which closes the connections of the user.
    pub fn remove_user(&mut self, caller: &mut Client, name: &[u8]) -> bool {
        let removed = self.acl.remove(name);
        if removed {
            self.close_clients(caller, |client| *client.user == *name);
        }
        removed
    }

    /// [`Acl::load`], which closes the connections of the users that are gone, and those that listen to what their
    /// user may no longer hear. No client may be checked out.
    ///
    /// # Errors
    /// As [`Acl::load`].
    pub fn load_users(&mut self, text: &[u8], file: &str, commands: &dyn Commands) -> Result<(), Vec<u8>> {
        let before = self.acl.users.clone();
        self.acl.load(text, file, commands)?;
        let acl = &self.acl;
        self.clients.close_where(|client| match (acl.get(&client.user), before.get(&client.user)) {
            (Some(user), Some(before)) => {
                user.narrowed_channels(before).is_some_and(|patterns| listens_beyond(client, &patterns))
            }
            (user, _) => user.is_none(),
        });
        Ok(())
    }

    fn close_clients(&mut self, caller: &mut Client, chosen: impl Fn(&Client) -> bool) {
        if chosen(caller) {
            caller.become_user(DEFAULT_USER, false);
            caller.close_after_reply = true;
        }
        self.clients.close_where(chosen);
    }
}

/// How often something was refused, for INFO.
#[derive(Clone, Copy, Debug, Default)]
pub struct Denials {
    pub commands: u64,
    pub keys: u64,
    pub channels: u64,
    pub authentications: u64,
}

/// Why ACL SETUSER did nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetError {
    /// The argument that opens a selector which nothing closes.
    Unmatched(Vec<u8>),
    /// A rule and what is wrong with it.
    Rule(Vec<u8>, RuleError),
}

impl SetError {
    /// The error reply.
    pub fn text(&self) -> Vec<u8> {
        let printed = |bytes: &[u8]| crate::command::quoted(bytes).to_vec();
        match self {
            SetError::Unmatched(argument) => {
                let text = b"ERR Unmatched parenthesis in acl selector starting at '".to_vec();
                [text, printed(argument), b"'.".to_vec()].concat()
            }
            SetError::Rule(rule, error) => {
                let text = b"ERR Error in ACL SETUSER modifier '".to_vec();
                [text, printed(rule), b"': ".to_vec(), error.text().as_bytes().to_vec()].concat()
            }
        }
    }
}

/// The users of a node.
#[derive(Debug)]
pub struct Acl {
    users: BTreeMap<Bytes, User>,
    /// Counts the changes of users; never 0.
    epoch: u64,
    pub log: Log,
    pub denials: Denials,
    /// `acl-pubsub-default`: whether new users and selectors may use every channel.
    pub all_channels_at_first: bool,
    /// The value of `requirepass` that the default user was last given.
    password: Vec<u8>,
}

impl Default for Acl {
    fn default() -> Acl {
        let users = BTreeMap::from([(Bytes::new(DEFAULT_USER), User::all_powerful())]);
        Acl {
            users,
            epoch: 1,
            log: Log::default(),
            denials: Denials::default(),
            all_channels_at_first: false,
            password: Vec::new(),
        }
    }
}

impl Acl {
    /// Changes whenever a user does.
    #[inline]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    pub fn get(&self, name: &[u8]) -> Option<&User> {
        self.users.get(name)
    }

    /// Every user with its name, by name.
    pub fn users(&self) -> impl ExactSizeIterator<Item = (&Bytes, &User)> {
        self.users.iter()
    }

    /// Whether a new connection has to say who it is before anything else.
    pub fn needs_authentication(&self) -> bool {
        self.get(DEFAULT_USER).is_none_or(|user| !user.no_password() || !user.is_on())
    }

    /// Whether the default user takes any password, or none.
    pub fn default_has_no_password(&self) -> bool {
        self.get(DEFAULT_USER).is_some_and(User::no_password)
    }

    /// Creates or changes a user: by all rules, or when one of them cannot be, not at all. Returns the patterns of
    /// channels that it may still listen to, if some were taken away.
    ///
    /// # Errors
    /// The first rule that cannot be, and why.
    pub fn set(
        &mut self,
        name: &[u8],
        rules: &[&[u8]],
        commands: &dyn Commands,
    ) -> Result<Option<Vec<Bytes>>, SetError> {
        let rules = merge_selectors(rules).map_err(SetError::Unmatched)?;
        let mut user = match self.users.get(name) {
            Some(user) => user.clone(),
            None => User::new(self.all_channels_at_first),
        };
        for rule in rules {
            let applied = user.apply(&rule, commands, self.all_channels_at_first);
            applied.map_err(|error| SetError::Rule(rule.into_owned(), error))?;
        }
        let narrowed = self.users.get(name).and_then(|before| user.narrowed_channels(before));
        self.users.insert(Bytes::new(name), user);
        self.epoch += 1;
        Ok(narrowed)
    }

    /// Removes a user, but never the default one; whether there was one.
    pub fn remove(&mut self, name: &[u8]) -> bool {
        let removed = name != DEFAULT_USER && self.users.remove(name).is_some();
        self.epoch += u64::from(removed);
        removed
    }

    /// Whether this user may connect with this password.
    pub fn accepts(&self, name: &[u8], password: &[u8]) -> bool {
        self.get(name)
            .is_some_and(|user| user.is_on() && (user.no_password() || user.has_password(&sha256_hex(password))))
    }

    /// Lets `requirepass` take effect when it has changed: the default user gets this password only, or needs none.
    pub fn require_password(&mut self, password: &[u8]) {
        if self.password == password {
            return;
        }
        self.password = password.to_vec();
        if let Some(user) = self.users.get_mut(DEFAULT_USER) {
            user.set_only_password(password);
        }
        self.epoch += 1;
    }

    /// Counts a refusal.
    pub fn count(&mut self, reason: Reason) {
        let counter = match reason {
            Reason::Command => &mut self.denials.commands,
            Reason::Key => &mut self.denials.keys,
            Reason::Channel => &mut self.denials.channels,
            Reason::Authentication => &mut self.denials.authentications,
        };
        *counter += 1;
    }
}

#[cfg(test)]
mod tests;
