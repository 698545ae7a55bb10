//! What encodings, bytes and limits are, in sentences.

use engine::encoding::hyperloglog;
use engine::encoding::listpack::Kind;
use engine::keyspace::KeyParts;
use engine::value::Value;
use engine::value::layout::{Form, Layout, Limit, Part, Purpose, Role, Unit};
use engine::value::string::Place;

use crate::format;
use crate::layout::{PartView, Tone};

/// Which form a HyperLogLog has; none when the text is something else.
pub fn registers_of(text: &[u8]) -> Option<&'static str> {
    if !hyperloglog::is_valid(text) {
        return None;
    }
    Some(if hyperloglog::is_sparse(text) { "sparse HyperLogLog" } else { "dense HyperLogLog" })
}

/// What an encoding is, and where this engine's differs from that of Redis.
pub fn summary(value: &Value, layout: &Layout<'_>) -> String {
    let text = match (&layout.form, layout.encoding) {
        (Form::Text(Place::Number(_)), _) => {
            "A number, kept as one: eight bytes inside the value, however many digits it has."
        }
        (Form::Text(Place::Inline(_)), _) => {
            "Up to 22 bytes stand inside the value itself, beside its key: no memory of its own. Redis calls up to 44 \
             bytes embstr and keeps them in one piece with the value's header."
        }
        (Form::Text(Place::Exact(_)), "embstr") => {
            "One piece of memory of exactly this size. Redis calls up to 44 bytes embstr, and keeps them in one piece \
             with the value's header; this engine keeps up to 22 bytes there."
        }
        (Form::Text(Place::Exact(_)), _) => "One piece of memory of exactly this size, and a pointer that leads to it.",
        (Form::Text(Place::Grown { .. }), _) => {
            "It was changed in place, so it stands in memory that keeps some room to grow: the next APPEND need not \
             copy all of it."
        }
        (Form::Registers(place), _) if hyperloglog::is_sparse(place.text()) => {
            "A string that is a HyperLogLog, sparse: its 16,384 registers are written as runs of equal values, byte for \
             byte as Redis does."
        }
        (Form::Registers(_), _) => {
            "A string that is a HyperLogLog, dense: 16,384 registers of 6 bits, in 12 KB whatever is added. It never \
             becomes sparse again."
        }
        (Form::Listpack(_), "listpackex") => {
            "One run of bytes: field, value and time in turn, those that expire first at the front. A field is found by \
             reading from the beginning, which is quick while there are few."
        }
        (Form::Listpack(_), _) => {
            "One run of bytes, the very bytes that Redis keeps and writes into its files. Something is found by reading \
             from the beginning, which is quick while there is little."
        }
        (Form::Intset { .. }, _) => {
            "Integers in order, all of one width, so that one is found by halving. The widest that ever came decides \
             the width; it never gets narrower again."
        }
        (Form::Quicklist(_), _) => {
            "A chain of listpacks: both ends are quick, and the inside is as compact as a listpack. Redis links its \
             nodes by pointers; here they stand one after another in a ring."
        }
        (Form::Table(_), _) => {
            "A table of slots leads from a name's hash to a position; the entries stand there in pages. Redis chains \
             entries in buckets instead, and moves them bit by bit when its table grows."
        }
        (Form::Sorted { .. }, _) => {
            "Two structures: a hash table from members to scores, and the members in order. Redis keeps the order in a \
             skiplist, hence the name; this engine keeps it in a tree of wide nodes (a B+ tree), which has no levels \
             made by chance and takes the same O(log n) steps."
        }
        (Form::Stream(nodes), _) => {
            return format!(
                "Nodes of entries, found by the ID of their first entry. Redis keeps those IDs in a radix tree, which \
                 would have {} here; this engine keeps them in a B-tree. The nodes are listpacks, the very bytes of \
                 Redis.",
                format::counted(nodes.radix_nodes as f64, "node")
            );
        }
    };
    match value {
        Value::Hash(_) if layout.encoding == "hashtable" => {
            format!("{text} It never becomes a listpack again, even when it gets small.")
        }
        _ => text.to_owned(),
    }
}

