//! The libraries.
//!
//! | module | what it is |
//! |---|---|
//! | `base` | the functions that are globals themselves |
//! | `coroutine`, `math`, `os`, `table` | what their names say; `sort` has `table.sort` |
//! | `string` | `string`, but for what matches patterns |
//! | `matching` | `string.find`, `match`, `gmatch` and `gsub` |
//! | `cjson` | `cjson`: its table and settings; `json_encode` and `json_decode` do the work |
//! | `cmsgpack` | `cmsgpack`: its table and `pack`; `msgpack_decode` has `unpack` |
//! | `bit` | `bit` |
//! | `structure` | `struct` |
//!
//! Whatever takes long charges the budget and can stop in the middle; sizes are checked before they are allocated.

mod base;
mod bit;
mod cjson;
mod cmsgpack;
mod coroutine;
mod json_decode;
mod json_encode;
mod matching;
mod math;
mod msgpack_decode;
mod os;
mod sort;
mod string;
mod structure;
mod table;

use crate::heap::Heap;
use crate::heap::native::Failure;
use crate::heap::value::Value;

/// How many values a C function may have on its stack in Lua 5.1; several messages depend on it.
const MAX_STACK: usize = 8000;
/// How many `__index` tables are followed before it counts as a loop.
const MAX_INDEX_CHAIN: usize = 100;

/// Puts the libraries into the globals.
pub(crate) fn open(heap: &mut Heap) -> Result<(), Failure> {
    base::open(heap)?;
    let libraries = [
        ("coroutine", coroutine::open(heap)?),
        ("math", math::open(heap)?),
        ("os", os::open(heap)?),
        ("table", table::open(heap)?),
        ("string", string::open(heap)?),
        ("cjson", cjson::open(heap)?),
        ("cmsgpack", cmsgpack::open(heap)?),
        ("bit", bit::open(heap)?),
        ("struct", structure::open(heap)?),
    ];
    let globals = heap.globals();
    for (name, table) in libraries {
        heap.set_bytes(globals, name.as_bytes(), Value::Table(table))?;
    }
    Ok(())
}
