//! Running one stream on both sides, to the first difference.

use crate::known;
use crate::reply::Tree;
use crate::rules::{self, Cursor, Rule};
use crate::scores;
use crate::side::Side;
use crate::stream::{self, name};
use crate::wire::{self, Command};
use std::collections::BTreeSet;
use std::time::Instant;

/// Where two sides part.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Index in the stream; `None` when all replies agreed and the data left behind differs.
    pub at: Option<usize>,
    pub command: Command,
    pub real: Vec<u8>,
    pub ours: Vec<u8>,
    pub why: String,
}

impl Difference {
    /// What kind of difference it is, to tell new ones from seen ones: the command and how each side answers.
    pub fn signature(&self) -> String {
        let what = |reply: &[u8]| match reply.first() {
            // An error is known by its words, but not by the arguments that it repeats.
            Some(b'-') => {
                wire::show(reply).split(' ').take(7).filter(|word| !word.contains('\'')).collect::<Vec<_>>().join(" ")
            }
            Some(kind) => char::from(*kind).to_string(),
            None => "nothing".into(),
        };
        let place = if self.at.is_some() { "" } else { "afterwards, " };
        // A subcommand that no server knows says nothing about the kind.
        let mut name = name(&self.command);
        if !stream::names().contains(&name) {
            name.truncate(name.find(' ').unwrap_or(name.len()));
        }
        format!("{place}{name} {} | {}", what(&self.real), what(&self.ours))
    }
}

/// How many replies are awaited together at most.
const BATCH: usize = 200;

/// How many steps a cursor may take to walk what a stream leaves behind.
const MOST_SCAN_STEPS: usize = 20_000;

/// Resets both sides, runs the stream and then reads everything that it left. An `Err` means that the real side
/// failed, so nothing was learned.
pub fn compare(stream: &[Command], real: &mut dyn Side, ours: &mut dyn Side) -> Result<Option<Difference>, String> {
    let started = Instant::now();
    real.reset()?;
    ours.reset()?;
    let mut run = Run { real, ours, set_encodings_agree: true, parted: false, started };
    if let Some(difference) = run.all(stream)? {
        return Ok(Some(difference));
    }
    if run.parted {
        return Ok(None);
    }
    // The stream's own connection may be in any protocol and database.
    run.real.reconnect()?;
    run.ours.reconnect()?;
    let difference = run.data()?;
    Ok(difference.map(|difference| Difference { at: None, ..difference }))
}

/// Compares all data that two sides hold, by reading it.
pub fn data(real: &mut dyn Side, ours: &mut dyn Side) -> Result<Option<Difference>, String> {
    real.reconnect()?;
    ours.reconnect()?;
    Run { real, ours, set_encodings_agree: true, parted: false, started: Instant::now() }.data()
}

/// Why two replies differ, and the replies to show.
type Parted = (String, Vec<u8>, Vec<u8>);

struct Run<'a> {
    real: &'a mut dyn Side,
    ours: &'a mut dyn Side,
    /// Taking random members leaves different sets behind on the way, so their encodings differ for good reason.
    set_encodings_agree: bool,
    /// A known difference has left other data behind: what follows says nothing.
    parted: bool,
    started: Instant,
}

