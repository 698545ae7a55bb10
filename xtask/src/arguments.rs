//! The command line of `cargo xtask`, and its help text.

use crate::Result;
use crate::steps::Step;

/// What `cargo xtask help` prints.
pub const HELP: &str = "\
cargo xtask <command>

  serve    build the playground and serve it on http://127.0.0.1:8080
             --port N      another port; 0 takes a free one
             --base PATH   under a sub-path, as on shared hosting (default /)
             --debug       a quick build, for working on the page
  build    build the playground into dist/, for any static host
             --base PATH, --debug as above
  test     run every test there is, or only the steps named
             tidy          formatting and lints
             engine        unit tests of every crate
             conformance   the engine against a real redis-server
             lessons       every transcript of the course
             browser       the built page in headless Chromium
  server   the engine behind a TCP port, for redis-cli and client libraries
             --port N      default 6380
             --bind ADDR   default 127.0.0.1
             --dir DIR, --dbfilename FILE   where SAVE writes and start-up reads
             --NAME VALUE  any setting, as redis-server takes them
             --debug       a quick build, with overflow checks and assertions
  bench    measure speed, memory, sizes and start-up; writes target/bench.json
             lua           scripts alone, beside lua5.1; writes target/bench-lua.json
             page          what a visitor of the page feels: time to the first command, bytes for each
                           route, longest frames; writes target/bench-page.json
             --quick       fewer repetitions
             --native      without the page: neither wasm nor Chromium
  fuzz     compare with a real redis-server on ever new random streams
             --minutes N   default 1; --help lists the rest
  hunt     feed the parsers and readers ever new bad input, guided by coverage (needs a C++ compiler)
             --minutes N   for each target; default 10
             --target NAME resp, commands, rdb, restore, aof, lessons, acl, config, lua or lua-api; default all
             --keep        add to tests/corpus what reaches new code
  parts    find out which functions a visit begins with; writes web/later/worker.txt
  soak     use the page for a long time: memory and console
             --minutes N   default 30

Each command does its own set-up, once: the wasm target, and Trunk and wasm-bindgen in a per-user
cache; `test` also needs redis-server, Chromium and chromedriver, and installs them where it may.
";

/// A command with its options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Help,
    Serve { port: u16, page: PageOptions },
    Build { page: PageOptions },
    Test { steps: Vec<Step> },
    Server { debug: bool, rest: Vec<String> },
    Bench { what: Measured, quick: bool, native: bool },
    Fuzz { rest: Vec<String> },
    Hunt { rest: Vec<String> },
    Parts,
    Soak { rest: Vec<String> },
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measured {
    Everything,
    /// Scripts alone.
    Lua,
    /// What a visitor of the page feels.
    Page,
}

/// How to build the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageOptions {
    /// The path the page is served under; begins and ends with a slash.
    pub base: String,
    /// Quick to build instead of quick to run.
    pub debug: bool,
}

impl Default for PageOptions {
    fn default() -> PageOptions {
        PageOptions { base: "/".into(), debug: false }
    }
}

/// Reads the words after `cargo xtask`.
pub fn parse(words: &[String]) -> Result<Command> {
    let Some((command, rest)) = words.split_first() else { return Ok(Command::Help) };
    if command != "fuzz" && rest.iter().any(|word| word == "--help" || word == "-h") {
        return Ok(Command::Help);
    }
    match command.as_str() {
        "help" | "--help" | "-h" => Ok(Command::Help),
        "serve" => {
            let mut port = 8080;
            let page = page_options(rest, &mut |option, value| {
                let known = option == "--port";
                if known {
                    port = port_number(value()?)?;
                }
                Ok(known)
            })?;
            Ok(Command::Serve { port, page })
        }
        "build" => Ok(Command::Build { page: page_options(rest, &mut |_, _| Ok(false))? }),
        "test" => Ok(Command::Test { steps: test_steps(rest)? }),
        "server" => Ok(Command::Server {
            debug: rest.iter().any(|word| word == "--debug"),
            rest: rest.iter().filter(|word| *word != "--debug").cloned().collect(),
        }),
        "bench" => match rest.iter().find(|word| !["lua", "page", "--quick", "--native"].contains(&word.as_str())) {
            Some(other) => Err(format!("bench does not know `{other}`; it takes lua or page, --quick and --native")),
            None => {
                let has = |option: &str| rest.iter().any(|word| word == option);
                let what = match (has("lua"), has("page")) {
                    (true, true) => return Err("bench takes lua or page, one at a time".to_string()),
                    (true, false) => Measured::Lua,
                    (false, true) => Measured::Page,
                    (false, false) => Measured::Everything,
                };
                Ok(Command::Bench { what, quick: has("--quick"), native: has("--native") })
            }
        },
        "fuzz" => Ok(Command::Fuzz { rest: rest.to_vec() }),
        "hunt" => Ok(Command::Hunt { rest: rest.to_vec() }),
        "parts" if rest.is_empty() => Ok(Command::Parts),
        "parts" => Err("parts takes no options".into()),
        "soak" => Ok(Command::Soak { rest: rest.to_vec() }),
        other => Err(format!("there is no command `{other}`; `cargo xtask help` lists them")),
    }
}

