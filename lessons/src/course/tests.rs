use std::collections::BTreeSet;

use engine::Time;
use engine::command::Flags;

use super::*;
use crate::lesson::Block;
use crate::markdown::{Inline, LinkTarget, Prose};
use crate::play::{play, prove};
use crate::stage::Stage;
use crate::transcript::{self, Action, Expected, Step};

fn stage() -> Result<Stage, String> {
    Stage::new(1, Time(1_700_000_000_000))
}

fn lesson(slug: &str) -> Lesson {
    lessons().unwrap().into_iter().find(|lesson| lesson.slug == slug).unwrap()
}

/// A stage on which the lesson was set up and `commands`, a transcript, has run.
fn after(lesson: &Lesson, commands: &str) -> Stage {
    let mut stage = stage().unwrap();
    play(&lesson.setup, |step| stage.perform(step)).unwrap();
    play(&transcript::parse(commands, 1).unwrap(), |step| stage.perform(step)).unwrap();
    stage
}

/// What the lesson's check says after `commands`: `Ok`, or the hint a person gets.
fn checked(lesson: &Lesson, commands: &str) -> Result<(), String> {
    let mut stage = after(lesson, commands);
    let exercise = lesson.exercises().next().unwrap();
    play(&exercise.check, |step| stage.perform(step)).map_err(|failure| failure.hint.unwrap())
}

#[test]
fn every_lesson_file_is_read() {
    for (name, text) in FILES {
        let lesson = Lesson::parse(text).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        assert_eq!(format!("{}.md", lesson.slug), *name);
    }
    let lessons = lessons().unwrap();
    let in_folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/course")).unwrap().count();
    assert_eq!(lessons.len(), in_folder);
    assert_eq!(lessons.iter().map(|lesson| lesson.order).collect::<BTreeSet<_>>().len(), lessons.len());
}

#[test]
fn every_lesson_is_true_on_our_engine() {
    for lesson in lessons().unwrap() {
        let steps = prove(&lesson, stage, Stage::perform).unwrap_or_else(|why| panic!("{}: {why}", lesson.slug));
        assert!(steps > 20, "{}: only {steps} steps", lesson.slug);
    }
}

#[test]
fn every_lesson_has_what_a_learner_needs() {
    for lesson in lessons().unwrap() {
        let slug = &lesson.slug;
        assert_eq!(lesson.exercises().count(), 1, "{slug}");
        let exercise = lesson.exercises().next().unwrap();
        assert!(!exercise.hints.is_empty(), "{slug}: hints");
        assert!(exercise.check.iter().all(|step| step.hint.is_some()), "{slug}: a hint for each command of the check");
        assert!(lesson.transcripts().count() >= 5, "{slug}: transcripts");
        let is_summary = |block: &Block| match block {
            Block::Prose(Prose::Heading { id, .. }) => id == "what-to-remember",
            _ => false,
        };
        assert!(lesson.blocks.iter().any(is_summary), "{slug}: a summary");
        for step in lesson.transcripts().flatten() {
            if let Action::Command(command) = &step.action {
                assert_ne!(command.expected, Expected::Anything, "{slug}, line {}: no reply shown", step.line);
            }
        }
    }
}

/// A check looks and does not touch.
#[test]
fn checks_only_read() {
    let writes = |name: &str| {
        let found =
            engine::commands().iter().copied().flatten().find(|command| command.name.eq_ignore_ascii_case(name));
        found.unwrap_or_else(|| panic!("no command {name}")).flags.has(Flags::WRITE)
    };
    for lesson in lessons().unwrap() {
        for step in lesson.exercises().flat_map(|exercise| &exercise.check) {
            let Action::Command(command) = &step.action else { panic!() };
            let name = String::from_utf8_lossy(&command.words[0]).into_owned();
            assert!(!writes(&name), "{}, line {}: {name}", lesson.slug, step.line);
        }
    }
}

#[test]
fn links_within_the_site_lead_somewhere() {
    fn links(text: &[Inline], found: &mut Vec<LinkTarget>) {
        for inline in text {
            match inline {
                Inline::Text(_) | Inline::Code(_) => {}
                Inline::Emphasis(inner) | Inline::Strong(inner) => links(inner, found),
                Inline::Link { target, text } => {
                    found.push(target.clone());
                    links(text, found);
                }
            }
        }
    }
    let lessons = lessons().unwrap();
    let pages: BTreeSet<String> = lessons.iter().map(|lesson| format!("/learn/{}", lesson.slug)).collect();
    for lesson in &lessons {
        let mut found = Vec::new();
        for block in &lesson.blocks {
            match block {
                Block::Prose(Prose::Paragraph(text)) => links(text, &mut found),
                Block::Prose(Prose::List { items, .. }) => items.iter().for_each(|item| links(item, &mut found)),
                Block::Prose(Prose::Note(texts)) => texts.iter().for_each(|text| links(text, &mut found)),
                _ => {}
            }
        }
        for target in found {
            match target {
                // Whether the playground can read what it is given is a test of the page.
                LinkTarget::Site(path) if path.starts_with("/?workload=") => {}
                LinkTarget::Site(path) => assert!(pages.contains(&path), "{}: {path}", lesson.slug),
                LinkTarget::Web(_) | LinkTarget::Heading(_) => {}
            }
        }
    }
}

