//! The keys of a database as a tree: split at a delimiter, sorted, counted, open where a person opened it.
//!
//! Knows nothing of values, time or drawing. Only open folders hold their entries, so that a million keys cost
//! memory only where someone looks; a closed folder is a name and a count. Changes are gathered and merged when
//! rows are next asked for, so that a burst of writes costs one pass and not one each.
//!
//! Needs to be told of every key that comes and goes exactly once; counts are exact then.

use engine::base::order;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Folders nest no deeper; what follows stays in the name. Hostile keys of delimiters only would else nest as deep
/// as they are long.
pub const MAX_DEPTH: usize = 32;

/// The tree of one database.
#[derive(Debug)]
pub struct KeyTree {
    delimiter: u8,
    root: Branch,
    keys: usize,
}

/// An open folder.
#[derive(Debug, Default)]
struct Branch {
    /// Sorted by name; a key stands before a folder of the same name.
    entries: Vec<Entry>,
    /// Changes that are not in `entries` yet, in the order they came.
    pending: Vec<(Entry, i64)>,
    /// The open ones of the folders in `entries`, by name.
    open: BTreeMap<Box<[u8]>, Branch>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    name: Box<[u8]>,
    /// False for a key.
    folder: bool,
    /// How many keys it stands for.
    keys: usize,
}

/// One visible line of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// 0 for the outermost.
    pub depth: usize,
    /// The key; for a folder what all its keys begin with, the delimiter included.
    pub path: Vec<u8>,
    /// Where in `path` the part begins that this row shows.
    pub name_at: usize,
    /// Which of its siblings it is, from 0, and how many they are.
    pub position: usize,
    pub siblings: usize,
    pub folder: Option<Folder>,
}

/// What a row says of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Folder {
    pub open: bool,
    pub keys: usize,
}

impl KeyTree {
    pub fn new(delimiter: u8) -> KeyTree {
        KeyTree { delimiter, root: Branch::default(), keys: 0 }
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.keys
    }

    pub fn is_empty(&self) -> bool {
        self.keys == 0
    }

    /// Starts over with these keys; folders that were open stay so while they have keys.
    pub fn rebuild<'k>(&mut self, keys: impl Iterator<Item = &'k [u8]>) {
        self.keys = 0;
        self.root.empty();
        for key in keys {
            self.insert(key);
        }
        self.root.merge();
    }

    pub fn insert(&mut self, key: &[u8]) {
        self.keys += 1;
        self.root.change(self.delimiter, key, 0, 1);
    }

    pub fn remove(&mut self, key: &[u8]) {
        self.keys = self.keys.saturating_sub(1);
        self.root.change(self.delimiter, key, 0, -1);
    }

    /// Opens a folder; `keys` are all keys of the database.
    pub fn open<'k>(&mut self, folder: &[u8], keys: impl Iterator<Item = &'k [u8]>) {
        let delimiter = self.delimiter;
        self.root.merge();
        let Some((branch, depth)) = self.root.open_path(delimiter, folder) else { return };
        if !branch.entries.is_empty() {
            return;
        }
        for key in keys {
            if let Some(rest) = key.strip_prefix(folder) {
                branch.change(delimiter, rest, depth, 1);
            }
        }
        branch.merge();
    }

    pub fn close(&mut self, folder: &[u8]) {
        self.root.close_path(self.delimiter, folder);
    }

    /// How many rows are visible.
    pub fn rows_len(&mut self) -> usize {
        self.root.merge();
        self.root.rows_len()
    }

    /// The visible rows from `first` on, `count` at most.
    pub fn rows(&mut self, first: usize, count: usize) -> Vec<Row> {
        self.root.merge();
        let mut window = Window { skip: first, take: count, rows: Vec::new() };
        self.root.show(self.delimiter, &mut Vec::new(), 0, &mut window);
        window.rows
    }
}

/// The part of the rows that is wanted.
struct Window {
    skip: usize,
    take: usize,
    rows: Vec<Row>,
}

impl Branch {
    /// Forgets all entries here and in the open folders.
    fn empty(&mut self) {
        self.entries.clear();
        self.pending.clear();
        self.open.values_mut().for_each(Branch::empty);
    }

    /// Notes that a key came (`by` 1) or went (-1); `rest` is the key without the names of the folders around.
    fn change(&mut self, delimiter: u8, rest: &[u8], depth: usize, by: i64) {
        let split = if depth < MAX_DEPTH { rest.iter().position(|&byte| byte == delimiter) } else { None };
        let Some(at) = split else {
            self.pending.push((Entry { name: rest.into(), folder: false, keys: 0 }, by));
            return;
        };
        let (name, inside) = rest.split_at(at);
        // A burst of keys into one folder, as bulk loading makes it, is one pending change.
        match self.pending.last_mut() {
            Some((last, sum)) if last.folder && *last.name == *name => *sum += by,
            _ => self.pending.push((Entry { name: name.into(), folder: true, keys: 0 }, by)),
        }
        if let Some(branch) = self.open.get_mut(name) {
            branch.change(delimiter, inside.get(1..).unwrap_or_default(), depth + 1, by);
        }
    }

