//! The window against a count of everything, while a random client writes and the window looks at all keys in slices.

use super::*;
use engine::base::{Random, Time};
use engine::{ClientId, Engine, Event, Options, Output};

struct Store {
    engine: Engine,
    client: ClientId,
    window: KeyWindow,
}

impl Store {
    fn new() -> Store {
        let options = Options { events: true, ..Options::default() };
        let mut engine = Engine::new(options, Time(1_000)).unwrap();
        let client = engine.connect(Time(1_000));
        let mut window = KeyWindow::new(0);
        window.look_at(0, 0, 100);
        Store { engine, client, window }
    }

    fn run(&mut self, line: &str) {
        let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        let reply = self.engine.call(self.client, &words, Time(1_000));
        assert!(!reply.is_error(), "{line}: {reply:?}");
        while let Some(output) = self.engine.poll() {
            if let Output::Event(Event::Change(change)) = output {
                self.window.follow(&change, self.engine.keyspace());
            }
        }
    }

    fn finish(&mut self) {
        while self.window.work(self.engine.keyspace(), || false) {}
    }

    /// Everything that the rows say is counted anew.
    #[track_caller]
    fn check(&mut self, about: &str) {
        self.finish();
        let database = self.engine.keyspace().database(0).unwrap();
        let taken = |prefix: &[u8]| {
            let keys = database.iter().enumerate().filter(|(_, (key, object))| {
                key.as_slice().starts_with(prefix) && self.window.filter.takes(key.as_slice(), object)
            });
            keys.fold((0, 0), |(keys, bytes), (at, _)| (keys + 1, bytes + database.bytes_at(at).unwrap()))
        };
        assert_eq!((self.window.tree.len(), self.window.tree.bytes()), taken(b""), "{about}");
        for row in self.window.tree.rows(0, usize::MAX) {
            match row.folder {
                Some(folder) => assert_eq!((folder.keys, folder.bytes), taken(&row.path), "{about}"),
                None => assert!(database.find(&row.path).is_some(), "{about}"),
            }
        }
        let all: usize = (0..database.len()).map(|at| database.bytes_at(at).unwrap()).sum();
        assert_eq!(accounted_bytes(database), all, "{about}");
    }
}

#[test]
fn counts_stay_right_while_keys_change_under_a_slow_look() {
    for seed in 0..30 {
        let mut store = Store::new();
        let mut random = Random::new(seed);
        let mut pick = |below: u64| random.below(below);
        for number in 0..600 {
            store.run(&format!("SET {}:{}:{number} {}", number % 3, number % 7, "v".repeat(number % 60)));
        }
        for step in 0..1_500 {
            let key = format!("{}:{}:{}", pick(3), pick(7), pick(600));
            match pick(14) {
                0..3 => store.run(&format!("SET {key} {}", "v".repeat(pick(300) as usize))),
                3..6 => store.run(&format!("DEL {key}")),
                6 => store.run(&format!("SADD set:{} {}", pick(3), pick(1_000))),
                7 => store.run(&format!("HSET hash:{} f{} v", pick(3), pick(1_000))),
                8 => store.run(&format!("PEXPIREAT {key} 5000")),
                9 => store.window.toggle(format!("{}:", pick(3)).as_bytes(), pick(3) > 0),
                10 => store.window.toggle(format!("{}:{}:", pick(3), pick(7)).as_bytes(), pick(3) > 0),
                11 if step % 100 == 0 => {
                    store.window.filter(b"*1*", if pick(2) == 0 { vec![] } else { vec!["set".to_owned()] })
                }
                11 if step % 107 == 0 => store.window.filter(b"", vec![]),
                // A few keys of the look that is under way.
                _ => {
                    let database = store.engine.keyspace().database(0).unwrap();
                    store.window.step(database, 16);
                }
            }
            if step % 500 == 499 {
                store.check(&format!("seed {seed}, step {step}"));
            }
        }
    }
}

#[test]
fn a_filter_is_a_glob_or_a_part_of_the_name() {
    let mut store = Store::new();
    for line in ["SET user:1 a", "SET user:2 a", "SADD users 1", "SET a*b 1", "SET \u{e9} 1"] {
        store.run(line);
    }
    let mut matches = |pattern: &str, types: &[&str]| {
        store.window.filter(pattern.as_bytes(), types.iter().map(|name| (*name).to_owned()).collect());
        store.check(pattern);
        store.window.tree.len()
    };
    assert_eq!(matches("", &[]), 5);
    assert_eq!(matches("user", &[]), 3);
    assert_eq!(matches("user:?", &[]), 2);
    assert_eq!(matches("user*", &["set"]), 1);
    assert_eq!(matches("", &["set", "hash"]), 1);
    assert_eq!(matches("a\\*b", &[]), 1);
    assert_eq!(matches("\u{e9}", &[]), 1);
    assert_eq!(matches("nothing", &[]), 0);
}

#[test]
fn the_keys_that_expire_next_come_in_their_order_and_follow_every_change() {
    let mut store = Store::new();
    for (key, seconds) in [("c", 30), ("a:long", 300), ("b", 20), ("a:short", 10)] {
        store.run(&format!("SET {key} v EX {seconds}"));
    }
    store.run("SET stays v");
    store.window.sort_by(KeysSort::Expiry);
    let shown = |store: &mut Store| {
        let view = store.window.view(store.engine.keyspace()).unwrap();
        let names: Vec<String> = view.shown.iter().map(|row| row.name.clone()).collect();
        (names.join(" "), view.rows, view.expiring)
    };
    assert_eq!(shown(&mut store), ("a:short b c a:long".to_owned(), 4, Some(4)));
    store.run("EXPIRE b 1000");
    store.run("PERSIST c");
    assert_eq!(shown(&mut store), ("a:short a:long b".to_owned(), 3, Some(3)));
    store.window.look_at(0, 1, 1);
    assert_eq!(shown(&mut store), ("a:long".to_owned(), 3, Some(3)));
    store.window.look_at(0, 100, 2);
    assert_eq!(shown(&mut store), ("a:long b".to_owned(), 3, Some(3)));
    store.window.filter(b"a:", Vec::new());
    assert_eq!(shown(&mut store), ("a:short a:long".to_owned(), 2, Some(3)));
    store.window.sort_by(KeysSort::Name);
    assert_eq!(shown(&mut store), ("a".to_owned(), 1, None));
}
