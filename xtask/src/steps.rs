//! `cargo xtask test`: the steps in their order, each with its own set-up, stopping at the first that fails.
//!
//! A step counts the tests it ran; a step that ran nothing has failed, because a test that is never reached
//! proves nothing.

use crate::arguments::PageOptions;
use crate::libtest::Counts;
use crate::programs::{self, CHROMEDRIVER, CHROMIUM, LUA, NODE, NPM, PYTHON_CLIENT, REDIS};
use crate::tools::{self, Toolbox, WASM_TARGET};
use crate::workspace::{self, clock, say};
use crate::{Result, page};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A part of the tests that can be run by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Tidy,
    Engine,
    Conformance,
    Lessons,
    Browser,
}

impl Step {
    /// All of them, in the order they run: what fails soonest comes first.
    pub const ALL: [Step; 5] = [Step::Tidy, Step::Engine, Step::Conformance, Step::Lessons, Step::Browser];

    pub fn name(self) -> &'static str {
        match self {
            Step::Tidy => "tidy",
            Step::Engine => "engine",
            Step::Conformance => "conformance",
            Step::Lessons => "lessons",
            Step::Browser => "browser",
        }
    }

    fn needs_redis(self) -> bool {
        matches!(self, Step::Conformance | Step::Lessons | Step::Browser)
    }
}

/// How one step ended.
struct Report {
    step: Step,
    counts: Counts,
    time: Duration,
    /// Why it failed, if it did.
    failure: Option<String>,
}

/// Runs these steps. `Err` when one failed, after the summary was printed.
pub fn run(steps: &[Step]) -> Result<()> {
    let tools = prepare(steps)?;
    let mut reports = Vec::new();
    for &step in steps {
        say(&format!("== {} ==", step.name()));
        let report = run_step(step, tools.as_ref());
        let failed = report.failure.is_some();
        reports.push(report);
        if failed {
            break;
        }
    }
    print!("{}", summary(steps, &reports));
    let _ = std::io::stdout().flush();
    match reports.iter().find(|report| report.failure.is_some()) {
        Some(report) => Err(format!("step {} failed", report.step.name())),
        None => Ok(()),
    }
}

/// All set-up of the chosen steps, before the first of them: what is missing is said at once.
fn prepare(steps: &[Step]) -> Result<Option<Toolbox>> {
    let mut wanted = Vec::new();
    if steps.iter().any(|step| step.needs_redis()) {
        wanted.push(&REDIS);
    }
    if steps.contains(&Step::Conformance) {
        wanted.extend([&LUA, &PYTHON_CLIENT, &NODE, &NPM]);
    }
    if steps.contains(&Step::Browser) {
        wanted.extend([&CHROMIUM, &CHROMEDRIVER, &NODE, &NPM]);
    }
    programs::prepare(&wanted)?;
    if steps.contains(&Step::Conformance) {
        tools::ioredis()?;
    }
    if steps.contains(&Step::Browser) {
        tools::axe()?;
    }
    if steps.contains(&Step::Tidy) {
        tools::wasm_target()?;
        tools::lint_components()?;
    }
    if steps.contains(&Step::Browser) { Toolbox::prepare().map(Some) } else { Ok(None) }
}

fn run_step(step: Step, tools: Option<&Toolbox>) -> Report {
    let began = Instant::now();
    let mut counts = Counts::default();
    let outcome = match step {
        Step::Tidy => tidy(&mut counts),
        Step::Browser => browser(tools, &mut counts),
        _ => test_commands(step).and_then(|commands| run_all(commands, &mut counts)),
    };
    let outcome = outcome.and_then(|()| match counts {
        Counts { failed: 0, .. } if counts.ran() == 0 => Err("it ran no test at all".to_string()),
        Counts { failed: 0, .. } => Ok(()),
        Counts { failed, .. } => Err(format!("{failed} failed")),
    });
    Report { step, counts, time: began.elapsed(), failure: outcome.err() }
}

