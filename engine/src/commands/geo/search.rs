//! Members of a sorted set within a circle or a box: GEOSEARCH and the older GEORADIUS and its variants.

use crate::base::geohash::{Point, Search, Shape};
use crate::base::numbers::parse_f64;
use crate::base::order::sort_by;
use crate::base::partial_sort::partial_sort;
use crate::command::{Access, Args, BeginSearch, Deprecated, Error, FindKeys, Flags, Group, KeyPositions, quoted};
use crate::dispatch::{Call, Command};
use crate::encoding::Element;
use crate::keyspace::{Class, Expiry};
use crate::value::{ScoreRange, Value, ZSet};

use super::super::element::write_element;
use super::{place, point, unit, write_distance, write_point};

const COMPLEXITY: &str = "O(N+log(M)), N = members in the cells around the shape, M = members within it";

pub(super) const GEOSEARCH: Command = Command {
    name: "GEOSEARCH",
    syntax: "key (from: FROMMEMBER member | FROMLONLAT (longitude latitude)) (by: (circle: BYRADIUS radius \
             (unit: M | KM | FT | MI)) | (box: BYBOX width height (unit: M | KM | FT | MI))) [order: ASC | DESC] \
             [count: COUNT count [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]",
    summary: "Returns the members within a circle or a box.",
    since: "6.2.0",
    complexity: COMPLEXITY,
    group: Group::Geo,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    run: Some(|call, args| run(call, args, Variant { from: From::Options, store: Store::Never })),
    history: &[("7.0.0", "Units may be in capitals.")],
    ..Command::DEFAULT
};

pub(super) const GEOSEARCHSTORE: Command = Command {
    name: "GEOSEARCHSTORE",
    syntax: "destination source (from: FROMMEMBER member | FROMLONLAT (longitude latitude)) (by: (circle: BYRADIUS \
             radius (unit: M | KM | FT | MI)) | (box: BYBOX width height (unit: M | KM | FT | MI))) [order: ASC | DESC] \
             [count: COUNT count [ANY]] [STOREDIST]",
    summary: "Stores the members within a circle or a box.",
    since: "6.2.0",
    complexity: COMPLEXITY,
    group: Group::Geo,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::OW_UPDATE, Access::RO_ACCESS],
    run: Some(|call, args| run(call, args, Variant { from: From::Options, store: Store::Always })),
    history: &[("7.0.0", "Units may be in capitals.")],
    ..Command::DEFAULT
};

const STORE_AFTER_6: &[KeyPositions] = &store_keys(6);
const STORE_AFTER_5: &[KeyPositions] = &store_keys(5);

/// The key that is searched, and those that `STORE` and `STOREDIST` name after so many words.
const fn store_keys(from: i32) -> [KeyPositions; 3] {
    const ONE: FindKeys = FindKeys::Range { last: 0, step: 1, limit: 0 };
    [
        (BeginSearch::Index(1), ONE),
        (BeginSearch::Keyword("STORE", from), ONE),
        (BeginSearch::Keyword("STOREDIST", from), ONE),
    ]
}

pub(super) const GEORADIUS: Command = Command {
    name: "GEORADIUS",
    syntax: "key longitude latitude radius (unit: M | KM | FT | MI) [WITHCOORD] [WITHDIST] [WITHHASH] \
             [count: COUNT count [ANY]@6.2.0] [order: ASC | DESC] [STORE key] [STOREDIST key]",
    summary: "Returns or stores the members within a circle around a place.",
    since: "3.2.0",
    complexity: COMPLEXITY,
    group: Group::Geo,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::RO_ACCESS, Access::OW_UPDATE, Access::OW_UPDATE],
    keys: Some(STORE_AFTER_6),
    run: Some(|call, args| run(call, args, Variant { from: From::Point, store: Store::Optional })),
    deprecated: Some(Deprecated {
        since: "6.2.0",
        replaced_by: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument",
    }),
    history: &[("6.2.0", "Added `ANY` for `COUNT`."), ("7.0.0", "Units may be in capitals.")],
    ..Command::DEFAULT
};

