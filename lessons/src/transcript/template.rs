//! Commands with a number in them, for making much data or much traffic from one line.
//!
//! `{n}` is the number of the command, counted from 1; `{random:1000}` a number from 1 to 1000 and `{random:50-60}`
//! one from 50 to 60. Every other brace stays as it is, so that cluster hash tags can be written. Draws no randomness
//! itself: the caller passes it in.

/// More than any lesson needs; a million small strings are about 100 MB in a real server.
pub const MAX_FILL: u64 = 1_000_000;
const MAX_RANDOM: u64 = 1_000_000_000_000;

/// One command, already split into words, with places for numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    text: String,
    words: Vec<Vec<Piece>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Bytes(Vec<u8>),
    Number,
    Random { least: u64, most: u64 },
}

impl Template {
    pub(crate) fn parse(text: &str) -> Result<Template, String> {
        let words = super::words(text)?;
        Ok(Template { text: text.to_owned(), words: words.iter().map(|word| pieces(word)).collect::<Result<_, _>>()? })
    }

    /// The command as the author wrote it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The words of command `number`. `random` is asked for each `{random:...}`: it may return anything, the number
    /// used is the smallest allowed plus that modulo how many are allowed.
    pub fn words(&self, number: u64, mut random: impl FnMut() -> u64) -> Vec<Vec<u8>> {
        self.words.iter().map(|pieces| render(pieces, number, &mut random)).collect()
    }
}

fn render(pieces: &[Piece], number: u64, random: &mut impl FnMut() -> u64) -> Vec<u8> {
    let mut word = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Bytes(bytes) => word.extend_from_slice(bytes),
            Piece::Number => word.extend_from_slice(number.to_string().as_bytes()),
            Piece::Random { least, most } => {
                // Both are at most MAX_RANDOM, and `least` is not above `most`.
                let allowed = most.saturating_sub(*least).saturating_add(1);
                let drawn = least.saturating_add(random().checked_rem(allowed).unwrap_or(0));
                word.extend_from_slice(drawn.to_string().as_bytes());
            }
        }
    }
    word
}

fn pieces(word: &[u8]) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut bytes = Vec::new();
    let mut rest = word;
    while let Some((first, after)) = rest.split_first() {
        match placeholder(rest)? {
            Some((piece, remaining)) => {
                if !bytes.is_empty() {
                    pieces.push(Piece::Bytes(std::mem::take(&mut bytes)));
                }
                pieces.push(piece);
                rest = remaining;
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    if !bytes.is_empty() {
        pieces.push(Piece::Bytes(bytes));
    }
    Ok(pieces)
}

fn placeholder(rest: &[u8]) -> Result<Option<(Piece, &[u8])>, String> {
    if let Some(after) = rest.strip_prefix(b"{n}") {
        return Ok(Some((Piece::Number, after)));
    }
    let Some(after) = rest.strip_prefix(b"{random:") else { return Ok(None) };
    let Some((least, after)) = number_before(after) else { return Err(range_problem()) };
    let (least, most, after) = match after.strip_prefix(b"-").map(number_before) {
        None => (1, least, after),
        Some(Some((most, after))) => (least, most, after),
        Some(None) => return Err(range_problem()),
    };
    match after.strip_prefix(b"}") {
        Some(after) if (1..=most).contains(&least) && most <= MAX_RANDOM => {
            Ok(Some((Piece::Random { least, most }, after)))
        }
        _ => Err(range_problem()),
    }
}

fn range_problem() -> String {
    format!("a random number is written {{random:1000}} or {{random:50-60}}, from 1 to at most {MAX_RANDOM}")
}

/// The decimal number that `bytes` begin with, and what follows it.
fn number_before(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, after) = bytes.split_at_checked(digits)?;
    Some((std::str::from_utf8(number).ok()?.parse().ok()?, after))
}

/// `@ fill 200000 SET user:{n} {n}`: the same command many times, numbered from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fill {
    pub count: u64,
    pub template: Template,
}

impl Fill {
    /// Reads what follows `@ fill `.
    pub(super) fn parse(text: &str) -> Result<Fill, String> {
        let (count, command) = text.trim_start().split_once(' ').unwrap_or((text, ""));
        let count = count.parse().ok().filter(|count| (1..=MAX_FILL).contains(count));
        let Some(count) = count else {
            return Err(format!("a fill is \"@ fill 1000 SET user:{{n}} {{n}}\", with a count from 1 to {MAX_FILL}"));
        };
        let template = Template::parse(command)?;
        Ok(Fill { count, template })
    }

    /// The commands in order. A fill has no randomness of its own: a `{random:N}` in it is drawn from the command's
    /// number, so that every run makes the same data.
    pub fn commands(&self) -> impl Iterator<Item = Vec<Vec<u8>>> + '_ {
        (1..=self.count).map(|number| self.command(number))
    }

    /// One of them, for whoever runs them in portions; `number` counts from 1.
    pub fn command(&self, number: u64) -> Vec<Vec<u8>> {
        let mut state = number;
        self.template.words(number, || {
            state = scatter(state);
            state
        })
    }
}

/// The mixing step of SplitMix64 (Steele, Lea and Flood 2014): neighbouring numbers land far apart.
pub(crate) fn scatter(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(words: Vec<Vec<u8>>) -> String {
        words.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn numbers_take_their_places() {
        let fill = Fill::parse("3 SET user:{n}:{x} \"n {n}\"").unwrap();
        let commands: Vec<String> = fill.commands().map(show).collect();
        assert_eq!(commands, ["SET|user:1:{x}|n 1", "SET|user:2:{x}|n 2", "SET|user:3:{x}|n 3"]);
    }

    #[test]
    fn random_numbers_stay_in_range_and_repeat() {
        let fill = Fill::parse("100 SADD s {random:10}").unwrap();
        let first: Vec<String> = fill.commands().map(show).collect();
        assert_eq!(first, fill.commands().map(show).collect::<Vec<_>>());
        let expected: std::collections::BTreeSet<String> = (1..=10).map(|n| format!("SADD|s|{n}")).collect();
        assert_eq!(first.into_iter().collect::<std::collections::BTreeSet<_>>(), expected);
        assert_eq!(show(Template::parse("GET {random:50-52}").unwrap().words(1, || 7)), "GET|51");
        assert_eq!(show(Template::parse("GET {random:5}").unwrap().words(1, || u64::MAX)), "GET|1");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for text in [
            "",
            "0 PING",
            "1000001 PING",
            "x PING",
            "10",
            "10 ",
            "5 GET {random:0}",
            "5 GET {random:5-4}",
            "5 GET {random:0-4}",
            "5 GET {random:4-}",
            "5 GET {random:",
            "5 GET 'a",
        ] {
            assert!(Fill::parse(text).is_err(), "{text}");
        }
    }
}
