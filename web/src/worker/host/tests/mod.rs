//! The host driven by messages, as the page would, with a clock of the test's own.

use super::*;
use crate::bytes::ByteBuf;
use crate::load::{LoadOrder, Plan};
use crate::protocol::{
    Awaiting, ClockOrder, Element, EntryView, FieldView, FromPanel, FromWorker, GroupView, ImportOutcome, KeyKind,
    KeysOrder, KeysView, MemberView, ToPanel, ToWorker, ValueContent, Verdict,
};

mod clock;
mod storage;
mod terminals;
mod views;

const CLIENT: ClientNumber = 7;
/// Somebody else.
const OTHER: ClientNumber = 8;
/// Some moment in 2025.
const START_MS: f64 = 1_750_000_000_000.0;

fn elapsed_ms() -> f64 {
    ELAPSED_MS.get()
}

thread_local! {
    static ELAPSED_MS: std::cell::Cell<f64> = const { std::cell::Cell::new(0.0) };
}

/// A host with one terminal.
struct Page {
    host: Host,
    real_ms: f64,
    prompt: String,
    awaiting: Awaiting,
    heard: Vec<FromWorker>,
}

impl Page {
    fn open(workspace: Option<&str>, lesson: Option<&str>) -> Page {
        let start = Start {
            version: crate::protocol::VERSION,
            workspace: workspace.map(str::to_owned),
            seed: 1,
            lesson: lesson.map(str::to_owned),
            examples: false,
        };
        let host = Host::new(&start, START_MS, elapsed_ms).unwrap();
        let (prompt, awaiting, heard) = Default::default();
        let mut page = Page { host, real_ms: START_MS, prompt, awaiting, heard };
        page.send(ToWorker::Connect { client: CLIENT, name: String::new(), resp3: false });
        page
    }

    fn send(&mut self, message: impl Into<ToWorker>) {
        self.host.handle(message.into(), self.real_ms);
        while self.host.work(self.real_ms, elapsed_ms() + 1.0) {}
        self.host.refresh(self.real_ms);
        self.heard.extend(self.host.take_outbox());
    }

    fn wait(&mut self, ms: f64) {
        self.real_ms += ms;
        self.host.tick(self.real_ms);
        while self.host.work(self.real_ms, elapsed_ms() + 1.0) {}
        self.host.refresh(self.real_ms);
        self.heard.extend(self.host.take_outbox());
    }

    /// What the terminal printed since last asked.
    fn printed(&mut self) -> String {
        let mut text = String::new();
        for message in std::mem::take(&mut self.heard) {
            match message {
                FromWorker::Printed { client: CLIENT, printed, .. } => text += &printed.text,
                FromWorker::Prompt { client: CLIENT, prompt, awaiting, .. } => {
                    (self.prompt, self.awaiting) = (prompt, awaiting);
                }
                _ => {}
            }
        }
        text
    }

    fn run(&mut self, lines: &str) -> String {
        self.send(ToWorker::Lines { client: CLIENT, lines: lines.to_owned() });
        self.printed()
    }

    /// What is printed when somebody else runs lines.
    fn meanwhile(&mut self, lines: &str) -> String {
        if !self.host.terminals.contains_key(&OTHER) {
            self.send(ToWorker::Connect { client: OTHER, name: String::new(), resp3: false });
        }
        self.send(ToWorker::Lines { client: OTHER, lines: lines.to_owned() });
        self.printed()
    }

    fn interrupt(&mut self) -> String {
        self.send(ToWorker::Interrupt { client: CLIENT });
        self.printed()
    }

    /// The last message that `pick` takes.
    fn last<T>(&mut self, pick: impl Fn(&FromWorker) -> Option<T>) -> T {
        let found = self.heard.iter().rev().find_map(pick);
        self.heard.clear();
        found.expect("no such message came")
    }