type More<'a> = dyn FnMut(&str, &mut dyn FnMut() -> Result<String>) -> Result<bool> + 'a;

/// Reads the options of a page build; those it does not know are offered to `more`.
fn page_options(words: &[String], more: &mut More) -> Result<PageOptions> {
    let mut options = PageOptions::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let (option, mut joined) = match word.split_once('=') {
            Some((option, value)) => (option, Some(value.to_string())),
            None => (word.as_str(), None),
        };
        let mut value =
            || joined.take().or_else(|| words.next().cloned()).ok_or_else(|| format!("{option} needs a value"));
        match option {
            "--debug" => options.debug = true,
            "--base" => options.base = base_path(&value()?)?,
            _ => {
                if !more(option, &mut value)? {
                    return Err(format!("`{word}` is not an option here; `cargo xtask help` lists them"));
                }
            }
        }
    }
    Ok(options)
}

fn port_number(text: String) -> Result<u16> {
    text.parse().map_err(|_| format!("`{text}` is not a port; a port is a number from 0 to 65535"))
}

/// The sub-path with one slash at each end. Only characters that mean themselves in a URL are taken.
pub fn base_path(text: &str) -> Result<String> {
    let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty()).collect();
    let plain = |part: &&str| {
        !part.starts_with('.') && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
    };
    if !parts.iter().all(plain) {
        return Err(format!("`{text}` cannot be a base path; use letters, digits, - _ . ~ and slashes"));
    }
    Ok(parts.iter().fold("/".to_string(), |path, part| path + part + "/"))
}

/// The steps that were named, in their fixed order; all of them when none was.
fn test_steps(words: &[String]) -> Result<Vec<Step>> {
    for word in words {
        if !Step::ALL.iter().any(|step| step.name() == word) {
            let names: Vec<&str> = Step::ALL.iter().map(|step| step.name()).collect();
            return Err(format!("there is no test step `{word}`; the steps are {}", names.join(", ")));
        }
    }
    let chosen = |step: &Step| words.is_empty() || words.iter().any(|word| word == step.name());
    Ok(Step::ALL.into_iter().filter(chosen).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command> {
        parse(&line.split_whitespace().map(String::from).collect::<Vec<_>>())
    }

    #[test]
    fn no_words_or_a_question_give_help() {
        for line in ["", "help", "--help", "serve --help", "test -h"] {
            assert_eq!(parsed(line), Ok(Command::Help), "{line}");
        }
    }

    #[test]
    fn serve_takes_port_base_and_debug_in_both_spellings() {
        let page = PageOptions { base: "/a/b/".into(), debug: true };
        let expected = Ok(Command::Serve { port: 7000, page });
        assert_eq!(parsed("serve --port 7000 --base a/b --debug"), expected);
        assert_eq!(parsed("serve --debug --base=/a//b/ --port=7000"), expected);
        assert_eq!(parsed("serve"), Ok(Command::Serve { port: 8080, page: PageOptions::default() }));
    }

    #[test]
    fn bench_takes_its_options_in_any_order() {
        assert_eq!(parsed("bench"), Ok(Command::Bench { what: Measured::Everything, quick: false, native: false }));
        assert_eq!(
            parsed("bench --native --quick"),
            Ok(Command::Bench { what: Measured::Everything, quick: true, native: true })
        );
        assert_eq!(
            parsed("bench lua --native"),
            Ok(Command::Bench { what: Measured::Lua, quick: false, native: true })
        );
        assert_eq!(parsed("bench page"), Ok(Command::Bench { what: Measured::Page, quick: false, native: false }));
        assert!(parsed("bench page lua").is_err());
    }

    #[test]
    fn mistakes_are_named() {
        for (line, part) in [
            ("sing", "no command `sing`"),
            ("serve --port", "--port needs a value"),
            ("serve --port 70000", "`70000` is not a port"),
            ("serve --loud", "`--loud` is not an option"),
            ("build --port 1", "`--port` is not an option"),
            ("build --base ../up", "cannot be a base path"),
            ("build --base a%2fb", "cannot be a base path"),
            ("test engine browsers", "no test step `browsers`"),
            ("bench --slow", "does not know `--slow`"),
        ] {
            let message = parsed(line).expect_err(line);
            assert!(message.contains(part), "{line}: {message}");
        }
    }

    #[test]
    fn steps_run_in_their_fixed_order() {
        assert_eq!(parsed("test"), Ok(Command::Test { steps: Step::ALL.to_vec() }));
        assert_eq!(parsed("test browser engine"), Ok(Command::Test { steps: vec![Step::Engine, Step::Browser] }));
    }

    #[test]
    fn server_and_fuzz_pass_their_words_on() {
        let rest = vec!["--port".to_string(), "7".to_string()];
        assert_eq!(parsed("server --port 7"), Ok(Command::Server { debug: false, rest: rest.clone() }));
        assert_eq!(parsed("server --debug --port 7"), Ok(Command::Server { debug: true, rest }));
        assert_eq!(parsed("fuzz --minutes 3"), Ok(Command::Fuzz { rest: vec!["--minutes".into(), "3".into()] }));
    }

    #[test]
    fn help_names_every_step() {
        assert!(Step::ALL.iter().all(|step| HELP.contains(step.name())));
    }
}
