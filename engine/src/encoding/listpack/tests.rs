use super::*;
use crate::base::Random;

fn listpack(entries: &[&str]) -> Listpack {
    let mut listpack = Listpack::new();
    entries.iter().for_each(|text| listpack.push_back(Element::Bytes(text.as_bytes())));
    listpack
}

fn texts(listpack: &Listpack) -> Vec<Vec<u8>> {
    listpack.iter().map(Element::to_vec).collect()
}

/// Random text: short, at the borders of the encodings, or an integer of any size.
pub(crate) fn random_text(random: &mut Random) -> Vec<u8> {
    let lengths = [0, 1, 2, 3, 5, 10, 62, 63, 64, 65, 120, 127, 128, 200, 4094, 4095, 4096, 5000, 16_380, 17_000];
    match random.below(4) {
        0 => vec![b'x'; random.index(12)],
        1 if random.below(4) == 0 => vec![b'y'; lengths[random.index(lengths.len())]],
        _ => ((random.next_u64() >> random.below(64)) as i64).to_string().into(),
    }
}

fn verify(listpack: &Listpack, model: &[Vec<u8>]) {
    assert_eq!(texts(listpack), model);
    assert_eq!(listpack.len(), model.len());
    let mut backwards: Vec<_> = listpack.iter().rev().map(Element::to_vec).collect();
    backwards.reverse();
    assert_eq!(backwards, model);
    let again = Listpack::from_bytes(listpack.as_bytes().to_vec()).unwrap();
    assert_eq!(again, *listpack);
    // Cleared places are never left behind: the same entries have the same bytes.
    let mut fresh = Listpack::new();
    model.iter().for_each(|text| fresh.push_back(Element::Bytes(text)));
    assert_eq!(fresh.as_bytes(), listpack.as_bytes());
}

#[test]
fn agrees_with_a_vector_under_random_operations() {
    for seed in 0..40 {
        let mut random = Random::new(seed);
        let (mut listpack, mut model) = (Listpack::new(), Vec::new());
        for step in 0..400 {
            let text = random_text(&mut random);
            let element = Element::Bytes(&text);
            let index = random.index(model.len() + 1);
            let count = random.index(4);
            // The list grows for a while, then it shrinks.
            let choice = if step < 200 { random.below(9) } else { 4 + random.below(8) };
            match choice {
                0 | 1 => (listpack.push_back(element), model.push(text)).0,
                2 | 3 => (listpack.push_front(element), model.insert(0, text)).0,
                4 => {
                    listpack.insert(listpack.seek(index).unwrap(), element);
                    model.insert(index, text);
                }
                5 if index < model.len() => {
                    listpack.replace(listpack.seek(index).unwrap(), element);
                    model[index] = text;
                }
                6 => {
                    let from = random.index(model.len() + 1);
                    let found = listpack.find(&text, listpack.seek(from).unwrap(), 1);
                    let expected = model[from..].iter().position(|own| *own == text).map(|at| at + from);
                    assert_eq!(found, expected.map(|at| listpack.seek(at).unwrap()));
                }
                7 => assert_eq!(listpack.at(index).map(Element::to_vec).as_ref(), model.get(index)),
                8 if step % 5 == 0 => {
                    let tail = listpack.split_off(index);
                    verify(&tail, &model[index..]);
                    verify(&listpack, &model[..index]);
                    listpack.append(&tail);
                }
                9 => (listpack.remove_range(0, count), drop(model.drain(..count.min(model.len())))).0,
                _ => {
                    listpack.remove_range(index, count);
                    model.drain(index..(index + count).min(model.len()));
                }
            }
            verify(&listpack, &model);
        }
    }
}

/// `expected` is hexadecimal, where `x63` stands for 63 times the letter x.
fn check_bytes(entries: &[&str], expected: &str) {
    let expand = |part: &str| match part.strip_prefix('x') {
        Some(times) => "78".repeat(times.parse().unwrap()),
        None => part.to_string(),
    };
    let expected: String = expected.split_whitespace().map(expand).collect();
    let hex: String = listpack(entries).as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, expected);
}

