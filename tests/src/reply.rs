//! A reply as a tree whose leaves keep their raw bytes, for comparisons that are not byte for byte.

use crate::wire;

/// A leaf is one scalar reply as it was on the wire; a node is an array, set, push or map (its children are keys and
/// values in turn) with its type byte.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tree {
    Leaf(Vec<u8>),
    Node(u8, Vec<Tree>),
}

impl Tree {
    /// The tree of a whole reply, and nothing after it.
    pub fn parse(bytes: &[u8]) -> Option<Tree> {
        if wire::reply_length(bytes) != Ok(Some(bytes.len())) {
            return None;
        }
        let mut rest = bytes;
        Tree::take(&mut rest)
    }

    fn take(rest: &mut &[u8]) -> Option<Tree> {
        let end = rest.windows(2).position(|pair| pair == b"\r\n")? + 2;
        let header = rest.get(..end)?;
        let kind = *header.first()?;
        let count: i64 = match kind {
            b'*' | b'~' | b'>' | b'%' => std::str::from_utf8(&header[1..end - 2]).ok()?.parse().ok()?,
            _ => -1,
        };
        if count < 0 {
            let length = wire::reply_length(rest).ok()??;
            let (leaf, tail) = rest.split_at(length);
            *rest = tail;
            return Some(Tree::Leaf(leaf.to_vec()));
        }
        *rest = rest.get(end..)?;
        let children = if kind == b'%' { count * 2 } else { count };
        Some(Tree::Node(kind, (0..children).map(|_| Tree::take(rest)).collect::<Option<_>>()?))
    }

    pub fn is_error(&self) -> bool {
        matches!(self, Tree::Leaf(leaf) if leaf.starts_with(b"-") || leaf.starts_with(b"!"))
    }

    /// No value: RESP2's null bulk string and null array, RESP3's null.
    pub fn is_null(&self) -> bool {
        matches!(self, Tree::Leaf(leaf) if [&b"$-1\r\n"[..], b"*-1\r\n", b"_\r\n"].contains(&leaf.as_slice()))
    }

    /// The children; none for a leaf.
    pub fn children(&self) -> &[Tree] {
        match self {
            Tree::Leaf(_) => &[],
            Tree::Node(_, children) => children,
        }
    }

    /// The payload of a bulk or simple string.
    pub fn text(&self) -> Option<&[u8]> {
        let Tree::Leaf(leaf) = self else { return None };
        let (start, end) = match leaf.first()? {
            b'$' => (leaf.iter().position(|byte| *byte == b'\n')? + 1, leaf.len() - 2),
            b'+' => (1, leaf.len() - 2),
            _ => return None,
        };
        leaf.get(start..end)
    }

    /// The same with its children, in groups of `group` (a map's always in pairs), sorted.
    pub fn sorted(&self, group: usize) -> Tree {
        let Tree::Node(kind, children) = self else { return self.clone() };
        let mut groups: Vec<&[Tree]> = children.chunks(if *kind == b'%' { 2 } else { group }).collect();
        groups.sort();
        Tree::Node(*kind, groups.concat())
    }

    /// Equal but for the contents of the leaves.
    pub fn same_shape(&self, other: &Tree) -> bool {
        match (self, other) {
            (Tree::Leaf(one), Tree::Leaf(other_leaf)) => {
                one.first() == other_leaf.first() && self.is_null() == other.is_null()
            }
            (Tree::Node(kind, one), Tree::Node(other_kind, other)) => {
                kind == other_kind
                    && one.len() == other.len()
                    && one.iter().zip(other).all(|(one, other)| one.same_shape(other))
            }
            _ => false,
        }
    }

    /// Without the named entries of a map (or a flat array of names and values).
    pub fn without_fields(&self, fields: &[&str]) -> Tree {
        let Tree::Node(kind, children) = self else { return self.clone() };
        let kept = children
            .chunks(2)
            .filter(|pair| !pair[0].text().is_some_and(|name| fields.iter().any(|field| field.as_bytes() == name)))
            .collect::<Vec<_>>();
        Tree::Node(*kind, kept.concat())
    }

    /// Both leaves or nodes of the same type.
    pub fn same_kind(&self, other: &Tree) -> bool {
        match (self, other) {
            (Tree::Leaf(one), Tree::Leaf(other)) => one.first() == other.first(),
            (Tree::Node(one, _), Tree::Node(other, _)) => one == other,
            _ => false,
        }
    }

    /// Equal in structure, whatever the leaves are.
    pub fn same_outline(&self, other: &Tree) -> bool {
        match (self, other) {
            (Tree::Leaf(_), Tree::Leaf(_)) => self.is_null() == other.is_null(),
            _ => {
                let (one, other) = (self.children(), other.children());
                one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.same_outline(other))
            }
        }
    }

    /// All leaves as they were on the wire, from left to right.
    pub fn leaves(&self) -> Vec<&[u8]> {
        match self {
            Tree::Leaf(leaf) => vec![leaf],
            Tree::Node(_, children) => children.iter().flat_map(Tree::leaves).collect(),
        }
    }

    pub fn integer(&self) -> Option<i64> {
        let Tree::Leaf(leaf) = self else { return None };
        std::str::from_utf8(leaf.strip_prefix(b":")?).ok()?.trim_end().parse().ok()
    }

    /// The whole reply on one line, types visible, at most about `most` characters.
    pub fn summary(&self, most: usize) -> String {
        let text = match self {
            Tree::Leaf(leaf) => match self.text() {
                Some(text) if leaf.starts_with(b"$") => format!("\"{}\"", wire::show(text)),
                _ => wire::show(leaf.strip_suffix(b"\r\n").unwrap_or(leaf)),
            },
            Tree::Node(kind, children) => {
                let inner: Vec<String> = children.iter().take(60).map(|child| child.summary(most)).collect();
                format!("{}[{}]", char::from(*kind), inner.join(" "))
            }
        };
        match text.char_indices().nth(most) {
            Some((end, _)) => format!("{}... ({} bytes)", &text[..end], text.len()),
            None => text,
        }
    }
}
