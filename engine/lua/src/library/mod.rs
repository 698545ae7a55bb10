mod bit;
mod cjson;
mod cmsgpack;
mod json_decode;
mod json_encode;
mod matching;
mod msgpack_decode;
mod string;
mod structure;

/// How many values a C function may have on its stack in Lua 5.1; several messages depend on it.
const MAX_STACK: usize = 8000;
/// How many `__index` tables are followed before it counts as a loop.
const MAX_INDEX_CHAIN: usize = 100;
