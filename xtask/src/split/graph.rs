//! What every function and every piece of data refers to, as the linker noted it (`--emit-relocs`).
//!
//! The notes on code are about the module as it was linked, before wasm-bindgen wrote it anew; there functions have the
//! same names, in the compiler's spelling. The notes on data hold for both, because wasm-bindgen leaves the data alone.

use super::bytes::Reader;
use super::code;
use super::module::Module;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Take the address of a function, in code and in data.
const FUNCTION_IN_CODE: u8 = 1;
const FUNCTION_IN_DATA: u8 = 2;
/// Take the address of data, in code and in data. The constant in the code may lie outside of the data that is meant,
/// for an index that does not begin with zero.
const DATA_IN_CODE: &[u8] = &[3, 4];
const DATA_IN_DATA: u8 = 5;
/// The kinds of notes that end with one more number.
const WITH_ADDEND: &[u8] = &[3, 4, 5, 8, 9, 11, 14, 15, 16, 17, 21, 22, 23];

const SYMBOLS: u8 = 8;
const UNDEFINED: u32 = 0x10;
const NAMED: u32 = 0x40;

/// The references of the module that wasm-bindgen wrote.
pub struct Graph {
    /// For each function, imported ones first: which functions it calls, or takes the address of.
    pub functions: Vec<Vec<u32>>,
    /// For each function: which pieces of data it refers to.
    pub reads: Vec<Vec<usize>>,
    /// The pieces of data, which do not overlap, by address.
    pub pieces: Vec<Piece>,
    /// Functions of the table whose address nobody takes as far as the notes say.
    pub unknown: Vec<u32>,
    /// Pieces of data that functions refer to which are not here by their names.
    pub always: Vec<usize>,
}

pub struct Piece {
    /// Addresses in memory.
    pub range: Range<u32>,
    pub functions: Vec<u32>,
    pub data: Vec<usize>,
}

enum Symbol {
    Function(u32),
    /// A segment, and a range in it.
    Data(usize, Range<u32>),
    Other,
}

struct Note {
    kind: u8,
    at: u32,
    symbol: usize,
}

impl Graph {
    /// `None` when the notes are missing or do not fit the modules.
    pub fn read(module: &Module<'_>, linked: &Module<'_>) -> Option<Graph> {
        if module.data != linked.data {
            return None;
        }
        let symbols = symbols(linked.custom("linking")?)?;
        let segments = linked.segments()?;
        let mut pieces = pieces(&symbols, &segments);
        let mut by_name: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        module.names.iter().for_each(|(function, name)| by_name.entry(unnumbered(name)).or_default().push(*function));
        let spelled = |(function, name): &(u32, &str)| (*function, rustc_demangle::demangle(name).to_string());
        let linked_names: BTreeMap<u32, String> = linked.names.iter().map(spelled).collect();
        let named = |function: u32| by_name.get(unnumbered(linked_names.get(&function)?));

        for note in notes(linked.custom("reloc.DATA")?)? {
            // The place in the section is one in a segment, and with that an address.
            let (segment, at) = segments.iter().find_map(|segment| {
                let place = note.at.checked_sub(segment.place)?;
                ((place as usize) < segment.bytes.len()).then_some((segment, place))
            })?;
            let Some(piece) = piece_at(&pieces, segment.address + at) else { continue };
            match (note.kind, symbols.get(note.symbol)?) {
                (FUNCTION_IN_DATA, Symbol::Function(function)) => {
                    pieces.get_mut(piece)?.functions.extend(named(*function).into_iter().flatten());
                }
                (DATA_IN_DATA, Symbol::Data(segment, range)) => {
                    let address = segments.get(*segment).map(|segment| segment.address + range.start);
                    let other = address.and_then(|address| piece_at(&pieces, address));
                    pieces.get_mut(piece)?.data.extend(other);
                }
                // Symbols without data in the file.
                _ => {}
            }
        }

        let count = module.imported() as usize;
        let mut functions = vec![Vec::new(); count];
        let mut reads: Vec<Vec<usize>> = vec![Vec::new(); count];
        let mut addresses = vec![Vec::new(); count];
        for body in &module.code {
            functions.push(code::mentioned(body)?);
            addresses.push(code::constants(body)?);
            reads.push(Vec::new());
        }
        let bodies = linked.bodies()?;
        let mut always = Vec::new();
        for note in notes(linked.custom("reloc.CODE")?)? {
            let place = bodies.partition_point(|body| body.start <= note.at).checked_sub(1)?;
            let here = named(linked.imported() + place as u32);
            match (note.kind, symbols.get(note.symbol)?) {
                (FUNCTION_IN_CODE, Symbol::Function(taken)) => {
                    for function in here.into_iter().flatten() {
                        functions.get_mut(*function as usize)?.extend(named(*taken).into_iter().flatten());
                    }
                }
                (kind, Symbol::Data(segment, range)) if DATA_IN_CODE.contains(&kind) => {
                    let Some(piece) =
                        segments.get(*segment).and_then(|segment| piece_at(&pieces, segment.address + range.start))
                    else {
                        continue;
                    };
                    match here {
                        Some(here) => here.iter().for_each(|function| {
                            reads.get_mut(*function as usize).into_iter().for_each(|reads| reads.push(piece))
                        }),
                        None => always.push(piece),
                    }
                }
                _ => {}
            }
        }
        // Beyond the notes, what a function's constants could mean; but where something ends that it reads, it does not
        // read what begins there.
        for (reads, addresses) in reads.iter_mut().zip(addresses) {
            let known: BTreeSet<usize> = reads.iter().copied().collect();
            let is_end = |piece: usize, address: u32| {
                let before = piece.checked_sub(1).filter(|before| known.contains(before));
                before.and_then(|before| pieces.get(before)).is_some_and(|before| before.range.end == address)
            };
            let meant = addresses.into_iter().filter_map(|address| Some((piece_at(&pieces, address)?, address)));
            reads.extend(meant.filter(|(piece, address)| !is_end(*piece, *address)).map(|(piece, _)| piece));
        }
        let taken: BTreeSet<u32> =
            functions.iter().flatten().chain(pieces.iter().flat_map(|one| &one.functions)).copied().collect();
        let unknown = module.elements.iter().flat_map(|(_, functions)| functions).filter(|one| !taken.contains(one));
        let unknown = unknown.copied().collect();
        Some(Graph { functions, reads, pieces, unknown, always })
    }
}

