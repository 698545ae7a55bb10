//! Client-side caching: which clients may hold which keys, and which must be told of which changes.
//!
//! A client that tracks is told once of each key it has read, when that key changes: the table remembers the key until
//! then. One that asked for broadcasts is told of every change of keys with its prefixes, and nothing is remembered
//! for it. Keys are remembered by their name alone, whatever the database, as in Redis. Knows no protocol: how a
//! client is told stands in `dispatch::tracking`.

use std::collections::{BTreeMap, BTreeSet};

use super::ClientId;
use crate::base::{Bytes, HashSeed, Random};
use crate::encoding::Dict;

/// How one client tracks.
#[derive(Clone, Debug, Default)]
pub struct Tracks {
    /// The client that is told in its place.
    pub redirect: Option<ClientId>,
    /// That client was gone when something was to be told.
    pub is_redirect_broken: bool,
    /// It is told of all keys with its prefixes, and none are remembered.
    pub broadcast: bool,
    /// Keys are remembered only when the client said so before.
    pub opt_in: bool,
    /// Keys are remembered unless the client said not to before.
    pub opt_out: bool,
    /// It is not told of what it changes itself.
    pub no_loop: bool,
    /// CLIENT CACHING was called for the next command.
    pub caching: bool,
    /// For broadcasts, in their order.
    pub prefixes: BTreeSet<Bytes>,
}

/// Clients, and the keys that they are told of with who changed each last.
pub type Broadcast = (Vec<ClientId>, BTreeMap<Bytes, Option<ClientId>>);

impl Tracks {
    /// Whether the keys that it reads now are remembered.
    pub fn remembers(&self) -> bool {
        let wanted = if self.opt_in { self.caching } else { !(self.opt_out && self.caching) };
        wanted && !self.broadcast
    }
}

/// Those who are told of keys with one prefix, and what is still to be told.
#[derive(Debug, Default)]
struct Prefix {
    clients: BTreeSet<ClientId>,
    /// The keys that changed, and the client that changed them last unless nobody did.
    changed: BTreeMap<Bytes, Option<ClientId>>,
}

/// All tracking of a node.
#[derive(Debug)]
pub struct Tracking {
    keys: Dict<Vec<ClientId>>,
    /// The clients of all keys together.
    items: usize,
    prefixes: BTreeMap<Bytes, Prefix>,
    /// Whether any prefix has something to tell.
    has_changed: bool,
    clients: usize,
    /// `tracking-table-max-keys`; 0 is no limit.
    pub max_keys: usize,
}

impl Tracking {
    pub fn new(seed: HashSeed) -> Tracking {
        Tracking {
            keys: Dict::new(seed),
            items: 0,
            prefixes: BTreeMap::new(),
            has_changed: false,
            clients: 0,
            max_keys: 0,
        }
    }

    /// Whether changes of keys concern anybody.
    #[inline]
    pub fn is_active(&self) -> bool {
        self.clients > 0 || !self.keys.is_empty()
    }

    /// How many clients track.
    pub fn clients(&self) -> usize {
        self.clients
    }

    /// How many keys are remembered.
    pub fn keys(&self) -> usize {
        self.keys.len()
    }

    /// How many pairs of a key and a client are remembered.
    pub fn items(&self) -> usize {
        self.items
    }

    /// How many prefixes somebody is told of.
    pub fn prefixes(&self) -> usize {
        self.prefixes.len()
    }

    /// Begins to track for a client, or goes on in another way.
    pub fn enable(&mut self, client: ClientId, before: &mut Option<Box<Tracks>>, mut tracks: Tracks) {
        match before.take() {
            Some(mut before) => tracks.prefixes.append(&mut before.prefixes),
            None => self.clients = self.clients.saturating_add(1),
        }
        if tracks.broadcast {
            for prefix in &tracks.prefixes {
                self.prefixes.entry(prefix.clone()).or_default().clients.insert(client);
            }
        }
        *before = Some(Box::new(tracks));
    }

    /// Ends all tracking of a client. The keys remembered for it are forgotten as they change.
    pub fn disable(&mut self, client: ClientId, before: &mut Option<Box<Tracks>>) {
        let Some(tracks) = before.take() else { return };
        self.clients = self.clients.saturating_sub(1);
        for prefix in &tracks.prefixes {
            if let Some(entry) = self.prefixes.get_mut(prefix) {
                entry.clients.remove(&client);
                if entry.clients.is_empty() {
                    self.prefixes.remove(prefix);
                }
            }
        }
    }

    /// Remembers that a client may hold a key.
    pub fn remember(&mut self, client: ClientId, key: &[u8]) {
        let (position, _) = self.keys.find_or_insert(key, Vec::new);
        if let Some((_, clients)) = self.keys.at_mut(position)
            && !clients.contains(&client)
        {
            clients.push(client);
            self.items = self.items.saturating_add(1);
        }
    }

