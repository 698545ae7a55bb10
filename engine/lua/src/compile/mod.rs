//! From source to prototypes, in one pass, to Lua 5.1's instructions: so its limits and its messages come out too.
//!
//! Nothing here runs code. What is compiled is charged to the heap's memory.

/// Runs a code generator's method on the innermost function.
macro_rules! function {
    ($parser:expr, $method:ident $(, $argument:expr)*) => {
        match $parser.functions.last_mut() {
            Some(function) => function.$method(&mut $parser.lexer $(, $argument)*),
            None => Err(Failure::Killed),
        }
    };
}

mod expression;
mod function;
mod lexer;
mod parser;
mod scope;
mod terms;

use crate::heap::Heap;
use crate::heap::native::Failure;
use crate::heap::prototype::Prototypes;
use crate::heap::value::PrototypeId;
use lexer::Lexer;
use parser::Parser;

/// Compiles a chunk. `depth` is how deep calls of C would nest already.
pub(crate) fn compile(
    heap: &mut Heap,
    prototypes: &mut Prototypes,
    source: &[u8],
    name: &[u8],
    depth: u32,
) -> Result<PrototypeId, Failure> {
    let name = heap.string(name)?;
    Parser::new(Lexer::new(heap, source, name), prototypes, depth).chunk()
}