pub(super) const GEORADIUS_RO: Command = Command {
    name: "GEORADIUS_RO",
    syntax: "key longitude latitude radius (unit: M | KM | FT | MI) [WITHCOORD] [WITHDIST] [WITHHASH] \
             [count: COUNT count [ANY]@6.2.0] [order: ASC | DESC]",
    summary: "Returns the members within a circle around a place.",
    since: "3.2.10",
    complexity: COMPLEXITY,
    group: Group::Geo,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    run: Some(|call, args| run(call, args, Variant { from: From::Point, store: Store::Never })),
    deprecated: Some(Deprecated { since: "6.2.0", replaced_by: "`GEOSEARCH` with the `BYRADIUS` argument" }),
    history: &[("6.2.0", "Added `ANY` for `COUNT`.")],
    ..Command::DEFAULT
};

pub(super) const GEORADIUSBYMEMBER: Command = Command {
    name: "GEORADIUSBYMEMBER",
    syntax: "key member radius (unit: M | KM | FT | MI) [WITHCOORD] [WITHDIST] [WITHHASH] \
             [count: COUNT count [ANY]] [order: ASC | DESC] [STORE key] [STOREDIST key]",
    summary: "Returns or stores the members within a circle around a member.",
    since: "3.2.0",
    complexity: COMPLEXITY,
    group: Group::Geo,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::RO_ACCESS, Access::OW_UPDATE, Access::OW_UPDATE],
    keys: Some(STORE_AFTER_5),
    run: Some(|call, args| run(call, args, Variant { from: From::Member, store: Store::Optional })),
    deprecated: Some(Deprecated {
        since: "6.2.0",
        replaced_by: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments",
    }),
    history: &[("7.0.0", "Units may be in capitals.")],
    ..Command::DEFAULT
};

pub(super) const GEORADIUSBYMEMBER_RO: Command = Command {
    name: "GEORADIUSBYMEMBER_RO",
    syntax: "key member radius (unit: M | KM | FT | MI) [WITHCOORD] [WITHDIST] [WITHHASH] \
             [count: COUNT count [ANY]] [order: ASC | DESC]",
    summary: "Returns the members within a circle around a member.",
    since: "3.2.10",
    complexity: COMPLEXITY,
    group: Group::Geo,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    run: Some(|call, args| run(call, args, Variant { from: From::Member, store: Store::Never })),
    deprecated: Some(Deprecated {
        since: "6.2.0",
        replaced_by: "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments",
    }),
    ..Command::DEFAULT
};

/// Where the centre stands in the arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    Point,
    Member,
    /// Among the options, with the shape.
    Options,
}

/// Whether results are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Store {
    Never,
    /// When an option says so.
    Optional,
    Always,
}

/// One of the commands.
#[derive(Clone, Copy, Debug)]
struct Variant {
    from: From,
    store: Store,
}

/// What was asked for.
#[derive(Debug, Default)]
struct Request<'a> {
    center: Option<Point>,
    shape: Option<Shape>,
    /// Metres of the unit of the shape, in which distances are answered.
    unit_m: f64,
    with_distance: bool,
    with_hash: bool,
    with_point: bool,
    order: Option<Order>,
    count: Option<usize>,
    any: bool,
    store: Option<&'a [u8]>,
    store_distance: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Ascending,
    Descending,
}

/// A member within the shape.
struct Found<'a> {
    member: Element<'a>,
    score: f64,
    point: Point,
    /// In metres.
    distance: f64,
}

const NO_SUCH_MEMBER: Error = Error::Static("ERR could not decode requested zset member");

/// Reads a length and its unit.
fn circle(args: &mut Args) -> Result<(Shape, f64), Error> {
    let radius = parse_f64(args.next()?).ok_or(Error::Static("ERR need numeric radius"))?;
    if radius < 0.0 {
        return Err(Error::Static("ERR radius cannot be negative"));
    }
    let unit_m = unit(args)?;
    Ok((Shape::Circle { radius: radius * unit_m }, unit_m))
}

