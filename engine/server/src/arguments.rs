//! The command line of redis-server: `[file] [--name value ...] [-]`, or a question about the program itself.
//!
//! What stands behind the file is put into lines and appended to its text, as Redis does it: one reader serves all,
//! and the last word counts.

use engine::resp::line::append_quoted;
use engine::resp::split_line;

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Request {
    Version,
    Help,
    Serve(Invocation),
}

/// How the server is to start.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Invocation {
    pub config_file: Option<String>,
    /// Whether more lines come from standard input.
    pub reads_stdin: bool,
    /// The lines that the options make.
    pub options: Vec<u8>,
    /// For the same random numbers in every run; drawn from the system if `None`.
    pub seed: Option<u64>,
}

/// What `--help` prints.
pub const HELP: &str = "\
Usage: server [/path/to/redis.conf] [options] [-]
       server - (read config from stdin)
       server -v or --version
       server -h or --help

Options are the directives of redis.conf, which they follow: --port 7777 --save 900 1 --appendonly yes
       --seed NUMBER  the same random choices in every run

Examples:
       server --port 7777
       server /etc/myredis.conf --loglevel verbose -
       echo 'maxmemory 128mb' | server -
";

/// Reads the words of a command line.
///
/// # Errors
/// What is wrong with it, as a sentence.
pub fn parse(words: &[String]) -> Result<Request, String> {
    match words.first().map(String::as_str) {
        Some("-v" | "--version") => return Ok(Request::Version),
        Some("-h" | "--help") => return Ok(Request::Help),
        _ => {}
    }
    let mut invocation = Invocation::default();
    let (words, seed) = without_seed(words)?;
    invocation.seed = seed;
    let mut rest = words.as_slice();
    if let Some((first, after)) = rest.split_first().filter(|(first, _)| !first.starts_with('-')) {
        invocation.config_file = Some(first.clone());
        rest = after;
    }
    let is_first = |at: usize| at == 0 && invocation.config_file.is_none();
    // Whether the option before has a value: what follows may then be an option again.
    let mut has_value = true;
    for (at, word) in rest.iter().enumerate() {
        let options = &mut invocation.options;
        if word == "-" && (is_first(at) || at + 1 == rest.len()) {
            invocation.reads_stdin = true;
        } else if let Some(name) = word.strip_prefix("--").filter(|_| has_value) {
            if !options.is_empty() {
                options.push(b'\n');
            }
            options.extend_from_slice(name.as_bytes());
            options.push(b' ');
            has_value = split_line(word).is_ok_and(|words| words.len() > 1);
            // Lists from a program may be empty: `--save --port 1` and `--save` at the end.
            let next = rest.get(at + 1);
            if name.eq_ignore_ascii_case("save") && next.is_none_or(|next| next.starts_with("--")) {
                options.extend_from_slice(b"\"\"");
                has_value = true;
            }
        } else {
            append_quoted(options, word.as_bytes());
            options.push(b' ');
            has_value = true;
        }
    }
    Ok(Request::Serve(invocation))
}

/// The words without `--seed NUMBER`, which is no directive of Redis.
fn without_seed(words: &[String]) -> Result<(Vec<String>, Option<u64>), String> {
    let Some(at) = words.iter().position(|word| word == "--seed") else { return Ok((words.to_vec(), None)) };
    let seed = words.get(at + 1).and_then(|word| word.parse().ok()).ok_or("--seed takes a number")?;
    let rest = words.iter().enumerate().filter(|(place, _)| *place != at && *place != at + 1);
    Ok((rest.map(|(_, word)| word.clone()).collect(), Some(seed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, file: Option<&str>, reads_stdin: bool, options: &str) {
        let words: Vec<String> = line.split_whitespace().map(|word| word.replace('_', " ")).collect();
        let Ok(Request::Serve(invocation)) = parse(&words) else { panic!("{line}") };
        assert_eq!(invocation.config_file.as_deref(), file, "{line}");
        assert_eq!(invocation.reads_stdin, reads_stdin, "{line}");
        assert_eq!(String::from_utf8_lossy(&invocation.options), options, "{line}");
    }

    #[test]
    fn options_become_lines() {
        check("", None, false, "");
        check("a.conf", Some("a.conf"), false, "");
        check("-", None, true, "");
        check("a.conf --port 1 -", Some("a.conf"), true, "port \"1\" ");
        check("--port 1 --bind a b", None, false, "port \"1\" \nbind \"a\" \"b\" ");
        check("--save --port 1", None, false, "save \"\"\nport \"1\" ");
        check("--port 1 --save", None, false, "port \"1\" \nsave \"\"");
        check("--port_1 --save", None, false, "port 1 \nsave \"\"");
        check("--masterauth --x --port 1", None, false, "masterauth \"--x\" \nport \"1\" ");
        check("--x 1 - --y 2", None, false, "x \"1\" \"-\" \ny \"2\" ");
    }

    #[test]
    fn questions_about_the_program() {
        let ask = |word: &str| parse(&[word.to_string()]);
        assert_eq!((ask("-v"), ask("--version")), (Ok(Request::Version), Ok(Request::Version)));
        assert_eq!((ask("-h"), ask("--help")), (Ok(Request::Help), Ok(Request::Help)));
        assert!(ask("--seed").is_err());
        let words = ["--seed", "7", "--port", "1"].map(String::from);
        let Ok(Request::Serve(invocation)) = parse(&words) else { panic!() };
        assert_eq!((invocation.seed, invocation.options), (Some(7), b"port \"1\" ".to_vec()));
    }
}
