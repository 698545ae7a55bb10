//! Building the page: Trunk compiles and packs it, [`stamp`] gives it its version.

use crate::arguments::PageOptions;
use crate::split::watch::{self, Watched};
use crate::tools::{Toolbox, WASM_TARGET};
use crate::workspace::{self, say};
use crate::{Result, arguments, slim, split, stamp};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Instant;

/// Set in the environment of tests for which the page has been built already.
pub const BUILT: &str = "XTASK_PAGE_BUILT";

/// The sub-path under which the browser tests try the page once more.
pub const TEST_BASE: &str = "/some/where/";

/// Added to the flags of `.cargo/config.toml`: names of functions that tell the types they are made for, by which
/// [`split`] tells them apart.
const FLAGS: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS";
const NAMES: &str = "-Csymbol-mangling-version=v0";

/// The folder such a page is built into: `dist` for the one that is put on a host, else one of its own below
/// the target folder, so that no build takes another's files away while they are served.
pub fn folder(options: &PageOptions) -> Result<PathBuf> {
    if *options == PageOptions::default() {
        return Ok(workspace::root().join("dist"));
    }
    let kind = if options.debug { "debug" } else { "release" };
    let name = options.base.trim_matches('/').replace('/', "+");
    Ok(workspace::target()?.join("page").join(if name.is_empty() { kind.into() } else { format!("{kind}+{name}") }))
}

/// Builds the page and returns its folder.
pub fn build(tools: &Toolbox, options: &PageOptions) -> Result<PathBuf> {
    let began = Instant::now();
    let folder = folder(options)?;
    pack(tools, options, &folder)?;
    // A page in the making comes whole, and is not kept by a service worker, which would show an old one.
    if !options.debug {
        split::split_page(&folder)?;
        slim::slim(&folder)?;
        stamp::stamp(&folder)?;
    }
    say(&format!("built the page in {}", workspace::clock(began.elapsed())));
    Ok(folder)
}

/// Builds a page whose worker notes which of its functions run.
pub fn build_watched(tools: &Toolbox) -> Result<(PathBuf, Watched)> {
    let folder = workspace::target()?.join("page/watched");
    pack(tools, &PageOptions::default(), &folder)?;
    let (worker, script) = (folder.join("worker_bg.wasm"), folder.join("worker_start.js"));
    let failed = |error| format!("cannot watch {}: {error}", worker.display());
    let watched = watch::watched(&fs::read(&worker).map_err(failed)?)
        .ok_or_else(|| format!("{} has something that is not known here", worker.display()))?;
    fs::write(&worker, &watched.file).map_err(failed)?;
    let text = fs::read_to_string(&script).map_err(failed)?;
    if text.matches(STARTS).count() != 1 {
        return Err(format!("{} has no place for what ran", script.display()));
    }
    fs::write(&script, text.replace(STARTS, TELLS)).map_err(failed)?;
    Ok((folder, watched))
}

/// The line with which a worker starts, and what stands in its place where it tells what ran: part of its memory, for who
/// asks with an address and a length.
const STARTS: &str = "await start();\n";
const TELLS: &str = "const { memory } = await start();
const ran = new BroadcastChannel(\"ran\");
ran.onmessage = ({ data: [from, count] }) => ran.postMessage(new Uint8Array(memory.buffer, from, count).slice());
";

/// Compiles the page and puts it into a folder.
fn pack(tools: &Toolbox, options: &PageOptions, folder: &Path) -> Result<()> {
    let kind = if options.debug { "debug" } else { "release" };
    say(&format!("building the page ({kind}, under {}) into {}", options.base, folder.display()));
    fs::create_dir_all(folder).map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
    // Trunk builds offline; what a fresh clone lacks is fetched here.
    workspace::run(workspace::cargo().args(["fetch", "--quiet", "--locked", "--target", WASM_TARGET]))?;
    let path = tools.path()?;
    let trunk = workspace::find_in(&path, "trunk").ok_or("Trunk vanished since it was set up")?;
    let mut build = Command::new(trunk);
    build.current_dir(workspace::root()).env("PATH", &path).env_remove("NO_COLOR").arg("build");
    build.args(["--public-url", &options.base]).arg("--dist").arg(folder);
    if options.debug {
        build.args(["--cargo-profile", "dev"]);
    } else {
        build.env(FLAGS, NAMES);
    }
    workspace::run(&mut build)
}

/// The page for a browser test, under this base. Built here unless `cargo xtask test` has built it just before,
/// and once per test program.
pub fn for_tests(base: &str) -> Result<PathBuf> {
    static BUILDS: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());
    let options = PageOptions { base: arguments::base_path(base)?, debug: false };
    if std::env::var_os(BUILT).is_some() {
        return folder(&options);
    }
    let mut builds = BUILDS.lock().map_err(|_| "an earlier build of the page panicked")?;
    if let Some(folder) = builds.get(&options.base) {
        return Ok(folder.clone());
    }
    let folder = build(&Toolbox::prepare()?, &options)?;
    builds.insert(options.base, folder.clone());
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_builds_share_a_folder() {
        let of = |base: &str, debug| folder(&PageOptions { base: base.into(), debug }).expect("a folder");
        let folders = [of("/", false), of("/", true), of("/a/", false), of("/a/b/", false), of("/a/", true)];
        for (at, folder) in folders.iter().enumerate() {
            assert!(folders.iter().skip(at + 1).all(|other| other != folder), "{folders:?}");
        }
        assert_eq!(folders.first(), Some(&workspace::root().join("dist")));
    }

    #[test]
    fn the_base_of_the_tests_is_spelled_as_bases_are() {
        assert_eq!(arguments::base_path(TEST_BASE).as_deref(), Ok(TEST_BASE));
    }
}
