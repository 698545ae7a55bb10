//! CLIENT's subcommands for caching on the client's side: TRACKING, TRACKINGINFO, CACHING, GETREDIR.

use std::collections::BTreeSet;

use crate::base::Bytes;
use crate::command::{Args, Error, Flags, Group, quoted};
use crate::dispatch::{Call, Command};
use crate::server::{ClientId, tracking::Tracks};

/// What all of them share.
const FLAGS: Flags = Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE);

pub const CLIENT_TRACKING: Command = Command {
    name: "TRACKING",
    syntax: "(status: ON | OFF) [REDIRECT client-id] [PREFIX prefix]... [BCAST] [OPTIN] [OPTOUT] [NOLOOP]",
    summary: "Lets the node tell this connection when keys that it has read are changed.",
    since: "6.0.0",
    complexity: "O(1); with prefixes O(N), N = prefixes of all connections",
    group: Group::Connection,
    flags: FLAGS,
    run: Some(client_tracking),
    ..Command::DEFAULT
};

fn client_tracking(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let status = args.next()?;
    let mut tracks = Tracks::default();
    let mut prefixes: Vec<&[u8]> = Vec::new();
    while !args.is_empty() {
        if args.remaining() > 1 && args.keyword("REDIRECT") {
            if tracks.redirect.is_some() {
                return Err(Error::Static("ERR A client can only redirect to a single other client"));
            }
            let id = ClientId(args.integer()? as u64);
            if id != call.client.id && call.server.clients.get(id).is_none() {
                return Err(Error::Static("ERR The client ID you want redirect to does not exist"));
            }
            tracks.redirect = Some(id);
        } else if args.remaining() > 1 && args.keyword("PREFIX") {
            prefixes.push(args.next()?);
        } else if args.keyword("BCAST") {
            tracks.broadcast = true;
        } else if args.keyword("OPTIN") {
            tracks.opt_in = true;
        } else if args.keyword("OPTOUT") {
            tracks.opt_out = true;
        } else if args.keyword("NOLOOP") {
            tracks.no_loop = true;
        } else {
            return Err(Error::Syntax);
        }
    }
    if status.eq_ignore_ascii_case(b"OFF") {
        call.server.tracking.disable(call.client.id, &mut call.client.tracking);
    } else if status.eq_ignore_ascii_case(b"ON") {
        let before = call.client.tracking.as_deref();
        admit(before, &tracks, &prefixes)?;
        // Only the next command that is none of CLIENT's ends what CLIENT CACHING said.
        tracks.caching = before.is_some_and(|before| before.caching);
        if tracks.broadcast {
            tracks.prefixes = prefixes.iter().map(|prefix| Bytes::new(prefix)).collect();
            if prefixes.is_empty() {
                tracks.prefixes.insert(Bytes::default());
            }
        }
        call.server.tracking.enable(call.client.id, &mut call.client.tracking, tracks);
    } else {
        return Err(Error::Syntax);
    }
    call.reply.ok();
    Ok(())
}

/// Whether a client may track in this way, after it did in another.
fn admit(before: Option<&Tracks>, wanted: &Tracks, prefixes: &[&[u8]]) -> Result<(), Error> {
    if !wanted.broadcast && !prefixes.is_empty() {
        return Err(Error::Static("ERR PREFIX option requires BCAST mode to be enabled"));
    }
    if before.is_some_and(|before| before.broadcast != wanted.broadcast) {
        return Err(Error::Static(
            "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling \
             it with a different mode.",
        ));
    }
    if wanted.broadcast && (wanted.opt_in || wanted.opt_out) {
        return Err(Error::Static("ERR OPTIN and OPTOUT are not compatible with BCAST"));
    }
    if wanted.opt_in && wanted.opt_out {
        return Err(Error::Static("ERR You can't specify both OPTIN mode and OPTOUT mode"));
    }
    if before.is_some_and(|before| (wanted.opt_in && before.opt_out) || (wanted.opt_out && before.opt_in)) {
        return Err(Error::Static(
            "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling \
             it with a different mode.",
        ));
    }
    let none = BTreeSet::new();
    let existing = before.map_or(&none, |before| &before.prefixes);
    for (index, prefix) in prefixes.iter().enumerate() {
        if let Some(other) = existing.iter().find(|other| overlap(prefix, other)) {
            return Err(overlapping(prefix, "an existing prefix", other));
        }
        let following = prefixes.get(index.saturating_add(1)..).unwrap_or_default();
        if let Some(other) = following.iter().find(|other| overlap(prefix, other)) {
            return Err(overlapping(prefix, "another provided prefix", other));
        }
    }
    Ok(())
}

