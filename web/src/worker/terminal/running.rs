//! What a line becomes: words to send, a step of a lesson, a repetition, a mode of redis-cli.

use engine::base::Time;
use engine::resp;
use lessons::transcript;

use super::{Flight, Item, Job, Mode, Repeat, Step, Terminal, is_subscription};
use crate::printed::{Printed, Style};
use crate::worker::lesson::{self, Following, Mark};
use crate::worker::modes::{self, Next};
use crate::worker::{help, print};

/// How often the line that changes in place is shown anew.
const LIVE_EVERY_MS: f64 = 100.0;

impl Terminal {
    /// Takes up the next line, if none is under way.
    pub fn step(&mut self, now: Time) -> Step {
        if self.flight.is_some() {
            return self.beside_the_wait();
        }
        // As in redis-cli, nothing typed is read until Ctrl-C.
        if self.mode.monitoring {
            return Step::Wait;
        }
        if let Some(words) = self.introduction.pop_front() {
            let bytes = resp::encode_command(&words);
            self.flight = Some(Flight { words, confirmations: 0, sent: now, quiet: true });
            return Step::Send(bytes);
        }
        if (self.job.is_some() || self.repeat.is_some()) && !self.is_rested() {
            return Step::Wait;
        }
        if self.job.is_some() {
            return self.go_on();
        }
        if let Some(mut repeat) = self.repeat.take() {
            let words = repeat.words.clone();
            repeat.left = repeat.left.map(|left| left.saturating_sub(1));
            if repeat.left != Some(0) {
                self.rests_until_ms = (self.elapsed_ms)() + repeat.interval_ms;
                self.repeat = Some(repeat);
            }
            return self.send(words, now);
        }
        match self.queue.pop_front() {
            None => Step::Wait,
            Some(Item::Line(line)) => self.typed(line, now),
            Some(Item::Step(mark, step)) => self.lesson_step(mark, step, now),
        }
    }

    /// While this client waits for its reply, others that a lesson names can go on, and so can time: nothing else
    /// would ever end some waits.
    fn beside_the_wait(&mut self) -> Step {
        let step = match self.queue.front() {
            Some(Item::Step(_, step)) if lesson::line_of(step).is_none() => None,
            Some(Item::Line(line)) if self.reads_transcripts => match lesson::typed(line) {
                Some(Ok(step)) if lesson::line_of(&step).is_none() => Some(step),
                _ => return Step::Wait,
            },
            _ => return Step::Wait,
        };
        // The step that waits has printed what it will for now.
        self.finish_step();
        match (self.queue.pop_front(), step) {
            (Some(Item::Step(mark, step)), _) => {
                self.following = Some(Following::new(mark, (*step).clone()));
                Step::Perform(step)
            }
            (_, Some(step)) => Step::Perform(Box::new(step)),
            _ => Step::Wait,
        }
    }

    fn lesson_step(&mut self, mark: Mark, step: Box<transcript::Step>, now: Time) -> Step {
        if !self.connected && lesson::line_of(&step).is_some() {
            self.queue.push_front(Item::Step(mark, step));
            self.connected = true;
            return Step::Reconnect;
        }
        self.following = Some(Following::new(mark, (*step).clone()));
        let done = match lesson::line_of(&step) {
            Some(line) => self.echo_and_run(line, now),
            None => Step::Perform(step),
        };
        // A line that needs no engine is over at once.
        if matches!(done, Step::Done | Step::Close) {
            self.finish_step();
        }
        done
    }

    fn typed(&mut self, line: String, now: Time) -> Step {
        if line.trim().is_empty() {
            return Step::Done;
        }
        let read = if self.reads_transcripts { lesson::typed(&line) } else { None };
        let line = match read {
            None => line,
            Some(Ok(step)) => match lesson::line_of(&step) {
                Some(line) => line.to_owned(),
                None => return Step::Perform(Box::new(step)),
            },
            Some(Err(why)) => {
                self.print(Style::Command, &format!("{}\n", print::visible(&line)));
                self.print(Style::Error, &format!("{why}\n"));
                return Step::Done;
            }
        };
        if !self.connected {
            self.connected = true;
            self.queue.push_front(Item::Line(line));
            return Step::Reconnect;
        }
        self.echo_and_run(&line, now)
    }

    fn echo_and_run(&mut self, line: &str, now: Time) -> Step {
        let prompt = self.prompt();
        self.print(Style::Prompt, &prompt);
        self.print(Style::Command, &format!("{}\n", print::visible(line)));
        self.run(line, now)
    }

