//! Coverage-guided fuzzing of what people can feed in, on stable Rust:
//!
//!     cargo run -p tests --bin hunt -- --minutes 10 [--target rdb]... [--keep]
//!
//! Builds `tests/fuzz` with LLVM's coverage counters and runs each target from `tests/corpus/<target>/` on. A
//! finding is written next to the corpus as `found-...` and ends the hunt; `--keep` adds to the corpus what reached
//! new code, as few inputs as do.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use engine::server::config::{Config, rewrite};
use tests::real::Directory;
use tests::targets::TARGETS;
use tests::{stream, wire};

/// What libFuzzer needs the compiler to add; all of it works on stable.
const RUSTFLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
     -Cllvm-args=-sanitizer-coverage-trace-compares -Coverflow-checks=on -Cdebug-assertions=on -Ccodegen-units=1 \
     --cfg fuzzing";

/// Longer inputs reach nothing new, but slow everything down.
fn most_bytes(target: &str) -> usize {
    if target == "lessons" { 16 * 1024 } else { 4 * 1024 }
}

fn main() -> ExitCode {
    tests::ended::ended(hunt())
}

fn hunt() -> Result<(), String> {
    let usage = "usage: hunt [--minutes N] [--target NAME]... [--keep]";
    let (mut minutes, mut names, mut keep) = (10.0, Vec::new(), false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--minutes" => minutes = arguments.next().and_then(|text| text.parse().ok()).ok_or(usage)?,
            "--target" => names.push(arguments.next().ok_or(usage)?),
            "--keep" => keep = true,
            _ => return Err(usage.into()),
        }
    }
    let targets: Vec<&str> = TARGETS
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| names.is_empty() || names.iter().any(|n| n == name))
        .collect();
    if targets.is_empty() || (!names.is_empty() && targets.len() != names.len()) {
        return Err(format!("the targets are {:?}", TARGETS.iter().map(|(name, _)| name).collect::<Vec<_>>()));
    }
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let build = tests.join("..").join("target").join("fuzz");
    // Named, so that the flags do not reach build scripts.
    let platform = Command::new("rustc").args(["--print", "host-tuple"]).output().map_err(|error| error.to_string())?;
    let platform = String::from_utf8_lossy(&platform.stdout).into_owned();
    run(Command::new("cargo")
        .args(["build", "--target", "host-tuple"])
        .current_dir(tests.join("fuzz"))
        .env("CARGO_TARGET_DIR", &build)
        .env("RUSTFLAGS", RUSTFLAGS))?;
    let words = build.join("words");
    for target in targets {
        let program = build.join(platform.trim()).join("debug").join(target);
        let corpus = tests.join("corpus").join(target);
        std::fs::create_dir_all(&corpus).map_err(|error| error.to_string())?;
        let found = Directory::create()?;
        seed(target, &found.0)?;
        println!("== {target}: {minutes} minutes");
        run(Command::new(&program)
            .arg(format!("-max_total_time={}", (minutes * 60.0) as u64))
            .arg(format!("-max_len={}", most_bytes(target)))
            .args(["-timeout=20", "-rss_limit_mb=3000", "-print_final_stats=1", "-verbosity=0"])
            .arg(format!("-artifact_prefix={}/found-", corpus.display()))
            // The program writes the words that commands are made of there, before it reads them.
            .arg(format!("-dict={}", words.display()))
            .env("FUZZ_DICTIONARY", &words)
            .args([&found.0, &corpus]))?;
        println!("== {target}: {}", coverage(Command::new(&program).args(["-runs=0"]).args([&found.0, &corpus]))?);
        if keep {
            // One input for each piece of code, without regard to how often it runs: a tenth of what was found.
            let fewest = Directory::create()?;
            run(Command::new(&program)
                .args(["-merge=1", "-use_counters=0", "-verbosity=0"])
                .arg(format!("-max_len={}", most_bytes(target)))
                .args([&fewest.0, &corpus, &found.0]))?;
            replace(&corpus, &fewest.0)?;
        }
    }
    Ok(())
}

/// What libFuzzer says of the inputs that it has read: `cov:` is how many places of the code they reach.
fn coverage(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = text.lines().rev().find_map(|line| Some(&line[line.find("cov: ")?..]));
    Ok(line.unwrap_or("nothing known of what was reached").to_string())
}

fn run(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|error| format!("{}: {error}", command.get_program().to_string_lossy()))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{} ended with {status}", command.get_program().to_string_lossy()))
    }
}

/// Makes `corpus` hold the files of `fewest` and what has been given a name of its own.
fn replace(corpus: &Path, fewest: &Path) -> Result<(), String> {
    let is_generated = |path: &Path| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    for old in files(corpus)?.iter().filter(|path| is_generated(path)) {
        std::fs::remove_file(old).map_err(|error| error.to_string())?;
    }
    for new in files(fewest)? {
        let name = new.file_name().ok_or("a file without a name")?;
        std::fs::copy(&new, corpus.join(name)).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// What the target starts from, beside its corpus.
fn seed(target: &str, folder: &Path) -> Result<(), String> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seeds: Vec<Vec<u8>> = Vec::new();
    match target {
        "resp" | "commands" | "aof" => {
            for family in stream::FAMILIES {
                let plan = stream::Plan { family, seed: 1, length: 120, allowed: &|_| true };
                for commands in stream::generate(&plan).chunks(4) {
                    let mut bytes = Vec::new();
                    commands.iter().for_each(|command| wire::encode(command, &mut bytes));
                    seeds.push(bytes);
                }
            }
        }
        "acl" => {
            let Some(family) = stream::family("acl") else { return Err("there is no family acl".into()) };
            let plan = stream::Plan { family, seed: 1, length: 2000, allowed: &|name| name == "ACL SETUSER" };
            seeds.extend(stream::generate(&plan).iter().filter_map(|command| Some(command.get(2..)?.join(&b' '))));
        }
        "restore" => {
            // A value of an RDB file stands somewhere behind its key.
            for file in files(&tests.join("../engine/src/persist/rdb/files"))? {
                let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
                seeds.extend(bytes.chunks(200).map(<[u8]>::to_vec));
            }
        }
        "lua" => {
            // All of a file would be too long.
            for file in files(&tests.join("lua"))?.into_iter().chain(files(&tests.join("shapes"))?) {
                let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
                seeds.extend(text.split("\n--- ").map(|section| {
                    let (_, program) = section.split_once('\n').unwrap_or_default();
                    program.as_bytes().to_vec()
                }));
                seeds.extend(text.lines().filter(|line| line.len() > 20).step_by(3).map(|line| line.into()));
            }
        }
        "lua-api" => {}
        "config" => seeds.push(rewrite::rewrite(&Config::default(), None, b"")),
        "rdb" => {
            for file in files(&tests.join("../engine/src/persist/rdb/files"))? {
                seeds.push(std::fs::read(file).map_err(|error| error.to_string())?);
            }
        }
        _ => {
            for file in files(&tests.join("../lessons/course"))?.into_iter().chain(files(&tests.join("transcripts"))?) {
                seeds.push(std::fs::read(file).map_err(|error| error.to_string())?);
            }
        }
    }
    for (number, seed) in seeds.iter().filter(|seed| seed.len() <= most_bytes(target)).enumerate() {
        std::fs::write(folder.join(format!("seed-{number}")), seed).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    match std::fs::read_dir(folder) {
        Ok(entries) => {
            Ok(entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path.is_file()).collect())
        }
        Err(error) => Err(format!("{}: {error}", folder.display())),
    }
}
