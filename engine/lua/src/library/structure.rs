//! `struct`: packing values into bytes and back, as the library of that name in Redis does (version 0.2 of 2018).
//!
//! Formats are read as C strings: they end at a NUL.

use super::MAX_STACK;
use crate::heap::Heap;
use crate::heap::native::{Call, Failure, Step};
use crate::heap::value::{TableId, Value};
use crate::text::number;

pub(super) fn open(heap: &mut Heap) -> Result<TableId, Failure> {
    let table = heap.table(0, 3)?;
    heap.register(table, &[("pack", pack), ("unpack", unpack), ("size", size)])?;
    Ok(table)
}

/// The largest integer, in bytes.
const MAX_INTEGER_BYTES: usize = 32;
/// What `!` without a number aligns to: the machine's double.
const DEFAULT_ALIGNMENT: usize = 8;

/// A format as it is read: where we are, and what its control options have set.
struct Format {
    text: Vec<u8>,
    position: usize,
    big_endian: bool,
    alignment: usize,
}

impl Format {
    fn new(call: &mut Call<'_>) -> Result<Format, Failure> {
        let format = call.check_string(0)?;
        let text = call.heap.bytes(format);
        let end = text.iter().position(|&byte| byte == 0).unwrap_or(text.len());
        let text = text.get(..end).unwrap_or_default().to_vec();
        call.budget.spend(text.len());
        Ok(Format { text, position: 0, big_endian: false, alignment: 1 })
    }

    /// The next option and the size it says.
    fn next(&mut self, call: &Call<'_>) -> Result<Option<(u8, usize)>, Failure> {
        let Some(&option) = self.text.get(self.position) else { return Ok(None) };
        self.position += 1;
        let size = match option {
            b'b' | b'B' | b'x' => 1,
            b'h' | b'H' => 2,
            b'f' => 4,
            b'l' | b'L' | b'T' | b'd' => 8,
            b'c' => self.number(call, 1)?,
            b'i' | b'I' => {
                let size = self.number(call, 4)?;
                if size > MAX_INTEGER_BYTES {
                    let text = format!("integral size {size} is larger than limit of {MAX_INTEGER_BYTES}");
                    return Err(call.error(text));
                }
                size
            }
            _ => 0,
        };
        Ok(Some((option, size)))
    }

    /// The number that may follow an option, which must fit a C `int`.
    fn number(&mut self, call: &Call<'_>, default: usize) -> Result<usize, Failure> {
        let mut value = None;
        while let Some(digit) = self.text.get(self.position).filter(|byte| byte.is_ascii_digit()) {
            let next = value.unwrap_or(0i32).checked_mul(10).and_then(|next| next.checked_add(i32::from(digit & 15)));
            value = Some(next.ok_or_else(|| call.error("integral size overflow"))?);
            self.position += 1;
        }
        Ok(value.map_or(default, |value| value as usize))
    }

    /// How many bytes align an element of this size. As in the original, sizes that are no power of two give what the
    /// same arithmetic gives.
    fn padding(&self, position: usize, option: u8, size: usize) -> usize {
        if size == 0 || option == b'c' {
            return 0;
        }
        let size = size.min(self.alignment);
        size.wrapping_sub(position & (size - 1)) & (size - 1)
    }

    /// Byte order and alignment; anything else is unknown.
    fn control(&mut self, call: &Call<'_>, option: u8) -> Result<(), Failure> {
        match option {
            b' ' => {}
            b'>' => self.big_endian = true,
            b'<' => self.big_endian = false,
            b'!' => {
                let alignment = self.number(call, DEFAULT_ALIGNMENT)?;
                if !alignment.is_power_of_two() {
                    return Err(call.error(format!("alignment {alignment} is not a power of 2")));
                }
                self.alignment = alignment;
            }
            _ => return Err(call.argument_error(0, [b"invalid format option '", &[option][..], b"'"].concat())),
        }
        Ok(())
    }

    /// Bytes that are little-endian here, in the order asked for.
    fn ordered<const N: usize>(&self, mut bytes: [u8; N]) -> [u8; N] {
        if self.big_endian {
            bytes.reverse();
        }
        bytes
    }
}

fn is_integer(option: u8) -> bool {
    matches!(option, b'b' | b'B' | b'h' | b'H' | b'l' | b'L' | b'T' | b'i' | b'I')
}

/// A number to pack. A missing one counts as nil: the original marks the end of its arguments with that.
fn number_to_pack(call: &Call<'_>, index: usize) -> Result<f64, Failure> {
    if index >= call.count() {
        return Err(call.argument_error(index, "number expected, got nil"));
    }
    call.check_number(index)
}

