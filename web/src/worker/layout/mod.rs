//! How the key that the page looks at stands in memory, and what becomes of its encoding meanwhile.
//!
//! Reads the data directly, as the view of its value does: looking is no command. While it is looked at, each change
//! of the key is compared with what was there before, so that a change of encoding is seen with what it cost.

mod drawing;
mod reasons;
mod strip;
mod suggestion;
#[cfg(test)]
mod tests;
mod words;

use engine::keyspace::{Change, Keyspace, Object};
use engine::value::Value;
use engine::value::layout::{Form, Layout, Look};

use super::print;
use crate::bytes::ByteBuf;
use crate::layout::{Crossing, LayoutPage, LayoutQuestion, LayoutView, LimitView, PartView};

/// Crossings that are remembered of a key.
const MAX_CROSSINGS: usize = 20;
const MAX_NAME_CHARACTERS: usize = 2000;
/// Characters of a command's word that are shown.
const MAX_WORD_CHARACTERS: usize = 40;
/// Words of a command that are shown.
const MAX_WORDS: usize = 4;

/// The key that is looked at.
#[derive(Debug, Default)]
pub struct LayoutWatch {
    question: Option<LayoutQuestion>,
    changed: bool,
    seen: Option<Seen>,
    crossings: Vec<Crossing>,
    /// The last crossing happened during the command that is being answered.
    is_fresh: bool,
}

/// What is compared.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    type_name: &'static str,
    encoding: String,
    bytes: usize,
}

impl LayoutWatch {
    /// Looks at another key, at other pages of it, or at nothing.
    pub fn ask(&mut self, question: Option<LayoutQuestion>, keyspace: &Keyspace) {
        let key = |question: &LayoutQuestion| (question.database, question.key.clone());
        if self.question.as_ref().map(key) != question.as_ref().map(key) {
            self.crossings.clear();
            self.seen = question.as_ref().and_then(|question| Seen::of(keyspace, question));
        }
        self.changed = question.is_some();
        self.question = question;
    }

    /// All data were replaced.
    pub fn start_over(&mut self) {
        self.seen = None;
        self.changed = true;
    }

    /// Whether [`LayoutWatch::view`] has something to tell.
    pub fn has_changed(&self) -> bool {
        self.changed && self.question.is_some()
    }

    /// Hears of a change that the engine announced.
    pub fn follow(&mut self, change: &Change, keyspace: &Keyspace) {
        let Some(question) = &self.question else { return };
        let watched = question.database as usize;
        let event = match change {
            Change::Key { database, key, event, .. }
                if *database == watched && key.as_slice() == question.key.as_slice() =>
            {
                *event
            }
            Change::Flushed { database } if *database == watched => "",
            Change::Swapped { first, second } if *first == watched || *second == watched => return self.start_over(),
            _ => return,
        };
        self.changed = true;
        let now = Seen::of(keyspace, question);
        let before = std::mem::replace(&mut self.seen, now.clone());
        let (Some(before), Some(now)) = (before, now) else { return };
        if before.type_name != now.type_name || before.encoding == now.encoding {
            return;
        }
        let reason = object(keyspace, question).map(|object| {
            let layout = object.value.layout(Look::default(), &keyspace.limits);
            reasons::of(&before.encoding, &now.encoding, &layout, &keyspace.limits)
        });
        let (why, setting) = reason.unwrap_or_default();
        self.crossings.push(Crossing {
            at_ms: keyspace.now().0 as f64,
            from: before.encoding,
            to: now.encoding,
            command: event.to_owned(),
            why,
            setting: setting.map(str::to_owned),
            bytes_before: before.bytes as f64,
            bytes_after: now.bytes as f64,
        });
        if self.crossings.len() > MAX_CROSSINGS {
            self.crossings.remove(0);
        }
        self.is_fresh = true;
    }

    /// Tells which command a terminal sent before the last changes.
    pub fn name_command(&mut self, sent: &[u8]) {
        if std::mem::take(&mut self.is_fresh)
            && let Some(last) = self.crossings.last_mut()
            && let Some(command) = command(sent)
        {
            last.command = command;
        }
    }

