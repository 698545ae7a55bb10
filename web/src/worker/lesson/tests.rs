//! Lessons as a learner does them: with Run buttons, and by typing what they show.

use super::*;
use crate::protocol::{ClockOrder, FromPanel, FromWorker, Start, StepOutcome, StepReport, ToPanel, ToWorker, VERSION};

const REAL_MS: f64 = 1_700_000_000_000.0;
const LEARNER: ClientNumber = 1;

/// Milliseconds that pass with every look at the clock.
fn elapsed_ms() -> f64 {
    thread_local! {
        static ELAPSED: std::cell::Cell<f64> = const { std::cell::Cell::new(0.0) };
    }
    ELAPSED.with(|elapsed| {
        elapsed.set(elapsed.get() + 1.0);
        elapsed.get()
    })
}

/// A learner in front of a lesson; the real clock stands still.
struct Learner {
    host: Host,
    heard: Vec<FromWorker>,
}

impl Learner {
    fn start(text: &str) -> Learner {
        let start =
            Start { version: VERSION, workspace: None, seed: 1, lesson: Some(text.to_owned()), examples: false };
        let mut learner = Learner { host: Host::new(&start, REAL_MS, elapsed_ms).unwrap(), heard: Vec::new() };
        learner.say(ToWorker::Connect { client: LEARNER, name: String::new(), resp3: false });
        learner
    }

    fn say(&mut self, message: impl Into<ToWorker>) {
        self.host.handle(message.into(), REAL_MS);
        while self.host.work(REAL_MS, elapsed_ms() + 100.0) {}
        self.heard.extend(self.host.take_outbox());
    }

    fn run(&mut self, block: usize) {
        self.say(FromPanel::RunBlock { client: LEARNER, block: block as u32 });
    }

    fn type_in(&mut self, lines: &str) {
        self.say(ToWorker::Lines { client: LEARNER, lines: lines.to_owned() });
    }

    fn check(&mut self, block: usize) -> Verdict {
        self.say(FromPanel::CheckExercise { ticket: 7, block: block as u32 });
        match self.heard.pop() {
            Some(FromWorker::Panel(ToPanel::Checked { ticket: 7, verdict })) => verdict,
            other => panic!("{other:?}"),
        }
    }

    fn reports(&mut self) -> Vec<StepReport> {
        let reports = self.heard.iter().filter_map(|message| match message {
            FromWorker::Panel(ToPanel::Stepped(report)) => Some(report.clone()),
            _ => None,
        });
        let reports = reports.collect();
        self.heard.clear();
        reports
    }

    fn printed(&mut self) -> String {
        let printed = self.heard.iter().filter_map(|message| match message {
            FromWorker::Printed { printed, .. } => Some(printed.text.as_str()),
            _ => None,
        });
        let printed = printed.collect();
        self.heard.clear();
        printed
    }
}

fn lesson(body: &str) -> Learner {
    Learner::start(&format!("---\ntitle: T\nslug: t\nsummary: S\nminutes: 1\norder: 1\n---\n{body}"))
}

fn course() -> Vec<(lessons::Lesson, &'static str)> {
    lessons::course::FILES.iter().map(|(_, text)| (lessons::Lesson::parse(text).unwrap(), *text)).collect()
}

#[test]
fn every_lesson_can_be_done_with_its_buttons() {
    for (lesson, text) in course() {
        let mut learner = Learner::start(text);
        for (number, block) in lesson.blocks.iter().enumerate() {
            match block {
                Block::Transcript(steps) => {
                    learner.run(number);
                    let reports = learner.reports();
                    assert_eq!(reports.len(), steps.len(), "{} block {number}", lesson.slug);
                    for (report, step) in reports.iter().zip(steps) {
                        assert_eq!(report.outcome, StepOutcome::Agrees, "{}: {}", lesson.slug, step.text());
                    }
                }
                Block::Workload(_) => learner.say(FromPanel::Traffic { block: number as u32, on: true }),
                Block::Exercise(exercise) => {
                    let before = learner.check(number);
                    assert!(matches!(&before, Verdict::NotYet { hint: Some(_), .. }), "{before:?}");
                    for step in &exercise.solution {
                        learner.type_in(&step.text());
                    }
                    assert_eq!(learner.check(number), Verdict::Solved, "{}", lesson.slug);
                }
                Block::Prose(_) | Block::Code { .. } => {}
            }
        }
    }
}

