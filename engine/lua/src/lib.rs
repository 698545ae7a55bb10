//! A sandboxed Lua 5.1 in safe Rust that can be suspended, for wasm as for anything else.
//!
//! It is the language, the library and the error messages of Lua 5.1, down to the order in which `pairs` visits a
//! table. What it adds is what a host needs that runs code it does not trust, in one thread:
//!
//! - A budget: [`Lua::run`] comes back when it is used up, wherever the script is, and goes on when called again.
//! - A memory limit, checked before anything is allocated.
//! - [`Lua::kill`], which no `pcall` catches.
//! - Host functions: the machine stops when one is called ([`Event::Called`]) and goes on with the host's answer.
//! - Tables that scripts cannot change.
//!
//! It reads no clock, randomness, file or environment; no input makes it panic; nothing in it is unsafe.
//!
//! # Alone
//!
//! The crate knows nothing of the store that it was written for, has no dependency and runs on
//! wasm32-unknown-unknown: whoever wants a sandboxed Lua 5.1 in a browser can use it as it is.
//!
//! ```
//! use lua::{Event, Lua, Options, Value};
//!
//! let mut lua = Lua::new(&Options { memory_limit_bytes: 1 << 20 });
//! lua.open_libraries()?;
//! let double = lua.heap_mut().host_function(1)?;
//! let globals = lua.heap().globals();
//! lua.heap_mut().set_bytes(globals, b"double", double)?;
//!
//! let chunk = lua.load(b"local n = 0 for i = 1, 100 do n = n + double(i) end return n", b"@sum.lua")?;
//! lua.start(chunk, &[]);
//! let mut turns = 0;
//! loop {
//!     match lua.run(50) {
//!         Event::Called(1) => {
//!             let Some(Value::Number(number)) = lua.arguments().first().copied() else { panic!("no number") };
//!             lua.answer(&[Value::Number(number * 2.0)]);
//!         }
//!         // The thread is ours again: other work may go here.
//!         Event::Suspended => turns += 1,
//!         Event::Finished => break,
//!         other => panic!("{other:?}"),
//!     }
//! }
//! assert_eq!(lua.results(), [Value::Number(10_100.0)]);
//!
//! let endless = lua.load(b"while true do pcall(error) end", b"@endless.lua")?;
//! lua.start(endless, &[]);
//! assert_eq!(lua.run(10_000), Event::Suspended);
//! lua.kill();
//! assert!(matches!(lua.run(10_000), Event::Failed(_)));
//! # let _ = turns;
//! # Ok::<(), lua::Failure>(())
//! ```
//!
//! # Code map
//!
//! A module uses only what stands above it in this list.
//!
//! | module | what it is |
//! |---|---|
//! | [`text`] | numbers, printf's conversions and patterns, on bytes |
//! | `heap` | values, strings, tables, functions, coroutines, the collector; how natives are called |
//! | `compile` | from source to Lua 5.1's instructions, in one pass |
//! | `vm` | the loop that runs them: calls, metamethods, errors, coroutines |
//! | `library` | the standard library |

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)
)]

mod compile;
mod heap;
mod library;
#[cfg(test)]
mod tests;
pub mod text;
mod vm;

pub use heap::native::{Budget, Call, Continuation, Failure, Native, Step};
pub use heap::value::{FunctionId, StringId, TableId, ThreadId, UserdataId, Value};
pub use heap::{Census, Heap, Kept};
use vm::Machine;
pub use vm::event::{Event, Fault, FaultKind, Position};

/// What a new Lua is given.
#[derive(Clone, Debug)]
pub struct Options {
    /// What strings, tables, functions and stacks may take together, in bytes.
    pub memory_limit_bytes: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options { memory_limit_bytes: 64 << 20 }
    }
}

/// One Lua: its heap and what runs in it.
pub struct Lua {
    machine: Machine,
}

impl Lua {
    /// A Lua without any globals: see [`Lua::open_libraries`].
    pub fn new(options: &Options) -> Lua {
        Lua { machine: Machine::new(options.memory_limit_bytes) }
    }

    /// Puts the whole pure library into the globals; the host takes out what it does not offer.
    pub fn open_libraries(&mut self) -> Result<(), Failure> {
        library::open(&mut self.machine.heap)
    }

    /// Compiles a chunk. Its name says how messages speak of it: "@user_script" as `user_script:1:`, "=text" as
    /// `text:1:`, any other as `[string "..."]:1:`. The error of a wrong chunk is [`Failure::Error`] with its message.
    pub fn load(&mut self, source: &[u8], chunk_name: &[u8]) -> Result<Value, Failure> {
        self.machine.load(source, chunk_name)
    }

    /// Begins a call, in place of any that was in progress.
    pub fn start(&mut self, function: Value, arguments: &[Value]) {
        self.machine.start(function, arguments);
    }

    /// Goes on until something is to be said; without a call in progress that is [`Event::Finished`], and before the
    /// host has answered [`Event::Called`] again. The budget counts rounds of loops, calls, and 16 bytes handled, as one
    /// each.
    pub fn run(&mut self, budget_units: u64) -> Event {
        self.machine.run(budget_units)
    }

    /// What the last run has left of its budget, for a host that goes on with it after [`Event::Called`].
    pub fn units_left(&self) -> u64 {
        self.machine.units_left()
    }

    /// What the function returned, after [`Event::Finished`].
    pub fn results(&self) -> &[Value] {
        self.machine.results()
    }

    /// What the host function was called with, after [`Event::Called`].
    pub fn arguments(&self) -> &[Value] {
        self.machine.arguments()
    }

    /// What the host function returns.
    pub fn answer(&mut self, results: &[Value]) {
        self.machine.answer(results);
    }

    /// Makes the host function fail, with this value as it is.
    pub fn raise(&mut self, error: Value) {
        self.machine.raise(error);
    }

    /// Makes the next run of a call in progress end with [`FaultKind::Killed`].
    pub fn kill(&mut self) {
        self.machine.kill();
    }

    /// Where the caller at a level is, as `luaL_where` puts it in front of messages: "name:1: " or nothing. In a host
    /// function level 1 is who called it.
    pub fn position(&self, level: u32) -> Vec<u8> {
        self.machine.position(level)
    }

    pub fn heap(&self) -> &Heap {
        &self.machine.heap
    }

    pub fn heap_mut(&mut self) -> &mut Heap {
        &mut self.machine.heap
    }

    /// What all objects take, in bytes.
    pub fn memory_bytes(&self) -> usize {
        self.machine.heap.used_bytes()
    }

    /// All objects counted one by one, which takes as long as it sounds: its bytes are always [`Lua::memory_bytes`].
    pub fn census(&self) -> Census {
        self.machine.census()
    }

    /// Frees what cannot be reached from globals, what the host keeps ([`Heap::keep`]) and the call in progress.
    pub fn collect(&mut self) {
        self.machine.collect();
    }

    /// Starts `math.random` anew.
    pub fn seed(&mut self, seed: u32) {
        self.machine.heap.seed(seed);
    }

    /// How far `math.random` has come.
    pub fn random_state(&self) -> u64 {
        self.machine.heap.random
    }

    /// Lets `math.random` go on from where another Lua is.
    pub fn set_random_state(&mut self, state: u64) {
        self.machine.heap.random = state;
    }
}
