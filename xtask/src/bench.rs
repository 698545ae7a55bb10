//! `cargo xtask bench`: builds what is measured, then runs the package `bench`.

use crate::arguments::{Measured, PageOptions};
use crate::programs::{self, CHROMEDRIVER, CHROMIUM, LUA, REDIS};
use crate::tools::Toolbox;
use crate::workspace::{self, say};
use crate::{Result, page};
use std::process::Command;

/// Measures; the figures are printed, and written into the target folder. `native` leaves the page out.
pub fn run(what: Measured, quick: bool, native: bool) -> Result<()> {
    let native = native && what != Measured::Page;
    let mut wanted = vec![&REDIS];
    wanted.extend((what == Measured::Lua).then_some(&LUA));
    if !native {
        wanted.extend([&CHROMIUM, &CHROMEDRIVER]);
    }
    programs::prepare(&wanted)?;
    let page = if native { None } else { Some(page::build(&Toolbox::prepare()?, &PageOptions::default())?) };
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
    let (word, figures) = match what {
        Measured::Everything => (None, "bench.json"),
        Measured::Lua => (Some("lua"), "bench-lua.json"),
        Measured::Page => (Some("page"), "bench-page.json"),
    };
    bench.args(word).args(quick.then_some("--quick"));
    bench.arg(release.join("server")).arg(target.join(figures)).args(page);
    workspace::become_program(&mut bench)
}