    /// Notes that a key changed, for those who are told of its prefix; returns who may hold it, which is forgotten.
    pub fn changed(&mut self, key: &Bytes, by: Option<ClientId>) -> Vec<ClientId> {
        for (prefix, entry) in &mut self.prefixes {
            if key.starts_with(prefix) {
                entry.changed.insert(key.clone(), by);
                self.has_changed = true;
            }
        }
        self.forget(key)
    }

    fn forget(&mut self, key: &[u8]) -> Vec<ClientId> {
        let clients = self.keys.remove(key).map(|(_, clients)| clients).unwrap_or_default();
        self.items = self.items.saturating_sub(clients.len());
        clients
    }

    /// Forgets all keys, as when the data goes.
    pub fn forget_all(&mut self) {
        self.keys.clear();
        self.items = 0;
    }

    /// Forgets one key more than the table may hold, and returns it with those who may hold it: from then on they
    /// would not be told.
    pub fn forget_surplus(&mut self, random: &mut Random) -> Option<(Bytes, Vec<ClientId>)> {
        if self.max_keys == 0 || self.keys.len() <= self.max_keys {
            return None;
        }
        let (key, _) = self.keys.at(random.index(self.keys.len()))?;
        let key = key.clone();
        let clients = self.forget(&key);
        Some((key, clients))
    }

    /// Whether [`Tracking::take_broadcasts`] has anything to give.
    #[inline]
    pub fn has_broadcasts(&self) -> bool {
        self.has_changed
    }

    /// What is to be told by prefix: the clients, and the keys with who changed them last. In the order of the
    /// prefixes, and of the keys.
    pub fn take_broadcasts(&mut self) -> Vec<Broadcast> {
        self.has_changed = false;
        let entries = self.prefixes.values_mut().filter(|entry| !entry.changed.is_empty());
        entries.map(|entry| (entry.clients.iter().copied().collect(), core::mem::take(&mut entry.changed))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_follow_the_table() {
        let mut tracking = Tracking::new(HashSeed::new(1));
        let (a, b) = (ClientId(1), ClientId(2));
        let mut tracks = None;
        assert!(!tracking.is_active());
        tracking.enable(a, &mut tracks, Tracks::default());
        for (client, key) in [(a, b"k"), (a, b"k"), (b, b"k"), (b, b"l")] {
            tracking.remember(client, key);
        }
        assert_eq!((tracking.clients(), tracking.keys(), tracking.items()), (1, 2, 3));
        assert_eq!(tracking.changed(&Bytes::new(b"k"), None), [a, b]);
        assert_eq!(tracking.changed(&Bytes::new(b"k"), None), []);
        assert_eq!((tracking.keys(), tracking.items()), (1, 1));
        tracking.disable(a, &mut tracks);
        assert!(tracking.is_active(), "a key is still remembered");
        tracking.forget_all();
        assert!(!tracking.is_active());
        assert_eq!(tracking.items(), 0);
    }

    #[test]
    fn broadcasts_are_gathered_by_prefix_and_key() {
        let mut tracking = Tracking::new(HashSeed::new(1));
        let a = ClientId(1);
        let mut tracks = None;
        let prefixes = [b"b".as_slice(), b"a"].map(Bytes::new).into_iter().collect();
        tracking.enable(a, &mut tracks, Tracks { broadcast: true, prefixes, ..Tracks::default() });
        for key in [b"b1".as_slice(), b"a2", b"c", b"a1", b"a2"] {
            tracking.changed(&Bytes::new(key), Some(a));
        }
        let told: Vec<Vec<Vec<u8>>> = tracking
            .take_broadcasts()
            .into_iter()
            .map(|(clients, keys)| {
                assert_eq!(clients, [a]);
                keys.into_keys().map(|key| key.to_vec()).collect()
            })
            .collect();
        assert_eq!(told, [vec![b"a1".to_vec(), b"a2".to_vec()], vec![b"b1".to_vec()]]);
        assert!(!tracking.has_broadcasts());
        tracking.disable(a, &mut tracks);
        assert_eq!(tracking.prefixes(), 0);
    }

    #[test]
    fn a_full_table_forgets_keys() {
        let mut tracking = Tracking::new(HashSeed::new(1));
        tracking.max_keys = 2;
        for key in [b"a", b"b", b"c", b"d"] {
            tracking.remember(ClientId(7), key);
        }
        let mut random = Random::new(1);
        let forgotten = core::iter::from_fn(|| tracking.forget_surplus(&mut random));
        assert_eq!(forgotten.filter(|(_, clients)| *clients == [ClientId(7)]).count(), 2);
        assert_eq!((tracking.keys(), tracking.items()), (2, 2));
    }
}
