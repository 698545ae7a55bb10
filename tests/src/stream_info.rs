//! What XINFO and XPENDING tell of times, and of consumers that only a newer Redis knows, taken out of their replies.

use crate::reply::Tree;

/// What a consumer did when.
const TIMES: &[&str] = &["idle", "inactive", "seen-time", "active-time"];

/// A reply of XINFO without times, and without consumers that have nothing pending: since 7.2 a consumer exists as
/// soon as it asks, before it does when it is given something.
pub fn without_times(info: &Tree) -> Tree {
    let Tree::Node(kind, children) = info else {
        return if is_recent(info) { Tree::Leaf(b":now\r\n".to_vec()) } else { info.clone() };
    };
    let children = children.iter().map(without_times).filter(|child| !is_idle_consumer(child)).collect();
    let counts_consumers = |node: &Tree| {
        let is_count = |pair: &[Tree]| pair[0].text() == Some(b"consumers") && pair[1].integer().is_some();
        node.children().chunks_exact(2).any(is_count)
    };
    let node = Tree::Node(*kind, children);
    let node = if counts_consumers(&node) { node.without_fields(&["consumers"]) } else { node };
    if node.children().chunks_exact(2).any(is_time) { node.without_fields(TIMES) } else { node }
}

fn is_time(pair: &[Tree]) -> bool {
    pair[0].text().is_some_and(|name| TIMES.iter().any(|time| time.as_bytes() == name))
        && matches!(&pair[1], Tree::Leaf(leaf) if leaf.starts_with(b":"))
}

/// Whether an integer is a moment of this test, in milliseconds, and none that a command chose.
fn is_recent(leaf: &Tree) -> bool {
    leaf.integer().is_some_and(|number| (1_750_000_000_000..4_000_000_000_000).contains(&number))
}

/// Whether it describes a consumer, and that has nothing pending.
fn is_idle_consumer(tree: &Tree) -> bool {
    let field = |name: &[u8]| {
        let pair = tree.children().chunks_exact(2).find(|pair| pair[0].text() == Some(name))?;
        Some(&pair[1])
    };
    let pending = field(b"pel-count").or_else(|| field(b"pending")).and_then(Tree::integer);
    field(b"name").is_some() && field(b"last-delivered-id").is_none() && pending == Some(0)
}

/// The pending entries of XPENDING without the time since each was given.
pub fn without_idle_times(pending: &Tree) -> Tree {
    let Tree::Node(kind, entries) = pending else { return pending.clone() };
    let entries = entries.iter().map(|entry| match entry {
        Tree::Node(kind, parts) if parts.len() == 4 => Tree::Node(
            *kind,
            parts.iter().enumerate().filter(|(at, _)| *at != 2).map(|(_, part)| part.clone()).collect(),
        ),
        other => other.clone(),
    });
    Tree::Node(*kind, entries.collect())
}
