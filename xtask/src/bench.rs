//! `cargo xtask bench`: builds what is measured, then runs the package `bench`.

use crate::arguments::PageOptions;
use crate::programs::{self, CHROMEDRIVER, CHROMIUM, REDIS};
use crate::tools::Toolbox;
use crate::workspace::{self, say};
use crate::{Result, page};
use std::process::Command;

/// Measures; the figures are printed, and written into the target folder. `native` leaves the page out.
pub fn run(quick: bool, native: bool) -> Result<()> {
    let page = if native {
        programs::prepare(&[&REDIS])?;
        None
    } else {
        programs::prepare(&[&REDIS, &CHROMIUM, &CHROMEDRIVER])?;
        Some(page::build(&Toolbox::prepare()?, &PageOptions::default())?)
    };
    say("building the server and the measurements");
    workspace::run(workspace::cargo().args([
        "build",
        "--release",
        "--locked",
        "--package",
        "server",
        "--package",
        "bench",
    ]))?;
    let target = workspace::target()?;
    let release = target.join("release");
    let mut bench = Command::new(release.join("bench"));
    bench.args(quick.then_some("--quick"));
    bench.arg(release.join("server")).arg(target.join("bench.json")).args(page);
    workspace::become_program(&mut bench)
}