    /// Brings the pending changes into `entries`, here and in the open folders.
    fn merge(&mut self) {
        if !self.pending.is_empty() {
            let mut changes = std::mem::take(&mut self.pending);
            order::sort_by(&mut changes, |(a, _), (b, _)| a.order(b));
            let mut merged = Vec::with_capacity(self.entries.len() + changes.len());
            let mut old = std::mem::take(&mut self.entries).into_iter().peekable();
            let mut changes = changes.into_iter().peekable();
            while let Some((mut entry, mut sum)) = changes.next() {
                while let Some((_, by)) = changes.next_if(|(next, _)| next.order(&entry) == Ordering::Equal) {
                    sum += by;
                }
                while let Some(smaller) = old.next_if(|old| old.order(&entry) == Ordering::Less) {
                    merged.push(smaller);
                }
                if let Some(same) = old.next_if(|old| old.order(&entry) == Ordering::Equal) {
                    entry = same;
                }
                entry.keys = entry.keys.saturating_add_signed(isize::try_from(sum).unwrap_or(0));
                if entry.keys > 0 {
                    merged.push(entry);
                }
            }
            merged.extend(old);
            self.entries = merged;
        }
        for branch in self.open.values_mut() {
            branch.merge();
        }
        self.open.retain(|_, branch| !branch.entries.is_empty());
    }

    /// The branch for a folder, made if it is in `entries`, and its depth.
    fn open_path(&mut self, delimiter: u8, folder: &[u8]) -> Option<(&mut Branch, usize)> {
        let mut branch = self;
        let mut names = folder.strip_suffix(&[delimiter])?.split(|&byte| byte == delimiter).peekable();
        let mut depth = 0;
        while let Some(name) = names.next() {
            branch.find_folder(name)?;
            depth += 1;
            // A folder inside a closed one is not visible, so nothing asks for it but a stale message.
            if names.peek().is_some() && !branch.open.contains_key(name) {
                return None;
            }
            branch = branch.open.entry(name.into()).or_default();
        }
        Some((branch, depth))
    }

    fn close_path(&mut self, delimiter: u8, folder: &[u8]) {
        let Some((name, inside)) = folder.iter().position(|&byte| byte == delimiter).map(|at| folder.split_at(at))
        else {
            return;
        };
        match inside.get(1..) {
            Some([]) | None => {
                self.open.remove(name);
            }
            Some(inside) => {
                if let Some(branch) = self.open.get_mut(name) {
                    branch.close_path(delimiter, inside);
                }
            }
        }
    }

    fn find_folder(&self, name: &[u8]) -> Option<usize> {
        self.entries.binary_search_by(|entry| entry.order_to(name, true)).ok()
    }

    fn rows_len(&self) -> usize {
        self.entries.len() + self.open.values().map(Branch::rows_len).sum::<usize>()
    }

    fn show(&self, delimiter: u8, path: &mut Vec<u8>, depth: usize, window: &mut Window) {
        let mut next = 0;
        for (name, branch) in &self.open {
            let Some(at) = self.find_folder(name) else { continue };
            self.show_entries(delimiter, path, depth, next..at + 1, window);
            next = at + 1;
            let inside = branch.rows_len();
            if window.skip >= inside {
                window.skip -= inside;
                continue;
            }
            let length = path.len();
            path.extend_from_slice(name);
            path.push(delimiter);
            branch.show(delimiter, path, depth + 1, window);
            path.truncate(length);
            if window.take == 0 {
                return;
            }
        }
        self.show_entries(delimiter, path, depth, next..self.entries.len(), window);
    }

    fn show_entries(
        &self,
        delimiter: u8,
        path: &[u8],
        depth: usize,
        range: std::ops::Range<usize>,
        window: &mut Window,
    ) {
        let skipped = window.skip.min(range.len());
        window.skip -= skipped;
        for position in range.skip(skipped).take(window.take) {
            let Some(entry) = self.entries.get(position) else { return };
            window.take -= 1;
            let mut full = path.to_vec();
            full.extend_from_slice(&entry.name);
            if entry.folder {
                full.push(delimiter);
            }
            window.rows.push(Row {
                depth,
                path: full,
                name_at: path.len(),
                position,
                siblings: self.entries.len(),
                folder: entry.folder.then(|| Folder { open: self.open.contains_key(&entry.name), keys: entry.keys }),
            });
        }
    }
}

impl Entry {
    fn order(&self, other: &Entry) -> Ordering {
        self.order_to(&other.name, other.folder)
    }

