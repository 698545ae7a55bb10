//! A value: what is asked about it, its pages, and what became of an edit.

use serde::{Deserialize, Serialize};

use crate::bytes::ByteBuf;

/// How many elements of a value are sent at a time.
pub const VALUE_PAGE: usize = 100;
/// How many bytes of a string are sent at a time to be shown as bits.
pub const BITS_PAGE: usize = 128;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ValueQuestion {
    pub database: u32,
    pub key: ByteBuf,
    /// The first element of the page, or the first byte of a string.
    pub from: u32,
    pub look: ValueLook,
    /// Sorted sets and streams from their end.
    pub reversed: bool,
    /// Only what is between these: scores of a sorted set or IDs of a stream, as commands take them. Empty: all.
    pub start: String,
    pub end: String,
}

/// As what a value is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ValueLook {
    /// Its elements, or a page of a string's bytes.
    #[default]
    Plain,
    /// All of a string, if that is not too much.
    Whole,
    /// A small page of a string's bytes, and how many of its bits are set.
    Bits,
    /// The registers of a HyperLogLog.
    Registers,
    /// The members of a sorted set as places on the earth.
    Places,
    /// A consumer group of a stream: its consumers and pending entries.
    Group(ByteBuf),
}

/// One page of a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValueView {
    pub database: u32,
    pub key: ByteBuf,
    /// The key as redis-cli would show it without quotes.
    pub name: String,
    /// None when there is no such key (any more).
    pub value: Option<ValuePage>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValuePage {
    pub type_name: String,
    pub encoding: String,
    pub bytes: f64,
    pub expires_at_ms: Option<f64>,
    /// Elements in all, or bytes of a string.
    pub total: u32,
    /// How many of them the question is about.
    pub len: u32,
    pub from: u32,
    /// How many elements or bytes this page holds.
    pub count: u32,
    pub content: ValueContent,
    /// Why the question could not be answered as it was asked.
    pub problem: Option<String>,
    /// A string that is a HyperLogLog.
    pub is_hyperloglog: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ValueContent {
    /// Of a string; how many bits of all of it are set, if that was asked and is not too much to count.
    Bytes {
        bytes: ByteBuf,
        ones: Option<f64>,
    },
    List(Vec<Element>),
    Set(Vec<Element>),
    Hash(Vec<FieldView>),
    Sorted(Vec<MemberView>),
    Stream {
        entries: Vec<EntryView>,
        groups: Vec<GroupView>,
    },
    Group(GroupContent),
    Registers(RegistersView),
}

/// An element's bytes, so that a command can name it exactly.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Element {
    /// All of them, or only the first ones of a very long one.
    pub bytes: ByteBuf,
    pub len: u32,
}

impl Element {
    /// Whether all of its bytes are here.
    pub fn is_whole(&self) -> bool {
        self.bytes.len() == self.len as usize
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldView {
    pub field: Element,
    pub value: Element,
    pub expires_at_ms: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemberView {
    pub member: Element,
    pub score: f64,
    /// Counted from the least score.
    pub rank: u32,
    /// Longitude and latitude, if that was asked.
    pub place: Option<(f64, f64)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EntryView {
    pub id: String,
    pub fields: Vec<(Element, Element)>,
}

/// A consumer group of a stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupView {
    pub name: Element,
    pub consumers: u32,
    pub pending: u32,
    pub last_id: String,
    /// Entries that nobody was given yet, where that is known.
    pub lag: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupContent {
    pub name: Element,
    pub consumers: Vec<ConsumerView>,
    pub pending: Vec<PendingView>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConsumerView {
    pub name: Element,
    pub pending: u32,
    /// When it last asked for something.
    pub seen_ms: f64,
}

/// An entry that a consumer was given and has not acknowledged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PendingView {
    pub id: String,
    pub consumer: Element,
    pub delivered_ms: f64,
    pub deliveries: f64,
}

/// A HyperLogLog.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegistersView {
    /// The values of the 16,384 registers, one byte each.
    pub bytes: ByteBuf,
    pub is_sparse: bool,
    pub estimate: f64,
    /// Whether the estimate stands in the header, so that PFCOUNT need not compute it.
    pub is_kept: bool,
}

/// What became of an edit, or of its undoing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EditOutcome {
    /// It changed something. The number that undoes it, or why it cannot be undone.
    Done(Result<u32, String>),
    /// The command ran and changed nothing; what it replied.
    Nothing(String),
    /// The command was refused; the reply.
    Refused(String),
    /// Nothing was sent, and why.
    Busy(String),
    /// It was sent and has not answered.
    Waiting,
}