fn rectangle(args: &mut Args) -> Result<(Shape, f64), Error> {
    let width = parse_f64(args.next()?).ok_or(Error::Static("ERR need numeric width"))?;
    let height = parse_f64(args.next()?).ok_or(Error::Static("ERR need numeric height"))?;
    if width < 0.0 || height < 0.0 {
        return Err(Error::Static("ERR height or width cannot be negative"));
    }
    let unit_m = unit(args)?;
    Ok((Shape::Box { width: width * unit_m, height: height * unit_m }, unit_m))
}

impl<'a> Request<'a> {
    /// Reads the arguments after the keys; members are looked up in `zset`, as far as it exists.
    fn parse(args: &mut Args<'a>, zset: Option<&ZSet>, variant: Variant, name: &[u8]) -> Result<Request<'a>, Error> {
        let mut request = Request { unit_m: 1.0, ..Request::default() };
        let searches = variant.from == From::Options;
        match variant.from {
            From::Point => {
                request.center = Some(point(args)?);
                request.set_shape(circle(args)?);
            }
            From::Member => match zset {
                Some(zset) => {
                    request.center = Some(place(zset, args.next()?).ok_or(NO_SUCH_MEMBER)?);
                    request.set_shape(circle(args)?);
                }
                // Nothing will be found, and Redis does not look at them.
                None => drop(args.take(3)?),
            },
            From::Options => {}
        }
        let (mut from_member, mut from_point, mut by_radius, mut by_box) = (false, false, false, false);
        while !args.is_empty() {
            let after = args.remaining() - 1;
            if args.keyword("WITHDIST") {
                request.with_distance = true;
            } else if args.keyword("WITHHASH") {
                request.with_hash = true;
            } else if args.keyword("WITHCOORD") {
                request.with_point = true;
            } else if args.keyword("ANY") {
                request.any = true;
            } else if args.keyword("ASC") {
                request.order = Some(Order::Ascending);
            } else if args.keyword("DESC") {
                request.order = Some(Order::Descending);
            } else if after > 0 && args.keyword("COUNT") {
                let count = args.integer()?;
                let positive = usize::try_from(count).ok().filter(|&count| count > 0);
                request.count = Some(positive.ok_or(Error::Static("ERR COUNT must be > 0"))?);
            } else if variant.store == Store::Optional && after > 0 && args.keyword("STORE") {
                (request.store, request.store_distance) = (Some(args.next()?), false);
            } else if variant.store == Store::Optional && after > 0 && args.keyword("STOREDIST") {
                (request.store, request.store_distance) = (Some(args.next()?), true);
            } else if searches && variant.store == Store::Always && args.keyword("STOREDIST") {
                request.store_distance = true;
            } else if searches && after > 0 && !from_point && args.keyword("FROMMEMBER") {
                from_member = true;
                let member = args.next()?;
                request.center = zset.map(|zset| place(zset, member).ok_or(NO_SUCH_MEMBER)).transpose()?;
            } else if searches && after > 1 && !from_member && args.keyword("FROMLONLAT") {
                from_point = true;
                request.center = Some(point(args)?);
            } else if searches && after > 1 && !by_box && args.keyword("BYRADIUS") {
                by_radius = true;
                request.set_shape(circle(args)?);
            } else if searches && after > 2 && !by_radius && args.keyword("BYBOX") {
                by_box = true;
                request.set_shape(rectangle(args)?);
            } else {
                return Err(Error::Syntax);
            }
        }
        let stores = request.store.is_some() || variant.store == Store::Always;
        if stores && (request.with_distance || request.with_hash || request.with_point) {
            return Err(Error::Static(if searches {
                "ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
            } else {
                "ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
            }));
        }
        let exactly_one = |of: &str| {
            Error::text_of([b"ERR exactly one of ", of.as_bytes(), b" can be specified for ", quoted(name)].concat())
        };
        if searches && !from_member && !from_point {
            return Err(exactly_one("FROMMEMBER or FROMLONLAT"));
        }
        if searches && !by_radius && !by_box {
            return Err(exactly_one("BYRADIUS and BYBOX"));
        }
        if request.any && request.count.is_none() {
            return Err(Error::Static("ERR the ANY argument requires COUNT argument"));
        }
        // The nearest, unless any will do.
        if request.count.is_some() && !request.any && request.order.is_none() {
            request.order = Some(Order::Ascending);
        }
        Ok(request)
    }

    fn set_shape(&mut self, (shape, unit_m): (Shape, f64)) {
        (self.shape, self.unit_m) = (Some(shape), unit_m);
    }

    /// The members within, as many as wanted, in the order wanted.
    fn find<'z>(&self, zset: &'z ZSet) -> Vec<Found<'z>> {
        let (Some(center), Some(shape)) = (self.center, self.shape) else { return Vec::new() };
        let search = Search { center, shape };
        let enough = self.count.filter(|_| self.any).unwrap_or(usize::MAX);
        let mut found = Vec::new();
        'all: for (min, max) in search.score_ranges() {
            let range = ScoreRange { min, max, min_exclusive: false, max_exclusive: true };
            for (member, score) in zset.range(zset.score_ranks(&range), false) {
                let point = Point::of_score(score);
                if let Some(distance) = search.distance_within(point) {
                    found.push(Found { member, score, point, distance });
                    if found.len() >= enough {
                        break 'all;
                    }
                }
            }
        }
        let wanted = self.count.unwrap_or(usize::MAX).min(found.len());
        if let Some(order) = self.order {
            let compare = |a: &Found, b: &Found| match order {
                Order::Ascending => a.distance.total_cmp(&b.distance),
                Order::Descending => b.distance.total_cmp(&a.distance),
            };
            if wanted == found.len() { sort_by(&mut found, compare) } else { partial_sort(&mut found, wanted, compare) }
        }
        found.truncate(wanted);
        found
    }
}

