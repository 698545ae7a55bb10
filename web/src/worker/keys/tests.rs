//! The tree against a naive model, and its corners.

use super::*;
use engine::base::Random;

/// A tree with the keys that it was told of, each as large as its name is long times ten.
struct Told {
    tree: KeyTree,
    keys: Vec<Vec<u8>>,
}

impl Told {
    fn of(delimiter: &str, keys: &[&str]) -> Told {
        let mut told = Told { tree: KeyTree::new(delimiter.as_bytes()), keys: Vec::new() };
        keys.iter().for_each(|key| told.toggle(key.as_bytes()));
        told
    }

    /// The key comes, or goes if it was there.
    fn toggle(&mut self, key: &[u8]) {
        let bytes = 10 * key.len() as i64;
        match self.keys.iter().position(|other| other == key) {
            Some(at) => {
                self.keys.remove(at);
                self.tree.change(key, Difference { keys: -1, bytes: -bytes });
            }
            None => {
                self.keys.push(key.to_vec());
                self.tree.change(key, Difference { keys: 1, bytes });
            }
        }
    }

    fn open(&mut self, folder: &[u8]) {
        if self.tree.open(folder) {
            for key in &self.keys {
                self.tree.fill(folder, key, 10 * key.len());
            }
        }
    }

    fn rebuild(&mut self, keys: &[&str]) {
        self.tree.clear();
        self.keys.clear();
        keys.iter().for_each(|key| self.toggle(key.as_bytes()));
    }

    #[track_caller]
    fn check(&mut self, expected: &[&str]) {
        self.tree.prune();
        let rows = self.tree.rows(0, usize::MAX).into_iter().map(|row| {
            let name = String::from_utf8_lossy(&row.path[row.name_at..]).into_owned();
            let indent = "  ".repeat(row.depth);
            match row.folder {
                Some(it) => format!("{indent}{name} {} {}{}", it.keys, it.bytes, if it.open { " open" } else { "" }),
                None => format!("{indent}{name}"),
            }
        });
        assert_eq!(rows.collect::<Vec<_>>(), expected);
    }
}

#[test]
fn opens_and_closes() {
    let mut told = Told::of(":", &["user:1:name", "user:1:age", "user:2:name", "user", "zebra", "user:", ":"]);
    told.check(&[": 1 10", "user", "user: 4 370", "zebra"]);
    for folder in ["user:", "user:1:", "nothing:", "zebra"] {
        told.open(folder.as_bytes());
    }
    told.check(&[
        ": 1 10",
        "user",
        "user: 4 370 open",
        "  ",
        "  1: 2 210 open",
        "    age",
        "    name",
        "  2: 1 110",
        "zebra",
    ]);
    for key in ["user:1:zip", "user:2:name", "alpha"] {
        told.toggle(key.as_bytes());
    }
    told.check(&[
        ": 1 10",
        "alpha",
        "user",
        "user: 4 360 open",
        "  ",
        "  1: 3 310 open",
        "    age",
        "    name",
        "    zip",
        "zebra",
    ]);
    told.tree.change(b"user:1:zip", Difference { keys: 0, bytes: 1000 });
    assert_eq!(told.tree.rows(3, 1)[0].folder, Some(Folder { open: true, keys: 4, bytes: 1360 }));
    told.tree.close(b"user:");
    told.check(&[": 1 10", "alpha", "user", "user: 4 1360", "zebra"]);
    assert_eq!((told.tree.len(), told.tree.bytes()), (8, 1360 + 10 + 50 + 40 + 50));
}

#[test]
fn splits_at_any_delimiter_or_none() {
    Told::of("", &["a:b", "a:c"]).check(&["a:b", "a:c"]);
    let mut told = Told::of("::", &["a::b", "a:::c", "a:b", "::"]);
    told.open(b"a::");
    told.check(&[":: 1 20", "a:: 2 90 open", "  :c", "  b", "a:b"]);
    told.tree.split_at(b"b");
    told.check(&[]);
}