/// wasm-bindgen numbers functions that would have the same name: `a`, `a[1]`, `a[2]`.
fn unnumbered(name: &str) -> &str {
    let number = |text: &str| !text.is_empty() && text.len() < 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    match name.strip_suffix(']').and_then(|name| name.rsplit_once('[')) {
        Some((name, end)) if number(end) => name,
        _ => name,
    }
}

/// The piece that holds this address.
fn piece_at(pieces: &[Piece], address: u32) -> Option<usize> {
    let place = pieces.partition_point(|piece| piece.range.start <= address).checked_sub(1)?;
    pieces.get(place).is_some_and(|piece| address < piece.range.end).then_some(place)
}

/// One piece for each symbol; symbols that overlap make one.
fn pieces(symbols: &[Symbol], segments: &[super::module::Segment<'_>]) -> Vec<Piece> {
    let mut ranges: Vec<Range<u32>> = symbols
        .iter()
        .filter_map(|symbol| match symbol {
            Symbol::Data(segment, range) if !range.is_empty() => {
                let address = segments.get(*segment)?.address;
                Some(address + range.start..address + range.end)
            }
            _ => None,
        })
        .collect();
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut pieces: Vec<Piece> = Vec::new();
    for range in ranges {
        match pieces.last_mut() {
            Some(last) if range.start < last.range.end => last.range.end = last.range.end.max(range.end),
            _ => pieces.push(Piece { range, functions: Vec::new(), data: Vec::new() }),
        }
    }
    pieces
}

fn symbols(section: &[u8]) -> Option<Vec<Symbol>> {
    let mut reader = Reader::new(section);
    (reader.number()? == 2).then_some(())?;
    while !reader.rest.is_empty() {
        let kind = reader.byte()?;
        let part = reader.sized()?;
        if kind == SYMBOLS {
            return Reader::new(part).list(symbol);
        }
    }
    None
}

fn symbol(reader: &mut Reader<'_>) -> Option<Symbol> {
    let kind = reader.byte()?;
    let flags = reader.number()?;
    match kind {
        0 | 2 | 4 | 5 => {
            let index = reader.number()?;
            if flags & UNDEFINED == 0 || flags & NAMED != 0 {
                reader.sized()?;
            }
            Some(if kind == 0 { Symbol::Function(index) } else { Symbol::Other })
        }
        1 => {
            reader.sized()?;
            if flags & UNDEFINED != 0 {
                return Some(Symbol::Other);
            }
            let (segment, start, size) = (reader.number()?, reader.number()?, reader.number()?);
            Some(Symbol::Data(segment as usize, start..start.checked_add(size)?))
        }
        3 => reader.number().map(|_| Symbol::Other),
        _ => None,
    }
}

fn notes(section: &[u8]) -> Option<Vec<Note>> {
    let mut reader = Reader::new(section);
    reader.number()?;
    reader.list(|reader| {
        let (kind, at, symbol) = (reader.byte()?, reader.number()?, reader.number()? as usize);
        if WITH_ADDEND.contains(&kind) {
            reader.skip_number()?;
        }
        Some(Note { kind, at, symbol })
    })
}