fn run(call: &mut Call, mut args: Args, variant: Variant) -> Result<(), Error> {
    let destination = if variant.store == Store::Always { Some(args.next()?) } else { None };
    let key = args.next()?;
    let database = call.database();
    call.read::<ZSet>(key)?;
    let zset = call.keyspace.view::<ZSet>(database, key)?;
    let request = Request::parse(&mut args, zset, variant, call.words.first().copied().unwrap_or_default())?;
    let found = zset.map(|zset| request.find(zset)).unwrap_or_default();
    let Some(destination) = destination.or(request.store) else {
        write(call.reply, &request, &found);
        return Ok(());
    };
    let limits = &call.keyspace.limits;
    let mut result = ZSet::new();
    result.unpack(limits);
    for Found { member, score, distance, .. } in &found {
        let score = if request.store_distance { distance / request.unit_m } else { *score };
        member.with_bytes(|member| result.insert(member, score, limits));
    }
    result.settle(limits);
    let len = result.len();
    let event = if variant.from == From::Options { "geosearchstore" } else { "georadiusstore" };
    let value = Value::ZSet(Box::new(result));
    call.keyspace.set(database, destination, value, Expiry::Clear, Class::ZSet, event);
    // Each place counts as a change.
    call.keyspace.counters.dirty += (len as u64).saturating_sub(1);
    call.reply.integer(len as i64);
    Ok(())
}

fn write(reply: &mut crate::resp::Reply, request: &Request, found: &[Found]) {
    let details = [request.with_distance, request.with_hash, request.with_point].iter().filter(|with| **with).count();
    reply.array(found.len());
    for Found { member, score, point, distance } in found {
        if details > 0 {
            reply.array(details + 1);
        }
        write_element(reply, *member);
        if request.with_distance {
            write_distance(reply, distance / request.unit_m);
        }
        if request.with_hash {
            reply.integer(*score as i64);
        }
        if request.with_point {
            write_point(reply, *point);
        }
    }
}
