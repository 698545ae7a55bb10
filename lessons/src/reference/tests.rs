use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use engine::{Options, Time};

use super::*;
use crate::play::play;
use crate::stage::Stage;
use crate::transcript::Action;

const FILE: &str = "# Clients\n\nConnections.\n\n## PING\n\nAnswers.\n\n```redis\n> PING\nPONG\n```\n\n\
                    See also: ECHO, CLIENT KILL\n\n## CLIENT\n\nA container.\n\n### CLIENT ID\n\nA number.\n\n\
                    ```redis since=7.4\n> CLIENT ID\n...\n```\n\n```\n$ redis-cli\n```\n";

#[test]
fn a_file_has_pages_with_parts() {
    let group = Group::parse(FILE).unwrap();
    assert_eq!((group.title.as_str(), group.lead.len(), group.pages.len()), ("Clients", 1, 2));
    let ping = group.page("ping").unwrap();
    assert_eq!(ping.see_also, ["ECHO", "CLIENT KILL"]);
    assert_eq!(ping.examples().next().unwrap().text, "> PING\nPONG\n");
    let client = group.page("CLIENT ID").unwrap();
    assert_eq!(client.name, "CLIENT");
    assert_eq!(client.part("CLIENT").count(), 1);
    let part: Vec<_> = client.part("client id").collect();
    let [Block::Prose(_), Block::Example(example), Block::Code(code)] = part[..] else { panic!("{part:?}") };
    assert_eq!((example.since, code.as_str()), (Some((7, 4)), "$ redis-cli\n"));
    assert_eq!(client.part("CLIENT NOSUCH").count(), 1, "the container's own words");
    assert!(group.page("ECHO").is_none());
}

#[test]
fn problems_name_their_line() {
    let problem = |file: &str| Group::parse(file).unwrap_err().to_string();
    assert!(problem("Words.\n").starts_with("line 1: a file begins with its title"));
    assert!(problem("# A\n\n# B\n").starts_with("line 3: a file has one title"));
    assert!(problem("# A\n\n```redis\n> PING\n```\n").starts_with("line 3: an example stands on the page"));
    assert!(problem("# A\n\n## Get\n").starts_with("line 3: the name of a command is in capitals"));
    assert!(problem("# A\n\n## GET\n\n### SET NX\n").starts_with("line 5: \"SET NX\" is no subcommand of GET"));
    assert!(problem("# A\n\n## GET\n\n```redis\n```\n").starts_with("line 5: there is no command"));
    assert!(problem("# A\n\n## GET\n\n```redis\n> GET k\n? No.\n```\n").starts_with("line 6: an example has no"));
}

/// Pages without an example that runs, and why.
const WITHOUT_EXAMPLE: &[(&str, &str)] = &[
    ("SHUTDOWN", "it ends the server"),
    ("SYNC", "what comes is a snapshot and a stream of commands, for replicas"),
    ("PSYNC", "what comes is a snapshot and a stream of commands, for replicas"),
    ("QUIT", "redis-cli ends itself instead of sending it"),
];

/// The pages of all groups, by the file's name without its ending.
fn groups() -> BTreeMap<String, Group> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("reference");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let group = Group::parse(&std::fs::read_to_string(&path).unwrap());
            (name.clone(), group.unwrap_or_else(|problem| panic!("{name}.md: {problem}")))
        })
        .collect()
}

fn full_names() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for command in engine::commands().iter().copied().flatten() {
        names.insert(command.name.to_owned());
        names.extend(command.subcommands.iter().map(|sub| format!("{} {}", command.name, sub.name)));
    }
    names
}

