//! SORT: the elements of a list, set or sorted set in another order, or other keys that they name.

use core::cmp::Ordering;
use core::ops::Range;

use super::element::write_optional;
use crate::base::Bytes;
use crate::base::numbers::parse_f64;
use crate::command::{Access, Args, Categories, Error, Flags, Group, keys};
use crate::dispatch::{Call, Command};
use crate::encoding::Element;
use crate::keyspace::{Class, Expiry, Keyspace, Kind, Lookups, Touched};
use crate::resp::reply;
use crate::value::list::Side;
use crate::value::{Hash, List, StringValue, Value, ZSet};

family![SORT, SORT_RO];

const SORT: Command = Command {
    name: "SORT",
    syntax: "key [BY pattern#1] [LIMIT (offset count)] [GET pattern#1]... [order: ASC | DESC] [sorting: \
             ALPHA] [STORE destination]",
    summary: "Returns or stores the elements of a list, set or sorted set in order, or what keys named after them hold.",
    since: "1.0.0",
    complexity: "O(N+M*log(N)) for N elements of which M are returned; O(N) unsorted",
    group: Group::Generic,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::RO_ACCESS, Access::RO_ACCESS, Access::OW_UPDATE],
    categories: Categories::DANGEROUS.with(Categories::LIST).with(Categories::SET).with(Categories::SORTEDSET),
    without_categories: Categories::KEYSPACE,
    find_keys: Some(keys::of_sort),
    run: Some(|call, args| sort(call, &Request::parse(args, true, || call.may_use_any_key(Access::ACCESS))?)),
    ..Command::DEFAULT
};

const SORT_RO: Command = Command {
    name: "SORT_RO",
    syntax: "key [BY pattern#1] [LIMIT (offset count)] [GET pattern#1]... [order: ASC | DESC] [sorting: \
             ALPHA]",
    summary: "Returns the elements of a list, set or sorted set in order, or what keys named after them hold.",
    since: "7.0.0",
    complexity: "O(N+M*log(N)) for N elements of which M are returned; O(N) unsorted",
    group: Group::Generic,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS, Access::RO_ACCESS],
    categories: Categories::DANGEROUS.with(Categories::LIST).with(Categories::SET).with(Categories::SORTEDSET),
    without_categories: Categories::KEYSPACE,
    find_keys: Some(keys::of_sort_ro),
    run: Some(|call, args| sort(call, &Request::parse(args, false, || call.may_use_any_key(Access::ACCESS))?)),
    ..Command::DEFAULT
};

/// What was asked for.
struct Request<'a> {
    key: &'a [u8],
    by: By<'a>,
    /// What to return of each element; the element itself when empty.
    get: Vec<Pattern<'a>>,
    /// As given: how many to skip, and how many to return, all when negative.
    limit: (i64, i64),
    descending: bool,
    alphabetic: bool,
    store: Option<&'a [u8]>,
}

/// The patterns may make the names of any keys, so that a client must be permitted to read every one.
const BY_DENIED: Error = Error::Static("ERR BY option of SORT denied due to insufficient ACL permissions.");
const GET_DENIED: Error = Error::Static("ERR GET option of SORT denied due to insufficient ACL permissions.");

#[derive(Clone, Copy)]
enum By<'a> {
    Element,
    Key(Pattern<'a>),
    /// A pattern that names no key: the elements stay in their order.
    Nothing,
}

