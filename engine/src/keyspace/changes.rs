//! What a write did, in the order it happened. Dispatch reads this list after every command and feeds it to
//! everything that follows the data: the journal, the page's events, watchers and notifications.

use crate::base::Bytes;

/// The classes of keyspace events, as `notify-keyspace-events` names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// `g`: commands that are not of one type, like DEL and EXPIRE.
    Generic,
    /// `$`
    String,
    /// `l`
    List,
    /// `s`
    Set,
    /// `h`
    Hash,
    /// `z`
    ZSet,
    /// `t`
    Stream,
    /// `x`: a key reached its deadline.
    Expired,
    /// `e`: a key was evicted for `maxmemory`.
    Evicted,
    /// `m`: a key that is not there was asked for. No change of the data.
    Miss,
    /// `n`: a key came into being; the event that says how follows. No change by itself.
    New,
    /// A change that no client is told of: neither those who watch the key, nor those who wait for it, nor by a
    /// notification. What a consumer group was given or acknowledged is one. The page shows it all the same.
    Quiet,
}

impl Class {
    /// Whether events of this class tell of a change.
    pub fn is_change(self) -> bool {
        !matches!(self, Class::Miss | Class::New)
    }
}

/// One change of the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Something happened to one key; `event` is the name that keyspace notifications use, empty when
    /// they do not tell of it.
    Key { database: usize, key: Bytes, class: Class, event: &'static str },
    /// Fields of a hash were past their deadline and are gone; the event `hexpired` of the key follows.
    FieldsExpired { database: usize, key: Bytes, fields: Vec<Bytes> },
    /// A database lost all its keys.
    Flushed { database: usize },
    /// Two databases changed places.
    Swapped { first: usize, second: usize },
}

impl Change {
    /// Whether a key that is watched counts as changed: not when only the groups or counters of a stream are others,
    /// as in Redis.
    pub fn is_seen_by_watches(class: Class, event: &str) -> bool {
        class.is_change()
            && class != Class::Quiet
            && !(class == Class::Stream && (event == "xsetid" || event.starts_with("xgroup-")))
    }

    /// Whether those who wait for a key may find something after an event: that the key came into being, and of a
    /// stream new entries, or that their group is gone. A group that is set back serves nobody who waits already, as in
    /// Redis; nor does a value of another type that takes a key's place.
    pub fn may_end_waiting(class: Class, event: &str) -> bool {
        class == Class::New || (class == Class::Stream && matches!(event, "xadd" | "xgroup-destroy" | ""))
    }

    /// Whether a stream that somebody reads may be gone after an event.
    pub fn may_end_stream(class: Class, event: &str) -> bool {
        class.is_change() && !matches!(class, Class::Stream | Class::Quiet) && !matches!(event, "expire" | "persist")
    }
}

/// What an update did to its value: the event to announce and by how much `rdb_changes_since_last_save` grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touched {
    /// Empty where no notification tells of it.
    pub(super) event: &'static str,
    pub(super) dirty: u64,
    /// Whether nobody is told but the page.
    pub(super) quiet: bool,
}

impl Touched {
    /// Nothing was changed.
    pub const NOTHING: Touched = Touched { event: "", dirty: 0, quiet: false };

    /// One change that no notification tells of, though those who watch the key are told: an estimate that PFCOUNT
    /// leaves in a HyperLogLog.
    pub const UNANNOUNCED: Touched = Touched { event: "", dirty: 1, quiet: false };

    /// One change under the name `event`.
    pub fn once(event: &'static str) -> Touched {
        Touched { event, dirty: 1, quiet: false }
    }

    /// `count` changes under the name `event`; none when `count` is 0.
    pub fn times(event: &'static str, count: usize) -> Touched {
        if count == 0 { Touched::NOTHING } else { Touched::announced(event, count) }
    }

    /// `count` changes, which are announced as `event` even when there are none.
    pub fn announced(event: &'static str, count: usize) -> Touched {
        Touched { event, dirty: count as u64, quiet: false }
    }

    /// `count` changes that no client is told of: what a consumer group was given or acknowledged.
    pub fn quietly(count: usize) -> Touched {
        Touched { event: "", dirty: count as u64, quiet: true }
    }

    /// One change when `changed`, else nothing.
    pub fn when(changed: bool, event: &'static str) -> Touched {
        Touched::times(event, usize::from(changed))
    }
}
