//! What the tests need from the system: a real redis-server, Python's client, Chromium and its driver. Found on PATH, else
//! installed with apt-get where that needs no question, else asked for in one message.

use crate::Result;
use crate::workspace::{self, find_on_path, say};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program, under any of its names, and how each system calls its package.
pub struct Program {
    /// What it is called in messages.
    pub title: &'static str,
    names: &'static [&'static str],
    /// Where some systems put it outside PATH.
    places: &'static [&'static str],
    /// Words with which it must succeed, where its name alone does not say enough.
    probe: &'static [&'static str],
    debian: &'static str,
    fedora: &'static str,
    arch: &'static str,
    macos: &'static str,
}

/// The real server; its packages bring redis-cli, redis-benchmark and redis-check-rdb.
pub const REDIS: Program = Program {
    title: "redis-server",
    names: &["redis-server"],
    places: &[],
    probe: &[],
    debian: "redis-server",
    fedora: "valkey-compat-redis",
    arch: "valkey",
    macos: "redis",
};

/// The Lua that scripts are written for: ours must print what it prints.
pub const LUA: Program = Program {
    title: "lua5.1",
    names: &["lua5.1", "lua51", "lua-5.1"],
    places: &["/opt/homebrew/opt/lua@5.1/bin/lua", "/usr/local/opt/lua@5.1/bin/lua"],
    probe: &["-v"],
    debian: "lua5.1",
    fedora: "compat-lua",
    arch: "lua51",
    macos: "lua@5.1",
};

/// A Python that has the package `redis`: the client library that the tests try.
pub const PYTHON_CLIENT: Program = Program {
    title: "Python's redis package",
    names: &["python3"],
    places: &["/usr/bin/python3"],
    probe: &["-c", "import redis"],
    debian: "python3-redis",
    fedora: "python3-redis",
    arch: "python-redis",
    macos: "python && pip3 install --break-system-packages redis",
};

/// Runs the tests' program on ioredis.
pub const NODE: Program = Program {
    title: "node",
    names: &["node", "nodejs"],
    places: &[],
    probe: &[],
    debian: "nodejs",
    fedora: "nodejs",
    arch: "nodejs",
    macos: "node",
};

/// Fetches ioredis.
pub const NPM: Program = Program {
    title: "npm",
    names: &["npm"],
    places: &[],
    probe: &[],
    debian: "npm",
    fedora: "nodejs-npm",
    arch: "npm",
    macos: "node",
};

/// Any browser of that family does.
pub const CHROMIUM: Program = Program {
    title: "chromium",
    names: &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
    places: &[
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ],
    probe: &[],
    debian: "chromium",
    fedora: "chromium",
    arch: "chromium",
    macos: "--cask google-chrome",
};

/// Drives the browser for the tests.
pub const CHROMEDRIVER: Program = Program {
    title: "chromedriver",
    names: &["chromedriver"],
    places: &["/usr/lib/chromium-browser/chromedriver", "/usr/lib/chromium/chromedriver"],
    probe: &[],
    debian: "chromium-driver",
    fedora: "chromedriver",
    arch: "chromium",
    macos: "--cask chromedriver",
};

/// Drives WebKit for the tests: the engine of Safari, in Debian's build.
pub const WEBKIT_DRIVER: Program = Program {
    title: "WebKitWebDriver",
    names: &["WebKitWebDriver"],
    places: &[],
    probe: &[],
    debian: "webkit2gtk-driver",
    fedora: "webkitgtk6.0",
    arch: "webkit2gtk-4.1",
    macos: "webkit2gtk-driver (Debian only)",
};

/// The browser that comes with it.
pub const MINIBROWSER: Program = Program {
    title: "WebKit's MiniBrowser",
    names: &["MiniBrowser"],
    places: &[
        "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser",
        "/usr/lib/aarch64-linux-gnu/webkit2gtk-4.1/MiniBrowser",
        "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.0/MiniBrowser",
        "/usr/libexec/webkitgtk-6.0/MiniBrowser",
        "/usr/libexec/webkit2gtk-4.1/MiniBrowser",
        "/usr/lib/webkit2gtk-4.1/MiniBrowser",
    ],
    ..WEBKIT_DRIVER
};

/// Drives Firefox for the tests. Debian has no package of it: the tests use it where it is.
pub const GECKODRIVER: Program = Program { title: "geckodriver", names: &["geckodriver"], ..FIREFOX };

pub const FIREFOX: Program = Program {
    title: "firefox",
    names: &["firefox-esr", "firefox"],
    places: &["/Applications/Firefox.app/Contents/MacOS/firefox"],
    probe: &[],
    debian: "firefox-esr",
    fedora: "firefox",
    arch: "firefox",
    macos: "--cask firefox",
};

/// A screen for WebKit that nobody sees.
pub const XVFB: Program = Program {
    title: "Xvfb",
    names: &["Xvfb"],
    places: &[],
    probe: &[],
    debian: "xvfb",
    fedora: "xorg-x11-server-Xvfb",
    arch: "xorg-server-xvfb",
    macos: "--cask xquartz",
};