impl Run<'_> {
    fn all(&mut self, stream: &[Command]) -> Result<Option<Difference>, String> {
        let mut start = 0;
        while start < stream.len() && !self.parted {
            let rules = stream[start..].iter().map(|command| rules::rule(&name(command)));
            let length = 1 + rules.take(BATCH - 1).take_while(|rule| !rule.needs_a_stop()).count();
            let end = (start + length).min(stream.len());
            if let Some(difference) = self.batch(&stream[start..end], start)? {
                return Ok(Some(difference));
            }
            start = end;
        }
        Ok(None)
    }

    /// Runs commands of which only the last may need a stop.
    fn batch(&mut self, commands: &[Command], start: usize) -> Result<Option<Difference>, String> {
        let rules: Vec<Rule> = commands.iter().map(|command| rules::rule(&name(command))).collect();
        let mut to_real = Vec::with_capacity(commands.len());
        for (command, rule) in commands.iter().zip(&rules) {
            to_real.extend(Rule::preparation(command));
            to_real.extend(rule.question(command));
            to_real.push(command.clone());
        }
        let mut from_real = self.real.run(&to_real)?.into_iter();
        let ours = self.ours.run(commands);
        let mut from_ours = match ours {
            Ok(replies) => replies.into_iter(),
            Err(text) => return self.find_failure(commands, start, &text),
        };
        for (index, (command, rule)) in commands.iter().zip(&rules).enumerate() {
            if Rule::preparation(command).is_some() {
                from_real.next();
            }
            let answer = if rule.question(command).is_some() { from_real.next() } else { None };
            let answer = answer.unwrap_or_default();
            let real = from_real.next().unwrap_or_default();
            let ours = from_ours.next().unwrap_or_default();
            if let Some((why, real, ours)) = self.judge(command, *rule, &real, &ours, &answer)? {
                return Ok(Some(Difference { at: Some(start + index), command: command.clone(), real, ours, why }));
            }
            if self.parted {
                break;
            }
        }
        Ok(None)
    }

    /// Our side broke down somewhere in a batch: the command that did it is the last one it was given.
    fn find_failure(&mut self, commands: &[Command], start: usize, why: &str) -> Result<Option<Difference>, String> {
        let index = self.ours.answered().min(commands.len() - 1);
        Ok(Some(Difference {
            at: Some(start + index),
            command: commands[index].clone(),
            real: Vec::new(),
            ours: Vec::new(),
            why: why.to_string(),
        }))
    }

    /// `None` when the replies agree, else why not and the replies to show.
    fn judge(
        &mut self,
        command: &Command,
        rule: Rule,
        real: &[u8],
        ours: &[u8],
        answer: &[u8],
    ) -> Result<Option<Parted>, String> {
        let failed = |why: &str| Ok(Some((why.to_string(), real.to_vec(), ours.to_vec())));
        let errors = real.starts_with(b"-") || ours.starts_with(b"-");
        if let (Rule::Scan(cursor), false) = (rule, errors) {
            return self.scan(command, cursor, real, ours);
        }
        if let Some(why) = rules::difference(rule, command, real, ours, answer, self.started.elapsed()) {
            let kind = Tree::parse(answer).and_then(|tree| tree.text().map(<[u8]>::to_vec)).unwrap_or_default();
            let excused = rule == Rule::Encoding && kind == b"set" && !self.set_encodings_agree && !errors;
            if !excused && !known::accepts(command, &kind, real, ours) {
                return failed(&why);
            }
            self.parted |= known::parts(command, real, ours);
        }
        match rule {
            Rule::RandomPop if !errors => {
                self.pop(command, real, ours)?;
            }
            Rule::Closes => {
                if self.real.is_closed() != self.ours.is_closed() {
                    return failed("one side closes the connection");
                }
                self.real.reconnect()?;
                self.ours.reconnect()?;
            }
            _ => {}
        }
        Ok(None)
    }

    /// Each side removes what the other has popped.
    fn pop(&mut self, command: &Command, real: &[u8], ours: &[u8]) -> Result<(), String> {
        let (Some(real), Some(ours)) = (Tree::parse(real), Tree::parse(ours)) else { return Ok(()) };
        for (popped, side) in [(&ours, &mut *self.real), (&real, &mut *self.ours)] {
            let members = if popped.text().is_some() { std::slice::from_ref(popped) } else { popped.children() };
            let members: Vec<&[u8]> = members.iter().filter_map(Tree::text).collect();
            if !members.is_empty() {
                side.run(&[wire::command(&[&[&b"SREM"[..], &command[1]], &members[..]].concat())])?;
                self.set_encodings_agree = false;
            }
        }
        Ok(())
    }

    /// Walks both sides from their first replies to the end, and compares what came.
    fn scan(&mut self, command: &Command, cursor: Cursor, real: &[u8], ours: &[u8]) -> Result<Option<Parted>, String> {
        if command.get(cursor.position).is_none_or(|at| at != b"0") {
            // A cursor that nobody handed out promises nothing, but an answer of the right form.
            return Ok(None);
        }
        let (from_real, from_ours) =
            match (walk(command, cursor, real, &mut *self.real)?, walk(command, cursor, ours, &mut *self.ours)) {
                (from_real, Ok(from_ours)) => (from_real, from_ours),
                (_, Err(why)) => return Ok(Some((why, real.to_vec(), ours.to_vec()))),
            };
        if from_real == from_ours {
            return Ok(None);
        }
        let lost: Vec<String> = from_real.difference(&from_ours).map(|group| wire::show(&group.concat())).collect();
        let extra: Vec<String> = from_ours.difference(&from_real).map(|group| wire::show(&group.concat())).collect();
        let why = format!("a whole scan misses {} and has too much {}", list(&lost), list(&extra));
        Ok(Some((why, real.to_vec(), ours.to_vec())))
    }

    /// Reads all data on both sides, without DUMP.
    fn data(&mut self) -> Result<Option<Difference>, String> {
        let databases: Vec<Command> =
            (0..16).flat_map(|db| [wire::words(&format!("SELECT {db}")), wire::words("KEYS *")]).collect();
        if let Some(difference) = self.all(&databases)? {
            return Ok(Some(difference));
        }
        let listing = self.real.run(&databases)?;
        let mut types = Vec::new();
        for (database, keys) in listing.chunks(2).enumerate() {
            let keys = Tree::parse(keys.get(1).map_or(&[][..], Vec::as_slice));
            let keys: Vec<Vec<u8>> =
                keys.iter().flat_map(Tree::children).filter_map(Tree::text).map(<[u8]>::to_vec).collect();
            if !keys.is_empty() {
                types.push(wire::words(&format!("SELECT {database}")));
                types.extend(keys.iter().map(|key| wire::command(&[b"TYPE", key.as_slice()])));
            }
        }
        if let Some(difference) = self.all(&types)? {
            return Ok(Some(difference));
        }
        let answers = self.real.run(&types)?;
        let mut reads = Vec::new();
        for (command, kind) in types.iter().zip(&answers) {
            let key = command[1].as_slice();
            if command[0] == b"SELECT" {
                reads.push(command.clone());
                continue;
            }
            reads.push(wire::command(&[b"PTTL", key]));
            reads.push(wire::command(&[&b"OBJECT"[..], b"ENCODING", key]));
            reads.extend(match kind.as_slice() {
                b"+string\r\n" => Some(wire::command(&[b"GET", key])),
                b"+list\r\n" => Some(wire::command(&[b"LRANGE", key, b"0", b"-1"])),
                b"+set\r\n" => Some(wire::command(&[b"SMEMBERS", key])),
                b"+hash\r\n" => Some(wire::command(&[b"HGETALL", key])),
                b"+zset\r\n" => Some(wire::command(&[b"ZRANGE", key, b"0", b"-1", b"WITHSCORES"])),
                b"+stream\r\n" => Some(wire::command(&[&b"XINFO"[..], b"STREAM", key, b"FULL", b"COUNT", b"0"])),
                _ => None,
            });
        }
        self.all(&reads)
    }
}