impl<'a> Request<'a> {
    fn parse(mut args: Args<'a>, may_store: bool, may_read_any_key: impl Fn() -> bool) -> Result<Request<'a>, Error> {
        let mut request = Request {
            key: args.next()?,
            by: By::Element,
            get: Vec::new(),
            limit: (0, -1),
            descending: false,
            alphabetic: false,
            store: None,
        };
        // Once BY has named no key, the order stays even if another BY names one.
        let mut unsorted = false;
        while !args.is_empty() {
            let has_value = args.remaining() > 1;
            if args.keyword("ASC") {
                request.descending = false;
            } else if args.keyword("DESC") {
                request.descending = true;
            } else if args.keyword("ALPHA") {
                request.alphabetic = true;
            } else if args.remaining() > 2 && args.keyword("LIMIT") {
                request.limit = (args.integer()?, args.integer()?);
            } else if may_store && has_value && args.keyword("STORE") {
                request.store = Some(args.next()?);
            } else if has_value && args.keyword("BY") {
                let pattern = Pattern::parse(args.next()?);
                if matches!(pattern, Pattern::Key { .. }) && !may_read_any_key() {
                    return Err(BY_DENIED);
                }
                unsorted |= !matches!(pattern, Pattern::Key { .. });
                request.by = By::Key(pattern);
            } else if has_value && args.keyword("GET") {
                if !may_read_any_key() {
                    return Err(GET_DENIED);
                }
                request.get.push(Pattern::parse(args.next()?));
            } else {
                return Err(Error::Syntax);
            }
        }
        if unsorted {
            request.by = By::Nothing;
        }
        Ok(request)
    }

    /// Which of `count` elements in order are wanted.
    fn window(&self, count: usize) -> Range<usize> {
        let bounded = |number: i64| usize::try_from(number).unwrap_or(usize::MAX).min(count);
        let (skip, take) = self.limit;
        let start = bounded(skip.max(0));
        let end = if take < 0 { count } else { start.saturating_add(bounded(take)).min(count) };
        start..end
    }
}

/// The name of a key, and perhaps of a field, with a place for an element.
#[derive(Clone, Copy)]
enum Pattern<'a> {
    /// `#`: the element itself.
    Element,
    Key {
        before: &'a [u8],
        after: &'a [u8],
        field: Option<&'a [u8]>,
    },
    /// There is no place for an element, so there is no key.
    Nothing,
}

impl<'a> Pattern<'a> {
    fn parse(text: &'a [u8]) -> Pattern<'a> {
        // Redis looks for the star and the arrow up to the first NUL.
        let seen = text.split(|&byte| byte == 0).next().unwrap_or_default();
        if seen == b"#" {
            return Pattern::Element;
        }
        let star = seen.iter().position(|&byte| byte == b'*');
        let Some((before, [_, after @ ..])) = star.and_then(|star| text.split_at_checked(star)) else {
            return Pattern::Nothing;
        };
        let seen_after = seen.get(before.len().saturating_add(1)..).unwrap_or_default();
        let arrow = seen_after.windows(2).position(|pair| pair == b"->");
        let parts = arrow.and_then(|arrow| Some((after.get(..arrow)?, after.get(arrow.checked_add(2)?..)?)));
        match parts {
            Some((after, field)) if !matches!(field.first(), None | Some(0)) => {
                Pattern::Key { before, after, field: Some(field) }
            }
            _ => Pattern::Key { before, after, field: None },
        }
    }

    /// What the pattern stands for with `element` in it.
    fn find<'v>(
        &self,
        keyspace: &'v Keyspace,
        database: usize,
        element: Element<'v>,
        names: &mut Names,
    ) -> Option<Element<'v>> {
        let (before, after, field) = match *self {
            Pattern::Element => return Some(element),
            Pattern::Nothing => return None,
            Pattern::Key { before, after, field } => (before, after, field),
        };
        names.name.clear();
        names.name.extend_from_slice(before);
        element.append_to(&mut names.name);
        names.name.extend_from_slice(after);
        let value = &keyspace.look(database, &names.name, &mut names.lookups)?.value;
        match field {
            Some(field) => Hash::of(value)?.get(field),
            None => StringValue::of(value).map(StringValue::element),
        }
    }
}

/// The keys that patterns have named.
#[derive(Default)]
struct Names {
    /// Where the present one is written.
    name: Vec<u8>,
    lookups: Lookups,
}

