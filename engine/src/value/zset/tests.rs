use super::*;
use std::collections::BTreeSet;

type Model = Vec<(f64, Vec<u8>)>;

fn put(model: &mut Model, member: &[u8], score: f64) -> Option<f64> {
    let before = take(model, member);
    let at = model.partition_point(|(own, text)| *own < score || *own == score && &text[..] < member);
    model.insert(at, (score, member.to_vec()));
    before
}

fn take(model: &mut Model, member: &[u8]) -> Option<f64> {
    let at = model.iter().position(|(_, own)| own == member)?;
    Some(model.remove(at).0)
}

fn limits() -> Limits {
    Limits { zset_max_listpack_entries: 40, zset_max_listpack_value: 20, ..Limits::default() }
}

fn verify(zset: &ZSet, model: &Model, random: &mut Random) {
    let pair = |(member, score): (Element<'_>, f64)| (score, member.to_vec());
    assert_eq!(zset.len(), model.len());
    assert!(zset.iter().map(pair).eq(model.iter().cloned()));
    let start = random.index(model.len() + 1);
    let end = start + random.index(30);
    let expected = &model[start..end.min(model.len())];
    assert!(zset.range(start..end, false).map(pair).eq(expected.iter().cloned()));
    assert!(zset.range(start..end, true).map(pair).eq(expected.iter().rev().cloned()));
    assert_eq!(zset.range(start..end, false).len(), expected.len());

    let bound = |random: &mut Random| (random.below(30) as f64 / 2.0 - 3.0, random.below(2) == 0);
    let ((min, min_exclusive), (max, max_exclusive)) = (bound(random), bound(random));
    let ranks = zset.score_ranks(&ScoreRange { min, min_exclusive, max, max_exclusive });
    let within = |score: f64| {
        (if min_exclusive { score > min } else { score >= min })
            && if max_exclusive { score < max } else { score <= max }
    };
    let expected = model.iter().filter(|(score, _)| within(*score)).cloned();
    assert!(zset.range(ranks, false).map(pair).eq(expected));

    let (mut shown, mut cursor) = (BTreeSet::new(), 0);
    loop {
        cursor = zset.scan(cursor, 9, |member, score| shown.extend([(member.to_vec(), score.to_bits())]));
        if cursor == 0 {
            break;
        }
    }
    assert_eq!(shown, model.iter().map(|(score, member)| (member.clone(), score.to_bits())).collect());
}

#[test]
fn agrees_with_an_ordered_vector_under_random_operations() {
    let mut encodings = BTreeSet::new();
    for seed in 0..40 {
        let mut random = Random::new(seed);
        let (mut zset, mut model) = (ZSet::new(), Model::new());
        let limits = limits();
        for _ in 0..400 {
            let long = random.below(1000) < seed;
            let member = [random.below(80).to_string(), "m".repeat(if long { 20 } else { 0 })].concat().into_bytes();
            let score = random.below(30) as f64 / 2.0 - 3.0;
            match random.below(9) {
                0..=2 => assert_eq!(zset.insert(&member, score, &limits), put(&mut model, &member, score)),
                3 => {
                    let (before, after) = zset.update(&member, &limits, |own| Some(own? + 1.0));
                    assert_eq!(before.map(|score| score + 1.0), after);
                    assert_eq!(after.and_then(|score| put(&mut model, &member, score)), before);
                }
                4 => assert_eq!(zset.remove(&member), take(&mut model, &member)),
                5 => {
                    let found = model.iter().position(|(_, own)| *own == member).map(|at| (at, model[at].0));
                    assert_eq!(zset.rank(&member), found);
                    assert_eq!(zset.score(&member), found.map(|(_, score)| score));
                }
                6 if model.len() > 20 => {
                    let start = random.index(model.len() + 1);
                    let end = (start + random.index(10)).min(model.len());
                    assert_eq!(zset.remove_ranks(start..end), end - start);
                    model.drain(start..end);
                }
                7 => {
                    let popped = if model.is_empty() { None } else { Some(model.remove(0)) };
                    assert_eq!(zset.pop_min().map(|(member, score)| (score, member.into_vec())), popped);
                }
                _ => {
                    let popped = model.pop();
                    assert_eq!(zset.pop_max().map(|(member, score)| (score, member.into_vec())), popped);
                }
            }
            encodings.insert(zset.encoding());
            verify(&zset, &model, &mut random);
        }
        let mut other = zset.clone();
        other.convert(&limits);
        assert_eq!(other, zset);
        assert!((0..zset.len()).all(|at| {
            other.at(at).is_some_and(|(member, score)| member.with_bytes(|text| zset.score(text)) == Some(score))
        }));
        other.convert_to_listpack();
        assert_eq!(other, zset);
    }
    assert_eq!(encodings.len(), 2);
}

/// The ranks between bounds written as in ZRANGEBYLEX, of members with equal scores, in both encodings.
fn check_lex(members: &[&str], min: &str, max: &str, expected: &[&str]) {
    fn bound(text: &str) -> LexBound<'_> {
        match text.split_at(1) {
            ("-", _) => LexBound::Lowest,
            ("+", _) => LexBound::Highest,
            ("[", member) => LexBound::Inclusive(member.as_bytes()),
            (_, member) => LexBound::Exclusive(member.as_bytes()),
        }
    }
    for big in [false, true] {
        let mut zset = ZSet::new();
        for member in members {
            zset.insert(member.as_bytes(), 1.0, &limits());
        }
        if big {
            zset.convert(&limits());
        }
        for reverse in [false, true] {
            let ranks = zset.lex_ranks(bound(min), bound(max), reverse);
            let found: Vec<_> = zset.range(ranks, false).map(|(member, _)| member.to_vec()).collect();
            assert_eq!(found, expected.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>(), "{min} {max}");
        }
    }
}