#[test]
fn has_the_bytes_that_redis_writes() {
    // Recorded with RPUSH and DUMP from Redis 7.0.15.
    check_bytes(
        &["a", "1", "-1", "127", "128", "4095", "-4096", "4096", "32767", "-32768", "hello"],
        "2d000000 0b00 816102 0101 dfff02 7f01 c08002 cfff02 d00002 f1001003 f1ff7f03 f1008003 8568656c6c6f06 ff",
    );
    let x = |times| "x".repeat(times);
    let strings = [x(63), x(64), x(126), x(4095), x(4096), x(16_381), x(17_000)];
    let mut entries = vec!["8388607", "-8388609", "2147483647", "2147483648", "-9223372036854775808"];
    entries.extend(strings.iter().map(String::as_str));
    entries.extend(["12345678901234567890", "-0"]);
    check_bytes(
        &entries,
        "cba30000 0e00 f2ffff7f04 f3ffff7fff05 f3ffffff7f05 f4000000800000000009 f4000000000000008009 \
         bf x63 40 e040 x64 42 e07e x126 0180 efff x4095 2081 f000100000 x4096 2085 f0fd3f0000 x16381 018082 \
         f068420000 x17000 0184ed 943132333435363738393031323334353637383930 15 822d30 03 ff",
    );
}

#[test]
fn counts_more_entries_than_its_header_can() {
    let mut listpack = Listpack::new();
    (0..70_000).for_each(|number| listpack.push_back(Element::Int(number)));
    assert_eq!(listpack.len(), 70_000);
    let mut again = Listpack::from_bytes(listpack.as_bytes().to_vec()).unwrap();
    assert_eq!(again.len(), 70_000);
    again.remove_range(100, 10_000);
    assert_eq!(again.len(), 60_000);
    assert_eq!(Listpack::from_bytes(again.as_bytes().to_vec()).unwrap().len(), 60_000);
    // A header that does not tell the count is mended.
    let mut bytes = again.as_bytes().to_vec();
    (bytes[4], bytes[5]) = (255, 255);
    assert_eq!(Listpack::from_bytes(bytes).unwrap().as_bytes(), again.as_bytes());
}

#[test]
fn a_field_is_found_among_fields_only() {
    let pairs = listpack(&["name", "age", "age", "7", "7", "name"]);
    let place = |index| pairs.seek(index);
    assert_eq!(pairs.find(b"age", pairs.first(), 2), place(2));
    assert_eq!(pairs.find(b"7", pairs.first(), 2), place(4));
    assert_eq!(pairs.find(b"7", pairs.first(), 1), place(3));
    assert_eq!(pairs.find(b"07", pairs.first(), 1), None);
    assert_eq!(listpack(&[]).find(b"", HEADER, 2), None);
}

#[test]
fn hostile_bytes_are_refused_and_never_panic() {
    for seed in 0..300 {
        let mut random = Random::new(seed);
        let mut good = Listpack::new();
        for _ in 0..random.index(12) {
            good.push_back(Element::Bytes(&random_text(&mut random)));
        }
        let mut bytes = good.as_bytes().to_vec();
        assert!(Listpack::from_bytes(bytes[..bytes.len() - 1].to_vec()).is_err());
        for _ in 0..200 {
            let at = random.index(bytes.len());
            bytes[at] = random.next_u32() as u8;
            if let Ok(mut listpack) = Listpack::from_bytes(bytes.clone()) {
                // What is accepted can be used: every way through it agrees.
                let forwards = texts(&listpack);
                assert_eq!(forwards.len(), listpack.len());
                assert_eq!(listpack.iter().rev().count(), forwards.len());
                listpack.remove_range(forwards.len() / 2, 1);
                listpack.push_front(Element::Int(1));
            }
        }
        let noise: Vec<u8> = (0..random.index(40)).map(|_| random.next_u32() as u8).collect();
        assert!(noise.len() < 7 || Listpack::from_bytes(noise.clone()).is_err());
    }
}

#[test]
fn pops_and_pushes_at_the_front_reuse_the_gap() {
    let mut listpack = listpack(&["a"; 1000]);
    let bytes = listpack.heap_bytes();
    for _ in 0..10_000 {
        listpack.remove_range(0, 1);
        listpack.push_front(Element::Bytes(b"b"));
    }
    assert_eq!(listpack.heap_bytes(), bytes);
    listpack.remove_range(0, 900);
    assert!(listpack.heap_bytes() < 400);
}
