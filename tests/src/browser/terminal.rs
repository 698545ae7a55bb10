//! A terminal on the page: typing lines and reading what it prints for each.

use super::WITHIN;
use super::page::{Element, Page, key, last};
use serde_json::json;
use std::time::{Duration, Instant};

pub struct Terminal<'a> {
    pub page: &'a Page,
    /// Where a person types.
    pub input: Element,
    /// Everything printed.
    pub log: Element,
}

impl<'a> Terminal<'a> {
    /// The page's only terminal, once it is there.
    #[track_caller]
    pub fn find(page: &'a Page) -> Terminal<'a> {
        let log = page.find("log", "Replies");
        let input = page.find("textbox", "Command");
        Terminal { page, input, log }
    }

    /// Types a line and ends it with Enter; what is printed from here on is found from the returned position.
    #[track_caller]
    pub fn enter(&self, line: &str) -> usize {
        let from = self.end();
        self.page.send_keys(&self.input, &format!("{line}{}", key::ENTER));
        from
    }

    /// The end of what is printed, in the page's own counting.
    #[track_caller]
    pub fn end(&self) -> usize {
        let length = self.page.session().script("return arguments[0].textContent.length", &[self.log.argument()]);
        length.unwrap().as_u64().unwrap_or_default() as usize
    }

    /// Empties what is printed. A full transcript loses its beginning, from which the positions in it are counted.
    #[track_caller]
    pub fn clear(&self) {
        self.enter("clear");
        self.page.own("return !values[0].textContent.includes('\\n')", json!([self.log.argument()]));
    }

    /// Types a line and waits until it and exactly this reply are printed.
    #[track_caller]
    pub fn check(&self, line: &str, reply: &str) {
        self.check_at("127.0.0.1:6379> ", line, reply);
    }

    /// The same, with the prompt that has to stand before the line.
    #[track_caller]
    pub fn check_at(&self, prompt: &str, line: &str, reply: &str) {
        let expected = format!("{prompt}{line}\n{reply}{}", if reply.is_empty() { "" } else { "\n" });
        let from = self.enter(line);
        self.expect(from, &expected);
    }

    /// Types the rest of a line that is partly there, and waits until the whole line and its reply are printed.
    #[track_caller]
    pub fn check_rest(&self, rest: &str, line: &str, reply: &str) {
        let from = self.enter(rest);
        self.expect(from, &format!("127.0.0.1:6379> {line}\n{reply}\n"));
    }

    /// Waits until the last that is printed, from a position on, is this. Only a greeting may stand before it.
    #[track_caller]
    pub fn expect(&self, from: usize, expected: &str) {
        let question = json!([self.log.argument(), from, expected]);
        if self.page.ask("textEnds", question, WITHIN).is_none() {
            assert_eq!(self.since(from), expected, "what was printed");
        }
    }

    /// What is printed from a position on.
    #[track_caller]
    pub fn since(&self, from: usize) -> String {
        let script = "return arguments[0].textContent.slice(arguments[1])";
        let text = self.page.session().script(script, &[self.log.argument(), json!(from)]).unwrap();
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Types a line; its reply, as soon as `accept` takes what was printed after the line so far.
    #[track_caller]
    pub fn reply(&self, line: &str, accept: impl FnMut(&str) -> Result<(), String>) -> String {
        let from = self.enter(line);
        self.reply_since(from, line, accept)
    }

    /// The reply to a line that was entered at a position.
    #[track_caller]
    pub fn reply_since(&self, from: usize, line: &str, mut accept: impl FnMut(&str) -> Result<(), String>) -> String {
        let deadline = Instant::now() + WITHIN;
        let echo = format!("> {line}\n");
        let (mut seen, mut why) = (0, String::from("nothing was printed"));
        while let Some(left) = deadline.checked_duration_since(Instant::now()) {
            let question = json!([self.log.argument(), from, seen]);
            let Some(answer) = self.page.ask("textBeyond", question, left) else { break };
            let text = answer["text"].as_str().unwrap_or_default();
            seen = text.encode_utf16().count();
            let Some((_, reply)) = text.split_once(&echo) else { continue };
            match accept(reply) {
                Ok(()) => return reply.to_owned(),
                Err(because) => why = because,
            }
        }
        panic!("{line:?}: {why}\nprinted:\n{}", last(&self.since(from), 3000))
    }

    /// Types a line; its one-line reply.
    #[track_caller]
    pub fn line(&self, line: &str) -> String {
        let whole = |reply: &str| match reply.ends_with('\n') {
            true => Ok(()),
            false => Err("no whole line".to_owned()),
        };
        self.reply(line, whole).trim_end().to_owned()
    }

    /// Waits until a line of the printed text contains this.
    #[track_caller]
    pub fn wait_for(&self, part: &str) {
        self.page.wait_for_text(&self.log, part);
    }

    /// Pastes lines and runs those that are whole.
    #[track_caller]
    pub fn paste(&self, text: &str) {
        self.page.paste(&self.input, text);
        self.page.send_keys(&self.input, &key::ENTER.to_string());
    }

    /// How long a command takes from Enter until its reply is on the page, as a person would see it.
    #[track_caller]
    pub fn time(&self, line: &str, reply: &str) -> Duration {
        let began = Instant::now();
        self.check(line, reply);
        began.elapsed()
    }
}
