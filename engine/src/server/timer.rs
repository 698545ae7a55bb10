//! How long commands take. The engine reads no clock: the host may lend one for this alone, and nothing that it
//! measures ever decides what a command does.

/// Microseconds from any point in time, never going back.
pub type Clock = fn() -> u64;

/// What the processors have spent on the node's host, in microseconds: in the system's name and in its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProcessorTimes {
    pub all: Spent,
    /// By processes that it started and that have ended.
    pub children: Spent,
    /// By the thread that asks: the one in which the node runs.
    pub thread: Spent,
}

/// Microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    pub system_us: u64,
    pub user_us: u64,
}

/// Measures one call after another with one reading each: where a call follows another at once, it begins when that
/// one ended. What lies between them, reading its words, is counted with it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timer {
    clock: Option<Clock>,
    last: Option<u64>,
    /// Whether reading the clock costs so much that commands which cannot take long are not measured.
    sparing: bool,
}

impl Timer {
    pub fn new(clock: Clock) -> Timer {
        Timer { clock: Some(clock), ..Timer::default() }
    }

    /// A timer that measures no command which takes the same time whatever it is given.
    pub fn sparing(clock: Clock) -> Timer {
        Timer { sparing: true, ..Timer::new(clock) }
    }

    /// The moment, if there is a clock.
    #[inline]
    pub fn read(&self) -> Option<u64> {
        self.clock.map(|clock| clock())
    }

    /// How many microseconds have passed since a moment that was read, 0 without a clock.
    pub fn since(&self, began: Option<u64>) -> u64 {
        self.read().zip(began).map_or(0, |(now, began)| now.saturating_sub(began))
    }

    /// Nothing follows at once.
    #[inline]
    pub fn pause(&mut self) {
        self.last = None;
    }

    /// The beginning of a call of a command with this complexity; `None` when it is not measured.
    #[inline]
    pub fn start(&mut self, complexity: &str) -> Option<u64> {
        let last = self.last.take();
        if self.sparing && complexity == "O(1)" { None } else { last.or_else(|| self.read()) }
    }

    /// The end of a call that began at `start`: how many microseconds it took, 0 if it was not measured.
    #[inline]
    pub fn stop(&mut self, start: Option<u64>) -> u64 {
        let Some(start) = start else { return 0 };
        self.last = self.read();
        self.last.map_or(0, |now| now.saturating_sub(start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sparing_timer_reads_no_clock_for_what_cannot_take_long() {
        use core::sync::atomic::{AtomicU64, Ordering};
        static READS: AtomicU64 = AtomicU64::new(0);
        let clock: Clock = || READS.fetch_add(1, Ordering::Relaxed) * 10;
        let mut timer = Timer::sparing(clock);
        let mut measure = |complexity: &str| {
            let start = timer.start(complexity);
            timer.stop(start)
        };
        assert_eq!(
            (measure("O(1)"), measure("O(N)"), measure("O(N)"), measure("O(1)"), measure("O(N)")),
            (0, 10, 10, 0, 10)
        );
        assert_eq!(READS.load(Ordering::Relaxed), 5);
        let mut timer = Timer::new(clock);
        let start = timer.start("O(1)");
        assert_eq!(timer.stop(start), 10);
    }
}