#[test]
fn every_lesson_can_be_done_by_typing_what_it_shows() {
    for (lesson, text) in course() {
        let mut learner = Learner::start(text);
        for (number, block) in lesson.blocks.iter().enumerate() {
            match block {
                Block::Transcript(steps) => {
                    for step in steps {
                        learner.type_in(&step.text());
                        let printed = learner.printed();
                        // Of a command's reply the lesson itself says whether it is an error.
                        let is_command = matches!(step.action, lessons::transcript::Action::Command(_));
                        assert!(is_command || !printed.contains("(error)"), "{}: {printed}", lesson.slug);
                        let reply = printed.split_once('\n').map(|(_, reply)| reply).filter(|it| !it.is_empty());
                        assert_eq!(step.judge(reply), Ok(()), "{}: {printed}", lesson.slug);
                    }
                }
                Block::Exercise(exercise) => {
                    let solution: Vec<String> = exercise.solution.iter().map(Step::text).collect();
                    learner.type_in(&solution.join("\n"));
                    assert_eq!(learner.check(number), Verdict::Solved, "{}", lesson.slug);
                }
                _ => {}
            }
        }
    }
}

#[test]
fn a_reply_that_differs_is_told() {
    let mut learner = lesson("```redis\n> SET k [1..3]\nOK\n> GET k\n\"2\"\nalice> INCR n\n(integer) [1..2]\n```\n");
    learner.type_in("SET n 5");
    learner.heard.clear();
    learner.run(0);
    let reports = learner.reports();
    assert_eq!(reports[0].outcome, StepOutcome::Agrees);
    assert_eq!(reports[1].printed.text, "\"[1..3]\"\n");
    assert!(matches!(&reports[1].outcome, StepOutcome::Differs(how) if how.contains("- \"2\"")), "{reports:?}");
    assert!(matches!(&reports[2].outcome, StepOutcome::Differs(how) if how.contains("+ (integer) 6")), "{reports:?}");
}

#[test]
fn lines_mean_what_a_transcript_means() {
    let shown = |line: &str| typed(line).map(|step| step.map(|step| step.text()).map_err(|_| ()));
    assert_eq!(shown("SET k v"), None);
    assert_eq!(shown("EVAL \"return 1 > 0\" 0"), None);
    assert_eq!(shown("SET a> b"), None);
    assert_eq!(shown("> GET k"), Some(Ok("> GET k".to_owned())));
    assert_eq!(shown(" alice> GET k "), Some(Ok("alice> GET k".to_owned())));
    assert_eq!(shown("alice<"), Some(Ok("alice<".to_owned())));
    assert_eq!(shown("@ +1m"), Some(Ok("@ +1m".to_owned())));
    assert_eq!(shown("@ fill 10 SET k {n}"), Some(Ok("@ fill 10 SET k {n}".to_owned())));
    for wrong in ["@ later", "@ +5", "alice> GET 'k", "@ any-order", "> '"] {
        assert_eq!(shown(wrong), Some(Err(())), "{wrong}");
    }
}

#[test]
fn what_takes_long_can_be_stopped() {
    let mut learner = lesson("```redis\n> SET k v\nOK\n@ fill 1000000 SET user:{n} {n}\n> GET k\n\"v\"\n```\n");
    learner.host.handle(FromPanel::RunBlock { client: LEARNER, block: 0 }.into(), REAL_MS);
    assert!(learner.host.work(REAL_MS, elapsed_ms() + 10.0), "a million commands do not fit into ten looks");
    assert!(!learner.host.fillings.is_empty());
    learner.say(ToWorker::Interrupt { client: LEARNER });
    let outcomes: Vec<StepOutcome> = learner.reports().into_iter().map(|report| report.outcome).collect();
    assert_eq!(outcomes, [StepOutcome::Agrees, StepOutcome::Skipped, StepOutcome::Skipped]);
    assert!(learner.host.keys() < 1_000_000);
    learner.type_in("GET k");
    assert!(learner.printed().ends_with("\"v\"\n"));
}

#[test]
fn the_preparation_tells_how_far_it_is() {
    let mut learner = lesson("```redis setup\n> SET a 1\n@ fill 5000 SET user:{n} {n}\n```\n");
    let told: Vec<(f64, f64)> = learner
        .heard
        .iter()
        .filter_map(|message| match message {
            FromWorker::Panel(ToPanel::Preparing { done, total }) => Some((*done, *total)),
            _ => None,
        })
        .collect();
    assert_eq!(told.last(), Some(&(5001.0, 5001.0)));
    learner.type_in("DBSIZE");
    assert!(learner.printed().ends_with("(integer) 5001\n"));
    let mut broken = lesson("```redis setup\n> LPUSH k 1\n> INCR k\n```\n");
    broken.type_in("PING");
    let problem =
        broken.heard.iter().any(|it| matches!(it, FromWorker::Problem { message } if message.contains("line 10")));
    assert!(problem, "{:?}", broken.heard);
}

#[test]
fn the_clock_is_the_learners() {
    let mut learner = lesson("```redis\n@ +1m\n> TTL k\n(integer) 40\n@ next-expiry\n> EXISTS k\n(integer) 0\n```\n");
    learner.type_in("@ pause\nSET k v EX 100");
    learner.heard.clear();
    learner.run(0);
    assert!(learner.reports().iter().all(|report| report.outcome == StepOutcome::Agrees));
    learner.say(ToWorker::Clock(ClockOrder::Speed(1.0)));
}
