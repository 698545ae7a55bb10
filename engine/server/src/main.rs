//! `cargo xtask server`: the engine behind a TCP port until SIGINT or SIGTERM.

use server::{Host, Settings, Stopper};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::process::ExitCode;

fn main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("server: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> Result<(), String> {
    let settings = Settings::parse(std::env::args().skip(1))?;
    if !settings.bind.is_loopback() {
        eprintln!("server: anyone who reaches {} can read and change everything: there is no password", settings.bind);
    }
    let host = Host::start(settings)?;
    end_on_signal(host.stopper())?;
    println!("Ready to accept connections on {}", host.address());
    host.run().map_err(|error| error.to_string())
}

/// SIGINT and SIGTERM end the server in good order; a second one ends it at once.
fn end_on_signal(stopper: Stopper) -> Result<(), String> {
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(|error| format!("cannot wait for signals: {error}"))?;
    std::thread::spawn(move || {
        let mut signals = signals.forever();
        if signals.next().is_some() {
            stopper.stop();
        }
        if signals.next().is_some() {
            std::process::exit(1);
        }
    });
    Ok(())
}
