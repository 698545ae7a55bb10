//! The two parts, written out.

use super::bytes::{put_number, put_signed, put_sized};
use super::code::{self, Mention};
use super::data::{self, Stretch};
use super::graph::Graph;
use super::module::{FUNCTION, GLOBAL, MAGIC, MEMORY, Module, TABLE};
use super::plan::Plan;
use std::collections::{BTreeMap, BTreeSet};

/// The one function that the first part needs from outside besides its own imports: it loads the later part.
pub const LOADER: (&str, &str) = ("later", "load");
/// Where the later part finds what it imports.
const FIRST: &str = "first";
/// The global that says whether the later part is there, for the start-up script.
const LOADED: &str = "later";
/// `() -> ()`.
const PLAIN: &[u8] = &[0x60, 0, 0];
const END: u8 = 0x0b;

/// Where everything is in the two parts.
pub struct Layout<'a> {
    module: &'a Module<'a>,
    /// A name for the whole, which both parts have, so that parts of two builds do not fit each other.
    mark: String,
    types: Vec<&'a [u8]>,
    /// The type without parameters and results.
    plain: u32,
    /// For each function of the whole its number in the first part, if it stands there.
    in_first: Vec<Option<u32>>,
    /// The functions of the later part, and the number of each in it.
    in_later: BTreeMap<u32, u32>,
    /// What the later part imports, in this order.
    imported: Vec<u32>,
    /// For each function of the later part that the first one calls or has the address of: its place in the table, and its door's number in
    /// the first part.
    doors: BTreeMap<u32, (u32, u32)>,
    /// Who stands where in the table, of the later part.
    places: BTreeMap<u32, u32>,
    /// The size of the table.
    table: u32,
    /// The data of each part.
    data: [Vec<Stretch<'a>>; 2],
}

impl<'a> Layout<'a> {
    /// `None` when the module's numbers do not fit together.
    pub fn new(module: &'a Module<'a>, mark: String, graph: &Graph, plan: &Plan) -> Option<Layout<'a>> {
        let mut types = module.types.clone();
        let plain = types.iter().position(|one| *one == PLAIN).unwrap_or(types.len());
        if plain == types.len() {
            types.push(PLAIN);
        }
        let count = module.imported();
        let all = 0..count + module.code.len() as u32;
        let is_later = |function: u32| plan.functions.get(function as usize) == Some(&true);
        // The loader stands behind the other imports.
        let mut next = 0..;
        let in_first: Vec<_> = all
            .clone()
            .map(|function| {
                if function == count {
                    next.next();
                }
                if is_later(function) { None } else { next.next() }
            })
            .collect();
        let mut next_door = next.next()? + 1;

        let mut mentioned = BTreeSet::new();
        let mut imported = BTreeSet::new();
        for function in all.clone().skip(count as usize) {
            let body = module.code.get((function - count) as usize)?;
            for other in code::mentioned(body)? {
                match (is_later(function), is_later(other)) {
                    (false, true) => drop(mentioned.insert(other)),
                    (true, false) => drop(imported.insert(other)),
                    _ => {}
                }
            }
        }
        let exported = module.exports.iter().filter(|export| export.kind == FUNCTION).map(|export| export.index);
        mentioned.extend(exported.filter(|function| is_later(*function)));

        // What else the first part has the address of.
        let of_functions = plan.functions.iter().zip(&graph.functions);
        let of_data = plan.data.iter().zip(graph.pieces.iter().map(|piece| &piece.functions));
        for (_, functions) in of_functions.chain(of_data).filter(|(is_later, _)| !**is_later) {
            mentioned.extend(functions.iter().copied().filter(|function| is_later(*function)));
        }

