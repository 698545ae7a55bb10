//! Who listens to which channels and patterns, and who gets what is published.

use std::collections::HashMap;

use super::outbox::{Message, Outbox};
use super::{Client, ClientId};
use crate::base::{Bytes, glob};

/// The three ways to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Channel,
    Pattern,
    Shard,
}

impl Scope {
    /// What a client is told when it begins to listen.
    pub fn subscribed(self) -> &'static str {
        match self {
            Scope::Channel => "subscribe",
            Scope::Pattern => "psubscribe",
            Scope::Shard => "ssubscribe",
        }
    }

    /// What a client is told when it ends to listen.
    pub fn unsubscribed(self) -> &'static str {
        match self {
            Scope::Channel => "unsubscribe",
            Scope::Pattern => "punsubscribe",
            Scope::Shard => "sunsubscribe",
        }
    }
}

/// What one client listens to, in the order in which it began.
#[derive(Debug, Default)]
pub struct Subscriptions {
    pub channels: Vec<Bytes>,
    pub patterns: Vec<Bytes>,
    pub shards: Vec<Bytes>,
}

impl Subscriptions {
    /// The names of one scope.
    pub fn of(&self, scope: Scope) -> &Vec<Bytes> {
        match scope {
            Scope::Channel => &self.channels,
            Scope::Pattern => &self.patterns,
            Scope::Shard => &self.shards,
        }
    }

    fn of_mut(&mut self, scope: Scope) -> &mut Vec<Bytes> {
        match scope {
            Scope::Channel => &mut self.channels,
            Scope::Pattern => &mut self.patterns,
            Scope::Shard => &mut self.shards,
        }
    }

    /// The number that the replies of one scope count: channels and patterns together, shard channels apart.
    pub fn count(&self, scope: Scope) -> usize {
        match scope {
            Scope::Channel | Scope::Pattern => self.channels.len() + self.patterns.len(),
            Scope::Shard => self.shards.len(),
        }
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.channels.is_empty() && self.patterns.is_empty() && self.shards.is_empty()
    }
}

/// Who listens, by name and in the order in which they came.
#[derive(Debug, Default)]
pub struct PubSub {
    channels: HashMap<Bytes, Vec<ClientId>>,
    /// A list and no map: each message is held against every pattern, in the order in which they appeared.
    patterns: Vec<(Bytes, Vec<ClientId>)>,
    shards: HashMap<Bytes, Vec<ClientId>>,
}

impl PubSub {
    /// Whether nobody listens to anything.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.channels.is_empty() && self.patterns.is_empty() && self.shards.is_empty()
    }

    fn map(&self, scope: Scope) -> &HashMap<Bytes, Vec<ClientId>> {
        if scope == Scope::Shard { &self.shards } else { &self.channels }
    }

    /// Lets a client listen; says whether it did not already.
    pub fn subscribe(&mut self, client: &mut Client, scope: Scope, name: &[u8]) -> bool {
        let names = client.subscriptions.of_mut(scope);
        if names.iter().any(|other| **other == *name) {
            return false;
        }
        let name = Bytes::new(name);
        names.push(name.clone());
        let clients = match scope {
            Scope::Channel => self.channels.entry(name).or_default(),
            Scope::Shard => self.shards.entry(name).or_default(),
            Scope::Pattern => match self.patterns.iter().position(|(other, _)| *other == name) {
                Some(index) => match self.patterns.get_mut(index) {
                    Some((_, clients)) => clients,
                    None => return false,
                },
                None => {
                    self.patterns.push((name, vec![client.id]));
                    return true;
                }
            },
        };
        clients.push(client.id);
        true
    }

    /// Ends a client's listening; says whether it did listen.
    pub fn unsubscribe(&mut self, client: &mut Client, scope: Scope, name: &[u8]) -> bool {
        let names = client.subscriptions.of_mut(scope);
        let Some(index) = names.iter().position(|other| **other == *name) else { return false };
        let name = names.remove(index);
        let id = client.id;
        let leave = |map: &mut HashMap<Bytes, Vec<ClientId>>| {
            if let Some(clients) = map.get_mut(&name) {
                clients.retain(|&other| other != id);
                if clients.is_empty() {
                    map.remove(&name);
                }
            }
        };
        match scope {
            Scope::Channel => leave(&mut self.channels),
            Scope::Shard => leave(&mut self.shards),
            Scope::Pattern => {
                if let Some((_, clients)) = self.patterns.iter_mut().find(|(other, _)| *other == name) {
                    clients.retain(|&other| other != id);
                }
                self.patterns.retain(|(_, clients)| !clients.is_empty());
            }
        }
        true
    }

    /// Ends all listening of a client, without a word to it.
    pub fn forget(&mut self, client: &mut Client) {
        for scope in [Scope::Channel, Scope::Pattern, Scope::Shard] {
            while let Some(name) = client.subscriptions.of(scope).first().cloned() {
                self.unsubscribe(client, scope, &name);
            }
        }
    }

    /// Sends a message to all who listen; returns how many messages that were.
    pub fn publish(&self, outbox: &mut Outbox, channel: &[u8], payload: &[u8]) -> usize {
        if self.channels.is_empty() && self.patterns.is_empty() {
            return 0;
        }
        let (channel, payload) = (Bytes::new(channel), Bytes::new(payload));
        let mut sent = 0;
        for &client in self.channels.get(&channel).into_iter().flatten() {
            outbox.add(client, Message::Channel { channel: channel.clone(), payload: payload.clone() });
            sent += 1;
        }
        for (pattern, clients) in self.patterns.iter().filter(|(pattern, _)| glob::matches(pattern, &channel)) {
            for &client in clients {
                let (pattern, channel, payload) = (pattern.clone(), channel.clone(), payload.clone());
                outbox.add(client, Message::Pattern { pattern, channel, payload });
                sent += 1;
            }
        }
        sent
    }

    /// Sends a message to all who listen to a shard channel; returns how many those are.
    pub fn publish_shard(&self, outbox: &mut Outbox, channel: &[u8], payload: &[u8]) -> usize {
        let (channel, payload) = (Bytes::new(channel), Bytes::new(payload));
        let clients = self.shards.get(&channel).map_or(&[][..], Vec::as_slice);
        for &client in clients {
            outbox.add(client, Message::Shard { channel: channel.clone(), payload: payload.clone() });
        }
        clients.len()
    }

    /// The names of channels or shard channels that somebody listens to.
    pub fn names(&self, scope: Scope) -> impl Iterator<Item = &Bytes> {
        self.map(scope).keys()
    }

    /// How many clients listen to a channel or shard channel.
    pub fn listeners(&self, scope: Scope, name: &[u8]) -> usize {
        self.map(scope).get(&Bytes::new(name)).map_or(0, Vec::len)
    }

    /// How many patterns there are.
    pub fn patterns(&self) -> usize {
        self.patterns.len()
    }
}
