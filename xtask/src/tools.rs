//! The build tools: rustup's parts, and Trunk and wasm-bindgen at pinned versions.
//!
//! A tool of the right version on PATH is used as it is. Otherwise it is built from its source, once, into a
//! per-user cache folder that names its version (`$XDG_CACHE_HOME` or `~/.cache`, then
//! `rediscover/tools/NAME-VERSION`), which all clones share. The person's own program folders are left alone:
//! only the programs we start see the cached tools.

use crate::workspace::{self, say};
use crate::{Result, programs};
use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// A program that is built from its crate.
struct Tool {
    /// The program, and the name of its cache folder.
    name: &'static str,
    package: &'static str,
    version: &'static str,
    /// What `cargo install` is told besides the package and version.
    arguments: &'static [&'static str],
    /// How long that takes on two cores.
    minutes: u32,
}

/// Packs the page. Its default features are for fetching tools and serving over TLS; none is used.
const TRUNK: Tool = Tool {
    name: "trunk",
    package: "trunk",
    version: "0.21.14",
    arguments: &["--locked", "--no-default-features"],
    minutes: 3,
};

/// Must be of the very version of the crate `wasm-bindgen` in Cargo.lock. Built without `--locked`: the lock file
/// in its package names a release that was withdrawn.
const WASM_BINDGEN: Tool = Tool {
    name: "wasm-bindgen",
    package: "wasm-bindgen-cli",
    version: "0.2.130",
    arguments: &["--no-default-features"],
    minutes: 1,
};

/// Quick to build: these programs run for a second.
const BUILD_SETTINGS: [(&str, &str); 4] = [
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "false"),
];

/// The rust target the page is compiled for.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The tools that were found or built.
pub struct Toolbox {
    folders: Vec<PathBuf>,
}

impl Toolbox {
    /// Everything that building the page needs.
    pub fn prepare() -> Result<Toolbox> {
        wasm_target()?;
        let mut folders = Vec::new();
        for tool in [&TRUNK, &WASM_BINDGEN] {
            let path = workspace::find_on_path(tool.name).filter(|path| tool.is_right(path));
            let path = path.map_or_else(|| tool.cached(&cache()?), Ok)?;
            folders.extend(path.parent().map(Path::to_path_buf));
        }
        Ok(Toolbox { folders })
    }

    /// PATH with these tools before all others, for the programs that use them.
    pub fn path(&self) -> Result<OsString> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = self.folders.iter().cloned().chain(std::env::split_paths(&path));
        std::env::join_paths(folders).map_err(|error| format!("PATH cannot be extended: {error}"))
    }
}

/// Something from npm that the tests use, at a pinned version.
struct Modules {
    name: &'static str,
    version: &'static str,
    /// The folder in `tests` whose `package-lock.json` says what comes with it.
    manifest: &'static str,
}

/// The client library that the tests try.
const IOREDIS: Modules = Modules { name: "ioredis", version: "5.8.2", manifest: "clients" };
/// Checks the page against the WCAG.
const AXE: Modules = Modules { name: "axe-core", version: "4.14.1", manifest: "axe" };

/// The folder of modules with ioredis, for NODE_PATH.
pub fn ioredis() -> Result<PathBuf> {
    IOREDIS.folder()
}

/// The script of axe, to be run inside a page.
pub fn axe() -> Result<PathBuf> {
    Ok(AXE.folder()?.join("axe-core").join("axe.min.js"))
}

impl Modules {
    /// Where they are; fetched once into the cache. No script of a package is run.
    fn folder(&self) -> Result<PathBuf> {
        let Modules { name, version, manifest } = self;
        let cache = cache()?;
        let folder = cache.join(format!("{name}-{version}"));
        let modules = folder.join("node_modules");
        if modules.is_dir() {
            return Ok(modules);
        }
        fs::create_dir_all(&cache).map_err(|error| format!("cannot create {}: {error}", cache.display()))?;
        let _lock = lock(&cache.join(format!(".{name}-{version}.lock")))?;
        if modules.is_dir() {
            return Ok(modules);
        }
        let npm = crate::programs::NPM.find();
        let npm = npm.ok_or_else(|| format!("npm is needed to fetch {name}; `cargo xtask test` sets it up"))?;
        say(&format!("fetching {name} {version}, once, into {}", folder.display()));
        let building = cache.join(format!(".building-{name}-{version}"));
        let manifest = workspace::root().join("tests").join(manifest);
        let copied = fs::create_dir_all(&building).and_then(|()| {
            for file in ["package.json", "package-lock.json"] {
                fs::copy(manifest.join(file), building.join(file))?;
            }
            Ok(())
        });
        copied.map_err(|error| format!("cannot prepare {}: {error}", building.display()))?;
        let mut install = Command::new(npm);
        install.current_dir(&building).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        workspace::output(&mut install)?;
        fs::rename(&building, &folder).map_err(|error| format!("cannot move to {}: {error}", folder.display()))?;
        Ok(modules)
    }
}

