//! `cjson`: Lua-CJSON 2.1.0 as Redis bundles it. This file has the table and its settings; writing and reading are in
//! `json_encode` and `json_decode`.

use super::{json_decode, json_encode};
use crate::heap::Heap;
use crate::heap::native::{Call, Failure, Native, Step};
use crate::heap::value::{TableId, Value};
use crate::text::number;

/// What scripts can set; every table that `cjson.new` makes has its own.
#[derive(Clone, Copy)]
pub(super) struct Settings {
    /// Arrays that are too sparse are written as objects instead of refused.
    pub(super) sparse_convert: bool,
    /// An array is too sparse when its last index is more than this times its elements; 0 allows all.
    pub(super) sparse_ratio: i32,
    /// Up to this last index it never is.
    pub(super) sparse_safe: i32,
    pub(super) encode_max_depth: i32,
    pub(super) decode_max_depth: i32,
    pub(super) number_precision: usize,
    /// What becomes of infinities and NaN when writing.
    pub(super) encode_invalid: Invalid,
    /// Whether infinities, NaN and hexadecimal numbers are read.
    pub(super) decode_invalid: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Invalid {
    Refused,
    Written,
    Null,
}

/// The place of each setting in the table that holds them, and its value at the start. All are numbers.
#[derive(Clone, Copy)]
enum Setting {
    SparseConvert = 1,
    SparseRatio,
    SparseSafe,
    EncodeMaxDepth,
    DecodeMaxDepth,
    NumberPrecision,
    KeepBuffer,
    EncodeInvalid,
    DecodeInvalid,
}

const DEFAULTS: [(Setting, i32); 9] = [
    (Setting::SparseConvert, 0),
    (Setting::SparseRatio, 2),
    (Setting::SparseSafe, 10),
    (Setting::EncodeMaxDepth, 1000),
    (Setting::DecodeMaxDepth, 1000),
    (Setting::NumberPrecision, 14),
    (Setting::KeepBuffer, 1),
    (Setting::EncodeInvalid, 0),
    (Setting::DecodeInvalid, 1),
];

pub(super) fn open(heap: &mut Heap) -> Result<TableId, Failure> {
    let settings = heap.table(DEFAULTS.len(), 0)?;
    for (setting, value) in DEFAULTS {
        heap.set_integer(settings, setting as usize, Value::Number(f64::from(value)))?;
    }
    // Room for nothing at first, and in this order: so `pairs` visits it as it does the original.
    let table = heap.table(0, 0)?;
    let natives: [(&str, Native); 10] = [
        ("encode", json_encode::encode),
        ("decode", json_decode::decode),
        ("encode_sparse_array", encode_sparse_array),
        ("encode_max_depth", |call| only_integer(call, Setting::EncodeMaxDepth, 1, i32::MAX)),
        ("decode_max_depth", |call| only_integer(call, Setting::DecodeMaxDepth, 1, i32::MAX)),
        ("encode_number_precision", |call| only_integer(call, Setting::NumberPrecision, 1, 14)),
        // There is no buffer to keep; the setting is remembered.
        ("encode_keep_buffer", |call| only_choice(call, Setting::KeepBuffer, &["off", "on"])),
        ("encode_invalid_numbers", |call| only_choice(call, Setting::EncodeInvalid, &["off", "on", "null"])),
        ("decode_invalid_numbers", |call| only_choice(call, Setting::DecodeInvalid, &["off", "on"])),
        ("new", new),
    ];
    for (name, native) in natives {
        let function = heap.native(native, &[Value::Table(settings)])?;
        heap.set_bytes(table, name.as_bytes(), function)?;
    }
    heap.set_bytes(table, b"null", Value::LightUserdata(0))?;
    for (name, text) in [("_NAME", "cjson"), ("_VERSION", "2.1.0")] {
        let text = Value::String(heap.string(text.as_bytes())?);
        heap.set_bytes(table, name.as_bytes(), text)?;
    }
    Ok(table)
}

fn new(call: &mut Call<'_>) -> Result<Step, Failure> {
    let table = open(call.heap)?;
    call.returns(Value::Table(table))
}

fn value_of(call: &Call<'_>, setting: Setting) -> i32 {
    match call.upvalue(0) {
        Value::Table(settings) => match call.heap.get_integer(settings, setting as usize) {
            Value::Number(value) => number::to_i32(value),
            _ => 0,
        },
        _ => 0,
    }
}

fn set(call: &mut Call<'_>, setting: Setting, value: i32) -> Result<(), Failure> {
    match call.upvalue(0) {
        Value::Table(settings) => call.heap.set_integer(settings, setting as usize, Value::Number(f64::from(value))),
        _ => Ok(()),
    }
}

/// The settings of the table that the running function is from.
pub(super) fn settings(call: &Call<'_>) -> Settings {
    Settings {
        sparse_convert: value_of(call, Setting::SparseConvert) != 0,
        sparse_ratio: value_of(call, Setting::SparseRatio),
        sparse_safe: value_of(call, Setting::SparseSafe),
        encode_max_depth: value_of(call, Setting::EncodeMaxDepth),
        decode_max_depth: value_of(call, Setting::DecodeMaxDepth),
        number_precision: value_of(call, Setting::NumberPrecision).unsigned_abs() as usize,
        encode_invalid: match value_of(call, Setting::EncodeInvalid) {
            0 => Invalid::Refused,
            1 => Invalid::Written,
            _ => Invalid::Null,
        },
        decode_invalid: value_of(call, Setting::DecodeInvalid) != 0,
    }
}

fn check_count(call: &Call<'_>, most: usize) -> Result<(), Failure> {
    if call.count() > most { Err(call.argument_error(most, "found too many arguments")) } else { Ok(()) }
}

/// Sets an integer, unless the argument is nil, and pushes it.
fn integer(call: &mut Call<'_>, index: usize, setting: Setting, least: i32, most: i32) -> Result<(), Failure> {
    if !call.argument(index).is_nil() {
        let value = call.check_int(index)?;
        if !(least..=most).contains(&value) {
            // Whichever argument it was, the original names the first.
            return Err(call.argument_error(0, format!("expected integer between {least} and {most}")));
        }
        set(call, setting, value)?;
    }
    call.push(Value::Number(f64::from(value_of(call, setting))));
    Ok(())
}

/// Sets one of the named choices, of which the first two are also false and true, and pushes it.
fn choice(call: &mut Call<'_>, index: usize, setting: Setting, names: &[&str]) -> Result<(), Failure> {
    match call.argument(index) {
        Value::Nil => {}
        Value::Boolean(on) => set(call, setting, i32::from(on))?,
        _ => {
            let name = call.check_string(index)?;
            let name = call.heap.bytes(name);
            // As C compares them: up to the first NUL.
            let name = name.split(|&byte| byte == 0).next().unwrap_or_default();
            let Some(found) = names.iter().position(|known| known.as_bytes() == name) else {
                return Err(call.argument_error(index, [b"invalid option '", name, b"'"].concat()));
            };
            set(call, setting, found as i32)?;
        }
    }
    let value = match value_of(call, setting) {
        value @ (0 | 1) => Value::Boolean(value == 1),
        value => {
            let name = usize::try_from(value).ok().and_then(|value| names.get(value)).copied().unwrap_or_default();
            Value::String(call.heap.string(name.as_bytes())?)
        }
    };
    call.push(value);
    Ok(())
}

fn only_integer(call: &mut Call<'_>, setting: Setting, least: i32, most: i32) -> Result<Step, Failure> {
    check_count(call, 1)?;
    integer(call, 0, setting, least, most)?;
    Ok(Step::Return)
}

fn only_choice(call: &mut Call<'_>, setting: Setting, names: &[&str]) -> Result<Step, Failure> {
    check_count(call, 1)?;
    choice(call, 0, setting, names)?;
    Ok(Step::Return)
}

fn encode_sparse_array(call: &mut Call<'_>) -> Result<Step, Failure> {
    check_count(call, 3)?;
    choice(call, 0, Setting::SparseConvert, &["off", "on"])?;
    integer(call, 1, Setting::SparseRatio, 0, i32::MAX)?;
    integer(call, 2, Setting::SparseSafe, 0, i32::MAX)?;
    Ok(Step::Return)
}
