//! `cargo xtask <command>`; see the help text in [`xtask::arguments`].

use std::process::ExitCode;
use xtask::arguments::{self, Command, HELP};
use xtask::site::{self, Site};
use xtask::tools::Toolbox;
use xtask::workspace::{self, say};
use xtask::{Result, bench, page, programs, steps};

fn main() -> ExitCode {
    workspace::since_start();
    let words: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments::parse(&words) {
        Ok(command) => perform(command),
        Err(mistake) => {
            eprintln!("cargo xtask: {mistake}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("cargo xtask: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn perform(command: Command) -> Result<()> {
    match command {
        Command::Help => {
            print!("{HELP}");
            Ok(())
        }
        Command::Build { page } => page::build(&Toolbox::prepare()?, &page).map(drop),
        Command::Serve { port, page } => {
            site::check_port(port)?;
            let folder = page::build(&Toolbox::prepare()?, &page)?;
            let site = Site::start(&folder, &page.base, port)?;
            say(&format!("serving {} (Ctrl-C ends it)", site.url()));
            site.wait();
            Ok(())
        }
        Command::Test { steps } => steps::run(&steps),
        Command::Server { debug, rest } => run_program("server", "server", debug, &rest),
        // Not in release mode, which has no overflow checks and cannot catch a panic.
        Command::Fuzz { rest } => {
            programs::prepare(&[&programs::REDIS])?;
            run_program("tests", "fuzz", true, &rest)
        }
        Command::Hunt { rest } => run_program("tests", "hunt", false, &rest),
        Command::Parts => run_program("tests", "parts", true, &[]),
        Command::Soak { rest } => run_program("tests", "soak", true, &rest),
        Command::Bench { what, quick, native } => bench::run(what, quick, native),
    }
}

/// Builds a program of the workspace and becomes it, in the person's own folder.
fn run_program(package: &str, program: &str, debug: bool, arguments: &[String]) -> Result<()> {
    let mut cargo = workspace::cargo_here();
    cargo.args(["run", "--locked", "--manifest-path"]).arg(workspace::root().join("Cargo.toml"));
    cargo.args(["--package", package, "--bin", program]);
    if !debug {
        cargo.arg("--release");
    }
    cargo.arg("--").args(arguments);
    workspace::become_program(&mut cargo)
}
