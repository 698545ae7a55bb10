use super::*;
use crate::base::Random;
use std::collections::BTreeMap;

fn verify(hash: &Hash, model: &BTreeMap<Vec<u8>, Vec<u8>>) {
    let fields: BTreeMap<_, _> = hash.iter().map(|(field, value)| (field.to_vec(), value.to_vec())).collect();
    assert_eq!((&fields, hash.len()), (model, model.len()));
    let mut shown = BTreeMap::new();
    let mut cursor = 0;
    loop {
        cursor = hash.scan(cursor, 7, |field, value| drop(shown.insert(field.to_vec(), value.to_vec())));
        if cursor == 0 {
            break;
        }
    }
    assert_eq!(&shown, model);
    if let Parts::Table(table) = hash.parts() {
        assert_eq!(table.value_bytes, table.fields.iter().map(|(_, value)| value.heap_bytes()).sum::<usize>());
    }
}

#[test]
fn agrees_with_a_map_under_random_operations() {
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let limits = Limits { hash_max_listpack_entries: 30, hash_max_listpack_value: 30, ..Limits::default() };
        let (mut hash, mut model) = (Hash::new(), BTreeMap::new());
        for _ in 0..300 {
            // In half of the runs nothing is too long for a listpack.
            let mut text = || {
                let long = seed % 2 == 0 && random.below(50) == 0;
                [random.below(60).to_string(), "x".repeat(if long { 31 } else { 0 })].concat().into_bytes()
            };
            let (field, value) = (text(), text());
            let was_listpack = hash.encoding() == "listpack";
            match random.below(5) {
                0 | 1 => {
                    assert_eq!(hash.set(&field, &value, &limits), !model.contains_key(&field));
                    let big = model.len() >= 30 && !model.contains_key(&field) || field.len().max(value.len()) > 30;
                    assert_eq!(hash.encoding() == "listpack", was_listpack && !big);
                    model.insert(field, value);
                }
                2 => assert_eq!(hash.remove(&field), model.remove(&field).is_some()),
                3 => {
                    assert_eq!(hash.get(&field).map(Element::to_vec).as_ref(), model.get(&field));
                    assert_eq!(hash.contains(&field), model.contains_key(&field));
                }
                _ => {
                    let position = random.index(model.len() + 1);
                    let found = hash.at(position).map(|(field, value)| (field.to_vec(), value.to_vec()));
                    assert_eq!(found.is_some(), position < model.len());
                    assert!(found.is_none_or(|(field, value)| model.get(&field) == Some(&value)));
                }
            }
            verify(&hash, &model);
        }
        let mut table = hash.clone();
        table.convert(&limits);
        assert_eq!((&table, table.encoding()), (&hash, "hashtable"));
        table.set(b"new", b"", &limits);
        assert_ne!(table, hash);
    }
}

#[test]
fn many_fields_at_once_make_a_table() {
    let limits = Limits { hash_max_listpack_entries: 128, ..Limits::default() };
    let mut hash = Hash::new();
    hash.set(b"a", b"1", &limits);
    hash.expect(128, &limits);
    assert_eq!(hash.encoding(), "listpack");
    hash.expect(129, &limits);
    assert_eq!((hash.encoding(), hash.get(b"a").map(Element::to_vec)), ("hashtable", Some(b"1".to_vec())));
}

#[test]
fn odd_and_duplicate_listpacks_are_refused() {
    let load = |entries: &[&str]| {
        let mut listpack = Listpack::new();
        entries.iter().for_each(|text| listpack.push_back(text.as_bytes().into()));
        Hash::from_listpack(listpack, &Limits::default()).map(|hash| hash.len())
    };
    assert_eq!(load(&["a", "1", "b", "1"]), Ok(2));
    assert_eq!(load(&["a", "1", "b"]), Err(Corrupt));
    assert_eq!(load(&["7", "1", "b", "2", "7", "3"]), Err(Corrupt));
    let many: Vec<String> = (0..200).map(|number| (number / 2).to_string()).collect();
    let mut many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(load(&many), Ok(100));
    many[198] = "0";
    assert_eq!(load(&many), Err(Corrupt));
}
/// Fields with their values and deadlines.
type Model = BTreeMap<Vec<u8>, (Vec<u8>, Option<u64>)>;

fn verify_times(hash: &Hash, model: &Model) {
    let fields: Model =
        hash.iter_with_times().map(|(field, value, time)| (field.to_vec(), (value.to_vec(), time))).collect();
    assert_eq!((&fields, hash.len()), (model, model.len()));
    let earliest = model.values().filter_map(|(_, time)| *time).min();
    assert_eq!(hash.next_deadline(), earliest);
    let latest = model.values().map(|(_, time)| time.unwrap_or(u64::MAX)).max();
    let due = |now: u64| latest.is_some_and(|latest| latest < now);
    for now in [1, 50, 101] {
        assert_eq!(hash.all_due(now), due(now) && hash.encoding() != "listpack");
    }
    for position in 0..model.len() {
        let (field, value) = hash.at(position).map(|(field, value)| (field.to_vec(), value.to_vec())).unwrap();
        assert_eq!(model.get(&field).map(|(value, _)| value), Some(&value));
    }
    match hash.parts() {
        Parts::Listpack(_) => assert!(earliest.is_none()),
        Parts::Timed(timed) => {
            let times: Vec<u64> = hash.iter_with_times().map(|(_, _, time)| time.unwrap_or(u64::MAX)).collect();
            assert!(times.is_sorted(), "{times:?}");
            assert_eq!(&Timed::from_triples(timed.listpack().clone()).unwrap().listpack(), &timed.listpack());
        }
        Parts::Table(table) => {
            assert_eq!(table.value_bytes, table.fields.iter().map(|(_, value)| value.heap_bytes()).sum::<usize>());
        }
    }
}

