//! `tests/transcripts/*.md` on both servers. What a newer server answered (`since=`) is played on ours only.

use std::collections::BTreeSet;
use std::path::Path;

use engine::Options;
use lessons::Stage;
use lessons::conformance::{self, Section, Version};
use lessons::transcript::{Action, Step};
use tests::side::now;
use tests::terminal::Session;

/// The version that we present ourselves as.
const OURS: Version = (7, 4);

fn sections() -> Vec<(String, Section)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("transcripts");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let sections = conformance::sections(&std::fs::read_to_string(&path).unwrap());
        let sections = sections.unwrap_or_else(|problem| panic!("{name}: {problem}"));
        assert!(!sections.is_empty(), "{name} holds no transcript");
        found.extend(sections.into_iter().map(|section| (name.clone(), section)));
    }
    found
}

/// Plays sections, each from the start, and reports every step whose printed text is not the expected one.
fn play<P>(
    sections: &[(String, Section)],
    start: impl Fn() -> Result<P, String>,
    perform: impl Fn(&mut P, &Step) -> Result<Option<String>, String>,
) {
    let (mut commands, mut wrong) = (0, Vec::new());
    for (file, section) in sections {
        let mut player = start().unwrap();
        for step in &section.steps {
            commands += usize::from(matches!(step.action, Action::Command(_)));
            let printed = match perform(&mut player, step) {
                Ok(printed) => printed,
                Err(text) => {
                    wrong.push(format!("{file}:{} ({}): {}\n{text}", step.line, section.title, step.text()));
                    break;
                }
            };
            if let Err(difference) = step.judge(printed.as_deref()) {
                wrong.push(format!("{file}:{} ({}): {}\n{difference}", step.line, section.title, step.text()));
            }
        }
    }
    println!("{commands} commands in {} sections", sections.len());
    assert!(wrong.is_empty(), "{} steps differ\n\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(commands > 500, "only {commands} commands");
}

#[test]
fn our_engine_prints_what_the_transcripts_say() {
    let sections: Vec<_> =
        sections().into_iter().filter(|(_, section)| section.since.is_none_or(|since| since <= OURS)).collect();
    // As the real server of the tests is started.
    let config = vec![("enable-debug-command".to_owned(), "yes".to_owned())];
    let options = Options { seed: 1, config, ..Options::default() };
    play(&sections, || Stage::with_options(options.clone(), now()), Stage::perform);
}

#[test]
fn the_real_server_prints_what_the_transcripts_say() {
    let session = Session::start().unwrap();
    let version = session.version().unwrap();
    drop(session);
    let sections: Vec<_> =
        sections().into_iter().filter(|(_, section)| section.since.is_none_or(|since| since <= version)).collect();
    play(&sections, Session::start, Session::perform);
}

/// A new command needs a transcript, recorded from the real server.
#[test]
fn every_command_has_a_transcript() {
    /// `redis-cli` takes the first for itself, and prints nothing after the others and waits.
    const NOT_IN_A_TRANSCRIPT: [&str; 3] = ["QUIT", "SYNC", "PSYNC"];
    let played: BTreeSet<String> = sections()
        .iter()
        .flat_map(|(_, section)| &section.steps)
        .filter_map(|step| match &step.action {
            Action::Command(command) => Some(&command.words),
            _ => None,
        })
        .flat_map(|words| {
            let word = |index: usize| words.get(index).map(|word| String::from_utf8_lossy(word).to_ascii_uppercase());
            let name = word(0).unwrap_or_default();
            let with_second = word(1).map(|second| format!("{name} {second}"));
            std::iter::once(name).chain(with_second)
        })
        .collect();
    let mut names = Vec::new();
    for command in engine::commands().iter().copied().flatten() {
        match command.subcommands {
            [] => names.push(command.name.to_owned()),
            subcommands => names.extend(subcommands.iter().map(|sub| format!("{} {}", command.name, sub.name))),
        }
    }
    let missing: Vec<&String> =
        names.iter().filter(|name| !played.contains(*name) && !NOT_IN_A_TRANSCRIPT.contains(&name.as_str())).collect();
    assert!(missing.is_empty(), "not in any transcript: {missing:?}");
}
