//! Time as the caller passes it in. Nothing in the engine reads a clock.

/// Milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

impl Time {
    /// The same instant in whole seconds, rounded down.
    pub fn seconds(self) -> u64 {
        self.0 / 1000
    }

    /// The instant so many milliseconds later, or earlier.
    pub fn moved(self, by_ms: i64) -> Time {
        Time(self.0.saturating_add_signed(by_ms))
    }

    /// Milliseconds from `earlier` to `self`; 0 when the clock went backwards.
    pub fn since(self, earlier: Time) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}