impl Tool {
    fn is_right(&self, path: &Path) -> bool {
        let words = workspace::output(Command::new(path).arg("--version"));
        words.is_ok_and(|words| version_in(&words) == Some(self.version))
    }

    /// The tool in the cache, built if it is not there.
    fn cached(&self, cache: &Path) -> Result<PathBuf> {
        let folder = cache.join(format!("{}-{}", self.name, self.version));
        let program = folder.join("bin").join(format!("{}{}", self.name, std::env::consts::EXE_SUFFIX));
        if self.is_right(&program) {
            return Ok(program);
        }
        fs::create_dir_all(cache).map_err(|error| format!("cannot create {}: {error}", cache.display()))?;
        let _lock = lock(&cache.join(format!(".{}-{}.lock", self.name, self.version)))?;
        // Whoever held the lock may have built it.
        if !self.is_right(&program) {
            self.build(cache, &folder)?;
        }
        if self.is_right(&program) {
            return Ok(program);
        }
        Err(format!("{} was built but is not {} {}", program.display(), self.name, self.version))
    }

    /// Builds beside the final folder and renames, so that a half-built tool is never found. The lock is held, so
    /// what an interrupted build left is ours to go on from.
    fn build(&self, cache: &Path, folder: &Path) -> Result<()> {
        let building = cache.join(format!(".building-{}-{}", self.name, self.version));
        let what = format!("{} {}", self.name, self.version);
        say(&format!("building {what}, once, into {} (about {} min)", folder.display(), self.minutes));
        let mut install = workspace::cargo();
        // From the cache folder, so that the workspace's own cargo settings do not apply.
        install.current_dir(cache).args(["install", self.package, "--version", self.version, "--force"]);
        install.args(self.arguments).arg("--root").arg(&building).arg("--target-dir").arg(building.join("target"));
        install.envs(BUILD_SETTINGS);
        for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "CARGO_TARGET_DIR"] {
            install.env_remove(name);
        }
        watch(&what, &mut install)?;
        let moved = fs::remove_dir_all(building.join("target"))
            .and_then(|()| if folder.exists() { fs::remove_dir_all(folder) } else { Ok(()) })
            .and_then(|()| fs::rename(&building, folder));
        moved.map_err(|error| format!("cannot move {} to {}: {error}", building.display(), folder.display()))
    }
}

/// The last word with a digit first in the first line of `--version`: `trunk 0.21.14`, `wasm-bindgen 0.2.130 (sha)`.
fn version_in(words: &str) -> Option<&str> {
    words.lines().next()?.split_whitespace().find(|word| word.starts_with(|first: char| first.is_ascii_digit()))
}

/// The folder of all cached tools.
fn cache() -> Result<PathBuf> {
    let given = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let base = given.or_else(|| std::env::home_dir().map(|home| home.join(".cache")));
    let base = base.ok_or("neither XDG_CACHE_HOME nor HOME is set; the build tools need a cache folder")?;
    Ok(base.join("rediscover").join("tools"))
}

/// Waits until nobody else holds this lock; it is freed when the file is dropped.
fn lock(path: &Path) -> Result<File> {
    let failed = |error| format!("cannot lock {}: {error}", path.display());
    let file = File::create(path).map_err(failed)?;
    if file.try_lock().is_err() {
        say(&format!("waiting for another build to finish ({})", path.display()));
        file.lock().map_err(failed)?;
    }
    Ok(file)
}