#[test]
fn sorts_by_memory() {
    let mut told = Told::of(":", &["a:1", "a:2", "b", "longest", "c:123456:7"]);
    told.open(b"a:");
    told.tree.sort_by(KeysSort::Memory);
    let sorted = ["c: 1 100", "longest", "a: 2 60 open", "  1", "  2", "b"];
    told.check(&sorted);
    for first in 0..sorted.len() {
        let path = |row: &Row| row.path.clone();
        let all = told.tree.rows(0, 9);
        assert_eq!(
            told.tree.rows(first, 2).iter().map(path).collect::<Vec<_>>(),
            all.iter().skip(first).take(2).map(path).collect::<Vec<_>>()
        );
    }
}

#[test]
fn a_folder_that_loses_its_keys_goes_and_comes_back_closed() {
    let mut told = Told::of(":", &["a:1"]);
    told.open(b"a:");
    told.toggle(b"a:1");
    told.check(&[]);
    told.toggle(b"a:1");
    told.check(&["a: 1 30"]);
    // Unless nobody looked meanwhile.
    told.open(b"a:");
    told.toggle(b"a:1");
    told.toggle(b"a:1");
    told.check(&["a: 1 30 open", "  1"]);
}

#[test]
fn a_rebuild_keeps_what_is_open() {
    let mut told = Told::of(":", &["a:1", "b:1"]);
    told.open(b"a:");
    told.rebuild(&["a:2", "c"]);
    told.check(&["a: 1 30 open", "  2", "c"]);
    told.rebuild(&["c"]);
    told.check(&["c"]);
}

#[test]
fn keys_of_delimiters_only_nest_no_deeper_than_the_limit() {
    let key = ":".repeat(1000);
    let mut told = Told::of(":", &[&key]);
    for depth in 1..=MAX_DEPTH + 5 {
        told.open(&key.as_bytes()[..depth]);
    }
    let rows = told.tree.rows(0, usize::MAX);
    assert_eq!(rows.len(), MAX_DEPTH + 1);
    assert_eq!(rows.last().map(|row| (row.path.len(), row.folder)), Some((1000, None)));
}

#[test]
fn agrees_with_a_naive_model() {
    for seed in 0..20 {
        let mut random = Random::new(seed);
        let mut pick = |below: u32| random.next_u32() % below;
        let mut told = Told::of(":", &[]);
        for _ in 0..400 {
            let depth = 1 + pick(4);
            let key = (0..depth).map(|_| pick(3).to_string()).collect::<Vec<_>>().join(":").into_bytes();
            let folder = [key.as_slice(), b":"].concat();
            match pick(6) {
                0 => told.open(&folder),
                1 => told.tree.close(&folder),
                2 => told.tree.sort_by(if pick(2) == 0 { KeysSort::Name } else { KeysSort::Memory }),
                _ => told.toggle(&key),
            }
            if pick(4) > 0 {
                continue;
            }
            told.tree.prune();
            let rows = told.tree.rows(0, usize::MAX);
            assert_eq!(rows.len(), told.tree.rows_len(), "seed {seed}");
            let first = pick(10) as usize;
            let expected: Vec<_> = rows.iter().skip(first).take(5).cloned().collect();
            assert_eq!(told.tree.rows(first, 5), expected, "seed {seed}");
            for row in rows {
                let Some(folder) = row.folder else {
                    assert!(told.keys.contains(&row.path), "seed {seed}");
                    continue;
                };
                let inside = told.keys.iter().filter(|key| key.starts_with(&row.path));
                let sums = inside.fold((0, 0), |(keys, bytes), key| (keys + 1, bytes + 10 * key.len()));
                assert_eq!(sums, (folder.keys, folder.bytes), "seed {seed}");
            }
        }
        assert_eq!(told.tree.len(), told.keys.len());
    }
}