fn overlap(first: &[u8], second: &[u8]) -> bool {
    first.starts_with(second) || second.starts_with(first)
}

fn overlapping(prefix: &[u8], what: &str, other: &[u8]) -> Error {
    let (prefix, other) = (quoted(prefix), quoted(other));
    Error::text_of(
        [
            b"ERR Prefix '",
            prefix,
            b"' overlaps with ",
            what.as_bytes(),
            b" '",
            other,
            b"'. Prefixes for a single client must not overlap.",
        ]
        .concat(),
    )
}

pub const CLIENT_CACHING: Command = Command {
    name: "CACHING",
    syntax: "(mode: YES | NO)",
    summary: "Says whether the keys of the next command are to be tracked, where that is to be said.",
    since: "6.0.0",
    complexity: "O(1)",
    group: Group::Connection,
    flags: FLAGS,
    run: Some(client_caching),
    ..Command::DEFAULT
};

fn client_caching(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let Some(tracks) = &mut call.client.tracking else {
        return Err(Error::Static(
            "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode \
             enabled",
        ));
    };
    if args.keyword("YES") {
        if !tracks.opt_in {
            return Err(Error::Static("ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode."));
        }
    } else if args.keyword("NO") {
        if !tracks.opt_out {
            return Err(Error::Static("ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode."));
        }
    } else {
        return Err(Error::Syntax);
    }
    tracks.caching = true;
    call.reply.ok();
    Ok(())
}

pub const CLIENT_GETREDIR: Command = Command {
    name: "GETREDIR",
    summary: "Returns the connection that is told in place of this one; 0 if it is told itself, -1 without tracking.",
    since: "6.0.0",
    complexity: "O(1)",
    group: Group::Connection,
    flags: FLAGS,
    run: Some(client_getredir),
    ..Command::DEFAULT
};

fn client_getredir(call: &mut Call, _args: Args) -> Result<(), Error> {
    call.reply.integer(call.client.redirect_number());
    Ok(())
}

pub const CLIENT_TRACKINGINFO: Command = Command {
    name: "TRACKINGINFO",
    summary: "Describes how this connection tracks keys.",
    since: "6.2.0",
    complexity: "O(1)",
    group: Group::Connection,
    flags: FLAGS,
    run: Some(client_trackinginfo),
    ..Command::DEFAULT
};

fn client_trackinginfo(call: &mut Call, _args: Args) -> Result<(), Error> {
    let tracks = call.client.tracking.as_deref();
    let is = |of: fn(&Tracks) -> bool| tracks.is_some_and(of);
    let flags: Vec<&str> = [
        (tracks.is_none(), "off"),
        (tracks.is_some(), "on"),
        (is(|tracks| tracks.broadcast), "bcast"),
        (is(|tracks| tracks.opt_in), "optin"),
        (is(|tracks| tracks.opt_in && tracks.caching), "caching-yes"),
        (is(|tracks| tracks.opt_out), "optout"),
        (is(|tracks| tracks.opt_out && tracks.caching), "caching-no"),
        (is(|tracks| tracks.no_loop), "noloop"),
        (is(|tracks| tracks.is_redirect_broken), "broken_redirect"),
    ]
    .into_iter()
    .filter_map(|(shown, flag)| shown.then_some(flag))
    .collect();
    let reply = &mut *call.reply;
    reply.map(3);
    reply.bulk(b"flags");
    reply.set(flags.len());
    for flag in flags {
        reply.bulk(flag.as_bytes());
    }
    reply.bulk(b"redirect");
    reply.integer(call.client.redirect_number());
    reply.bulk(b"prefixes");
    let prefixes = tracks.map(|tracks| &tracks.prefixes);
    reply.array(prefixes.map_or(0, BTreeSet::len));
    for prefix in prefixes.into_iter().flatten() {
        reply.bulk(prefix);
    }
    Ok(())
}