#[test]
fn every_example_prints_on_our_engine_what_it_says() {
    let (mut examples, mut wrong) = (0, Vec::new());
    for (file, group) in groups() {
        for example in group.pages.iter().flat_map(Page::examples) {
            let config = vec![("enable-debug-command".to_owned(), "yes".to_owned())];
            let options = Options { seed: 1, config, ..Options::default() };
            let mut stage = Stage::with_options(options, Time(1_700_000_000_000)).unwrap();
            if let Err(failure) = play(&example.steps, |step| stage.perform(step)) {
                wrong.push(format!("{file}.md: {failure}"));
            }
            examples += 1;
        }
    }
    assert!(wrong.is_empty(), "{} examples differ\n\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(examples > 250, "only {examples} examples");
}

#[test]
fn every_command_has_its_page_in_the_file_of_its_group() {
    let groups = groups();
    let mut wrong = Vec::new();
    for command in engine::commands().iter().copied().flatten() {
        let file = command.group.name();
        let Some(page) = groups.get(file).and_then(|group| group.page(command.name)) else {
            wrong.push(format!("{} has no page in {file}.md", command.name));
            continue;
        };
        if !matches!(page.blocks.first(), Some(Block::Prose(Prose::Paragraph(_)))) {
            wrong.push(format!("{file}.md: the page of {} does not begin with its description", command.name));
        }
        if page.see_also.is_empty() {
            wrong.push(format!("{file}.md: {} leads to no other command", command.name));
        }
        let parts: Vec<&String> = page
            .blocks
            .iter()
            .filter_map(|block| match block {
                Block::Subcommand(name) => Some(name),
                _ => None,
            })
            .collect();
        for sub in command.subcommands {
            let name = format!("{} {}", command.name, sub.name);
            if parts.iter().filter(|part| ***part == name).count() != 1 {
                wrong.push(format!("{file}.md: {name} has no part, or several"));
            } else if !matches!(page.part(&name).next(), Some(Block::Prose(Prose::Paragraph(_)))) {
                wrong.push(format!("{file}.md: the part of {name} has no description"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} faults\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_page_is_of_a_command_and_leads_to_commands() {
    let names = full_names();
    let mut wrong = Vec::new();
    for (file, group) in groups() {
        let mut seen = BTreeSet::new();
        for page in &group.pages {
            if !seen.insert(&page.name) {
                wrong.push(format!("{file}.md: {} stands twice", page.name));
            }
            let parts = page.blocks.iter().filter_map(|block| match block {
                Block::Subcommand(name) => Some(name),
                _ => None,
            });
            for name in parts.chain([&page.name]).chain(&page.see_also) {
                if !names.contains(name) {
                    wrong.push(format!("{file}.md: {}: there is no {name}", page.name));
                }
            }
            if page.see_also.contains(&page.name) {
                wrong.push(format!("{file}.md: {} leads to itself", page.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{} faults\n{}", wrong.len(), wrong.join("\n"));
}

/// Of a command and of every subcommand: the example shows the command itself.
#[test]
fn every_page_shows_its_command() {
    let uses = |block: &Block, name: &str| match block {
        Block::Example(example) => example.steps.iter().any(|step| match &step.action {
            Action::Command(command) => {
                let words = command.words.iter().map(|word| String::from_utf8_lossy(word).to_ascii_uppercase());
                name.split(' ').zip(words).all(|(name, word)| name == word)
            }
            _ => false,
        }),
        _ => false,
    };
    let groups = groups();
    let mut wrong = Vec::new();
    for command in engine::commands().iter().copied().flatten() {
        let Some(page) = groups.get(command.group.name()).and_then(|group| group.page(command.name)) else { continue };
        let names = command.subcommands.iter().map(|sub| format!("{} {}", command.name, sub.name));
        let own = (command.run.is_some() || names.len() == 0).then(|| command.name.to_owned());
        for name in names.chain(own) {
            let shown = page.part(&name).any(|block| uses(block, &name));
            // A standalone server refuses all of these in the same words, as the container's example shows.
            let excused = name.starts_with("CLUSTER ") || WITHOUT_EXAMPLE.iter().any(|(without, _)| *without == name);
            if shown == excused {
                wrong.push(format!("{name}: {}", if shown { "has an example by now" } else { "no example shows it" }));
            }
        }
    }
    assert!(wrong.is_empty(), "{} faults\n{}", wrong.len(), wrong.join("\n"));
}
