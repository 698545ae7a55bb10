//! The worker: the engine's host.

pub mod clock;
pub mod keys;