    fn order_to(&self, name: &[u8], folder: bool) -> Ordering {
        (*self.name).cmp(name).then(self.folder.cmp(&folder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::base::Random;
    use std::collections::BTreeSet;

    fn tree(keys: &[&str]) -> KeyTree {
        let mut tree = KeyTree::new(b':');
        tree.rebuild(keys.iter().map(|key| key.as_bytes()));
        tree
    }

    fn drawn(tree: &mut KeyTree) -> Vec<String> {
        tree.rows(0, usize::MAX)
            .into_iter()
            .map(|row| {
                let name = String::from_utf8_lossy(&row.path[row.name_at..]).into_owned();
                let indent = "  ".repeat(row.depth);
                match row.folder {
                    Some(folder) => format!("{indent}{name} {}{}", folder.keys, if folder.open { " open" } else { "" }),
                    None => format!("{indent}{name}"),
                }
            })
            .collect()
    }

    #[test]
    fn opens_and_closes() {
        let keys = ["user:1:name", "user:1:age", "user:2:name", "user", "zebra", "user:", ":"];
        let mut tree = tree(&keys);
        let all = || keys.iter().map(|key| key.as_bytes());
        assert_eq!(drawn(&mut tree), [": 1", "user", "user: 4", "zebra"]);
        tree.open(b"user:", all());
        tree.open(b"user:1:", all());
        tree.open(b"nothing:", all());
        tree.open(b"zebra", all());
        assert_eq!(
            drawn(&mut tree),
            [": 1", "user", "user: 4 open", "  ", "  1: 2 open", "    age", "    name", "  2: 1", "zebra"]
        );
        tree.insert(b"user:1:zip");
        tree.remove(b"user:2:name");
        tree.insert(b"alpha");
        assert_eq!(
            drawn(&mut tree),
            [": 1", "alpha", "user", "user: 4 open", "  ", "  1: 3 open", "    age", "    name", "    zip", "zebra"]
        );
        tree.close(b"user:");
        assert_eq!(drawn(&mut tree), [": 1", "alpha", "user", "user: 4", "zebra"]);
        assert_eq!(tree.len(), 8);
    }

    #[test]
    fn a_folder_that_loses_its_keys_goes_and_comes_back_closed() {
        let mut tree = tree(&["a:1"]);
        tree.open(b"a:", [b"a:1".as_slice()].into_iter());
        tree.remove(b"a:1");
        assert_eq!(tree.rows_len(), 0);
        tree.insert(b"a:1");
        assert_eq!(drawn(&mut tree), ["a: 1"]);
    }

    #[test]
    fn a_rebuild_keeps_what_is_open() {
        let mut tree = tree(&["a:1", "b:1"]);
        tree.open(b"a:", [b"a:1".as_slice()].into_iter());
        tree.rebuild([b"a:2".as_slice(), b"c"].into_iter());
        assert_eq!(drawn(&mut tree), ["a: 1 open", "  2", "c"]);
        tree.rebuild([b"c".as_slice()].into_iter());
        assert_eq!(drawn(&mut tree), ["c"]);
    }

    #[test]
    fn keys_of_delimiters_only_nest_no_deeper_than_the_limit() {
        let key = vec![b':'; 1000];
        let mut tree = KeyTree::new(b':');
        tree.insert(&key);
        for depth in 1..=MAX_DEPTH + 5 {
            tree.open(&key[..depth], [key.as_slice()].into_iter());
        }
        let rows = tree.rows(0, usize::MAX);
        assert_eq!(rows.len(), MAX_DEPTH + 1);
        assert_eq!(rows.last().map(|row| (row.path.len(), row.folder)), Some((1000, None)));
    }

    #[test]
    fn agrees_with_a_naive_model() {
        for seed in 0..20 {
            let mut random = Random::new(seed);
            let mut pick = |below: u32| random.next_u32() % below;
            let mut keys = BTreeSet::new();
            let mut tree = KeyTree::new(b':');
            for _ in 0..400 {
                let depth = 1 + pick(4);
                let key = (0..depth).map(|_| pick(3).to_string()).collect::<Vec<_>>().join(":").into_bytes();
                let folder = [key.as_slice(), b":"].concat();
                match pick(5) {
                    0 => tree.open(&folder, keys.iter().map(Vec::as_slice)),
                    1 => tree.close(&folder),
                    _ if keys.remove(&key) => tree.remove(&key),
                    _ => {
                        tree.insert(&key);
                        keys.insert(key);
                    }
                }
                if pick(4) == 0 {
                    let rows = tree.rows(0, usize::MAX);
                    assert_eq!(rows.len(), tree.rows_len(), "seed {seed}");
                    let first = pick(10) as usize;
                    let expected: Vec<_> = rows.iter().skip(first).take(5).cloned().collect();
                    assert_eq!(tree.rows(first, 5), expected, "seed {seed}");
                    for row in rows {
                        match row.folder {
                            None => assert!(keys.contains(&row.path), "seed {seed}"),
                            Some(folder) => assert_eq!(
                                keys.iter().filter(|key| key.starts_with(&row.path)).count(),
                                folder.keys,
                                "seed {seed}"
                            ),
                        }
                    }
                }
            }
            assert_eq!(tree.len(), keys.len());
        }
    }
}