fn list(items: &[String]) -> String {
    let shown: Vec<&str> = items.iter().take(5).map(String::as_str).collect();
    format!("{} [{}]", items.len(), shown.join(" "))
}

/// What a cursor command returns from its first reply to the end, without repetitions.
fn walk(
    command: &Command,
    cursor: Cursor,
    first: &[u8],
    side: &mut dyn Side,
) -> Result<BTreeSet<Vec<Vec<u8>>>, String> {
    let mut found = BTreeSet::new();
    let mut reply = first.to_vec();
    let mut next = command.clone();
    for _ in 0..MOST_SCAN_STEPS {
        let tree = Tree::parse(&reply).ok_or("not one whole reply")?;
        let [at, elements] = tree.children() else { return Err(format!("not a scan's reply: {}", wire::show(&reply))) };
        let elements = if rules::shows_scores(command) { scores::as_numbers(elements) } else { elements.clone() };
        for group in elements.children().chunks(cursor.group) {
            found.insert(group.iter().map(|leaf| leaf.leaves().concat()).collect());
        }
        let at = at.text().ok_or("the cursor is no string")?;
        if at == b"0" {
            return Ok(found);
        }
        next[cursor.position] = at.to_vec();
        reply = side.run(std::slice::from_ref(&next))?.remove(0);
    }
    Err(format!("a scan does not end within {MOST_SCAN_STEPS} steps"))
}
