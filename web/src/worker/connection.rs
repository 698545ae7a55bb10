//! What the page is told of a terminal's connection, read from the engine: user, name, protocol, what it waits for,
//! what it listens to, what it has queued. Everything is text to show, and of what may be much only the first.

use engine::base::Bytes;
use engine::server::{Blocked, Client, Transaction, Wait};

use super::print;
use super::terminal::Terminal;
use crate::protocol::{Connection, Few, WaitReason, Waits};

/// How many keys, channels or queued commands are shown.
const MAX_SHOWN: usize = 50;
/// How many characters of each.
const MAX_CHARACTERS: usize = 80;

/// The connection of a terminal; `client` is the engine's, if it is open.
pub fn of(client: Option<&Client>, terminal: &Terminal) -> Connection {
    let Some(client) = client else {
        let name = shown(terminal.name());
        return Connection { name, resp3: terminal.is_resp3(), ..Connection::default() };
    };
    let subscriptions = &client.subscriptions;
    let (channels, patterns, shards) = (&subscriptions.channels, &subscriptions.patterns, &subscriptions.shards);
    let listening = channels.len() + patterns.len() + shards.len();
    let channels = named(channels, "").chain(named(patterns, " (pattern)")).chain(named(shards, " (shard)"));
    let queue = |transaction: &Transaction| few(transaction.queue.len(), transaction.queue.iter().map(|it| line(it)));
    let watched = &client.watching.keys;
    Connection {
        is_open: true,
        user: shown(&client.user),
        name: shown(&client.name),
        resp3: client.reply.resp3,
        waits: client.blocked.as_ref().map(waits),
        channels: few(listening, channels),
        queue: client.transaction.as_ref().map(queue),
        is_queue_bad: client.transaction.as_ref().is_some_and(|transaction| transaction.aborted),
        watched: few(watched.len(), watched.iter().map(|watched| shown(&watched.key))),
        is_watch_broken: client.watching.broken,
        live: terminal.live().map(str::to_owned),
    }
}

fn waits(blocked: &Blocked) -> Waits {
    let reason = match blocked.wait {
        Wait::Key(_) | Wait::KeyOrItsEnd(_) => WaitReason::Keys,
        Wait::Replicas => WaitReason::Replicas,
        Wait::Pause => WaitReason::Pause,
        Wait::Sleep => WaitReason::Sleep,
        Wait::Save | Wait::Host => WaitReason::Storage,
        Wait::Script => WaitReason::Script,
    };
    Waits {
        command: blocked.argv.first().map(|name| shown(name).to_ascii_uppercase()).unwrap_or_default(),
        reason,
        keys: few(blocked.keys.len(), blocked.keys.iter().map(|key| shown(key))),
        until_ms: blocked.deadline.map(|until| until.0 as f64),
    }
}

fn named<'n>(names: &'n [Bytes], kind: &'static str) -> impl Iterator<Item = String> + 'n {
    names.iter().map(move |name| shown(name) + kind)
}

/// A queued command on one line.
fn line(words: &[Bytes]) -> String {
    let mut line = String::new();
    for word in words {
        if !line.is_empty() {
            line.push(' ');
        }
        let word = shown(word);
        match word.is_empty() || word.contains(char::is_whitespace) {
            true => line.push_str(&format!("\"{word}\"")),
            false => line.push_str(&word),
        }
        if line.len() > MAX_CHARACTERS {
            break;
        }
    }
    line
}

fn shown(bytes: &[u8]) -> String {
    if bytes.is_empty() { String::new() } else { print::name(bytes, MAX_CHARACTERS) }
}

/// Makes text of the first few only.
fn few(count: usize, all: impl Iterator<Item = String>) -> Few {
    Few { shown: all.take(MAX_SHOWN).collect(), count: count as u32 }
}