fn pack(call: &mut Call<'_>) -> Result<Step, Failure> {
    let mut format = Format::new(call)?;
    let mut out = Vec::new();
    let mut argument = 1;
    while let Some((option, size)) = format.next(call)? {
        out.resize(out.len() + format.padding(out.len(), option, size), 0);
        match option {
            _ if is_integer(option) => {
                let value = number_to_pack(call, argument)?;
                argument += 1;
                let value = if value < 0.0 { number::to_i64(value) as u64 } else { number::to_u64(value) };
                put_integer(value, size, format.big_endian, &mut out);
            }
            b'x' => out.push(0),
            b'f' => {
                let value = number_to_pack(call, argument)? as f32;
                argument += 1;
                out.extend_from_slice(&format.ordered(value.to_le_bytes()));
            }
            b'd' => {
                let value = number_to_pack(call, argument)?;
                argument += 1;
                out.extend_from_slice(&format.ordered(value.to_le_bytes()));
            }
            b'c' | b's' => {
                if argument >= call.count() {
                    return Err(call.argument_error(argument, "string expected, got nil"));
                }
                let string = call.check_string(argument)?;
                argument += 1;
                let bytes = call.heap.bytes(string);
                let size = if size == 0 { bytes.len() } else { size };
                // The original has gone on to the next argument by now, and names that one.
                let bytes = bytes.get(..size).ok_or_else(|| call.argument_error(argument, "string too short"))?;
                call.heap.check_string_length(out.len() + bytes.len())?;
                out.extend_from_slice(bytes);
                if option == b's' {
                    out.push(0);
                }
            }
            _ => format.control(call, option)?,
        }
    }
    call.budget.spend(out.len() / 16);
    let packed = call.heap.string_from(out)?;
    call.returns(Value::String(packed))
}

fn put_integer(mut value: u64, size: usize, big_endian: bool, out: &mut Vec<u8>) {
    let start = out.len();
    for _ in 0..size {
        out.push(value as u8);
        value >>= 8;
    }
    if big_endian && let Some(written) = out.get_mut(start..) {
        written.reverse();
    }
}

/// An integer of so many bytes; the sign of a small letter's is extended with the shift that x86-64 makes of it, which
/// for sizes beyond 8 counts modulo 64.
fn get_integer(bytes: &[u8], big_endian: bool, signed: bool) -> f64 {
    let add = |value: u64, &byte: &u8| value << 8 | u64::from(byte);
    let value = if big_endian { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) };
    if !signed {
        return value as f64;
    }
    let mask = u64::MAX.wrapping_shl((bytes.len() as u32).wrapping_mul(8).wrapping_sub(1));
    (if value & mask == 0 { value } else { value | mask }) as i64 as f64
}

fn unpack(call: &mut Call<'_>) -> Result<Step, Failure> {
    let mut format = Format::new(call)?;
    let data = call.check_string(1)?;
    let start = call.optional_integer(2, 1)?;
    if start == 0 {
        return Err(call.argument_error(2, "offset must be 1 or greater"));
    }
    // A negative start is far behind the end.
    let mut position = (start as u64).wrapping_sub(1) as usize;
    let mut results = 0;
    while let Some((option, mut size)) = format.next(call)? {
        position = position.wrapping_add(format.padding(position, option, size));
        let mut bytes = slice(call, data, position, size)?;
        if call.count() + results + 2 > MAX_STACK {
            return Err(call.error("stack overflow (too many results)"));
        }
        let value = match option {
            _ if is_integer(option) => {
                Some(Value::Number(get_integer(bytes, format.big_endian, option.is_ascii_lowercase())))
            }
            b'f' => {
                bytes.try_into().ok().map(|bytes| f32::from_le_bytes(format.ordered(bytes)).into()).map(Value::Number)
            }
            b'd' => bytes.try_into().ok().map(|bytes| f64::from_le_bytes(format.ordered(bytes))).map(Value::Number),
            b'c' => {
                if size == 0 {
                    let last = if results == 0 { None } else { call.pop() };
                    let length = last.and_then(|value| call.heap.to_number(value));
                    let length = length.ok_or_else(|| call.error("format 'c0' needs a previous size"))?;
                    size = usize::try_from(number::to_u64(length)).unwrap_or(usize::MAX);
                    results -= 1;
                    bytes = slice(call, data, position, size)?;
                }
                let bytes = bytes.to_vec();
                Some(Value::String(call.heap.string_from(bytes)?))
            }
            b's' => {
                let rest = call.heap.bytes(data).get(position..).unwrap_or_default();
                let Some(end) = rest.iter().position(|&byte| byte == 0) else {
                    return Err(call.error("unfinished string in data"));
                };
                size = end + 1;
                let bytes = rest.get(..end).unwrap_or_default().to_vec();
                Some(Value::String(call.heap.string_from(bytes)?))
            }
            b'x' => None,
            _ => {
                format.control(call, option)?;
                None
            }
        };
        if let Some(value) = value {
            call.push(value);
            results += 1;
        }
        call.budget.spend(1 + size / 16);
        position += size;
    }
    call.returns(Value::Number(position as f64 + 1.0))
}

fn slice<'a>(
    call: &'a Call<'_>,
    data: crate::heap::value::StringId,
    position: usize,
    size: usize,
) -> Result<&'a [u8], Failure> {
    let bytes = position.checked_add(size).and_then(|end| call.heap.bytes(data).get(position..end));
    bytes.ok_or_else(|| call.argument_error(1, "data string too short"))
}

fn size(call: &mut Call<'_>) -> Result<Step, Failure> {
    let mut format = Format::new(call)?;
    let mut position = 0usize;
    while let Some((option, size)) = format.next(call)? {
        position = position.wrapping_add(format.padding(position, option, size));
        match option {
            b's' => return Err(call.argument_error(0, "option 's' has no fixed size")),
            b'c' if size == 0 => return Err(call.argument_error(0, "option 'c0' has no fixed size")),
            _ if !option.is_ascii_alphanumeric() => format.control(call, option)?,
            _ => {}
        }
        position = position.wrapping_add(size);
    }
    call.returns(Value::Number(position as f64))
}