/// A part of a value in words.
pub fn part(part: Part, form: &Form<'_>) -> PartView {
    let (tone, name, meaning) = match part.purpose {
        Purpose::Structure => (Tone::Structure, "Structure", "Pointers, lengths and counts that lead to the rest."),
        Purpose::Frame => match form {
            Form::Intset { .. } => (Tone::Frame, "Header", "Width and number of the integers, four bytes each."),
            _ => (Tone::Frame, "Headers and ends", "Of each listpack: six bytes before its entries, one behind them."),
        },
        Purpose::Encoding => (Tone::Encoding, "Encodings", "What says of each entry what it is and how long."),
        Purpose::Content => match form {
            Form::Quicklist(_) | Form::Stream(_) => (Tone::Text, "Entries", "Encodings, contents and lengths."),
            _ => (Tone::Text, "Content", "What was put in, and nothing else."),
        },
        Purpose::BackLength => (
            Tone::BackLength,
            "Lengths backwards",
            "The length of each entry once more, for those who come from its end.",
        ),
        Purpose::Slots => (Tone::Slots, "Slots", "The table: a position of four bytes and a control byte a slot."),
        Purpose::Entries => {
            (Tone::Text, "Entries", "24 bytes for each text, which hold up to 22 bytes of it; eight for a score.")
        }
        Purpose::Texts => (Tone::Number, "Long texts", "Texts of more than 22 bytes, each in memory of its own."),
        Purpose::Deadlines => (Tone::Deadline, "Deadlines", "Until when fields live, by field and in their order."),
        Purpose::Tree => (Tone::Tree, "Order", "The tree: 16 bytes an entry, in leaves that have room for 64."),
        Purpose::Map => (Tone::Tree, "Map", "The order of the nodes by their IDs."),
        Purpose::Groups => (Tone::Number, "Groups", "Consumer groups, their consumers and what is pending."),
        Purpose::Spare => {
            (Tone::Spare, "Not in use", "Room that is kept so that the next write need not move everything.")
        }
    };
    PartView { tone, name: name.to_owned(), meaning: meaning.to_owned(), bytes: part.bytes as f64 }
}

/// What a key takes around its value.
pub fn key_parts(parts: &KeyParts, value: &Value) -> impl Iterator<Item = PartView> {
    let inside = match value {
        Value::String(string) if string.heap_bytes() == 0 => ", and the value itself",
        _ => "",
    };
    let part = |tone: Tone, name: &str, meaning: String, bytes: usize| PartView {
        tone,
        name: name.to_owned(),
        meaning,
        bytes: bytes as f64,
    };
    [
        part(
            Tone::Slots,
            "Place in the table of keys",
            format!(
                "A slot and an entry, in which stand a name of up to 22 bytes, the deadline, the time of use{inside}."
            ),
            parts.entry,
        ),
        part(Tone::Structure, "The key's name", "It is longer than 22 bytes.".to_owned(), parts.name),
        part(
            Tone::Deadline,
            "Place among deadlines",
            "Keys stand in the order in which they expire.".to_owned(),
            parts.deadlines,
        ),
    ]
    .into_iter()
    .filter(|part| part.bytes > 0.0)
}

/// What a limit counts.
pub fn unit(limit: &Limit, has_nodes: bool) -> &'static str {
    let name = limit.name;
    match limit.unit {
        Unit::Entries if name.starts_with("hash") => "fields",
        Unit::Entries => "members",
        Unit::LongestBytes if name.starts_with("hash") => "bytes in the longest field or value",
        Unit::LongestBytes => "bytes in the longest member",
        Unit::Bytes => "bytes",
        Unit::NodeBytes if name.starts_with("list") && has_nodes => "bytes in the fullest node",
        Unit::NodeBytes if has_nodes => "bytes in the last node",
        Unit::NodeBytes => "bytes in the listpack",
        Unit::NodeEntries if name.starts_with("list") && has_nodes => "elements in the fullest node",
        Unit::NodeEntries if has_nodes => "entries in the last node",
        Unit::NodeEntries => "elements",
    }
}

/// What an entry of a listpack is for.
pub fn role(role: Role) -> &'static str {
    match role {
        Role::Element => "element",
        Role::Field => "field",
        Role::Value => "value",
        Role::Deadline => "deadline",
        Role::Member => "member",
        Role::Score => "score",
        Role::Count => "entries of the node",
        Role::Deleted => "removed entries",
        Role::Fields => "number of names",
        Role::Name => "name",
        Role::MasterEnd => "end of the shared names",
        Role::Flags => "flags",
        Role::Milliseconds => "milliseconds after the node's",
        Role::Sequence => "sequence after the node's",
        Role::Words => "entries to walk back",
    }
}

/// What the first byte of an entry says.
pub fn kind(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Uint7 => ("7-bit unsigned integer", "The first byte is the number itself: it begins with the bit 0."),
        Kind::Str6 => {
            ("6-bit string", "The first byte begins with the bits 10; its other six are the string's length.")
        }
        Kind::Int13 => {
            ("13-bit integer", "The first byte begins with 110; its other five bits and the next byte are the number.")
        }
        Kind::Str12 => {
            ("12-bit string", "The first byte begins with 1110; its other four bits and the next byte are the length.")
        }
        Kind::Str32 => ("32-bit string", "F0, then the length in four bytes."),
        Kind::Int16 => ("16-bit integer", "F1, then the number in two bytes."),
        Kind::Int24 => ("24-bit integer", "F2, then the number in three bytes."),
        Kind::Int32 => ("32-bit integer", "F3, then the number in four bytes."),
        Kind::Int64 => ("64-bit integer", "F4, then the number in eight bytes."),
    }
}