        let mut places = BTreeMap::new();
        let mut place_of = BTreeMap::new();
        for (from, functions) in &module.elements {
            for (place, function) in (u32::try_from(*from).ok()?..).zip(functions) {
                if is_later(*function) {
                    places.insert(place, *function);
                    place_of.insert(*function, place);
                }
            }
        }
        let mut table = module.tables.first()?.least;
        for function in &mentioned {
            place_of.entry(*function).or_insert_with(|| {
                places.insert(table, *function);
                table += 1;
                table - 1
            });
        }
        let mut doors = BTreeMap::new();
        for function in mentioned {
            doors.insert(function, (*place_of.get(&function)?, next_door));
            next_door += 1;
        }
        let imported: Vec<u32> = imported.into_iter().collect();
        let in_later = all.filter(|function| is_later(*function)).zip(imported.len() as u32..).collect();
        let data = data::divided(&module.segments()?, &graph.pieces, &plan.data);
        Some(Layout {
            module,
            mark,
            types,
            plain: plain as u32,
            in_first,
            in_later,
            imported,
            doors,
            places,
            table,
            data,
        })
    }

    pub fn doors(&self) -> usize {
        self.doors.len()
    }

    /// The global that says whether the later part is there.
    fn loaded(&self) -> u32 {
        self.module.globals.len() as u32
    }

    /// The number in the first part of a function, or of its door.
    fn number_in_first(&self, function: u32) -> Option<u32> {
        let own = self.in_first.get(function as usize).copied().flatten();
        own.or_else(|| self.doors.get(&function).map(|(_, door)| *door))
    }

    /// `None` when a function of the later part is referred to otherwise than by calls and in the table.
    pub fn first(&self) -> Option<Vec<u8>> {
        let module = self.module;
        let mut out = MAGIC.to_vec();
        section(&mut out, 1, self.types.iter().map(|one| one.to_vec()));
        let loader = [text(LOADER.0), text(LOADER.1), vec![FUNCTION], number(self.plain)].concat();
        section(&mut out, 2, module.imports.iter().map(|import| import.bytes.to_vec()).chain([loader]));

        let count = module.imported();
        let stays = |place: &usize| self.in_first.get(count as usize + place).is_some_and(Option::is_some);
        let own: Vec<usize> = (0..module.code.len()).filter(stays).collect();
        let knock = count + 1 + own.len() as u32;
        let mut types: Vec<u32> = own.iter().filter_map(|place| module.function_types.get(*place).copied()).collect();
        types.push(self.plain);
        for function in self.doors.keys() {
            types.push(module.type_of(*function)?);
        }
        section(&mut out, 3, types.into_iter().map(number));

        let tables = module.tables.iter().enumerate().map(|(index, table)| {
            let (least, most) = if index == 0 {
                (self.table, table.most.map(|most| most + self.table - table.least))
            } else {
                (table.least, table.most)
            };
            let most = most.map(number);
            [table.holds.to_vec(), vec![u8::from(most.is_some())], number(least), most.unwrap_or_default()].concat()
        });
        section(&mut out, 4, tables);
        section(&mut out, 5, module.memories.iter().map(|one| one.to_vec()));
        let loaded = vec![0x7f, 1, 0x41, 0, END];
        section(&mut out, 6, module.globals.iter().map(|one| [one.kind, one.start].concat()).chain([loaded]));

        let mut exports = Vec::new();
        for export in &module.exports {
            let index = if export.kind == FUNCTION { self.number_in_first(export.index)? } else { export.index };
            exports.push([text(export.name), vec![export.kind], number(index)].concat());
        }
        for (name, kind, index) in self.shared()? {
            exports.push([text(&name), vec![kind], number(index)].concat());
        }
        exports.push([text(LOADED), vec![GLOBAL], number(self.loaded())].concat());
        section(&mut out, 7, exports.into_iter());

        let mut elements = Vec::new();
        for (from, functions) in &module.elements {
            // A place that only the later part knows of stays empty until that fills it.
            let known = (*from..).zip(functions.iter().map(|function| self.number_in_first(*function)));
            let known = known.filter_map(|(place, function)| Some((place, function?)));
            elements.extend(pieces(known).iter().map(|(from, functions)| piece(*from, functions)));
        }
        section(&mut out, 9, elements.into_iter());

        let mut code = Vec::new();
        for place in own {
            code.push(code::renumbered(module.code.get(place)?, |mention, function| match mention {
                Mention::Call => self.number_in_first(function),
                Mention::Reference => self.in_first.get(function as usize).copied().flatten(),
            })?);
        }
        code.push(
            [&[0, 0x23][..], &number(self.loaded()), &[0x45, 0x04, 0x40, 0x10], &number(count), &[END, END]].concat(),
        );
        for (function, (place, _)) in &self.doors {
            let of = module.type_of(*function)?;
            let mut door = [&[0, 0x10][..], &number(knock)].concat();
            for parameter in 0..module.parameters(of)? {
                door.push(0x20);
                put_number(&mut door, parameter);
            }
            door.push(0x41);
            put_signed(&mut door, i32::try_from(*place).ok()?);
            door.push(0x11);
            put_number(&mut door, of);
            door.extend([0, END]);
            code.push(door);
        }
        section(&mut out, 10, code.iter().map(|body| sized(body)));
        let [first, _] = &self.data;
        data::write(&mut out, first);
        Some(out)
    }

    pub fn later(&self) -> Option<Vec<u8>> {
        let module = self.module;
        let mut out = MAGIC.to_vec();
        section(&mut out, 1, self.types.iter().map(|one| one.to_vec()));
        let mut imports = Vec::new();
        for (name, kind, index) in self.shared()? {
            let what = match kind {
                // The limits of what is imported may be wider than these.
                TABLE => {
                    let table = module.tables.get(index as usize)?;
                    let least = if index == 0 { self.table } else { table.least };
                    [table.holds.to_vec(), vec![0], number(least)].concat()
                }
                MEMORY => module.memories.get(index as usize)?.to_vec(),
                GLOBAL => module.globals.get(index as usize).map_or(vec![0x7f, 1], |global| global.kind.to_vec()),
                _ => number(module.type_of(*self.imported.get(name.parse::<usize>().ok()?)?)?),
            };
            imports.push([text(FIRST), text(&name), vec![kind], what].concat());
        }
        section(&mut out, 2, imports.into_iter());
        let mut types = Vec::new();
        for function in self.in_later.keys() {
            types.push(module.type_of(*function)?);
        }
        types.push(self.plain);
        section(&mut out, 3, types.into_iter().map(number));
        let start = (self.imported.len() + self.in_later.len()) as u32;
        out.push(8);
        put_sized(&mut out, &number(start));

        let mut places = Vec::new();
        for (place, function) in &self.places {
            places.push((i32::try_from(*place).ok()?, *self.in_later.get(function)?));
        }
        section(&mut out, 9, pieces(places.into_iter()).iter().map(|(from, functions)| piece(*from, functions)));

        let mut code = Vec::new();
        for function in self.in_later.keys() {
            let body = module.code.get((function - module.imported()) as usize)?;
            code.push(code::renumbered(body, |mention, other| match self.in_later.get(&other) {
                Some(own) => (mention == Mention::Call).then_some(*own),
                None => self.imported.binary_search(&other).ok().map(|place| place as u32),
            })?);
        }
        code.push([&[0, 0x41, 1, 0x24][..], &number(self.loaded()), &[END]].concat());
        section(&mut out, 10, code.iter().map(|body| sized(body)));
        let [_, later] = &self.data;
        data::write(&mut out, later);
        Some(out)
    }

    /// What the first part exports for the later one, which imports it: the name, the kind, the number in the first part.
    /// Memory, tables and globals come in the order of their numbers, so that these are the same in both parts.
    fn shared(&self) -> Option<Vec<(String, u8, u32)>> {
        let mut shared = Vec::new();
        let mark = &self.mark;
        for (letter, kind, count) in [
            ("m", MEMORY, self.module.memories.len()),
            ("t", TABLE, self.module.tables.len()),
            ("g", GLOBAL, self.module.globals.len() + 1),
        ] {
            shared.extend((0..count as u32).map(|index| (format!("{letter}{index}{mark}"), kind, index)));
        }
        for (place, function) in self.imported.iter().enumerate() {
            shared.push((place.to_string(), FUNCTION, self.number_in_first(*function)?));
        }
        Some(shared)
    }
}

