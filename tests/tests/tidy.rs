//! Rules of the repository, read off its files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The engine's modules by level: a module may use only what stands below it (and itself).
const LEVELS: &[&[&str]] = &[
    &["base"],
    &["encoding", "resp"],
    &["value"],
    &["keyspace"],
    &["command", "persist"],
    &["server"],
    &["dispatch"],
    &["commands", "modules"],
    &["hint", "node", "lib"],
];

/// The same for the Lua in `engine/lua`.
const LUA_LEVELS: &[&[&str]] = &[&["text"], &["heap"], &["compile"], &["vm"], &["library"], &["lib", "tests"]];

const TOP_LEVEL: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "Trunk.toml",
    "engine",
    "index.html",
    "lessons",
    "tests",
    "web",
    "xtask",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Every file below `folder` whose name ends in `ending`, sorted.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn level(levels: &[&[&str]], module: &str) -> Option<usize> {
    levels.iter().position(|modules| modules.contains(&module))
}

/// The first names of the paths that start with `crate::` in a line of code: `use crate::{a, b::C};` gives a and b.
fn crate_names(code: &str) -> Vec<String> {
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut names = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        match rest.strip_prefix('{') {
            None => names.push(name(rest)),
            Some(group) => {
                let mut depth = 1;
                let mut start = 0;
                for (end, c) in group.char_indices() {
                    depth += i32::from(c == '{') - i32::from(c == '}');
                    if depth == 0 || (depth == 1 && c == ',') {
                        names.push(name(group[start..end].trim()));
                        start = end + 1;
                    }
                    if depth == 0 {
                        break;
                    }
                }
            }
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

#[test]
fn no_module_uses_what_stands_above_it() {
    let edges = check_levels(&root().join("engine").join("src"), LEVELS);
    assert!(edges > 50, "only {edges} uses found: this test no longer reads what it should");
    let edges = check_levels(&root().join("engine").join("lua").join("src"), LUA_LEVELS);
    assert!(edges > 5, "only {edges} uses found in the Lua");
}

/// Fails on an edge that points up; gives how many edges there are.
fn check_levels(source: &Path, levels: &[&[&str]]) -> usize {
    let (mut edges, mut wrong) = (0, Vec::new());
    for file in files(source, ".rs") {
        let inner = file.strip_prefix(source).unwrap();
        let module = inner.components().next().unwrap().as_os_str().to_string_lossy().replace(".rs", "");
        let Some(own) = level(levels, &module) else {
            wrong.push(format!("{} belongs to no level", inner.display()));
            continue;
        };
        let text = std::fs::read_to_string(&file).unwrap();
        // Comments may speak of anything; unit tests may use anything.
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let code: String =
            code.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(|line| [line, "\n"]).collect();
        for used in crate_names(&code) {
            edges += 1;
            match level(levels, &used) {
                // What `lib.rs` itself re-exports is level 8.
                None => wrong.push(format!("{} uses crate::{used}, which belongs to no level", inner.display())),
                Some(level) if level > own || (level == own && used != module) => {
                    wrong.push(format!("{} (level {own}) uses crate::{used} (level {level})", inner.display()));
                }
                Some(_) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    edges
}

#[test]
fn crate_names_are_read_from_every_form() {
    assert_eq!(crate_names("use crate::base::Time;"), ["base"]);
    assert_eq!(crate_names("use crate::{base::{A, B}, resp, value::x};"), ["base", "resp", "value"]);
    assert_eq!(crate_names("use crate::{\n    base::Time,\n    resp::Reply,\n};\n"), ["base", "resp"]);
    assert_eq!(crate_names("let x = crate::keyspace::f(crate::base::g());"), ["keyspace", "base"]);
    assert_eq!(crate_names("my_crate::thing()"), [""; 0]);
}

#[test]
fn the_top_level_holds_nothing_else() {
    let ignored = std::fs::read_to_string(root().join(".gitignore")).unwrap();
    let ignored: BTreeSet<&str> = ignored.lines().map(|line| line.trim_matches('/')).collect();
    let extra: Vec<String> = std::fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && !ignored.contains(name.as_str()))
        .filter(|name| !TOP_LEVEL.contains(&name.as_str()))
        .collect();
    assert!(extra.is_empty(), "not expected at the top: {extra:?}");
}

#[test]
fn every_dependency_has_its_reason_in_one_place() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let section = manifest.split("[workspace.dependencies]").nth(1).unwrap();
    let (count, bare) = unexplained(section.split("\n[").next().unwrap());
    assert!(count > 3, "only {count} dependencies found");
    assert!(bare.is_empty(), "dependencies without a comment that says why: {bare:?}");
    // The coverage-guided fuzzer is a workspace of its own: nobody else should have to build its library.
    let fuzz = std::fs::read_to_string(root().join("tests/fuzz/Cargo.toml")).unwrap();
    let section = fuzz.split("\n[dependencies]").nth(1).unwrap();
    let (count, bare) = unexplained(section.split("\n[").next().unwrap());
    assert_eq!((count, bare), (2, Vec::new()), "dependencies of tests/fuzz, and those without a reason");
    let apart = [root().join("target"), root().join("tests").join("fuzz")];
    for manifest in
        files(&root(), "Cargo.toml").iter().filter(|path| !apart.iter().any(|apart| path.starts_with(apart)))
    {
        let text = std::fs::read_to_string(manifest).unwrap();
        for table in text.split("\n[").skip(1) {
            let (head, body) = table.split_once(']').unwrap();
            if !head.ends_with("dependencies") || head.starts_with("workspace") {
                continue;
            }
            for line in body.lines().filter(|line| line.contains('=') && !line.starts_with([' ', '#', ']', '"'])) {
                assert!(
                    line.contains("workspace = true") || line.contains(".workspace"),
                    "{}: {line} should be inherited from the workspace",
                    manifest.display()
                );
            }
        }
    }
}

/// How many dependencies a section declares, and those that no comment above explains.
fn unexplained(section: &str) -> (usize, Vec<String>) {
    let mut explained = false;
    let (mut count, mut bare) = (0, Vec::new());
    for line in section.lines() {
        if line.trim().is_empty() {
            explained = false;
        } else if line.starts_with('#') {
            // A heading ends in a colon and explains nothing.
            explained = !line.ends_with(':');
        } else if let Some((name, value)) = line.split_once(" = ") {
            count += 1;
            if !explained && !value.contains("path = ") {
                bare.push(name.to_string());
            }
        }
    }
    (count, bare)
}

#[test]
fn every_target_is_a_program() {
    let manifest = std::fs::read_to_string(root().join("tests/fuzz/Cargo.toml")).unwrap();
    for (name, _) in tests::targets::TARGETS {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} is no program of tests/fuzz");
    }
    assert_eq!(manifest.matches("[[bin]]").count(), tests::targets::TARGETS.len());
}

#[test]
fn every_command_is_complete() {
    let mut names = BTreeSet::new();
    let mut wrong = Vec::new();
    for command in engine::commands().iter().copied().flatten() {
        let members = command.subcommands.iter().map(|subcommand| (Some(command.name), subcommand));
        for (container, command) in std::iter::once((None, command)).chain(members) {
            let name = container.map_or(command.name.to_string(), |container| format!("{container} {}", command.name));
            if !names.insert(name.clone()) {
                wrong.push(format!("{name} is declared twice"));
            }
            if command.name != command.name.to_ascii_uppercase() {
                wrong.push(format!("{name} is not in upper case"));
            }
            if command.summary.is_empty() || command.since.is_empty() {
                wrong.push(format!("{name} lacks its summary or the version it came with"));
            }
            if command.complexity.is_empty() && command.subcommands.is_empty() {
                wrong.push(format!("{name} lacks its complexity"));
            }
            if command.run.is_none() && command.subcommands.is_empty() {
                wrong.push(format!("{name} does nothing"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(!names.is_empty());
}

/// A setting that no code reads would be a promise that nobody keeps, unless it is listed with the reason.
#[test]
fn every_setting_is_read_or_listed_as_one_without_effect() {
    use engine::server::config::scope::{AWAITED, ONE_VALUE, WITHOUT_EFFECT};
    let declarations = root().join("engine").join("src").join("server").join("config");
    let mut code = String::new();
    // To hide a password from those who watch is not to read the setting.
    let counts = |file: &&PathBuf| !file.starts_with(&declarations) && !file.ends_with("dispatch/redact.rs");
    for file in files(&root().join("engine"), ".rs").iter().filter(counts) {
        let text = std::fs::read_to_string(file).unwrap();
        code.push_str(text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default());
    }
    let listed: BTreeSet<&str> = WITHOUT_EFFECT
        .iter()
        .flat_map(|(_, names)| *names)
        .chain(AWAITED)
        .chain(ONE_VALUE.iter().map(|(name, ..)| name))
        .copied()
        .collect();
    // Read where they are declared.
    let own = ["client-output-buffer-limit", "save"];
    for setting in engine::server::config::SETTINGS {
        let is_read = own.contains(&setting.name) || code.contains(&format!("\"{}\"", setting.name));
        assert!(is_read || listed.contains(setting.name), "nobody reads {}, and no list says why", setting.name);
    }
    // INFO repeats settings, which is no effect.
    let repeated = ["hz", "repl-backlog-size"];
    for (reason, names) in WITHOUT_EFFECT {
        for name in *names {
            assert!(
                repeated.contains(name) || !code.contains(&format!("\"{name}\"")),
                "{name} is read, but listed: {reason}"
            );
        }
    }
}

#[test]
fn no_debris_is_left_in_the_code() {
    let words = ["todo!(", "unimplemented!(", "dbg!(", "#[ignore"];
    let mut found = Vec::new();
    for folder in ["engine", "lessons", "web", "tests", "xtask"] {
        for file in files(&root().join(folder), ".rs") {
            if file.ends_with("tidy.rs") || file.components().any(|part| part.as_os_str() == "target") {
                continue;
            }
            let text = std::fs::read_to_string(&file).unwrap();
            for (number, line) in text.lines().enumerate() {
                if words.iter().any(|word| line.contains(word)) {
                    found.push(format!("{}:{}: {}", file.display(), number + 1, line.trim()));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The classes that the selectors of a style sheet name.
fn classes_of_css(css: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let without_comments = css.split("/*").map(|part| part.split_once("*/").map_or(part, |(_, after)| after));
    let css: String = without_comments.collect();
    // What stands before a brace is a selector; what ended before it, with a semicolon or a brace, is not.
    for before in css.split('{').rev().skip(1) {
        let selector = before.rsplit([';', '}']).next().unwrap_or_default();
        for part in selector.split('.').skip(1) {
            let name: String = part.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect();
            if name.starts_with(|c: char| c.is_ascii_lowercase()) {
                found.insert(name);
            }
        }
    }
    found
}

#[test]
fn every_class_has_a_rule_and_every_rule_a_class() {
    let style: String =
        files(&root().join("web/static"), ".css").iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let ruled = classes_of_css(&style);
    let mut texts: String =
        files(&root().join("web/src"), ".rs").iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    texts.push_str(&std::fs::read_to_string(root().join("web/static/boot.js")).unwrap());
    // Numbered lines of charts are the only names that are put together.
    let words: BTreeSet<&str> = texts
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_')))
        .filter(|word| !word.is_empty())
        .collect();
    let unused: Vec<&String> =
        ruled.iter().filter(|name| !words.contains(name.as_str()) && !name.starts_with("line-")).collect();
    assert!(unused.is_empty(), "no element has these classes: {unused:?}");
    let given = texts.split("class=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let switched = texts.split("class:").skip(1).filter_map(|rest| rest.split('=').next());
    let given: BTreeSet<&str> = given.flat_map(str::split_whitespace).chain(switched).collect();
    let unruled: Vec<&&str> = given
        .iter()
        .filter(|name| name.chars().all(|c| c.is_alphanumeric() || c == '-') && !ruled.contains(**name))
        .collect();
    assert!(unruled.is_empty(), "no rule is for these classes: {unruled:?}");
}