fn sort(call: &mut Call, request: &Request) -> Result<(), Error> {
    let database = call.database();
    match call.keyspace.lookup(database, request.key).map(|object| &object.value) {
        Some(Value::String(_) | Value::Hash(_) | Value::Stream(_)) => return Err(Error::WrongType),
        Some(Value::ZSet(_)) => {
            // The lookup was the use.
            let touching = core::mem::replace(&mut call.keyspace.touching, false);
            call.update::<ZSet, _>(request.key, |zset, limits| (zset.unpack(limits), Touched::NOTHING))?;
            call.keyspace.touching = touching;
        }
        _ => {}
    }
    let mut names = Names::default();
    let stored = answer(call, request, &mut names);
    call.keyspace.count_lookups(database, names.lookups);
    if let (Some(destination), stored) = (request.store, stored?) {
        store(call, destination, &stored);
    }
    Ok(())
}

/// Answers with the elements, or returns them when they are to be stored.
fn answer(call: &mut Call, request: &Request, names: &mut Names) -> Result<Vec<Bytes>, Error> {
    let (keyspace, database) = (&*call.keyspace, call.client.database);
    let elements = match keyspace.view_object(database, request.key) {
        Some(object) => arrange(keyspace, database, &object.value, request, names)?,
        None => Vec::new(),
    };
    let mut stored: Vec<Bytes> = Vec::new();
    if request.store.is_none() {
        call.reply.array(elements.len().saturating_mul(request.get.len().max(1)));
        output(keyspace, database, &elements, &request.get, names, |element| {
            write_optional(call.reply, element);
            !call.reply.has_overflowed()
        });
        return Ok(stored);
    }
    let mut bytes = 0usize;
    let copy = |element: Element| element.with_bytes(Bytes::new);
    let whole = output(keyspace, database, &elements, &request.get, names, |element| {
        let element = element.map(copy).unwrap_or_default();
        bytes = bytes.saturating_add(size_of::<Bytes>()).saturating_add(element.len());
        stored.push(element);
        bytes <= reply::MAX_BYTES
    });
    if whole { Ok(stored) } else { Err(TOO_MUCH) }
}

/// Each element may bring as many values as there are GETs, so that a short request could fill all memory.
const TOO_MUCH: Error = Error::Static("ERR sorted result exceeds maximum allowed size");

/// Shows what is to be returned of each element, while `emit` wants more; says whether that was all.
fn output<'v>(
    keyspace: &'v Keyspace,
    database: usize,
    elements: &[Element<'v>],
    get: &[Pattern],
    names: &mut Names,
    mut emit: impl FnMut(Option<Element<'v>>) -> bool,
) -> bool {
    elements.iter().all(|&element| match get {
        [] => emit(Some(element)),
        patterns => patterns.iter().all(|pattern| emit(pattern.find(keyspace, database, element, names))),
    })
}

fn store(call: &mut Call, destination: &[u8], elements: &[Bytes]) {
    let database = call.database();
    if elements.is_empty() {
        call.keyspace.clear(database, destination);
    } else {
        let mut list = List::new();
        list.push(Side::Back, elements.iter().map(Bytes::as_slice), &call.keyspace.limits);
        let value = Value::List(Box::new(list));
        call.keyspace.set(database, destination, value, Expiry::Clear, Class::List, "sortstore");
        // Each element counts as a change.
        call.keyspace.counters.dirty += (elements.len() as u64).saturating_sub(1);
    }
    call.reply.integer(elements.len() as i64);
}

// --- Order ---------------------------------------------------------------------------------------------------

/// The wanted elements in the wanted order.
fn arrange<'v>(
    keyspace: &'v Keyspace,
    database: usize,
    value: &'v Value,
    request: &Request,
    names: &mut Names,
) -> Result<Vec<Element<'v>>, Error> {
    let window = request.window(value.len());
    let by = match (request.by, value) {
        // A set has no order of its own; what is stored must not depend on how it is kept.
        (By::Nothing, Value::Set(_)) if request.store.is_some() => {
            return Ok(cut(sorted(all(value), None, true, request.descending)?, window));
        }
        (By::Nothing, _) => return Ok(in_own_order(value, window, request.descending)),
        (By::Key(pattern), _) => Some(pattern),
        (By::Element, _) => None,
    };
    let elements = all(value);
    let weights = by.map(|pattern| {
        let weight = |&element: &Element<'v>| pattern.find(keyspace, database, element, names);
        elements.iter().map(weight).collect()
    });
    Ok(cut(sorted(elements, weights, request.alphabetic, request.descending)?, window))
}

