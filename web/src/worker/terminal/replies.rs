//! What comes back: replies, messages, and what they mean for the prompt.

use engine::base::Time;
use engine::resp::{self, Value};

use super::{Mode, PUSHES, Terminal};
use crate::printed::Style;
use crate::worker::print;

/// redis-cli says how long a command took from here on.
const SLOW_MS: u64 = 500;

impl Terminal {
    /// Takes what the engine sent.
    pub fn receive(&mut self, bytes: &[u8], now: Time) {
        self.received.extend_from_slice(bytes);
        let mut used = 0;
        loop {
            match resp::parse_value(self.received.get(used..).unwrap_or_default()) {
                Ok(Some((value, length))) => {
                    used += length.max(1);
                    self.reply(value, now);
                }
                Ok(None) => break,
                Err(error) => {
                    // Cannot come from our engine; said plainly and dropped, so that the terminal lives on.
                    self.print(Style::Error, &format!("Error: {error}\n"));
                    used = self.received.len();
                    self.flight = None;
                }
            }
            if used >= self.received.len() {
                break;
            }
        }
        self.received.drain(..used.min(self.received.len()));
    }

    fn reply(&mut self, value: Value, now: Time) {
        let is_unasked = matches!(value, Value::Push(_));
        if let Some(job) = self.job.as_mut().filter(|job| job.expected > 0 && !is_unasked) {
            job.expected -= 1;
            return job.mode.reply(&value, (self.elapsed_ms)(), &mut self.printed);
        }
        let quiet = self.flight.as_ref().is_some_and(|flight| flight.quiet) && !value.is_error();
        if !quiet {
            let is_report = self.flight.as_ref().is_some_and(|flight| print::is_report(&flight.words));
            let printed = if is_report { print::report(&value) } else { print::reply(&value) };
            self.printed.append(&printed);
            self.hear(&printed);
        }
        if self.mode.monitoring {
            return;
        }
        if self.is_push(&value) {
            return self.follow_push(&value);
        }
        let Some(flight) = self.flight.take() else { return };
        let took = now.since(flight.sent);
        if took >= SLOW_MS {
            self.print(Style::Notice, &format!("({:.2}s)\n", took as f64 / 1000.0));
        }
        self.follow(&flight.words, &value);
        self.finish_step();
    }

    /// Whether a value comes unasked: a message or a (un)subscription's confirmation.
    fn is_push(&self, value: &Value) -> bool {
        match value {
            Value::Push(_) => true,
            Value::Array(elements) => {
                let subscribing = self.flight.as_ref().is_some_and(|flight| flight.confirmations > 0);
                (self.mode.is_subscribed() || subscribing)
                    && elements.len() >= 3
                    && elements.first().and_then(Value::as_bytes).is_some_and(|kind| PUSHES.contains(&kind))
            }
            _ => false,
        }
    }

    fn follow_push(&mut self, value: &Value) {
        let Some([kind, _, count, ..]) = value.as_elements() else { return };
        let kind = kind.as_bytes().unwrap_or_default();
        if !kind.ends_with(b"subscribe") {
            return;
        }
        let count = count.as_integer().unwrap_or_default();
        match kind {
            b"ssubscribe" | b"sunsubscribe" => self.mode.shard_channels = count,
            _ => self.mode.channels = count,
        }
        if let Some(flight) = &mut self.flight
            && flight.confirmations > 0
        {
            flight.confirmations -= 1;
            if flight.confirmations == 0 {
                self.flight = None;
                self.finish_step();
            }
        }
    }

    /// What an answered command changes about the prompt; the rules are redis-cli's.
    fn follow(&mut self, words: &[Vec<u8>], value: &Value) {
        let name = words.first().map(|word| word.to_ascii_lowercase()).unwrap_or_default();
        let failed = value.is_error();
        match (name.as_slice(), words.len()) {
            (b"select", 2) if !failed => {
                let number = words.get(1).and_then(|word| std::str::from_utf8(word).ok()?.parse().ok());
                self.mode.database = number.unwrap_or(self.mode.database);
            }
            (b"multi", 1) if !failed => self.mode.transaction = Some(self.mode.database),
            (b"exec", 1) => {
                if let Some(before) = self.mode.transaction.take()
                    && (failed || value.is_null())
                {
                    self.mode.database = before;
                }
            }
            (b"discard", 1) if !failed => {
                if let Some(before) = self.mode.transaction.take() {
                    self.mode.database = before;
                }
            }
            (b"reset", 1) if !failed => self.mode = Mode::default(),
            (b"monitor", 1) if !failed => self.mode.monitoring = true,
            _ => {}
        }
    }
}
