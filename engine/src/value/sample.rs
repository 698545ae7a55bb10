//! Random choices among the elements of a collection.

use std::collections::BTreeSet;

use crate::base::Random;

/// `count` different positions below `len`, each subset as likely as any other; all of them, in order, when
/// `count` is not less than `len`.
pub fn distinct(random: &mut Random, count: usize, len: usize) -> Vec<usize> {
    if count >= len {
        return (0..len).collect();
    }
    if count > len / 4 {
        // The beginning of a Fisher-Yates shuffle.
        let mut positions: Vec<usize> = (0..len).collect();
        for place in 0..count {
            positions.swap(place, place + random.index(len - place));
        }
        positions.truncate(count);
        return positions;
    }
    // Floyd's algorithm (Bentley 1987): one random number for each, and no memory for those not chosen.
    let mut chosen = BTreeSet::new();
    for last in len - count..len {
        let position = random.index(last + 1);
        if !chosen.insert(position) {
            chosen.insert(last);
        }
    }
    chosen.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_position_is_as_likely_as_any_other() {
        let mut random = Random::new(5);
        for (count, len) in [(1, 20), (5, 20), (6, 20), (19, 20), (20, 20), (30, 20), (0, 20)] {
            let mut times = vec![0usize; len];
            for _ in 0..10_000 {
                let chosen = distinct(&mut random, count, len);
                assert_eq!(chosen.len(), count.min(len));
                assert_eq!(chosen.iter().collect::<BTreeSet<_>>().len(), chosen.len());
                chosen.iter().for_each(|&position| times[position] += 1);
            }
            let expected = 10_000 * count.min(len) / len;
            assert!(times.iter().all(|&times| times.abs_diff(expected) <= 50 + expected / 5), "{count}: {times:?}");
        }
    }
}
