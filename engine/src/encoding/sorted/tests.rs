use super::*;
use crate::base::Random;

/// The naive model: a vector in order.
#[derive(Default)]
struct Model(Vec<(f64, Vec<u8>)>);

impl Model {
    fn position(&self, member: &[u8]) -> Option<usize> {
        self.0.iter().position(|(_, own)| own == member)
    }

    fn remove(&mut self, member: &[u8]) -> Option<f64> {
        self.position(member).map(|position| self.0.remove(position).0)
    }

    fn insert(&mut self, member: &[u8], score: f64) -> Option<f64> {
        let before = self.remove(member);
        let at = self.0.partition_point(|(own, text)| *own < score || *own == score && &text[..] < member);
        self.0.insert(at, (score, member.to_vec()));
        before
    }
}

fn verify(sorted: &Sorted, model: &Model, random: &mut Random) {
    sorted.tree.verify(&sorted.members);
    assert_eq!(sorted.len(), model.0.len());
    let pair = |(member, score): (&Bytes, f64)| (score, member.to_vec());
    assert!(sorted.range(0..usize::MAX, false).map(pair).eq(model.0.iter().cloned()));
    assert!(sorted.range(0..usize::MAX, true).map(pair).eq(model.0.iter().rev().cloned()));
    for _ in 0..20 {
        let start = random.index(model.0.len() + 1);
        let end = start + random.index(100);
        let expected = &model.0[start..end.min(model.0.len())];
        assert!(sorted.range(start..end, false).map(pair).eq(expected.iter().cloned()));
        assert!(sorted.range(start..end, true).map(pair).eq(expected.iter().rev().cloned()));
        // Asking by members alone makes sense when all scores are equal.
        if let (Some((_, member)), Some((first, _)), Some((last, _))) =
            (model.0.get(start), model.0.first(), model.0.last())
            && first == last
        {
            assert_eq!(sorted.rank_of_member(member, false), start);
            assert_eq!(sorted.rank_of_member(member, true), start + 1);
            assert_eq!(sorted.rank_of_member(b"m", false), model.0.iter().filter(|(_, own)| &own[..] < b"m").count());
        }
        if let Some((score, member)) = model.0.get(start) {
            assert_eq!(sorted.rank(member), Some(start));
            let below = model.0.iter().filter(|(own, _)| own < score).count();
            assert_eq!(sorted.rank_of_score(*score, false), below);
            let up_to = model.0.iter().filter(|(own, _)| own <= score).count();
            assert_eq!(sorted.rank_of_score(*score, true), up_to);
        }
    }
}

fn member(number: u64) -> Vec<u8> {
    // Some are too long to stand inline, with long common beginnings.
    let text = if number.is_multiple_of(5) {
        format!("a member with quite a long name: {number}")
    } else {
        format!("m{number}")
    };
    text.into_bytes()
}

#[test]
fn agrees_with_an_ordered_vector_under_random_operations() {
    for seed in 0..10 {
        let mut random = Random::new(seed);
        let (mut sorted, mut model) = (Sorted::new(HashSeed::new(seed)), Model::default());
        // From all scores equal to hardly any equal.
        let scores = [1, 3, 50, 100_000, u64::MAX][seed as usize % 5];
        for phase in 0..6 {
            for step in 0..1500 {
                let member = member(random.below(2000));
                let score = random.below(scores) as f64 / 2.0 - 3.0;
                // Phases that mostly grow and mostly shrink.
                match if phase % 2 == 0 { random.below(8) } else { 4 + random.below(8) } {
                    0..=3 => assert_eq!(sorted.insert(&member, score), model.insert(&member, score)),
                    4 => {
                        // A small change of the score.
                        let (before, after) = sorted.update(&member, |own| Some(own? + 0.5));
                        assert_eq!(before, model.position(&member).map(|position| model.0[position].0));
                        after.map(|score| model.insert(&member, score));
                    }
                    5 => assert_eq!(sorted.update(&member, |_| None).1, None),
                    6 => assert_eq!(sorted.score(&member), model.position(&member).map(|at| model.0[at].0)),
                    7 => assert_eq!(sorted.rank(&member), model.position(&member)),
                    8 => {
                        let rank = random.index(model.0.len() + 1);
                        let expected = (rank < model.0.len()).then(|| model.0.remove(rank));
                        assert_eq!(sorted.remove_rank(rank).map(|(member, score)| (score, member.to_vec())), expected);
                    }
                    _ => assert_eq!(sorted.remove(&member), model.remove(&member)),
                }
                if step % 500 == 0 {
                    verify(&sorted, &model, &mut random);
                }
            }
            verify(&sorted, &model, &mut random);
        }
        verify(&sorted.clone(), &model, &mut random);
        while let Some((member, score)) = sorted.remove_rank(0) {
            assert_eq!((score, member.to_vec()), model.0.remove(0));
        }
        verify(&sorted, &model, &mut random);
    }
}

#[test]
fn infinities_and_zeros_have_their_order() {
    let mut sorted = Sorted::new(HashSeed::new(1));
    for (member, score) in [("a", 0.0), ("b", -0.0), ("c", f64::INFINITY), ("d", f64::NEG_INFINITY), ("e", -1e300)] {
        sorted.insert(member.as_bytes(), score);
    }
    assert_eq!(sorted.update(b"f", |_| Some(f64::NAN)), (None, None));
    let order: String = sorted.range(0..9, false).map(|(member, _)| char::from(member[0])).collect();
    assert_eq!(order, "deabc");
    assert!(sorted.score(b"b").is_some_and(f64::is_sign_negative));
    sorted.insert(b"b", 0.0);
    assert!(sorted.score(b"b").is_some_and(f64::is_sign_positive));
}

#[test]
fn a_million_members_cost_little() {
    for (name, score) in [("ascending", 0), ("descending", 1), ("random", 2), ("equal", 3)] {
        let mut random = Random::new(2);
        let mut sorted = Sorted::new(HashSeed::new(1));
        for number in 0..300_000 {
            let score = match score {
                0 => number as f64,
                1 => -(number as f64),
                2 => random.unit(),
                _ => 0.0,
            };
            let text = format!("element:{:012}", random.below(1 << 40));
            sorted.insert(text.as_bytes(), score);
        }
        // With a table that is as empty as it gets, less would be wrong to promise.
        let tree = sorted.tree.heap_bytes() as f64 / sorted.len() as f64;
        assert!(tree < if score < 2 { 17.5 } else { 26.5 }, "{name}: {tree}");
    }
}
