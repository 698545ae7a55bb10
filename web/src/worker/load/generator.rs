//! The commands of a workload, one after another. They follow from the plan alone: neither time nor replies change
//! them, but for the SET that fills a missed key, which follows from the key.

use engine::base::Random;

use super::zipf::Zipf;
use crate::load::{Kind, Plan};

/// Different fields of a hash, members of a set or sorted set.
const ELEMENTS: u64 = 100;
/// Lists are cut to this now and then, streams as they grow.
const MAX_ELEMENTS: &str = "99";
const MAX_ENTRIES: &str = "1000";
/// One of so many LPUSHes is an LTRIM instead.
const TRIM_EVERY: u64 = 32;

/// A command that was drawn: the number of its key, and a number from which all else follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    pub kind: Kind,
    pub key: u32,
    detail: u64,
}

/// Draws commands.
#[derive(Debug)]
pub struct Generator {
    plan: Plan,
    random: Random,
    zipf: Option<Zipf>,
    reads: Vec<(Kind, u32)>,
    writes: Vec<(Kind, u32)>,
    /// Values are pieces of this.
    text: Vec<u8>,
}

impl Generator {
    pub fn new(plan: Plan) -> Generator {
        let mut random = Random::new(u64::from(plan.seed));
        let used = plan.mix.iter().filter(|(_, weight)| *weight > 0);
        let (reads, writes) = used.partition(|(kind, _)| kind.is_read());
        let zipf = (plan.zipf > 0.0).then(|| Zipf::new(plan.zipf, plan.keys));
        // Twice as long, so that values of the same length differ by where they begin.
        let letter = |_| b'a' + random.below(26) as u8;
        let text = (0..u64::from(plan.bytes.1) * 2).map(letter).collect();
        Generator { random, zipf, reads, writes, text, plan }
    }

    /// The next command.
    pub fn draw(&mut self) -> Operation {
        let is_read = self.random.below(100) < u64::from(self.plan.reads_percent);
        let (wanted, other) = if is_read { (&self.reads, &self.writes) } else { (&self.writes, &self.reads) };
        let choices = if wanted.is_empty() { other } else { wanted };
        let all: u64 = choices.iter().map(|(_, weight)| u64::from(*weight)).sum();
        let mut rest = self.random.below(all);
        let chosen = choices.iter().find(|(_, weight)| {
            let weight = u64::from(*weight);
            let found = rest < weight;
            rest = rest.saturating_sub(weight);
            found
        });
        let kind = chosen.map_or(Kind::Get, |(kind, _)| *kind);
        let key = match &self.zipf {
            Some(zipf) => zipf.draw(&mut self.random),
            None => self.random.below(u64::from(self.plan.keys)) as u32 + 1,
        };
        Operation { kind, key, detail: self.random.next_u64() }
    }

    /// The SET after a GET that found nothing.
    pub fn fill(&self, missed: Operation) -> Operation {
        let mut random = Random::new(u64::from(self.plan.seed) << 32 | u64::from(missed.key));
        Operation { kind: Kind::Set, detail: random.next_u64(), ..missed }
    }

    /// Writes a command as a client sends it.
    pub fn write(&self, operation: Operation, out: &mut Vec<u8>) {
        let Operation { kind, key, detail } = operation;
        let key = format!("{}{}{key}", self.plan.prefix, family(kind));
        let key = key.as_bytes();
        let mut random = Random::new(detail);
        let mut element = |letter: char| format!("{letter}{}", random.below(ELEMENTS));
        let name = kind.name().as_bytes();
        match kind {
            Kind::Get | Kind::Incr | Kind::Del => command(out, &[name, key]),
            Kind::HGet => command(out, &[name, key, element('f').as_bytes()]),
            Kind::SIsMember | Kind::ZScore => command(out, &[name, key, element('m').as_bytes()]),
            Kind::LRange => command(out, &[name, key, b"0", b"9"]),
            Kind::XRevRange => command(out, &[name, key, b"+", b"-", b"COUNT", b"10"]),
            Kind::Set => self.write_set(key, detail, out),
            Kind::HSet => command(out, &[name, key, element('f').as_bytes(), self.value(detail)]),
            Kind::SAdd => command(out, &[name, key, element('m').as_bytes()]),
            Kind::ZAdd => {
                let member = element('m');
                command(out, &[name, key, random.below(1_000_000).to_string().as_bytes(), member.as_bytes()]);
            }
            Kind::LPush if detail % TRIM_EVERY == 0 => command(out, &[b"LTRIM", key, b"0", MAX_ELEMENTS.as_bytes()]),
            Kind::LPush => command(out, &[name, key, self.value(detail)]),
            Kind::XAdd => {
                command(out, &[name, key, b"MAXLEN", b"~", MAX_ENTRIES.as_bytes(), b"*", b"v", self.value(detail)]);
            }
        }
    }