#[test]
fn deadlines_agree_with_a_model_under_random_operations() {
    for seed in 0..80 {
        let mut random = Random::new(seed);
        let limits = Limits { hash_max_listpack_entries: 12, hash_max_listpack_value: 30, ..Limits::default() };
        let (mut hash, mut model) = (Hash::new(), Model::new());
        let fields = if seed % 2 == 0 { 10 } else { 30 };
        for _ in 0..300 {
            let field = random.below(fields).to_string().into_bytes();
            let value = random.below(1000).to_string().into_bytes();
            match random.below(8) {
                0 | 1 => {
                    assert_eq!(hash.set(&field, &value, &limits), !model.contains_key(&field));
                    model.insert(field, (value, None));
                }
                2 => {
                    assert_eq!(hash.set_keeping_time(&field, &value, &limits), !model.contains_key(&field));
                    model.entry(field).or_default().0 = value;
                }
                3 | 4 => {
                    let at = 1 + random.below(100);
                    hash.set_deadline(&field, Some(at));
                    model.entry(field).and_modify(|(_, time)| *time = Some(at));
                }
                5 => {
                    hash.set_deadline(&field, None);
                    model.entry(field).and_modify(|(_, time)| *time = None);
                }
                6 => assert_eq!(hash.remove(&field), model.remove(&field).is_some()),
                _ => {
                    let (now, limit) = (random.below(60), 1 + random.index(4));
                    let expired = hash.expire(now, limit);
                    let due = model.values().filter(|(_, time)| time.is_some_and(|time| time < now)).count();
                    assert_eq!(expired.len(), due.min(limit));
                    let times: Vec<u64> =
                        expired.iter().map(|field| model.remove(field.as_slice()).unwrap().1.unwrap()).collect();
                    assert!(times.iter().all(|&time| time < now) && times.is_sorted(), "{times:?} at {now}");
                }
            }
            let probe = random.below(fields).to_string().into_bytes();
            let expected = match model.get(&probe) {
                None => FieldTime::NoField,
                Some((_, None)) => FieldTime::Never,
                Some((_, Some(time))) => FieldTime::At(*time),
            };
            assert_eq!((hash.time_of(&probe), hash.contains(&probe)), (expected, expected != FieldTime::NoField));
            assert_eq!(hash.get(&probe).map(Element::to_vec), model.get(&probe).map(|(value, _)| value.clone()));
            verify_times(&hash, &model);
        }
        let mut table = hash.clone();
        table.convert(&limits);
        verify_times(&table, &model);
        assert_eq!(table, hash);
    }
}

#[test]
fn a_listpack_of_triples_is_checked_and_brought_in_order() {
    let load = |entries: &[&str]| {
        let mut listpack = Listpack::new();
        entries.iter().for_each(|text| listpack.push_back(text.as_bytes().into()));
        let hash = Hash::from_timed_listpack(listpack, &Limits::default())?;
        Ok(hash.iter().map(|(field, _)| String::from_utf8(field.to_vec()).unwrap()).collect::<Vec<_>>().concat())
    };
    assert_eq!(load(&["a", "1", "5", "b", "1", "7", "c", "1", "0"]), Ok("abc".to_string()));
    assert_eq!(load(&["c", "1", "0", "b", "1", "7", "a", "1", "5"]), Ok("abc".to_string()));
    assert_eq!(load(&["a", "1", "5", "b", "1"]), Err(Corrupt));
    assert_eq!(load(&["a", "1", "5", "a", "1", "7"]), Err(Corrupt));
    assert_eq!(load(&["a", "1", "x"]), Err(Corrupt));
    assert_eq!(load(&["a", "1", "-1"]), Err(Corrupt));
    assert_eq!(load(&["a", "1", "281474976710656"]), Err(Corrupt));
}

#[test]
fn a_hash_without_deadlines_pays_nothing_for_them() {
    let limits = Limits::default();
    let mut hash = Hash::new();
    hash.set(b"field", b"value", &limits);
    let plain = hash.heap_bytes();
    assert_eq!(plain, hash.listpack().unwrap().as_bytes().len());
    hash.set_deadline(b"nope", None);
    assert_eq!((hash.heap_bytes(), hash.encoding()), (plain, "listpack"));
    hash.set_deadline(b"field", Some(5));
    assert_eq!(hash.encoding(), "listpackex");
}
