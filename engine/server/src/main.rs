//! `cargo xtask server`: the engine behind a TCP port until SIGINT or SIGTERM. Takes what redis-server takes.

use engine::Engine;
use server::arguments::{self, HELP, Invocation, Request};
use server::log::{Level, Log};
use server::settings::random_seed;
use server::{Host, Settings, Stop, Stopper};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;

/// Tells the process that `daemonize` leaves behind that it is the one.
const IS_DAEMON: &str = "REDISCOVER_IS_DAEMON";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let served = match arguments::parse(&words) {
        Ok(Request::Version) => {
            let (version, bits) = (Engine::redis_version(), usize::BITS);
            println!("Redis server v={version} sha=00000000:0 malloc=libc bits={bits} build=rediscover");
            Ok(())
        }
        Ok(Request::Help) => {
            print!("{HELP}");
            Ok(())
        }
        Ok(Request::Serve(invocation)) => serve(&words, &invocation),
        Err(problem) => Err(format!("server: {problem}")),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn serve(words: &[String], invocation: &Invocation) -> Result<(), String> {
    let (text, stdin) = text(invocation)?;
    let mut settings = Settings::read(&text).map_err(|error| error.report(Engine::redis_version()))?;
    let config = settings.startup()?.config;
    let is_daemon = std::env::var_os(IS_DAEMON).is_some();
    if config.is_on("daemonize") && !is_daemon {
        return daemonize(words, &stdin);
    }
    settings.seed = invocation.seed.unwrap_or_else(random_seed);
    settings.config_file = invocation.config_file.as_ref().and_then(|path| std::fs::canonicalize(path).ok());
    let in_dir = |path: &str| PathBuf::from(config.get("dir")).join(path);
    let logfile = match config.get("logfile") {
        "" => String::new(),
        path => in_dir(path).to_string_lossy().into_owned(),
    };
    let log = Log::open(&logfile, Level::named(config.get("loglevel")))
        .map_err(|error| format!("Can't open the log file: {error}"))?;
    let log = Arc::new(log);
    settings.log = Arc::clone(&log);
    announce(&log, invocation, &config);
    let pidfile = match (config.get("pidfile"), is_daemon) {
        ("", false) => None,
        ("", true) => Some(PathBuf::from("/var/run/redis.pid")),
        (path, _) => Some(in_dir(path)),
    };
    let host = Host::start(settings).inspect_err(|problem| log.warning(problem))?;
    if let Some(path) = &pidfile
        && let Err(error) = std::fs::write(path, format!("{}\n", std::process::id()))
    {
        log.warning(format_args!("Failed to write PID file: {error}"));
    }
    end_on_signal(host.stopper())?;
    let ended = host.run();
    if let Some(path) = pidfile {
        log.notice("Removing the pid file.");
        let _ = std::fs::remove_file(path);
    }
    ended.map_err(|error| error.to_string())
}

/// The whole configuration: the file, standard input, the options; and what came from standard input.
fn text(invocation: &Invocation) -> Result<(Vec<u8>, Vec<u8>), String> {
    let mut text = Vec::new();
    if let Some(path) = &invocation.config_file {
        text = std::fs::read(path).map_err(|error| format!("Fatal error, can't open config file '{path}': {error}"))?;
    }
    let mut stdin = Vec::new();
    if invocation.reads_stdin {
        let read = std::io::stdin().read_to_end(&mut stdin);
        read.map_err(|error| format!("cannot read the configuration from standard input: {error}"))?;
        text.extend_from_slice(&stdin);
    }
    if !invocation.options.is_empty() {
        text.push(b'\n');
        text.extend_from_slice(&invocation.options);
    }
    Ok((text, stdin))
}

/// The first lines of the log.
fn announce(log: &Log, invocation: &Invocation, config: &engine::server::Config) {
    let (version, pid, bits) = (Engine::redis_version(), std::process::id(), usize::BITS);
    log.warning("oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo");
    log.warning(format_args!(
        "Redis version={version}, bits={bits}, commit=00000000, modified=0, pid={pid}, just started"
    ));
    let is_bare = invocation.config_file.is_none() && invocation.options.is_empty() && !invocation.reads_stdin;
    if is_bare {
        log.warning(
            "Warning: no config file specified, using the default config. In order to specify a config file use \
             server /path/to/redis.conf",
        );
    } else {
        log.warning("Configuration loaded");
    }
    let port = config.get("port");
    log.notice(format_args!("Running mode=standalone, port={port}."));
    if config.is_on("always-show-logo") {
        log.raw(&format!("\n    Rediscover, a Redis {version} ({bits} bit)\n    Port: {port}\n    PID: {pid}\n\n"));
    }
}

/// Leaves a process behind that serves, with the same words and nobody to talk to.
fn daemonize(words: &[String], stdin: &[u8]) -> Result<(), String> {
    let cannot = |error: std::io::Error| format!("cannot go to the background: {error}");
    let mut command = Command::new(std::env::current_exe().map_err(cannot)?);
    command.args(words).env(IS_DAEMON, "1").stdout(Stdio::null()).stderr(Stdio::null());
    command.stdin(if stdin.is_empty() { Stdio::null() } else { Stdio::piped() });
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().map_err(cannot)?;
    if let Some(mut pipe) = child.stdin.take() {
        pipe.write_all(stdin).map_err(cannot)?;
    }
    Ok(())
}

/// SIGINT and SIGTERM end the server in good order; a second SIGINT ends it at once. SIGHUP means nothing.
fn end_on_signal(stopper: Stopper) -> Result<(), String> {
    let mut signals =
        Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(|error| format!("cannot wait for signals: {error}"))?;
    std::thread::spawn(move || {
        let mut interrupted = false;
        for signal in signals.forever() {
            match signal {
                SIGINT if interrupted => std::process::exit(1),
                SIGINT => {
                    interrupted = true;
                    stopper.stop_because(Stop::Interrupt);
                }
                SIGTERM => stopper.stop_because(Stop::Terminate),
                _ => {}
            }
        }
    });
    Ok(())
}
