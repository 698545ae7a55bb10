use super::*;
use crate::base::Random;
use crate::encoding::hyperloglog;
use crate::value::stream::NewId;
use crate::value::{Hash, List, Set, Side, Stream, StringValue, ZSet};

/// Describes every page of a value and holds it against what the value says of itself.
fn check(value: &Value, limits: &Limits) {
    let first = value.layout(Look::default(), limits);
    assert_eq!(first.encoding, value.encoding());
    assert_eq!(first.parts.iter().map(|part| part.bytes).sum::<usize>(), value.heap_bytes(), "{first:?}");
    match &first.form {
        Form::Listpack(strip) => check_strip(strip, |from| {
            let layout = value.layout(Look { from, ..Look::default() }, limits);
            if let Form::Listpack(strip) = layout.form { bytes_of(&strip) } else { panic!("another form") }
        }),
        Form::Quicklist(chain) => {
            let sizes: Vec<_> = chain.shown.iter().map(|node| (node.elements, node.bytes)).collect();
            for (node, &(elements, bytes)) in sizes.iter().enumerate() {
                let layout = value.layout(Look { node, ..Look::default() }, limits);
                let Form::Quicklist(Chain { opened: Some((number, opened)), .. }) = layout.form else { panic!() };
                assert_eq!(number, node);
                match opened {
                    Opened::Listpack(strip) => assert_eq!((strip.entries, strip.bytes), (elements, bytes)),
                    Opened::Plain(text) => assert_eq!((1, text.len()), (elements, bytes)),
                }
            }
            if chain.nodes <= PAGE {
                assert_eq!(sizes.iter().map(|(elements, _)| elements).sum::<usize>(), value.len());
            }
        }
        Form::Table(table) => check_table(table, value, limits),
        Form::Sorted { table, tree, .. } => {
            check_table(table, value, limits);
            let leaves = tree.levels.last().map_or(0, |level| level.nodes);
            let mut rank = 0;
            let (mut last, mut positions) = (f64::NEG_INFINITY, Vec::new());
            for node in 0..leaves {
                let layout = value.layout(Look { node, ..Look::default() }, limits);
                let Form::Sorted { leaf: Some(leaf), .. } = layout.form else { panic!("no leaf {node}") };
                assert_eq!((leaf.number, leaf.rank), (node, rank));
                for entry in &leaf.entries {
                    assert!(last <= entry.score && entry.member.starts_with(leaf.prefix));
                    last = entry.score;
                    positions.push(entry.position);
                }
                rank += leaf.entries.len();
            }
            assert_eq!(rank, value.len());
            positions.sort_unstable();
            assert!(positions.into_iter().eq(0..value.len()));
            let root = &tree.levels[0];
            assert_eq!((root.nodes, root.shown[0].entries), (1, value.len()));
        }
        Form::Stream(nodes) => {
            if nodes.nodes <= PAGE {
                assert_eq!(nodes.shown.iter().map(|node| node.entries).sum::<u64>(), value.len() as u64);
            }
            for node in 0..nodes.shown.len() {
                let layout = value.layout(Look { node, ..Look::default() }, limits);
                let Form::Stream(StreamNodes { opened: Some((_, strip)), shown, .. }) = layout.form else { panic!() };
                let flags = strip.shown.iter().filter(|(_, role)| *role == Role::Flags).count() as u64;
                if strip.entries <= PAGE {
                    assert_eq!(flags, shown[node].entries + shown[node].deleted);
                }
                assert_eq!(strip.shown[0].1, Role::Count);
                let words = strip.shown.iter().filter(|(_, role)| *role == Role::Words);
                assert!(words.clone().count() as u64 <= flags);
            }
        }
        Form::Intset { intset, .. } => assert_eq!(intset.len(), value.len()),
        Form::Text(_) | Form::Registers(_) => {}
    }
}

/// The entries of a page, one after another.
fn bytes_of(strip: &Strip<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut at = strip.shown.first().map_or(0, |(first, _)| first.at);
    for (entry, _) in &strip.shown {
        assert_eq!(entry.at, at);
        bytes.extend([entry.head, entry.data, entry.back].concat());
        at += entry.head.len() + entry.data.len() + entry.back.len();
    }
    bytes
}

/// All pages together are the bytes of the listpack.
fn check_strip(strip: &Strip<'_>, page: impl Fn(usize) -> Vec<u8>) {
    let entries: Vec<u8> = (0..strip.entries).step_by(PAGE).flat_map(page).collect();
    let bytes = [strip.header, &entries, &[0xff]].concat();
    assert_eq!(bytes.len(), strip.bytes);
    assert_eq!(crate::encoding::Listpack::from_bytes(bytes).map(|listpack| listpack.len()), Ok(strip.entries));
    let Totals { head_bytes, data_bytes, back_bytes, .. } = strip.totals;
    assert_eq!(head_bytes + data_bytes + back_bytes + 7, strip.bytes);
}

fn check_table(table: &Table<'_>, value: &Value, limits: &Limits) {
    assert_eq!((table.entries, Some(table.shape.slots)), (value.len(), value.table_slots()));
    let mut found = Vec::new();
    for inside in (0..table.shape.slots).step_by(PAGE) {
        let layout = value.layout(Look { inside, ..Look::default() }, limits);
        let (Form::Table(page) | Form::Sorted { table: page, .. }) = layout.form else { panic!("another form") };
        assert_eq!(page.first_slot, inside);
        found.extend(page.slots.into_iter().flatten());
    }
    found.sort_unstable();
    assert!(found.into_iter().eq(0..value.len()), "each position stands in one slot");
}

