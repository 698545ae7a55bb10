//! What a start makes of the stored snapshots and journal.
//!
//! Storage holds numbered snapshots, the newest few, and the journal in segments. The journal of generation N is what
//! happened after snapshot N and before snapshot N+1 (generation 0: from an empty store on), so a damaged snapshot
//! costs nothing while the one before it and both journals are whole. Every record carries a checksum.
//!
//! Knows nothing of IndexedDB or of the engine; both are handed in. Whatever cannot be used is kept as a file for the
//! person and named in words, never dropped.

use std::collections::BTreeMap;

use engine::base::crc64::crc64;
use engine::base::order;

/// A stored snapshot.
#[derive(Clone, Debug)]
pub struct StoredSnapshot {
    pub number: u32,
    pub checksum: String,
    /// The engine's time when it was made.
    pub made_ms: u64,
    /// Whether the snapshot before it and the journal after that lead to it. Not so after an import.
    pub continues: bool,
    pub rdb: Vec<u8>,
}

/// A stored piece of the journal; the pieces of a generation are counted from 0.
#[derive(Clone, Debug)]
pub struct Segment {
    pub generation: u32,
    pub sequence: u32,
    pub checksum: String,
    pub aof: Vec<u8>,
}

/// A file that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// How it went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// The newest generation there is, and its next segment.
    pub generation: u32,
    pub sequence: u32,
    pub snapshot_bytes: usize,
    /// Of the newest generation, which the next snapshot replaces.
    pub journal_bytes: usize,
    /// What happened that the person has to know.
    pub losses: Vec<String>,
    pub damaged: Vec<Damaged>,
}

/// The engine, as a start needs it.
pub trait Target {
    /// Replaces all data by a snapshot that was made at this time.
    fn load(&mut self, rdb: &[u8], made_ms: u64) -> Result<(), String>;
    /// Runs a journal; returns how many of its bytes are whole commands.
    fn replay(&mut self, aof: &[u8]) -> Result<usize, String>;
}

/// The checksum as it is stored.
pub fn checksum(bytes: &[u8]) -> String {
    format!("{:016x}", crc64(0, bytes))
}

/// Brings back the newest state that can be had.
pub fn recover(snapshots: Vec<StoredSnapshot>, segments: Vec<Segment>, target: &mut impl Target) -> Recovery {
    let mut recovery = Recovery::default();
    let newest_snapshot = snapshots.iter().map(|snapshot| snapshot.number).max().unwrap_or(0);
    let newest_journal = segments.iter().map(|segment| segment.generation).max().unwrap_or(0);
    recovery.generation = newest_snapshot.max(newest_journal);
    let (base, reaches) = load_newest(snapshots, target, &mut recovery);
    let mut generations: BTreeMap<u32, Vec<Segment>> = BTreeMap::new();
    for segment in segments.into_iter().filter(|segment| segment.generation >= base) {
        generations.entry(segment.generation).or_default().push(segment);
    }
    let mut whole = true;
    for generation in base..=recovery.generation {
        let segments = generations.remove(&generation).unwrap_or_default();
        whole &= generation < reaches;
        whole = replay_generation(generation, segments, whole, target, &mut recovery);
    }
    recovery
}

/// Loads the newest snapshot that can be. Returns its number, 0 without any, and the first generation whose journal
/// does not follow from it.
fn load_newest(mut snapshots: Vec<StoredSnapshot>, target: &mut impl Target, recovery: &mut Recovery) -> (u32, u32) {
    order::sort_by_key(&mut snapshots, |snapshot| std::cmp::Reverse(snapshot.number));
    let newest = snapshots.first().map_or(0, |snapshot| snapshot.number);
    let mut reaches = u32::MAX;
    for snapshot in snapshots {
        let number = snapshot.number;
        let result = match checksum(&snapshot.rdb) == snapshot.checksum {
            true => target.load(&snapshot.rdb, snapshot.made_ms),
            false => Err("its checksum differs".to_owned()),
        };
        match result {
            Ok(()) => {
                recovery.snapshot_bytes = snapshot.rdb.len();
                return (number, reaches);
            }
            Err(why) => {
                recovery.losses.push(format!("Snapshot {number} cannot be read ({why}); an older one was used."));
                recovery.damaged.push(Damaged { name: format!("snapshot-{number}.rdb"), bytes: snapshot.rdb });
                if !snapshot.continues {
                    reaches = number;
                }
            }
        }
    }
    // The journal from the very beginning is there until the second snapshot.
    (0, if newest > 1 { 0 } else { reaches })
}

/// Replays one generation as far as it is whole; false when something is missing, after which nothing later counts.
fn replay_generation(
    generation: u32,
    mut segments: Vec<Segment>,
    whole: bool,
    target: &mut impl Target,
    recovery: &mut Recovery,
) -> bool {
    order::sort_by_key(&mut segments, |segment| segment.sequence);
    let good = match whole {
        true => (0..).zip(&segments).take_while(|(number, segment)| is_good(segment, *number)).count(),
        false => 0,
    };
    let journal: Vec<u8> = segments.iter().take(good).flat_map(|segment| segment.aof.iter().copied()).collect();
    let mut lost: Vec<u8> = segments.iter().skip(good).flat_map(|segment| segment.aof.iter().copied()).collect();
    let mut why = "a part of it is damaged or missing".to_owned();
    match target.replay(&journal) {
        Ok(used) => lost.splice(0..0, journal.iter().skip(used).copied()).for_each(drop),
        Err(error) => {
            why = error;
            lost.splice(0..0, journal.iter().copied()).for_each(drop);
        }
    }
    if generation == recovery.generation {
        recovery.sequence = good as u32;
        recovery.journal_bytes = journal.len();
    }
    if lost.is_empty() {
        return whole;
    }
    recovery.losses.push(format!(
        "The journal after snapshot {generation} could not be replayed to its end ({why}): \
         the last {} bytes of changes are missing.",
        crate::format::grouped(lost.len() as f64)
    ));
    recovery.damaged.push(Damaged { name: format!("journal-{generation}.aof"), bytes: lost });
    false
}

