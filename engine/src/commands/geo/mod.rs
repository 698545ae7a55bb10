//! Places on the earth: members of a sorted set whose scores are geohashes of 52 bits. Searching them is `search`'s.

mod search;

use crate::base::geohash::Point;
use crate::base::numbers::{i64_to_buffer, parse_f64, u64_to_buffer, write_fixed, write_u64};
use crate::command::{Access, Args, Error, Flags, Group};
use crate::dispatch::{Call, Command};
use crate::resp::Reply;
use crate::value::ZSet;

use super::zset::zadd;

family![
    GEOADD,
    GEODIST,
    GEOHASH,
    GEOPOS,
    search::GEORADIUS,
    search::GEORADIUS_RO,
    search::GEORADIUSBYMEMBER,
    search::GEORADIUSBYMEMBER_RO,
    search::GEOSEARCH,
    search::GEOSEARCHSTORE,
];

/// Reads `longitude latitude`.
fn point(args: &mut Args) -> Result<Point, Error> {
    let mut degrees = || parse_f64(args.next()?).ok_or(Error::NotFloat);
    let point = Point { longitude: degrees()?, latitude: degrees()? };
    if point.is_valid() {
        return Ok(point);
    }
    let Point { longitude, latitude } = point;
    Err(Error::text_of(format!("ERR invalid longitude,latitude pair {longitude:.6},{latitude:.6}")))
}

/// Reads a unit of length: how many metres it has.
fn unit(args: &mut Args) -> Result<f64, Error> {
    const UNITS: [(&str, f64); 4] = [("m", 1.0), ("km", 1000.0), ("ft", 0.3048), ("mi", 1609.34)];
    let found = UNITS.into_iter().find(|(name, _)| args.keyword(name));
    found.map(|(_, metres)| metres).ok_or(Error::Static("ERR unsupported unit provided. please use M, KM, FT, MI"))
}

/// A distance with four decimals. As in Redis it is scaled in floating point first, so that a number which comes near
/// enough to a tie counts as one: printf would see on which side it lies.
fn write_distance(reply: &mut Reply, distance: f64) {
    const SCALE: u64 = 10_000;
    let scaled = (distance * SCALE as f64).round_ties_even() as u64;
    let mut text = Vec::with_capacity(24);
    write_u64(&mut text, scaled / SCALE);
    text.push(b'.');
    // A one in front keeps the zeros.
    text.extend(u64_to_buffer(SCALE + scaled % SCALE).iter().skip(1));
    reply.bulk(&text);
}

/// Longitude and latitude with up to 17 decimals.
fn write_point(reply: &mut Reply, point: Point) {
    reply.array(2);
    for degrees in [point.longitude, point.latitude] {
        let mut text = vec![b','];
        write_fixed(&mut text, degrees, 17);
        let zeros = text.iter().rev().take_while(|&&digit| digit == b'0').count();
        text.truncate(text.len() - zeros);
        if text.last() == Some(&b'.') {
            text.pop();
        }
        if reply.resp3 {
            text.extend_from_slice(b"\r\n");
            reply.raw(&text);
        } else {
            reply.bulk(text.strip_prefix(b",").unwrap_or(&text));
        }
    }
}

const GEOADD: Command = Command {
    name: "GEOADD",
    syntax: "key [condition: NX | XX]@6.2.0 [change: CH]@6.2.0 (longitude latitude member)...",
    summary: "Adds members with their places to a sorted set, or moves those that are there.",
    since: "3.2.0",
    complexity: "O(log(N)) for each member added, N = members",
    group: Group::Geo,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::RW_UPDATE],
    run: Some(geoadd),
    history: &[("6.2.0", "Added `CH`, `NX` and `XX`.")],
    ..Command::DEFAULT
};

fn geoadd(call: &mut Call, args: Args) -> Result<(), Error> {
    let words = args.rest();
    let is = |word: &[u8], name: &str| word.eq_ignore_ascii_case(name.as_bytes());
    let is_option = |word: &&&[u8]| ["NX", "XX", "CH"].iter().any(|name| is(word, name));
    let options = words.iter().skip(1).take_while(is_option).count();
    let (head, places) = words.split_at_checked(1 + options).ok_or(Error::Syntax)?;
    let has = |name: &str| head.iter().skip(1).any(|word| is(word, name));
    if !places.len().is_multiple_of(3) || (has("NX") && has("XX")) {
        return Err(Error::Syntax);
    }
    let mut args = Args::new(places);
    let mut members = Vec::with_capacity(places.len() / 3);
    while !args.is_empty() {
        let score = point(&mut args)?.score();
        members.push((i64_to_buffer(score.cast_signed()), args.next()?));
    }
    // As in Redis this is ZADD from here on, in the journal too.
    let mut argv: Vec<&[u8]> = head.to_vec();
    argv.extend(members.iter().flat_map(|(score, member)| [score.as_slice(), member]));
    zadd(call, Args::new(&argv))?;
    argv.insert(0, b"zadd");
    call.propagate(&argv);
    Ok(())
}

const GEODIST: Command = Command {
    name: "GEODIST",
    syntax: "key member1 member2 [unit: M | KM | FT | MI]",
    summary: "Returns the distance between two members.",
    since: "3.2.0",
    complexity: "O(log(N))",
    group: Group::Geo,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    run: Some(geodist),
    ..Command::DEFAULT
};

fn geodist(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, first, second) = (args.next()?, args.next()?, args.next()?);
    let metres = match args.remaining() {
        0 => 1.0,
        1 => unit(&mut args)?,
        _ => return Err(Error::Syntax),
    };
    let points = call.read::<ZSet>(key)?.and_then(|zset| Some((place(zset, first)?, place(zset, second)?)));
    match points {
        Some((first, second)) => write_distance(call.reply, first.distance(second) / metres),
        None => call.reply.null(),
    }
    Ok(())
}

fn place(zset: &ZSet, member: &[u8]) -> Option<Point> {
    zset.score(member).map(Point::of_score)
}

const GEOHASH: Command = Command {
    name: "GEOHASH",
    syntax: "key member...",
    arity: Some(-2),
    summary: "Returns the places of members as geohashes of eleven characters, as other programs know them.",
    since: "3.2.0",
    complexity: "O(log(N)) for each member",
    group: Group::Geo,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    run: Some(geohash),
    ..Command::DEFAULT
};

fn geohash(call: &mut Call, mut args: Args) -> Result<(), Error> {
    for point in places(call, &mut args)? {
        match point {
            Some(point) => call.reply.bulk(&point.text()),
            None => call.reply.null(),
        }
    }
    Ok(())
}

const GEOPOS: Command = Command {
    name: "GEOPOS",
    syntax: "key member...",
    arity: Some(-2),
    summary: "Returns the longitudes and latitudes of members.",
    since: "3.2.0",
    complexity: "O(log(N)) for each member",
    group: Group::Geo,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    run: Some(geopos),
    ..Command::DEFAULT
};

fn geopos(call: &mut Call, mut args: Args) -> Result<(), Error> {
    for point in places(call, &mut args)? {
        match point {
            Some(point) => write_point(call.reply, point),
            None => call.reply.null_array(),
        }
    }
    Ok(())
}

/// The places of `key member...`; the reply is an array of as many elements.
fn places(call: &mut Call, args: &mut Args) -> Result<Vec<Option<Point>>, Error> {
    let key = args.next()?;
    let members = args.rest();
    let zset = call.keyspace.read::<ZSet>(call.client.database, key)?;
    let places = members.iter().map(|member| zset.and_then(|zset| place(zset, member))).collect();
    call.reply.array(members.len());
    Ok(places)
}