/// Formatting and lints; each check counts as one test.
fn tidy(counts: &mut Counts) -> Result<()> {
    let checks: [&[&str]; 3] = [
        &["fmt", "--all", "--check"],
        &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
        &["clippy", "--package", "web", "--target", WASM_TARGET, "--locked", "--", "-D", "warnings"],
    ];
    for words in checks {
        let mut command = workspace::cargo();
        command.args(words);
        say(&workspace::line(&command));
        let outcome = workspace::run(&mut command);
        counts.passed += u64::from(outcome.is_ok());
        counts.failed += u64::from(outcome.is_err());
        outcome?;
    }
    Ok(())
}

/// The browser tests, on pages built for them.
fn browser(tools: Option<&Toolbox>, counts: &mut Counts) -> Result<()> {
    let tools = tools.ok_or("the build tools were not set up")?;
    for base in ["/", page::TEST_BASE] {
        page::build(tools, &PageOptions { base: base.into(), debug: false })?;
    }
    let mut commands = test_commands(Step::Browser)?;
    for command in &mut commands {
        command.env("PATH", tools.path()?).env(page::BUILT, "1");
    }
    run_all(commands, counts)
}

/// The `cargo test` calls of a step. Test programs of `tests/tests` are shared out by their names, so that each
/// belongs to exactly one step.
fn test_commands(step: Step) -> Result<Vec<Command>> {
    let test = |words: &[&str], programs: &[String]| {
        let mut command = workspace::cargo();
        command.args(["test", "--locked", "--no-fail-fast"]).args(words);
        command.args(programs.iter().flat_map(|program| ["--test", program]));
        command
    };
    let programs: Vec<String> = test_programs()?.into_iter().filter(|name| owner(name) == step).collect();
    let of_tests = |words: &[&str]| {
        let none = programs.is_empty() && words.len() == 2;
        (!none).then(|| test(words, &programs))
    };
    let rest = ["--workspace", "--exclude", "lessons", "--exclude", "tests"];
    Ok(match step {
        Step::Tidy => Vec::new(),
        Step::Engine => vec![test(&rest, &[])],
        Step::Conformance => of_tests(&["--package", "tests", "--lib", "--bins"]).into_iter().collect(),
        Step::Lessons => [Some(test(&["--package", "lessons"], &[])), of_tests(&["--package", "tests"])]
            .into_iter()
            .flatten()
            .collect(),
        Step::Browser => of_tests(&["--package", "tests"]).into_iter().collect(),
    })
}

/// The step a test program belongs to.
fn owner(program: &str) -> Step {
    if program.starts_with("browser") {
        Step::Browser
    } else if program.starts_with("lessons") {
        Step::Lessons
    } else {
        Step::Conformance
    }
}

