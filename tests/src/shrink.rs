//! The shortest stream that still shows a difference, and showing it.

use crate::compare::{Difference, compare};
use crate::reply::Tree;
use crate::side::Side;
use crate::wire::{self, Command};
use engine::resp;

/// How many runs shrinking may take.
const MOST_RUNS: usize = 1_500;

/// A stream that differs, and how.
pub struct Shortest {
    pub stream: Vec<Command>,
    pub difference: Difference,
}

/// Removes commands, then arguments, then shortens arguments, as long as the same command still differs (delta
/// debugging: Zeller and Hildebrandt 2002).
pub fn shrink(
    stream: &[Command],
    difference: &Difference,
    real: &mut dyn Side,
    ours: &mut dyn Side,
) -> Result<Shortest, String> {
    shrink_by(stream, difference, &mut |stream| compare(stream, real, ours))
}

/// Runs a stream on both sides and finds where they first part.
type Comparison<'a> = dyn FnMut(&[Command]) -> Result<Option<Difference>, String> + 'a;

/// The same for streams that are compared in another way.
pub fn shrink_by(stream: &[Command], difference: &Difference, compare: &mut Comparison) -> Result<Shortest, String> {
    let mut shrinker = Shrinker { compare, wanted: difference.signature(), runs: 0, last: difference.clone() };
    let cut = difference.at.map_or(stream.len(), |at| at + 1);
    let mut stream = stream[..cut].to_vec();
    if !shrinker.still_differs(&stream)? {
        // Chance or time has a part in it: the end of the stream is all there is to show.
        let why = format!("{} (and does not show when the stream is run again)", difference.why);
        let stream = stream.split_off(stream.len().saturating_sub(20));
        return Ok(Shortest { stream, difference: Difference { why, ..difference.clone() } });
    }
    // A difference can come earlier once other commands are gone, so everything is tried until nothing helps.
    loop {
        let before: usize = size(&stream);
        shrinker.fewer(&mut stream, |stream| stream, 0)?;
        for at in 0..stream.len() {
            shrinker.fewer(&mut stream, |stream| &mut stream[at], 1)?;
        }
        for at in 0..stream.len() {
            for argument in 1..stream[at].len() {
                shrinker.shorter(&mut stream, at, argument)?;
            }
        }
        if size(&stream) == before || shrinker.runs >= MOST_RUNS {
            break;
        }
    }
    shrinker.still_differs(&stream)?;
    Ok(Shortest { stream, difference: shrinker.last })
}

fn size(stream: &[Command]) -> usize {
    stream.iter().flatten().map(|argument| argument.len() + 1).sum()
}

struct Shrinker<'a> {
    compare: &'a mut Comparison<'a>,
    /// Only the same kind of difference counts, or shrinking would slip into another.
    wanted: String,
    runs: usize,
    last: Difference,
}

impl Shrinker<'_> {
    fn still_differs(&mut self, stream: &[Command]) -> Result<bool, String> {
        self.runs += 1;
        match (self.compare)(stream)? {
            Some(difference) if difference.signature() == self.wanted => {
                self.last = difference;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Removes runs of elements from the part of the stream that `part` names, long runs first, down to the index `first`.
    fn fewer<T: Clone>(
        &mut self,
        stream: &mut Vec<Command>,
        part: impl for<'s> Fn(&'s mut Vec<Command>) -> &'s mut Vec<T>,
        first: usize,
    ) -> Result<(), String> {
        let mut length = part(stream).len().div_ceil(2);
        while length > 0 {
            // From the end, so that what later commands need is tried after them.
            let mut end = part(stream).len();
            while end >= first + length && self.runs < MOST_RUNS {
                let mut candidate = stream.clone();
                part(&mut candidate).drain(end - length..end);
                if self.still_differs(&candidate)? {
                    *stream = candidate;
                }
                end -= length;
            }
            length /= 2;
        }
        Ok(())
    }

    /// Puts something simpler in an argument's place.
    fn shorter(&mut self, stream: &mut Vec<Command>, at: usize, argument: usize) -> Result<(), String> {
        let old = stream[at][argument].clone();
        let half = old[..old.len() / 2].to_vec();
        let plain = vec![b'a'; old.len()];
        for simpler in [b"1".to_vec(), b"a".to_vec(), b"-1".to_vec(), half, plain] {
            let better = simpler.len() < old.len() || (simpler.len() == old.len() && old.len() > 3 && simpler != old);
            if better && self.runs < MOST_RUNS {
                let mut candidate = stream.clone();
                candidate[at][argument] = simpler;
                if self.still_differs(&candidate)? {
                    *stream = candidate;
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// The stream as one types it into redis-cli, and both replies to its last command.
pub fn show(shortest: &Shortest) -> String {
    let Shortest { stream, difference } = shortest;
    let mut text = String::new();
    for command in stream {
        text += &format!("> {}\n", typed(command));
    }
    if difference.at.is_none() {
        text += &format!("(then, reading what is left) > {}\n", typed(&difference.command));
    }
    if difference.why != "replies differ" {
        text += &format!("  {}\n", difference.why);
    }
    text + &format!("  real: {}\n  ours: {}\n", short(&difference.real), short(&difference.ours))
}

/// A command in redis-cli's quoting.
pub fn typed(command: &Command) -> String {
    let words: Vec<String> =
        command.iter().map(|word| String::from_utf8_lossy(&resp::quote(word)).into_owned()).collect();
    words.join(" ")
}

/// A reply on one line, its protocol types visible.
pub fn short(reply: &[u8]) -> String {
    match Tree::parse(reply) {
        Some(tree) => tree.summary(400),
        None => format!("(not one whole reply) {}", wire::show(&reply[..reply.len().min(400)])),
    }
}
