//! CONFIG.

use crate::base::glob::{self, Case};
use crate::command::{Args, Error, Flags, Group, quoted};
use crate::dispatch::{Call, Command};
use crate::keyspace::Counters;
use crate::server::config::{Kind, SETTINGS, Setting};
use crate::server::stats::CommandStats;
use crate::server::{Config, Request};

use super::help;

family![CONFIG];

const CONFIG: Command = Command {
    name: "CONFIG",
    summary: "Groups the commands about settings.",
    since: "2.0.0",
    group: Group::Server,
    subcommands: &[CONFIG_GET, CONFIG_HELP, CONFIG_RESETSTAT, CONFIG_REWRITE, CONFIG_SET],
    ..Command::DEFAULT
};

const CONFIG_HELP: Command = Command {
    name: "HELP",
    summary: "Lists the subcommands of CONFIG.",
    since: "5.0.0",
    complexity: "O(1)",
    group: Group::Server,
    flags: Flags::LOADING.with(Flags::STALE),
    run: Some(|call, _| help::of_container(call, &CONFIG)),
    ..Command::DEFAULT
};

const CONFIG_GET: Command = Command {
    name: "GET",
    syntax: "(parameter: parameter)...",
    summary: "Returns the settings whose names match the patterns.",
    since: "2.0.0",
    complexity: "O(N), N = parameters",
    group: Group::Server,
    flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
    run: Some(config_get),
    history: &[("7.0.0", "Several patterns in one call.")],
    ..Command::DEFAULT
};

fn config_get(call: &mut Call, args: Args) -> Result<(), Error> {
    // A name without wildcards comes back as it was typed; whatever is named twice comes once.
    let mut found: Vec<(&[u8], &'static Setting)> = Vec::new();
    for pattern in args.rest() {
        if pattern.iter().any(|byte| b"[*?".contains(byte)) {
            let shown = SETTINGS.iter().filter(|setting| !setting.hidden);
            let names = shown.flat_map(|setting| {
                core::iter::once(setting.name).chain(setting.alias).map(move |name| (name.as_bytes(), setting))
            });
            found.extend(names.filter(|(name, _)| glob::matches_with(pattern, name, Case::Ignored)));
        } else {
            found.extend(Config::find(pattern).map(|setting| (*pattern, setting)));
        }
    }
    let mut once: Vec<(&[u8], &'static Setting)> = Vec::with_capacity(found.len());
    for (name, setting) in found {
        if !once.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            once.push((name, setting));
        }
    }
    call.reply.map(once.len());
    for (name, setting) in once {
        call.reply.bulk(name);
        match setting.kind {
            Kind::Events => call.reply.bulk(call.server.notify.shown().as_bytes()),
            _ => call.reply.bulk(call.server.config.bytes(setting.name)),
        }
    }
    Ok(())
}

const CONFIG_SET: Command = Command {
    name: "SET",
    syntax: "(parameter value)...",
    summary: "Changes settings, all of them or none.",
    since: "2.0.0",
    complexity: "O(N), N = parameters",
    group: Group::Server,
    flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
    tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
    run: Some(config_set),
    history: &[("7.0.0", "Several settings in one call.")],
    ..Command::DEFAULT
};

fn config_set(call: &mut Call, args: Args) -> Result<(), Error> {
    if !args.remaining().is_multiple_of(2) {
        return Err(Error::Syntax);
    }
    let failed = |name: &[u8], reason: &str| {
        let text =
            [b"ERR CONFIG SET failed (possibly related to argument '", quoted(name), b"') - ", reason.as_bytes()];
        Error::text_of(text.concat())
    };
    let mut wanted: Vec<(&'static str, &'static Setting, &[u8])> = Vec::new();
    for pair in args.rest().chunks_exact(2) {
        let [name, value] = pair else { continue };
        let Some((known, setting)) = Config::resolve(name) else {
            let text = [b"ERR Unknown option or number of arguments for CONFIG SET - '", quoted(name), b"'"];
            return Err(Error::text_of(text.concat()));
        };
        if setting.immutable {
            return Err(failed(name, "can't set immutable config"));
        }
        if setting.protected && !is_allowed(call, "enable-protected-configs") {
            return Err(failed(name, "can't set protected config"));
        }
        // The older name of a setting counts as another one.
        if wanted.iter().any(|(other, ..)| *other == known) {
            return Err(failed(name, "duplicate parameter"));
        }
        wanted.push((known, setting, value));
    }
    // All or nothing: the copy takes the changes, and replaces the settings when each was accepted.
    let mut config = call.server.config.clone();
    let mut by_host = Vec::new();
    let mut normal = Vec::new();
    for (known, setting, value) in wanted {
        config.set(setting, value).map_err(|reason| failed(known.as_bytes(), &reason))?;
        normal.push((setting.name, config.bytes(setting.name).to_vec()));
        if setting.by_host && config.bytes(setting.name) != call.server.config.bytes(setting.name) {
            by_host.push(known);
        }
    }
    if let Some(known) = by_host.first() {
        // All of them wait for the host's word on the ones that are its own.
        if call.ask(Request::Configure(normal)) {
            return Ok(());
        }
        return Err(failed(known.as_bytes(), "it cannot be changed inside a transaction"));
    }
    call.server.config = config;
    call.server.apply_config(call.keyspace);
    call.reply.ok();
    Ok(())
}

/// Whether a setting of `no`, `yes` and `local` lets this client do what it guards.
fn is_allowed(call: &Call, name: &str) -> bool {
    match call.server.config.get(name) {
        "yes" => true,
        "local" => call.client.is_local(),
        _ => false,
    }
}

const CONFIG_RESETSTAT: Command = Command {
    name: "RESETSTAT",
    summary: "Sets the counters that INFO reports back to zero.",
    since: "2.0.0",
    complexity: "O(1)",
    group: Group::Server,
    flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
    run: Some(config_resetstat),
    ..Command::DEFAULT
};

fn config_resetstat(call: &mut Call, _args: Args) -> Result<(), Error> {
    let commands = call.server.stats.per_command.len();
    let (peak_bytes, tracks_latency) = (call.server.stats.peak_bytes, call.server.stats.tracks_latency);
    call.server.stats = crate::server::Stats { peak_bytes, tracks_latency, ..crate::server::Stats::default() };
    call.server.rates.reset();
    call.server.shortage = crate::server::Shortage::default();
    call.server.stats.per_command = vec![CommandStats::default(); commands];
    let counters = &mut call.keyspace.counters;
    *counters = Counters { dirty: counters.dirty, ..Counters::default() };
    call.reply.ok();
    Ok(())
}

const CONFIG_REWRITE: Command = Command {
    name: "REWRITE",
    summary: "Writes the present settings into the configuration file.",
    since: "2.8.0",
    complexity: "O(1)",
    group: Group::Server,
    flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
    run: Some(config_rewrite),
    ..Command::DEFAULT
};

fn config_rewrite(call: &mut Call, _args: Args) -> Result<(), Error> {
    if call.server.store.config_file.is_empty() {
        return Err(Error::Static("ERR The server is running without a config file"));
    }
    if call.ask(Request::RewriteConfig) {
        return Ok(());
    }
    Err(Error::Static("ERR Rewriting config file: it cannot be waited for inside a transaction"))
}
