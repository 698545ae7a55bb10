//! The protocol, both ways, and printing as redis-cli does. Knows nothing of commands or data.
//!
//! - [`Reply`] writes what a server answers, [`CommandParser`] reads what a client sends;
//! - [`parse_value`] reads what a server answered, [`encode_command`] writes what a client sends;
//! - [`mod@print`] shows a [`Value`] exactly as redis-cli does, [`split_line`] reads a typed line as it does.
//!
//! No input panics, recurses without limit or allocates more than it sends.

pub mod line;
pub mod parser;
pub mod print;
pub mod reply;
pub mod value;

pub use line::{UnbalancedQuotes, quote, split_line};
pub use parser::{CommandParser, Limits, ProtocolError, Step};
pub use reply::{Mark, Reply};
pub use value::{Value, ValueError, encode_command, parse_value, parse_values};