fn cut(elements: Vec<Element<'_>>, window: Range<usize>) -> Vec<Element<'_>> {
    elements.into_iter().skip(window.start).take(window.len()).collect()
}

/// Every element of a collection in its own order.
fn all(value: &Value) -> Vec<Element<'_>> {
    in_own_order(value, 0..value.len(), false)
}

/// Some elements of a collection, counted in the order in which it has them or, where it has one, from its end.
fn in_own_order(value: &Value, window: Range<usize>, descending: bool) -> Vec<Element<'_>> {
    let (skip, take) = (window.start, window.len());
    match value {
        Value::String(_) | Value::Hash(_) | Value::Stream(_) => Vec::new(),
        Value::List(list) if descending => list.iter().rev().skip(skip).take(take).collect(),
        Value::List(list) => list.iter_from(skip).take(take).collect(),
        Value::Set(set) => set.iter().skip(skip).take(take).collect(),
        Value::ZSet(zset) => {
            let from_end = |position: usize| zset.len().saturating_sub(position);
            let ranks = if descending { from_end(window.end)..from_end(window.start) } else { window };
            zset.range(ranks, descending).map(|(member, _)| member).collect()
        }
    }
}

/// An element and what decides about its place.
struct Item<'v> {
    element: Element<'v>,
    score: f64,
    text: Option<Element<'v>>,
}

/// Sorts elements by themselves, or by their weights; a missing weight is 0, or comes before every text.
///
/// # Errors
/// When a weight should be a number and is none.
fn sorted<'v>(
    elements: Vec<Element<'v>>,
    weights: Option<Vec<Option<Element<'v>>>>,
    alphabetic: bool,
    descending: bool,
) -> Result<Vec<Element<'v>>, Error> {
    let by_weight = weights.is_some();
    let weights = weights.unwrap_or_else(|| elements.iter().copied().map(Some).collect());
    let mut items = Vec::with_capacity(elements.len());
    for (element, weight) in elements.into_iter().zip(weights) {
        let score = match weight {
            Some(weight) if !alphabetic => weight_of(weight)?,
            _ => 0.0,
        };
        items.push(Item { element, score, text: weight });
    }
    // Stable, so that what is equal keeps its order.
    items.sort_by(|left, right| {
        let order = match alphabetic {
            true if by_weight => left.text.cmp(&right.text),
            true => left.element.cmp(&right.element),
            false => {
                let by_score = left.score.partial_cmp(&right.score).unwrap_or(Ordering::Equal);
                by_score.then_with(|| left.element.cmp(&right.element))
            }
        };
        if descending { order.reverse() } else { order }
    });
    Ok(items.into_iter().map(|item| item.element).collect())
}

/// A text as a number, by the rules of C's `strtod`: leading spaces are skipped, the empty text is 0, and what
/// leaves the range of normal doubles is refused.
fn weight_of(element: Element) -> Result<f64, Error> {
    const NOT_A_NUMBER: Error = Error::Static("ERR One or more scores can't be converted into double");
    if let Element::Int(number) = element {
        return Ok(number as f64);
    }
    element.with_bytes(|text| {
        let text = text.split(|&byte| byte == 0).next().unwrap_or_default();
        if text.is_empty() {
            return Ok(0.0);
        }
        let spaces = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t'..=b'\r')).count();
        let number = text.get(spaces..).unwrap_or_default();
        let value = parse_f64(number).ok_or(NOT_A_NUMBER)?;
        let hexadecimal = number.iter().any(|byte| byte.eq_ignore_ascii_case(&b'x'));
        if value.is_subnormal() && !hexadecimal { Err(NOT_A_NUMBER) } else { Ok(value) }
    })
}