    fn write_set(&self, key: &[u8], detail: u64, out: &mut Vec<u8>) {
        let (value, (from, to)) = (self.value(detail), self.plan.ttl_seconds);
        if to == 0 {
            return command(out, &[b"SET", key, value]);
        }
        let seconds = u64::from(from.max(1)) + (detail >> 8) % (u64::from(to.saturating_sub(from.max(1))) + 1);
        command(out, &[b"SET", key, value, b"EX", seconds.to_string().as_bytes()]);
    }

    fn value(&self, detail: u64) -> &[u8] {
        let (from, to) = self.plan.bytes;
        let length = u64::from(from) + (detail >> 16) % (u64::from(to - from) + 1);
        let begin = (detail >> 32) % u64::from(to);
        let (begin, end) = (begin as usize, (begin + length) as usize);
        self.text.get(begin..end).unwrap_or_default()
    }
}

/// Keys of each type are apart.
fn family(kind: Kind) -> &'static str {
    match kind {
        Kind::Get | Kind::Set | Kind::Del => "string:",
        Kind::Incr => "counter:",
        Kind::HGet | Kind::HSet => "hash:",
        Kind::SIsMember | Kind::SAdd => "set:",
        Kind::ZScore | Kind::ZAdd => "zset:",
        Kind::LRange | Kind::LPush => "list:",
        Kind::XRevRange | Kind::XAdd => "stream:",
    }
}

fn command(out: &mut Vec<u8>, words: &[&[u8]]) {
    out.extend_from_slice(format!("*{}\r\n", words.len()).as_bytes());
    for word in words {
        out.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        out.extend_from_slice(word);
        out.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{KINDS, PRESETS};

    fn stream(text: &str, count: usize) -> Vec<u8> {
        let mut generator = Generator::new(Plan::parse(text).unwrap());
        let mut out = Vec::new();
        for _ in 0..count {
            let operation = generator.draw();
            generator.write(operation, &mut out);
        }
        out
    }

    fn count(text: &str, draws: u32, fits: impl Fn(&Operation) -> bool) -> f64 {
        let mut generator = Generator::new(Plan::parse(text).unwrap());
        let hits = (0..draws).filter(|_| fits(&generator.draw())).count();
        hits as f64 / f64::from(draws)
    }

    #[test]
    fn the_same_seed_gives_the_same_commands() {
        for (name, text) in PRESETS {
            assert_eq!(stream(text, 500), stream(text, 500), "{name}");
            assert_ne!(stream(text, 500), stream(&format!("{text} seed=2"), 500), "{name}");
        }
    }

    #[test]
    fn the_mix_and_the_share_of_reads_are_kept() {
        let text = "mix=GET:3,HGET:1,SET:1,DEL:0 reads=80 keys=10 zipf=0";
        assert!((count(text, 20_000, |it| it.kind.is_read()) - 0.8).abs() < 0.02);
        assert!((count(text, 20_000, |it| it.kind == Kind::HGet) - 0.2).abs() < 0.02);
        assert_eq!(count(text, 20_000, |it| it.kind == Kind::Del), 0.0);
        assert!((count(text, 20_000, |it| it.key == 10) - 0.1).abs() < 0.02);
        assert_eq!(count("mix=INCR:1 reads=100", 100, |it| it.kind == Kind::Incr), 1.0);
    }

    #[test]
    fn commands_are_as_asked_for() {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let incr = text(stream("mix=INCR:1 keys=1 prefix=p:", 1));
        assert_eq!(incr, "*2\r\n$4\r\nINCR\r\n$11\r\np:counter:1\r\n");
        let set = text(stream("mix=SET:1 keys=1 size=5 ttl=9", 1));
        assert!(set.starts_with("*5\r\n$3\r\nSET\r\n$13\r\nload:string:1\r\n$5\r\n"), "{set}");
        assert!(set.ends_with("\r\n$2\r\nEX\r\n$1\r\n9\r\n"), "{set}");
    }

    #[test]
    fn every_command_is_one_that_the_engine_takes() {
        use engine::{Engine, Options, Output, Time};
        for (kind, name) in KINDS {
            let mut engine = Engine::new(Options::default(), Time(1_000_000)).unwrap();
            let client = engine.connect(Time(1_000_000));
            let bytes = stream(&format!("mix={name}:1 keys=3 size=1-300 ttl=0-20"), 200);
            engine.receive(client, &bytes, Time(1_000_000));
            while let Some(output) = engine.poll() {
                if let Output::Reply { bytes, .. } = output {
                    assert!(!bytes.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"-")), "{kind:?}");
                }
            }
        }
    }

    #[test]
    fn what_fills_a_key_follows_from_the_key() {
        let plan = Plan::parse("size=1-1000").unwrap();
        let generator = Generator::new(plan.clone());
        let missed = |key: u32, detail: u64| Operation { kind: Kind::Get, key, detail };
        assert_eq!(generator.fill(missed(7, 1)), Generator::new(plan).fill(missed(7, 2)));
        assert_ne!(generator.fill(missed(7, 1)).detail, generator.fill(missed(8, 1)).detail);
    }
}