#[test]
fn ranges_of_members() {
    let members = ["a", "b", "ba", "c", "10", "9"];
    check_lex(&members, "-", "+", &["10", "9", "a", "b", "ba", "c"]);
    check_lex(&members, "[b", "[c", &["b", "ba", "c"]);
    check_lex(&members, "(b", "(c", &["ba"]);
    check_lex(&members, "[9", "[9", &["9"]);
    check_lex(&members, "(9", "[9", &[]);
    check_lex(&members, "[c", "[b", &[]);
    check_lex(&members, "+", "-", &[]);
    check_lex(&members, "-", "-", &[]);
    check_lex(&members, "(c", "+", &[]);
    check_lex(&members, "-", "(10", &[]);
    check_lex(&[], "-", "+", &[]);
}

#[test]
fn has_the_bytes_that_redis_writes() {
    // Recorded with ZADD and DUMP from Redis 7.0.15.
    let mut zset = ZSet::new();
    for (member, score) in [("m", 1.5), ("a", 1.0), ("b", 1.0), ("z", -2.0), ("i", f64::INFINITY), ("n", 1e20)] {
        zset.insert(member.as_bytes(), score, &limits());
    }
    let hex: String = zset.listpack().unwrap().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, EXPECTED);
}

const EXPECTED: &str =
    "310000000c00817a02dffe0281610201018162020101816d0283312e3504816e028531652b32300681690283696e6604ff";

#[test]
fn moves_between_its_encodings_as_redis_does() {
    let limits = Limits { zset_max_listpack_entries: 3, zset_max_listpack_value: 5, ..Limits::default() };
    let encoding_after = |members: &[&str]| {
        let mut zset = ZSet::new();
        for member in members {
            zset.insert(member.as_bytes(), 1.0, &limits);
        }
        zset.encoding()
    };
    assert_eq!(encoding_after(&["a", "b", "c"]), "listpack");
    assert_eq!(encoding_after(&["a", "b", "c", "c"]), "listpack");
    assert_eq!(encoding_after(&["a", "b", "c", "d"]), "skiplist");
    assert_eq!(encoding_after(&["12345"]), "listpack");
    assert_eq!(encoding_after(&["123456"]), "skiplist");
    let mut zset = ZSet::new();
    zset.expect(4, 1, &limits);
    zset.insert(b"a", 1.0, &limits);
    assert_eq!(zset.encoding(), "skiplist");
    zset.settle(&limits);
    assert_eq!(zset.encoding(), "listpack");
    zset.expect(1, 6, &limits);
    assert_eq!(zset.encoding(), "listpack");
}

#[test]
fn foreign_listpacks_are_checked_and_put_in_order() {
    let load = |entries: &[&str]| {
        let mut listpack = Listpack::new();
        entries.iter().for_each(|text| listpack.push_back(text.as_bytes().into()));
        let zset = ZSet::from_listpack(listpack, &limits())?;
        Ok(zset
            .iter()
            .map(|(member, score)| format!("{}={score}", String::from_utf8(member.to_vec()).unwrap()))
            .collect::<Vec<_>>())
    };
    assert_eq!(load(&["a", "1", "b", "1.5"]), Ok(vec!["a=1".to_string(), "b=1.5".to_string()]));
    assert_eq!(load(&["b", "2", "a", "-inf"]), Ok(vec!["a=-inf".to_string(), "b=2".to_string()]));
    assert_eq!(load(&["a", "1", "b"]), Err(Corrupt));
    assert_eq!(load(&["a", "1", "a", "2"]), Err(Corrupt));
    assert_eq!(load(&["a", "nan"]), Err(Corrupt));
}
