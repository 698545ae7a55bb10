//! How long commands take. The engine reads no clock: the host may lend one for this alone, and nothing that it
//! measures ever decides what a command does.

/// Microseconds from any point in time, never going back.
pub type Clock = fn() -> u64;

/// Measures one call after another with one reading each: where a call follows another at once, it begins when that
/// one ended. What lies between them, reading its words, is counted with it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timer {
    clock: Option<Clock>,
    last: Option<u64>,
}

impl Timer {
    pub fn new(clock: Clock) -> Timer {
        Timer { clock: Some(clock), last: None }
    }

    /// Nothing follows at once.
    #[inline]
    pub fn pause(&mut self) {
        self.last = None;
    }

    /// The beginning of a call.
    #[inline]
    pub fn start(&mut self) -> u64 {
        self.last.take().or_else(|| self.clock.map(|clock| clock())).unwrap_or(0)
    }

    /// The end of a call that began at `start`: how many microseconds it took, 0 without a clock.
    #[inline]
    pub fn stop(&mut self, start: u64) -> u64 {
        let Some(clock) = self.clock else { return 0 };
        let now = clock();
        self.last = Some(now);
        now.saturating_sub(start)
    }
}
