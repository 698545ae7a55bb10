//! The clock: how it is turned, and what it says.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum ClockOrder {
    /// 0 pauses, 1 is as fast as real time.
    Speed(f64),
    Step {
        by_ms: f64,
    },
    /// To the moment at which the next key is gone.
    NextExpiry,
    /// Back to real time.
    Real,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClockState {
    /// The engine's time when the message was sent, in milliseconds since the epoch.
    pub now_ms: f64,
    /// By how much that was ahead of real time.
    pub lead_ms: f64,
    pub speed: f64,
    pub real: bool,
    /// When the next key is gone.
    pub next_expiry_ms: Option<f64>,
}