/// A section that is a list.
fn section(out: &mut Vec<u8>, kind: u8, entries: impl Iterator<Item = Vec<u8>>) {
    let entries: Vec<Vec<u8>> = entries.collect();
    let mut body = number(entries.len() as u32);
    entries.iter().for_each(|entry| body.extend_from_slice(entry));
    out.push(kind);
    put_sized(out, &body);
}

/// Places of the table with who stands there, as pieces of places that follow each other.
fn pieces(places: impl Iterator<Item = (i32, u32)>) -> Vec<(i32, Vec<u32>)> {
    let mut pieces: Vec<(i32, Vec<u32>)> = Vec::new();
    for (place, function) in places {
        match pieces.last_mut() {
            Some((from, piece)) if i64::from(*from) + piece.len() as i64 == i64::from(place) => piece.push(function),
            _ => pieces.push((place, vec![function])),
        }
    }
    pieces
}

/// A piece of the first table.
fn piece(from: i32, functions: &[u32]) -> Vec<u8> {
    let mut out = vec![0, 0x41];
    put_signed(&mut out, from);
    out.push(END);
    put_number(&mut out, functions.len() as u32);
    functions.iter().for_each(|function| put_number(&mut out, *function));
    out
}

fn number(value: u32) -> Vec<u8> {
    let mut out = Vec::new();
    put_number(&mut out, value);
    out
}

fn sized(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    put_sized(&mut out, bytes);
    out
}

fn text(text: &str) -> Vec<u8> {
    sized(text.as_bytes())
}