    fn run(&mut self, line: &str, now: Time) -> Step {
        let Ok(mut words) = resp::split_line(line) else {
            self.print(Style::Error, "Invalid argument(s)\n");
            return Step::Done;
        };
        let first = words.first().map(|word| word.to_ascii_lowercase()).unwrap_or_default();
        match first.as_slice() {
            b"clear" if words.len() == 1 => return Step::Clear,
            b"quit" | b"exit" if words.len() == 1 => {
                self.connected = false;
                self.mode = Mode::default();
                self.print(Style::Notice, "Connection closed. The next command opens a new one.\n");
                return Step::Close;
            }
            b"help" | b"?" => {
                let text = help::help(words.get(1..).unwrap_or_default());
                self.printed.append(&text);
                return Step::Done;
            }
            [b':', ..] => {
                self.set_preference(&words);
                return Step::Done;
            }
            _ => {}
        }
        // As in redis-cli, a number before a command repeats it.
        if words.len() > 1
            && let Some(times) = repetitions(&first)
        {
            let Some(times) = times else {
                self.print(Style::Error, "Invalid redis-cli repeat command option value.\n");
                return Step::Done;
            };
            words.remove(0);
            return self.begin(modes::Parsed::Repeat { words, times: Some(times), interval_ms: 0.0 }, now);
        }
        if let Some(parsed) = modes::parse(&words) {
            return self.begin(parsed, now);
        }
        if words.is_empty() { Step::Done } else { self.send(words, now) }
    }

    /// What redis-cli takes for itself: `:set hints` and `:set nohints`.
    fn set_preference(&mut self, words: &[Vec<u8>]) {
        let [command, rest @ ..] = words else { return };
        let (what, unknown) = match rest {
            [preference, ..] if command.eq_ignore_ascii_case(b":set") => {
                match preference.to_ascii_lowercase().as_slice() {
                    b"hints" => return self.hints = true,
                    b"nohints" => return self.hints = false,
                    _ => ("preference", preference),
                }
            }
            _ => ("internal command", command),
        };
        let unknown = print::visible(&String::from_utf8_lossy(unknown));
        self.print(Style::Error, &format!("unknown redis-cli {what} '{unknown}'\n"));
    }

    /// Begins what options ask for.
    fn begin(&mut self, parsed: modes::Parsed, now: Time) -> Step {
        self.rests_until_ms = 0.0;
        match parsed {
            modes::Parsed::Refused(why) => self.print(Style::Error, &format!("{why}\n")),
            modes::Parsed::Repeat { times: Some(0), .. } => {}
            modes::Parsed::Repeat { words, times, interval_ms } => {
                self.repeat = Some(Repeat { words, left: times, interval_ms, since: now });
            }
            modes::Parsed::Mode(_) if self.mode.transaction.is_some() || self.mode.is_subscribed() => {
                self.print(Style::Error, "This needs a client that is neither inside MULTI nor subscribed.\n");
            }
            modes::Parsed::Mode(mode) => {
                self.job = Some(Job { mode, expected: 0, since: now, live: None, shown_ms: f64::MIN });
            }
        }
        Step::Done
    }

    /// The next step of a mode.
    fn go_on(&mut self) -> Step {
        let elapsed_ms = (self.elapsed_ms)();
        let Some(job) = self.job.as_mut().filter(|job| job.expected == 0) else { return Step::Wait };
        if elapsed_ms - job.shown_ms >= LIVE_EVERY_MS {
            (job.live, job.shown_ms) = (job.mode.live(), elapsed_ms);
        }
        match job.mode.next(self.elapsed_ms, &mut self.printed) {
            Next::Send(commands) => {
                job.expected = commands.len();
                Step::Send(commands.iter().flat_map(|words| resp::encode_command(words)).collect())
            }
            Next::Sleep(ms) => {
                self.rests_until_ms = elapsed_ms + ms;
                Step::Wait
            }
            Next::Again => Step::Done,
            Next::Done => {
                self.job = None;
                Step::Done
            }
        }
    }

    fn send(&mut self, words: Vec<Vec<u8>>, now: Time) -> Step {
        let bytes = resp::encode_command(&words);
        let confirmations = if is_subscription(&words) { words.len().saturating_sub(1).max(1) } else { 0 };
        self.late = Printed::default();
        self.flight = Some(Flight { words, confirmations, sent: now, quiet: false });
        Step::Send(bytes)
    }
}

/// How often a number before a command lets it run: none if the word is no number, none inside if nothing can run so
/// often.
fn repetitions(word: &[u8]) -> Option<Option<u32>> {
    let digits = word.strip_prefix(b"-").or_else(|| word.strip_prefix(b"+")).unwrap_or(word);
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let times = || std::str::from_utf8(word).ok()?.parse::<i64>().ok().filter(|times| *times > 0);
    is_number.then(|| times().map(|times| u32::try_from(times).unwrap_or(u32::MAX)))
}