    /// The layout as it is now, if it may have changed since the last call.
    pub fn view(&mut self, keyspace: &Keyspace) -> Option<LayoutView> {
        if !std::mem::take(&mut self.changed) {
            return None;
        }
        let question = self.question.as_ref()?;
        self.is_fresh = false;
        Some(LayoutView {
            database: question.database,
            key: ByteBuf::from(question.key.to_vec()),
            name: print::name(&question.key, MAX_NAME_CHARACTERS),
            layout: page(keyspace, question),
            crossings: self.crossings.clone(),
        })
    }
}

impl Seen {
    fn of(keyspace: &Keyspace, question: &LayoutQuestion) -> Option<Seen> {
        let database = keyspace.database(question.database as usize)?;
        let position = database.find(&question.key)?;
        let (_, object) = database.at(position)?;
        let (type_name, encoding) = (object.value.type_name(), encoding(&object.value));
        Some(Seen { type_name, encoding, bytes: database.bytes_at(position)? })
    }
}

/// What `OBJECT ENCODING` says; for a HyperLogLog, which of its two forms it has.
fn encoding(value: &Value) -> String {
    if let Value::String(string) = value {
        let form = string.with_bytes(words::registers_of);
        return form.unwrap_or_else(|| value.encoding()).to_owned();
    }
    value.encoding().to_owned()
}

fn object<'a>(keyspace: &'a Keyspace, question: &LayoutQuestion) -> Option<&'a Object> {
    let database = keyspace.database(question.database as usize)?;
    let (_, object) = database.at(database.find(&question.key)?)?;
    (!keyspace.is_expired(object)).then_some(object)
}

fn page(keyspace: &Keyspace, question: &LayoutQuestion) -> Option<LayoutPage> {
    let database = keyspace.database(question.database as usize)?;
    let position = database.find(&question.key)?;
    let object = object(keyspace, question)?;
    let pages = question.pages;
    let look = Look { from: pages.from as usize, node: pages.node as usize, inside: pages.inside as usize };
    let layout = object.value.layout(look, &keyspace.limits);
    let around = database.parts_at(position)?;
    let mut parts: Vec<PartView> = layout.parts.iter().map(|part| words::part(*part, &layout.form)).collect();
    parts.extend(words::key_parts(&around, &object.value));
    Some(LayoutPage {
        type_name: object.value.type_name().to_owned(),
        encoding: layout.encoding.to_owned(),
        summary: words::summary(&object.value, &layout),
        bytes: database.bytes_at(position)? as f64,
        parts,
        limits: limits(&layout),
        suggestion: suggestion::line(&question.key, &object.value, &layout),
        drawings: drawing::of(&layout, pages),
    })
}

fn limits(layout: &Layout<'_>) -> Vec<LimitView> {
    let limit = |limit: &engine::value::layout::Limit| LimitView {
        name: limit.name.to_owned(),
        is_setting: limit.is_setting,
        most: limit.most as f64,
        reached: limit.reached as f64,
        unit: words::unit(limit, matches!(layout.form, Form::Quicklist(_) | Form::Stream(_))).to_owned(),
    };
    layout.limits.iter().map(limit).collect()
}

/// The first words of a command as a terminal sends it.
fn command(sent: &[u8]) -> Option<String> {
    let mut rest = sent.strip_prefix(b"*")?;
    let line = |rest: &mut &[u8]| -> Option<usize> {
        let end = rest.windows(2).position(|pair| pair == b"\r\n")?;
        let number = std::str::from_utf8(rest.get(..end)?).ok()?.parse().ok()?;
        *rest = rest.get(end + 2..)?;
        Some(number)
    };
    let count = line(&mut rest)?;
    let mut words = Vec::new();
    for _ in 0..count.min(MAX_WORDS) {
        rest = rest.strip_prefix(b"$")?;
        let len = line(&mut rest)?;
        words.push(print::name(rest.get(..len)?, MAX_WORD_CHARACTERS));
        rest = rest.get(len + 2..)?;
    }
    if count > MAX_WORDS {
        words.push("…".to_owned());
    }
    Some(words.join(" "))
}