#[test]
fn any_way_to_the_board_of_the_week_counts() {
    let lesson = lesson("which-structure");
    let done = "> DEL week:json\n> ZADD board:week 910 donald\n> ZINCRBY board:week 880 edsger\n> ZADD board:week 920 frances\n";
    assert_eq!(checked(&lesson, done), Ok(()));
    assert!(checked(&lesson, "").unwrap_err().contains("sorted set"));
    assert!(checked(&lesson, "> SADD board:week frances:920").unwrap_err().contains("sorted set"));
    assert!(checked(&lesson, "> ZADD board:week 720 frances").unwrap_err().contains("won 200"));
    assert!(checked(&lesson, &format!("{done}> ZADD board:week 640 barbara")).unwrap_err().contains("nobody else"));
    assert!(checked(&lesson, &format!("{done}> SET week:json x")).unwrap_err().contains("old copy"));
}

#[test]
fn any_way_to_the_ttl_tiers_counts() {
    let lesson = lesson("ttl-tiers");
    let done = "> GETEX shop:start EX 299\n> SET shop:book:42 \"<product page>\" EX 1800\n> PEXPIRE shop:session:lena 3600000\n\
                > EXPIRE shop:report:may 43200\n> COPY shop:stock kept\n> PERSIST kept\n> RENAME kept shop:stock\n";
    assert_eq!(checked(&lesson, done), Ok(()));
    assert_eq!(checked(&lesson, &format!("{done}@ +4m")), Ok(()));
    assert!(checked(&lesson, &format!("{done}@ +6m")).unwrap_err().contains("Is it gone already?"));
    assert!(checked(&lesson, &format!("{done}> EXPIRE shop:stock 99")).unwrap_err().contains("no cache"));
    assert!(checked(&lesson, &format!("{done}> SET shop:stock 17")).unwrap_err().contains("17 copies"));
}

#[test]
fn any_way_to_clean_up_counts() {
    let lesson = lesson("keys-and-scan");
    assert_eq!(checked(&lesson, "> DEL import:tmp:0b7e import:tmp:5c21\n> GETDEL import:tmp:f90a"), Ok(()));
    assert!(checked(&lesson, "> DEL import:tmp:0b7e").unwrap_err().contains("leftovers"));
    assert!(checked(&lesson, "> FLUSHALL").unwrap_err().contains("199,997"));
}

#[test]
fn any_way_to_one_store_for_two_things_counts() {
    let lesson = lesson("eviction");
    let keys = "> SET stock:42 17\n> SETEX cache:start 60 a\n> SET cache:book:42 b\n> EXPIRE cache:book:42 3600\n";
    let limit = "> CONFIG SET maxmemory 20m\n";
    let policy = |policy: &str| format!("> CONFIG SET maxmemory-policy {policy}\n");
    let done = format!("{keys}{}{limit}", policy("volatile-lfu"));
    assert_eq!(checked(&lesson, &done), Ok(()));
    assert!(checked(&lesson, &format!("{limit}{keys}")).unwrap_err().contains("have a TTL"));
    for other in ["allkeys-lfu", "volatile-lru", "volatile-ttl"] {
        let why = checked(&lesson, &format!("{limit}{keys}{}", policy(other))).unwrap_err();
        assert!(why.contains("least often"), "{other}: {why}");
    }
    assert!(checked(&lesson, &format!("{done}> CONFIG SET maxmemory 200mb")).unwrap_err().contains("20 MB"));
    assert!(checked(&lesson, &format!("{done}> EXPIRE stock:42 60")).unwrap_err().contains("must not have"));
    assert!(checked(&lesson, &format!("{done}> PERSIST cache:start")).unwrap_err().contains("cache:start"));
}

/// A real server's clock cannot be turned, so the lesson only tells of it.
#[test]
fn what_was_popular_is_forgotten() {
    let lesson = lesson("eviction");
    let popular = "> CONFIG SET maxmemory-policy allkeys-lfu\n> SET front:1 a\n@ fill 200 GET front:1\n";
    after(
        &lesson,
        &format!("{popular}> OBJECT FREQ front:1\n(integer) [8..14]\n@ +1h\n> OBJECT FREQ front:1\n(integer) 0"),
    );
}

/// The figures that the lessons' prose compares.
#[test]
fn what_the_prose_says_about_memory_is_so() {
    let lesson = lesson("which-structure");
    let steps: Vec<Step> = lesson.transcripts().flatten().cloned().collect();
    let mut stage = after(&lesson, "");
    play(&steps, |step| stage.perform(step)).unwrap();
    let mut memory = |key: &str| -> usize {
        let step = &transcript::parse(&format!("> MEMORY USAGE {key} SAMPLES 0"), 1).unwrap()[0];
        let printed = stage.perform(step).unwrap().unwrap();
        printed.trim().strip_prefix("(integer) ").unwrap().parse().unwrap()
    };
    assert!(memory("big:zset") > 2 * memory("big:json"), "a sorted set takes several times the memory of the text");
    assert!(memory("league:1") / 100 < memory("big:zset") / 1000 / 3, "a small board costs a fraction per player");
}

/// Inputs that once mattered to the fuzzer, and one of each construct.
#[test]
fn the_corpus_never_panics() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/corpus/lessons");
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 3);
    for file in files {
        crate::fuzz(&std::fs::read(&file).unwrap());
    }
    for (_, text) in FILES {
        crate::fuzz(text.as_bytes());
    }
}
