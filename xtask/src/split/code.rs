//! The instructions of a function, as far as they name other functions: WebAssembly 2.0 without vectors, which is what
//! the compiler writes for this page. Anything else is an error, never a guess.

use super::bytes::{Reader, put_number};

/// Where an instruction names a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mention {
    Call,
    /// Takes a reference, which is no place to put another function.
    Reference,
}

/// The constants and the offsets of loads and stores: the addresses that a function knows are among them.
pub fn constants(body: &[u8]) -> Option<Vec<u32>> {
    let mut found = Vec::new();
    let mut reader = Reader::new(body);
    locals(&mut reader)?;
    while !reader.rest.is_empty() {
        let mut ahead = reader;
        let code = ahead.byte()?;
        match code {
            0x41 => found.push(ahead.signed()?.cast_unsigned()),
            0x28..=0x3e => {
                ahead.skip_number()?;
                found.push(ahead.number()?);
            }
            _ => {}
        }
        reader.byte()?;
        operands(code, &mut reader)?;
    }
    Some(found)
}

fn locals(reader: &mut Reader<'_>) -> Option<()> {
    reader.list(|reader| {
        reader.skip_number()?;
        reader.byte()
    })?;
    Some(())
}

/// The body with every function it names replaced by what `other` gives for it. `None` when the body holds an
/// instruction that is not known here, or when `other` refuses.
pub fn renumbered(body: &[u8], mut other: impl FnMut(Mention, u32) -> Option<u32>) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(body.len() + body.len() / 16);
    let mut reader = Reader::new(body);
    let locals = reader.spanned(locals)?;
    out.extend_from_slice(locals);
    while !reader.rest.is_empty() {
        let from = reader.rest;
        let code = reader.byte()?;
        let mention = match code {
            0x10 => Some(Mention::Call),
            0xd2 => Some(Mention::Reference),
            _ => None,
        };
        if let Some(mention) = mention {
            out.push(code);
            put_number(&mut out, other(mention, reader.number()?)?);
        } else {
            operands(code, &mut reader)?;
            out.extend_from_slice(from.get(..from.len() - reader.rest.len())?);
        }
    }
    Some(out)
}

/// A body's locals and its instructions.
pub fn divided(body: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut reader = Reader::new(body);
    let locals = reader.spanned(locals)?;
    Some((locals, reader.rest))
}

/// The functions that a body names.
pub fn mentioned(body: &[u8]) -> Option<Vec<u32>> {
    let mut functions = Vec::new();
    renumbered(body, |_, function| {
        functions.push(function);
        Some(function)
    })?;
    Some(functions)
}

/// Skips what follows this instruction's code.
fn operands(code: u8, reader: &mut Reader<'_>) -> Option<()> {
    let numbers = match code {
        // Control without operands, what only moves values, and arithmetic.
        0x00 | 0x01 | 0x05 | 0x0b | 0x0f | 0x1a | 0x1b | 0x45..=0xc4 | 0xd1 => 0,
        // Blocks, branches, calls, locals, globals, tables, the memory's size, constants, references.
        0x02..=0x04 | 0x0c | 0x0d | 0x10 | 0x20..=0x26 | 0x3f..=0x42 | 0xd0 | 0xd2 => 1,
        // Calls through a table; loads and stores.
        0x11 | 0x28..=0x3e => 2,
        0x0e => {
            reader.list(Reader::skip_number)?;
            1
        }
        0x1c => {
            reader.list(Reader::byte)?;
            0
        }
        0x43 => return reader.bytes(4).map(drop),
        0x44 => return reader.bytes(8).map(drop),
        // Saturating conversions, copying and filling of memory, and what tables can do. Pieces of data or of a table
        // that are copied at run time would have to move with their function: not known here.
        0xfc => match reader.number()? {
            0..=7 => 0,
            11 | 15..=17 => 1,
            10 | 14 => 2,
            _ => return None,
        },
        _ => return None,
    };
    (0..numbers).try_for_each(|_| reader.skip_number())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_functions_get_new_numbers() {
        // Two locals; i32.const 16, call 3, f64.const, br_table [16 16] 16, memory.copy, i32.load, call 300, end.
        let body = [
            &[1, 2, 0x7f, 0x41, 0x10, 0x10, 3, 0x44][..],
            &[0x10; 8],
            &[0x0e, 2, 0x10, 0x10, 0x10, 0xfc, 10, 0, 0, 0x28, 2, 0x10, 0x10, 0xac, 2, 0x0b],
        ]
        .concat();
        assert_eq!(mentioned(&body), Some(vec![3, 300]));
        assert_eq!(renumbered(&body, |_, function| Some(function)), Some(body.clone()));
        let moved = renumbered(&body, |_, function| Some(function * 100)).expect("known instructions");
        assert_eq!(mentioned(&moved), Some(vec![300, 30_000]));
        assert_eq!(moved.len(), body.len() + 2);
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for code in [&[0xfd, 0][..], &[0x08, 0], &[0xfc, 8, 0, 0], &[0xfc, 12, 0, 0], &[0x10], &[0x12, 0]] {
            assert_eq!(mentioned(&[&[0], code].concat()), None, "{code:x?}");
        }
    }

    #[test]
    fn a_reference_can_be_refused() {
        let refused = |mention: Mention, function| (mention == Mention::Call).then_some(function);
        assert_eq!(renumbered(&[0, 0xd2, 5, 0x0b], refused), None);
        assert!(renumbered(&[0, 0x10, 5, 0x0b], refused).is_some());
    }
}
