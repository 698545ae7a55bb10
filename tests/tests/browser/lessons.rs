//! The lessons, each done from start to end by typing what it shows.

use lessons::transcript::{Action, Clock, Expected, Step};
use lessons::{Block, Exercise, Lesson};
use serde_json::json;
use tests::browser::page::{Element, Page, visit};
use tests::browser::{Terminal, TestSite};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;

#[test]
fn which_structure_is_done_by_typing() {
    do_lesson("which-structure");
}

#[test]
fn ttl_tiers_is_done_by_typing() {
    do_lesson("ttl-tiers");
}

#[test]
fn keys_and_scan_is_done_by_typing() {
    do_lesson("keys-and-scan");
}

#[test]
fn eviction_is_done_by_typing() {
    do_lesson("eviction");
}

fn lesson(slug: &str) -> Lesson {
    lessons::course::lessons().unwrap().into_iter().find(|lesson| lesson.slug == slug).unwrap()
}

fn do_lesson(slug: &str) {
    let site = TestSite::at_root().unwrap();
    let lesson = lesson(slug);
    let is_done = "const link = [...document.querySelectorAll('a')].find((it) => it.textContent.includes(values[0]));
        return link ? { done: /done/i.test(link.textContent) } : null;";
    visit(&site, "learn", |page| {
        assert_eq!(page.own(is_done, json!([lesson.title]))["done"], json!(false));
        page.click(&page.find_containing("link", &lesson.title));
        page.find("heading", &lesson.title);
        let terminal = Terminal::find(page);
        let blocks = lesson.transcripts().count();
        let mut student = Student { terminal, blocks, blocks_run: 0, exercises_done: 0 };
        for block in &lesson.blocks {
            match block {
                Block::Prose(_) | Block::Code { .. } => {}
                Block::Transcript(steps) => student.follow(steps),
                Block::Workload(_) => student.start_traffic(),
                Block::Exercise(exercise) => student.solve(exercise),
            }
        }
        assert!(student.exercises_done > 0, "the lesson has no exercise");
        // Solved is solved: here after a reload, and in the list of lessons.
        page.reload();
        let exercise = page.find("region", "Exercise");
        page.wait_for_text(&page.find_role_in(&exercise, "status"), "solved");
        page.go(&site.url("learn"));
        assert_eq!(page.own(is_done, json!([lesson.title]))["done"], json!(true));
    });
}

struct Student<'a> {
    terminal: Terminal<'a>,
    /// Blocks with a Run button.
    blocks: usize,
    /// Those that lie behind.
    blocks_run: usize,
    exercises_done: usize,
}

impl Student<'_> {
    fn page(&self) -> &Page {
        self.terminal.page
    }

    /// Types a block's commands and turns the clock where it says so. What makes much data is not for typing: such a
    /// block is run by its button.
    fn follow(&mut self, steps: &[Step]) {
        if steps.iter().any(|step| matches!(step.action, Action::Fill(_))) {
            self.run(steps);
        } else {
            steps.iter().for_each(|step| self.perform(step));
        }
        self.blocks_run += 1;
    }

    fn run(&self, steps: &[Step]) {
        // While a block runs, its button says something else.
        let all =
            "return [...document.querySelectorAll('button')].filter((it) => name(it) === 'Run').length === values[0]";
        self.page().own(all, json!([self.blocks]));
        let buttons = self.page().find_all("button", "Run");
        let from = self.terminal.end();
        self.page().click(&buttons[self.blocks_run]);
        for step in steps {
            if let Action::Command(command) = &step.action {
                self.terminal.reply_since(from, &command.text, |reply| judge(step, first_reply(reply)));
            }
        }
    }

    fn perform(&self, step: &Step) {
        match &step.action {
            // There is one terminal to type in; the lesson's other clients are a matter for its Run button.
            Action::Command(command) => {
                self.terminal.reply(&command.text, |reply| judge(step, reply));
            }
            Action::Clock(Clock::Pause) => self.page().press("Pause"),
            Action::Clock(Clock::Resume) => self.page().press("Resume"),
            Action::Clock(Clock::NextExpiry) => self.page().press("Next expiry"),
            Action::Clock(Clock::Forward(ms)) => {
                assert_eq!(ms % MINUTE_MS, 0, "no button moves the clock by {ms} ms");
                for _ in 0..ms / HOUR_MS {
                    self.page().press("+1 h");
                }
                for _ in 0..ms % HOUR_MS / MINUTE_MS {
                    self.page().press("+1 min");
                }
            }
            Action::Listen { .. } | Action::Fill(_) => panic!("line {} cannot be typed: {}", step.line, step.text()),
        }
    }

    /// Starts the lesson's background traffic and waits until it is seen to run.
    fn start_traffic(&self) {
        self.page().press("Start the traffic");
        self.page().find("button", "Stop the traffic");
        let runs = "return [...document.querySelectorAll('[aria-live]')].some((it) => /slowest/i.test(it.textContent))";
        self.page().own(runs, serde_json::json!([]));
    }

    /// The check fails, then passes once the solution was typed.
    fn solve(&mut self, exercise: &Exercise) {
        let regions = self.page().find_all("region", "Exercise");
        let region = &regions[self.exercises_done];
        self.check(region, "Not yet");
        exercise.solution.iter().for_each(|step| self.perform(step));
        self.check(region, "Solved");
        self.exercises_done += 1;
    }

    fn check(&self, region: &Element, verdict: &str) {
        self.page().click(&self.page().find_in(region, "button", "Check"));
        self.page().wait_for_text(&self.page().find_role_in(region, "status"), verdict);
    }
}

/// The reply that a text begins with: it ends where the next step is shown.
fn first_reply(text: &str) -> &str {
    let ends = ["127.0.0.1:6379", "@ "].map(|start| match text.starts_with(start) {
        true => Some(0),
        false => text.find(&format!("\n{start}")).map(|at| at + 1),
    });
    let end = ends.into_iter().flatten().min().unwrap_or(text.len());
    &text[..end]
}

/// Whether this reply is what the lesson shows; anything but an error where it shows none.
fn judge(step: &Step, reply: &str) -> Result<(), String> {
    let Action::Command(command) = &step.action else { return Err("no command".to_owned()) };
    if !reply.ends_with('\n') {
        return Err("the reply has not ended".to_owned());
    }
    match command.expected {
        Expected::Lines(_) => step.judge(Some(reply)).map_err(|difference| difference.to_string()),
        _ if reply.starts_with("(error)") => Err(reply.to_owned()),
        _ => Ok(()),
    }
}