/// The names of the programs in `tests/tests`: its files, and its folders with a `main.rs`.
fn test_programs() -> Result<Vec<String>> {
    let folder = workspace::root().join("tests").join("tests");
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(format!("cannot read {}: {error}", folder.display())),
    };
    let mut names = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| format!("cannot read {}: {error}", folder.display()))?.path();
        let is_program = path.extension().is_some_and(|extension| extension == "rs") || path.join("main.rs").is_file();
        names.extend(path.file_stem().filter(|_| is_program).map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

fn run_all(commands: Vec<Command>, counts: &mut Counts) -> Result<()> {
    commands.into_iter().try_for_each(|mut command| count(&mut command, counts))
}

/// Runs `cargo test`, passing its output on as it comes and counting the tests.
fn count(command: &mut Command, counts: &mut Counts) -> Result<()> {
    say(&workspace::line(command));
    let spawned = command.stdout(Stdio::piped()).spawn();
    let mut child = spawned.map_err(|error| workspace::not_started(command, &error))?;
    if let Some(stdout) = child.stdout.take() {
        pass_on(BufReader::new(stdout), &mut std::io::stdout(), counts)?;
    }
    let status = child.wait().map_err(|error| format!("`{}`: {error}", workspace::line(command)))?;
    match (status.success(), counts.failed) {
        (true, _) => Ok(()),
        (false, 0) => Err(format!("`{}` failed ({status})", workspace::line(command))),
        (false, failed) => Err(format!("{failed} failed")),
    }
}

/// Copies the lines as they come, counting.
fn pass_on(lines: impl BufRead, out: &mut impl Write, counts: &mut Counts) -> Result<()> {
    for line in lines.split(b'\n') {
        let line = line.map_err(|error| format!("cannot read the output of the tests: {error}"))?;
        counts.read(&String::from_utf8_lossy(&line));
        // A closed terminal ends the printing, not the tests.
        let _ = out.write_all(&line).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
    }
    Ok(())
}

/// The closing table: every step, how many tests it ran, and why it failed if it did.
fn summary(steps: &[Step], reports: &[Report]) -> String {
    let mut text = String::from("\nstep          tests run   time  result\n");
    for &step in steps {
        let line = match reports.iter().find(|report| report.step == step) {
            None => format!("{:<12}  {:>9}  {:>5}  not reached", step.name(), "-", "-"),
            Some(report) => {
                let ignored = match report.counts.ignored {
                    0 => String::new(),
                    ignored => format!(" ({ignored} more ignored)"),
                };
                let result = report.failure.as_ref().map_or("passed".to_string(), |why| format!("FAILED: {why}"));
                let (name, ran, time) = (step.name(), report.counts.ran(), clock(report.time));
                format!("{name:<12}  {ran:>9}  {time:>5}  {result}{ignored}")
            }
        };
        text += &line;
        text.push('\n');
    }
    let ran: u64 = reports.iter().map(|report| report.counts.ran()).sum();
    let verdict = match reports.iter().find(|report| report.failure.is_some()) {
        Some(report) => format!("FAILED at step {}", report.step.name()),
        None if steps.len() == 1 => format!("passed, {ran} tests"),
        None => format!("all {} steps passed, {ran} tests", steps.len()),
    };
    text + &verdict + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(step: Step, passed: u64, failed: u64, ignored: u64, failure: Option<&str>) -> Report {
        let counts = Counts { passed, failed, ignored };
        Report { step, counts, time: Duration::from_secs(61), failure: failure.map(String::from) }
    }

    #[test]
    fn the_summary_says_what_ran_and_where_it_stopped() {
        let reports = [
            report(Step::Tidy, 3, 0, 0, None),
            report(Step::Engine, 500, 0, 2, None),
            report(Step::Conformance, 40, 2, 0, Some("2 failed")),
        ];
        let text = summary(&Step::ALL, &reports);
        let expected = "
step          tests run   time  result
tidy                  3   1:01  passed
engine              500   1:01  passed (2 more ignored)
conformance          42   1:01  FAILED: 2 failed
lessons               -      -  not reached
browser               -      -  not reached
FAILED at step conformance
";
        assert_eq!(text, expected);
    }

    #[test]
    fn the_summary_of_a_success_ends_with_the_sum() {
        let steps = [Step::Engine, Step::Lessons];
        let text = summary(&steps, &[report(Step::Engine, 5, 0, 0, None), report(Step::Lessons, 7, 0, 0, None)]);
        assert!(text.ends_with("\nall 2 steps passed, 12 tests\n"), "{text}");
    }

    #[test]
    fn test_programs_are_shared_out_by_name() {
        assert_eq!(owner("browser_embed"), Step::Browser);
        assert_eq!(owner("lessons"), Step::Lessons);
        assert_eq!(owner("streams"), Step::Conformance);
    }

    #[test]
    fn every_step_has_commands_that_name_real_packages() {
        for step in [Step::Engine, Step::Conformance, Step::Lessons] {
            let lines: Vec<String> = test_commands(step).expect("commands").iter().map(workspace::line).collect();
            assert!(lines.iter().all(|line| line.starts_with("cargo test --locked --no-fail-fast --")), "{lines:?}");
            assert!(!lines.is_empty());
        }
    }

    #[test]
    fn a_test_run_is_counted_and_passed_on() {
        let (mut counts, mut out) = (Counts::default(), Vec::new());
        let text = b"test a ... ok\n\xff\n\ntest result: ok. 1 passed; 0 failed\n";
        pass_on(text.as_slice(), &mut out, &mut counts).expect("no error can come from memory");
        assert_eq!(out, text);
        assert_eq!(counts.ran(), 1);
    }

    #[test]
    fn a_test_run_that_does_not_compile_is_a_failure() {
        let mut counts = Counts::default();
        let message = count(workspace::cargo().arg("no-such-command-here"), &mut counts).expect_err("must fail");
        assert!(message.starts_with("`cargo no-such-command-here` failed"), "{message}");
        assert_eq!(counts.ran(), 0);
    }
}