fn text(random: &mut Random) -> Vec<u8> {
    match random.below(4) {
        0 => (random.next_u64() as i64 >> random.below(64)).to_string().into_bytes(),
        1 => vec![b'x'; random.index(40)],
        2 => vec![0xff; random.index(200)],
        _ => format!("member:{}", random.below(500)).into_bytes(),
    }
}

#[test]
fn random_values_are_the_sum_of_their_parts() {
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let limits = Limits {
            hash_max_listpack_entries: random.index(40),
            hash_max_listpack_value: [30, 300][random.index(2)],
            set_max_intset_entries: random.index(40),
            set_max_listpack_entries: random.index(40),
            set_max_listpack_value: [30, 300][random.index(2)],
            zset_max_listpack_entries: random.index(40),
            zset_max_listpack_value: [30, 300][random.index(2)],
            list_max_listpack_size: [-1, 1, 5, 60][random.index(4)],
            stream_node_max_entries: [0, 3, 20][random.index(3)],
            stream_node_max_bytes: [0, 300][random.index(2)],
            ..Limits::default()
        };
        let (mut hash, mut list, mut set, mut zset) = (Hash::new(), List::new(), Set::new(), ZSet::new());
        let (mut stream, mut numbers) = (Stream::new(), Set::new());
        let len = [3, 30, 300, 3000][random.index(4)];
        for step in 0..len {
            let (one, other) = (text(&mut random), text(&mut random));
            hash.set(&one, &other, &limits);
            if random.below(20) == 0 {
                hash.set_deadline(&one, Some(1_000_000 + random.below(1000)));
            }
            let side = if random.below(2) == 0 { Side::Front } else { Side::Back };
            list.push(side, [one.as_slice()].into_iter(), &limits);
            if step == 7 {
                let large = vec![b'z'; 9000];
                list.push(side, [large.as_slice()].into_iter(), &limits);
            }
            set.insert(one.as_slice(), &limits);
            numbers.insert(random.next_u64() as i64 >> random.below(64), &limits);
            zset.insert(&one, random.below(50) as f64 / 2.0, &limits);
            let pairs: Vec<&[u8]> = if random.below(3) == 0 { vec![&one, &other] } else { vec![b"name", &one] };
            let id = stream.log.append(NewId::Auto(step as u64 / 3), &pairs, &limits).unwrap();
            if random.below(4) == 0 {
                stream.log.remove(id);
            }
        }
        let all = [
            Value::Hash(hash),
            Value::List(Box::new(list)),
            Value::Set(Box::new(set)),
            Value::Set(Box::new(numbers)),
            Value::ZSet(Box::new(zset)),
            Value::Stream(Box::new(stream)),
        ];
        all.iter().for_each(|value| check(value, &limits));
    }
}

#[test]
fn strings_and_registers() {
    let limits = Limits::default();
    let mut registers = hyperloglog::new();
    for text in ["7", "seven", &"x".repeat(30), &"x".repeat(300)] {
        let mut string = StringValue::from_bytes(text.as_bytes());
        check(&Value::String(string.clone()), &limits);
        string.edit(|text| text.extend_from_slice(b"and more"));
        check(&Value::String(string), &limits);
        hyperloglog::add(&mut registers, text.as_bytes(), 3000).unwrap();
    }
    let value = Value::String(StringValue::from_vec(registers.clone()));
    check(&value, &limits);
    assert!(value.layout(Look::default(), &limits).form.is_sparse());
    let runs: Vec<_> = hyperloglog::stretches(&registers).collect();
    assert_eq!(runs.iter().map(|run| run.registers).sum::<usize>(), hyperloglog::REGISTERS);
    assert_eq!(runs.iter().map(|run| run.bytes).sum::<usize>(), registers.len() - hyperloglog::HEADER);
    hyperloglog::make_dense(&mut registers).unwrap();
    let dense: Vec<u8> = (0..hyperloglog::REGISTERS / 4)
        .flat_map(|group| hyperloglog::dense_group(&registers, group).unwrap().1)
        .collect();
    for run in runs {
        assert!(dense[run.first..run.first + run.registers].iter().all(|value| *value == run.value));
    }
    let value = Value::String(StringValue::from_vec(registers));
    assert!(!value.layout(Look::default(), &limits).form.is_sparse());
}

#[test]
fn the_limit_that_was_crossed_is_named() {
    let limits = Limits { hash_max_listpack_entries: 3, hash_max_listpack_value: 10, ..Limits::default() };
    let mut hash = Hash::new();
    for field in ["a", "b", "c"] {
        hash.set(field.as_bytes(), b"1", &limits);
    }
    let crossed = |hash: &Hash| {
        let value = Value::Hash(hash.clone());
        let layout = value.layout(Look::default(), &limits);
        layout.crossed().map(|limit| (limit.name, limit.reached, limit.most))
    };
    assert_eq!(crossed(&hash), None);
    let mut long = hash.clone();
    long.set(b"a", b"12345678901", &limits);
    assert_eq!(crossed(&long), Some(("hash-max-listpack-value", 11, 10)));
    hash.set(b"d", b"1", &limits);
    assert_eq!(crossed(&hash), Some(("hash-max-listpack-entries", 4, 3)));
}