/// Runs a long build, saying every few seconds how far it is; its own words only when it fails.
fn watch(what: &str, command: &mut Command) -> Result<()> {
    const EVERY: Duration = Duration::from_secs(15);
    const KEPT_LINES: usize = 60;
    let began = Instant::now();
    let spawned = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let mut child = spawned.map_err(|error| workspace::not_started(command, &error))?;
    let (sender, lines) = mpsc::channel();
    let stderr = child.stderr.take();
    let reader = std::thread::spawn(move || {
        let all = stderr.into_iter().flat_map(|stderr| BufReader::new(stderr).lines());
        all.map_while(std::io::Result::ok).try_for_each(|line| sender.send(line)).is_ok()
    });
    let (mut kept, mut compiled, mut said) = (VecDeque::new(), 0u32, Instant::now());
    loop {
        match lines.recv_timeout(EVERY.saturating_sub(said.elapsed())) {
            Ok(line) => {
                compiled += u32::from(line.trim_start().starts_with("Compiling "));
                kept.push_back(line);
                if kept.len() > KEPT_LINES {
                    kept.pop_front();
                }
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
        if said.elapsed() >= EVERY {
            let last = kept.back().map_or("", |line| line.trim());
            say(&format!("  {what}: {compiled} crates so far; {last}"));
            said = Instant::now();
        }
    }
    let _ = reader.join();
    let status = child.wait().map_err(|error| format!("`{}`: {error}", workspace::line(command)))?;
    if status.success() {
        say(&format!("built {what} in {}", workspace::clock(began.elapsed())));
        return Ok(());
    }
    let words: String = kept.iter().map(|line| format!("{line}\n")).collect();
    Err(format!("{words}`{}` failed ({status})", workspace::line(command)))
}

/// Installs the standard library for wasm where it is missing.
pub fn wasm_target() -> Result<()> {
    let sysroot = workspace::output(Command::new("rustc").args(["--print", "sysroot"]))?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(WASM_TARGET).join("lib").is_dir() {
        return Ok(());
    }
    say(&format!("adding the rust target {WASM_TARGET}"));
    rustup(&["target", "add", WASM_TARGET])
}

/// Installs rustfmt and clippy where they are missing.
pub fn lint_components() -> Result<()> {
    for (component, program) in [("rustfmt", "cargo-fmt"), ("clippy", "cargo-clippy")] {
        if workspace::output(Command::new(program).arg("--version")).is_err() {
            say(&format!("adding the rust component {component}"));
            rustup(&["component", "add", component])?;
        }
    }
    Ok(())
}

fn rustup(arguments: &[&str]) -> Result<()> {
    if workspace::find_on_path("rustup").is_none() {
        let wanted = arguments.last().copied().unwrap_or_default();
        return Err(format!(
            "this Rust has no {wanted}, and rustup is not there to add it.\n{}",
            programs::install_help("Install it", &programs::RUST_PARTS)
        ));
    }
    workspace::run(Command::new("rustup").args(arguments))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_versions() {
        assert_eq!(version_in("trunk 0.21.14\n"), Some("0.21.14"));
        assert_eq!(version_in("wasm-bindgen 0.2.130 (a1b2c3)"), Some("0.2.130"));
        assert_eq!(version_in("Redis server v=7.0.15 sha=0"), None);
        assert_eq!(version_in(""), None);
        assert_ne!(version_in("trunk 0.21.140"), Some(TRUNK.version));
        assert_ne!(version_in("trunk 0.21.14-beta.1"), Some(TRUNK.version));
    }

    /// The program and the crate speak a private protocol that changes with every release.
    #[test]
    fn wasm_bindgen_is_pinned_to_the_version_in_the_lock_file() {
        let lock = fs::read_to_string(workspace::root().join("Cargo.lock")).expect("Cargo.lock");
        if let Some((_, rest)) = lock.split_once("name = \"wasm-bindgen\"\nversion = \"") {
            assert_eq!(rest.split('"').next(), Some(WASM_BINDGEN.version));
        }
    }

    #[test]
    fn modules_are_of_the_version_that_is_locked() {
        for Modules { name, version, manifest } in [IOREDIS, AXE] {
            for file in ["package.json", "package-lock.json"] {
                let path = workspace::root().join("tests").join(manifest).join(file);
                let text = fs::read_to_string(path).expect("it is there");
                assert!(text.contains(&format!("\"{name}\": \"{version}\"")), "{name} in {file}");
            }
        }
    }

    #[test]
    fn a_failed_build_is_told_in_its_own_words() {
        let message = watch("nothing", workspace::cargo().arg("no-such-command-here")).expect_err("must fail");
        assert!(message.contains("no such command"), "{message}");
        assert!(message.ends_with(')'), "{message}");
    }

    #[test]
    fn the_lock_keeps_a_second_builder_out() {
        let path = std::env::temp_dir().join(format!("xtask-lock-{}", std::process::id()));
        let held = lock(&path).expect("free");
        assert!(File::create(&path).expect("file").try_lock().is_err());
        drop(held);
        assert!(File::create(&path).expect("file").try_lock().is_ok());
        fs::remove_file(&path).expect("remove");
    }
}
