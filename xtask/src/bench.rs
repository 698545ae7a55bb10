//! `cargo xtask bench`: builds what is measured, then runs the package `bench`.

use crate::arguments::PageOptions;
use crate::programs::{self, CHROMEDRIVER, CHROMIUM, LUA, REDIS};
use crate::tools::Toolbox;
use crate::workspace::{self, say};
use crate::{Result, page};
use std::process::Command;

/// Measures; the figures are printed, and written into the target folder. `lua` measures scripts alone; `native` leaves
/// the page out.
pub fn run(lua: bool, quick: bool, native: bool) -> Result<()> {
    let mut wanted = vec![&REDIS];
    wanted.extend(lua.then_some(&LUA));
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
    bench.args(lua.then_some("lua")).args(quick.then_some("--quick"));
    let figures = if lua { "bench-lua.json" } else { "bench.json" };
    bench.arg(release.join("server")).arg(target.join(figures)).args(page);
    workspace::become_program(&mut bench)
}