    fn keys(&mut self, database: u32) -> Vec<String> {
        self.send(ToWorker::Keys(KeysOrder::View { database, first: 0, count: 100 }));
        let view = self.last(|message| match message {
            FromWorker::Keys(view) => Some(view.clone()),
            _ => None,
        });
        drawn(&view)
    }
}

fn drawn(view: &KeysView) -> Vec<String> {
    let row = |row: &crate::protocol::KeyRow| match &row.kind {
        KeyKind::Folder { keys, .. } => format!("{}{}: {keys}", " ".repeat(row.depth as usize), row.name),
        KeyKind::Key { type_name, .. } => format!("{}{} {type_name}", " ".repeat(row.depth as usize), row.name),
    };
    view.shown.iter().map(row).collect()
}

#[track_caller]
fn check(lines: &str, expected: &str) {
    assert_eq!(Page::open(None, None).run(lines), expected);
}

#[test]
fn messages_that_make_no_sense_are_answered() {
    let mut page = Page::open(None, None);
    let senseless = [
        ToWorker::Lines { client: 99, lines: "PING".into() },
        ToWorker::Disconnect { client: 99 },
        ToWorker::Interrupt { client: 99 },
        ToWorker::Connect { client: CLIENT, name: String::new(), resp3: false },
        FromPanel::RunBlock { client: CLIENT, block: 3 }.into(),
        FromPanel::Traffic { block: 3, on: true }.into(),
        ToWorker::TakeOver,
    ];
    for message in senseless {
        page.send(message.clone());
        let problem = page.last(|message| match message {
            FromWorker::Problem { message } => Some(message.clone()),
            _ => None,
        });
        assert!(!problem.is_empty(), "{message:?}");
    }
    page.send(ToWorker::Keys(KeysOrder::View { database: 99, first: u32::MAX, count: u32::MAX }));
    page.send(ToWorker::Keys(KeysOrder::Open { folder: ByteBuf::from(*b":::"), open: true }));
    page.send(FromPanel::ShowValue(Some(ValueQuestion { database: 99, from: u32::MAX, ..ValueQuestion::default() })));
    assert!(page.run("PING").ends_with("PONG\n"));
}

#[test]
fn every_lesson_can_be_done_through_the_page() {
    for (name, text) in lessons::course::FILES {
        let lesson = Lesson::parse(text).unwrap();
        let mut page = Page::open(None, Some(text));
        for (number, block) in (0u32..).zip(&lesson.blocks) {
            match block {
                lessons::Block::Transcript(_) => {
                    page.send(FromPanel::RunBlock { client: CLIENT, block: number });
                    let printed = page.printed();
                    assert!(!printed.contains("(error)") || text.contains("(error)"), "{name}: {printed}");
                }
                lessons::Block::Workload(_) => {
                    page.send(FromPanel::Traffic { block: number, on: true });
                    page.host.run_traffic(page.real_ms);
                    page.send(FromPanel::Traffic { block: number, on: false });
                }
                lessons::Block::Exercise(exercise) => {
                    assert!(matches!(verdict(&mut page, number), Verdict::NotYet { .. }), "{name}");
                    for step in &exercise.solution {
                        page.run(step.text().trim_start_matches('>').trim());
                    }
                    assert_eq!(verdict(&mut page, number), Verdict::Solved, "{name}");
                }
                _ => {}
            }
        }
    }
}

fn verdict(page: &mut Page, block: u32) -> Verdict {
    page.send(FromPanel::CheckExercise { ticket: 1, block });
    page.last(|message| match message {
        FromWorker::Panel(ToPanel::Checked { verdict, .. }) => Some(verdict.clone()),
        _ => None,
    })
}

impl Page {
    /// What the page was told last of the terminal's connection.
    fn connection(&mut self) -> Connection {
        self.last(|message| match message {
            FromWorker::Prompt { client: CLIENT, connection, .. } => Some(connection.clone()),
            _ => None,
        })
    }
}