fn is_good(segment: &Segment, number: u32) -> bool {
    segment.sequence == number && checksum(&segment.aof) == segment.checksum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A store that is the text of everything that was put into it; `bad` in it is refused.
    #[derive(Default)]
    struct Text(String);

    impl Target for Text {
        fn load(&mut self, rdb: &[u8], _made_ms: u64) -> Result<(), String> {
            self.0 = String::new();
            self.replay(rdb).map(drop)
        }
        fn replay(&mut self, aof: &[u8]) -> Result<usize, String> {
            let text = std::str::from_utf8(aof).unwrap();
            if text.contains("bad") {
                return Err("it says bad".into());
            }
            self.0 += text;
            Ok(aof.len())
        }
    }

    fn snapshot(number: u32, text: &str) -> StoredSnapshot {
        StoredSnapshot { number, checksum: checksum(text.as_bytes()), made_ms: 0, continues: true, rdb: text.into() }
    }

    fn segment(generation: u32, sequence: u32, text: &str) -> Segment {
        Segment { generation, sequence, checksum: checksum(text.as_bytes()), aof: text.into() }
    }

    #[track_caller]
    fn check(snapshots: Vec<StoredSnapshot>, segments: Vec<Segment>, expected: &str, damaged: &[&str]) -> Recovery {
        let mut target = Text::default();
        let recovery = recover(snapshots, segments, &mut target);
        assert_eq!(target.0, expected);
        let files: Vec<_> = recovery
            .damaged
            .iter()
            .map(|file| format!("{} {}", file.name, String::from_utf8_lossy(&file.bytes)))
            .collect();
        assert_eq!(files, damaged);
        assert_eq!(recovery.losses.len(), damaged.len());
        recovery
    }

    #[test]
    fn whole_storage_comes_back() {
        check(vec![], vec![], "", &[]);
        check(vec![], vec![segment(0, 1, "b"), segment(0, 0, "a")], "ab", &[]);
        let recovery = check(
            vec![snapshot(1, "A"), snapshot(2, "AB")],
            vec![segment(1, 0, "B"), segment(2, 0, "c"), segment(2, 1, "d")],
            "ABcd",
            &[],
        );
        assert_eq!((recovery.generation, recovery.sequence, recovery.journal_bytes), (2, 2, 2));
        assert_eq!(recovery.snapshot_bytes, 2);
        let recovery = check(vec![snapshot(2, "AB")], vec![], "AB", &[]);
        assert_eq!((recovery.generation, recovery.sequence), (2, 0));
    }

    #[test]
    fn a_damaged_snapshot_costs_nothing_while_the_journal_is_whole() {
        let mut broken = snapshot(2, "AB");
        broken.rdb[0] = b'X';
        let segments = vec![segment(1, 0, "B"), segment(2, 0, "c")];
        let recovery = check(vec![snapshot(1, "A"), broken.clone()], segments.clone(), "ABc", &["snapshot-2.rdb XB"]);
        assert_eq!((recovery.generation, recovery.sequence), (2, 1));
        check(vec![snapshot(1, "A"), snapshot(2, "bad")], segments, "ABc", &["snapshot-2.rdb bad"]);
    }

    #[test]
    fn a_damaged_journal_counts_up_to_the_damage_and_the_rest_is_kept() {
        let mut broken = segment(1, 1, "c");
        broken.checksum.clear();
        let segments = vec![segment(1, 0, "b"), broken, segment(1, 2, "d"), segment(2, 0, "e")];
        check(vec![snapshot(1, "A")], segments, "Ab", &["journal-1.aof cd", "journal-2.aof e"]);
        check(vec![snapshot(1, "A")], vec![segment(1, 1, "c")], "A", &["journal-1.aof c"]);
        check(vec![snapshot(1, "A")], vec![segment(1, 0, "bad")], "A", &["journal-1.aof bad"]);
    }

    #[test]
    fn without_its_snapshot_a_later_journal_is_not_replayed() {
        let mut broken = snapshot(3, "ABC");
        broken.checksum.clear();
        let segments = vec![segment(3, 0, "d")];
        check(vec![broken], segments.clone(), "", &["snapshot-3.rdb ABC", "journal-3.aof d"]);
        let import = StoredSnapshot { continues: false, ..snapshot(3, "bad") };
        let all = [vec![segment(2, 0, "B")], segments].concat();
        check(vec![import, snapshot(2, "A")], all, "AB", &["snapshot-3.rdb bad", "journal-3.aof d"]);
    }

    #[test]
    fn before_the_second_snapshot_the_journal_alone_is_enough() {
        let segments = vec![segment(0, 0, "a"), segment(1, 0, "b")];
        check(vec![snapshot(1, "bad")], segments, "ab", &["snapshot-1.rdb bad"]);
    }
}