/// Rust's own parts, for a Rust that did not come from rustup.
pub const RUST_PARTS: [&Program; 1] = [&Program {
    title: "rust",
    names: &["rustup"],
    places: &[],
    probe: &[],
    debian: "rustup",
    fedora: "rustup",
    arch: "rustup",
    macos: "rustup",
}];

impl Program {
    /// Where it is, if it is there.
    pub fn find(&self) -> Option<PathBuf> {
        let on_path = self.names.iter().filter_map(|name| find_on_path(name));
        let in_places = self.places.iter().map(PathBuf::from).filter(|place| place.is_file());
        on_path.chain(in_places).find(|path| self.is_right(path))
    }

    fn is_right(&self, path: &Path) -> bool {
        self.probe.is_empty() || workspace::output(Command::new(path).args(self.probe)).is_ok()
    }
}

/// Makes sure that all of these are there.
pub fn prepare(programs: &[&Program]) -> Result<()> {
    let missing = || programs.iter().copied().filter(|program| program.find().is_none()).collect::<Vec<_>>();
    let wanted = missing();
    if wanted.is_empty() {
        return Ok(());
    }
    let titles = |programs: &[&Program]| programs.iter().map(|program| program.title).collect::<Vec<_>>().join(", ");
    let mut tried = String::new();
    if let Some(apt) = Apt::allowed() {
        say(&format!("installing {} with apt-get", titles(&wanted)));
        if let Err(problem) = apt.install(&packages(&wanted, |program| program.debian)) {
            tried = format!("apt-get was tried: {problem}\n");
        }
    }
    let wanted = missing();
    if wanted.is_empty() {
        return Ok(());
    }
    let opening = format!("{tried}The tests need {}, and could not find or install it. Install it", titles(&wanted));
    Err(install_help(&opening, &wanted))
}

/// How to install these on each system.
pub fn install_help(opening: &str, wanted: &[&Program]) -> String {
    let command = |start: &str, of: fn(&Program) -> &'static str| format!("{start} {}", packages(wanted, of).join(" "));
    let lines = [
        ("Debian, Ubuntu", command("sudo apt-get install", |program| program.debian)),
        ("Fedora", command("sudo dnf install", |program| program.fedora)),
        ("Arch", command("sudo pacman -S", |program| program.arch)),
        (
            "macOS",
            packages(wanted, |program| program.macos)
                .iter()
                .map(|name| format!("brew install {name}"))
                .collect::<Vec<_>>()
                .join(" && "),
        ),
    ];
    let lines: String = lines.iter().map(|(system, line)| format!("\n  {system:<16}{line}")).collect();
    format!("{opening} with one of these, then run this again:\n{lines}\n")
}

/// The packages' names on one system, each once.
fn packages(wanted: &[&Program], of: fn(&Program) -> &'static str) -> Vec<&'static str> {
    let mut names: Vec<&str> = wanted.iter().map(|program| of(program)).collect();
    names.dedup();
    names
}

/// apt-get, as root or through a sudo that asks nothing.
struct Apt {
    sudo: bool,
}

impl Apt {
    fn allowed() -> Option<Apt> {
        if !Path::new("/etc/debian_version").exists() || find_on_path("apt-get").is_none() {
            return None;
        }
        let succeeds = |program: &str, arguments: &[&str]| workspace::output(Command::new(program).args(arguments));
        if succeeds("id", &["-u"]).is_ok_and(|user| user.trim() == "0") {
            return Some(Apt { sudo: false });
        }
        succeeds("sudo", &["-n", "true"]).is_ok().then_some(Apt { sudo: true })
    }

    fn install(&self, packages: &[&str]) -> Result<()> {
        // A fresh system has no package lists; an old one has lists that name packages that are gone.
        workspace::output(&mut self.command(&["update", "--quiet"]))?;
        let mut arguments = vec!["install", "--yes", "--quiet", "--no-install-recommends"];
        arguments.extend(packages);
        workspace::output(&mut self.command(&arguments)).map(drop)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let words: &[&str] = if self.sudo { &["sudo", "-n", "env"] } else { &["env"] };
        let mut command = Command::new(words.first().copied().unwrap_or("env"));
        command.args(words.iter().skip(1)).args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]).args(arguments);
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_message_says_what_to_type_on_each_system() {
        let text = install_help("Install it", &[&REDIS, &CHROMIUM, &CHROMEDRIVER]);
        for line in [
            "sudo apt-get install redis-server chromium chromium-driver\n",
            "sudo dnf install valkey-compat-redis chromium chromedriver\n",
            "sudo pacman -S valkey chromium\n",
            "brew install redis && brew install --cask google-chrome && brew install --cask chromedriver\n",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
    }

    #[test]
    fn finds_under_any_name() {
        let cargo = Program { names: &["no-such-program", "cargo"], ..REDIS };
        assert_eq!(cargo.find(), find_on_path("cargo"));
        let nothing = Program { names: &["no-such-program"], places: &["/no/such/place"], ..REDIS };
        assert_eq!(nothing.find(), None);
        let wrong = Program { names: &["cargo"], probe: &["no-such-command-here"], ..REDIS };
        assert_eq!(wrong.find(), None);
    }
}
