//! What the processors have spent on this process, as Linux tells it in `/proc`; elsewhere nothing is known.

use engine::server::{ProcessorTimes, Spent};

/// Linux counts in hundredths of a second for every program, whatever the kernel does inside.
const TICK_US: u64 = 10_000;

/// Whether there is anything to read.
pub fn is_known() -> bool {
    read("/proc/self/stat").is_some()
}

/// All that was spent so far; zeros where it is not known.
pub fn times() -> ProcessorTimes {
    let [all, children] = read("/proc/self/stat").unwrap_or_default();
    let [thread, _] = read("/proc/thread-self/stat").unwrap_or_default();
    ProcessorTimes { all, children, thread }
}

/// Of the process or thread itself, and of its children.
fn read(path: &str) -> Option<[Spent; 2]> {
    parse(&std::fs::read_to_string(path).ok()?)
}

/// The fields `utime`, `stime`, `cutime` and `cstime` of proc(5), which are the 12th and following ones behind the
/// program's name in its brackets.
fn parse(text: &str) -> Option<[Spent; 2]> {
    let (_, fields) = text.rsplit_once(')')?;
    let mut ticks = fields.split_whitespace().skip(11).map_while(|field| field.parse::<u64>().ok());
    let mut next = || Some(ticks.next()?.saturating_mul(TICK_US));
    let mut spent = || {
        let user_us = next()?;
        Some(Spent { user_us, system_us: next()? })
    };
    Some([spent()?, spent()?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_behind_a_name_with_brackets_are_found() {
        let text = "17 (a b) c) S 1 17 17 0 -1 4194560 9 8 7 6 150 25 3 4 20 0 5 0 99 1 2";
        let spent = |user_us, system_us| Spent { user_us, system_us };
        assert_eq!(parse(text), Some([spent(1_500_000, 250_000), spent(30_000, 40_000)]));
        assert_eq!(parse("17 (a) S 1 2"), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn work_is_counted() {
        if !is_known() {
            return;
        }
        let sum = |spent: Spent| spent.user_us + spent.system_us;
        let began = sum(times().thread);
        let mut number = 1u64;
        while sum(times().thread) < began + 20_000 {
            number = (0..100_000).fold(number, |number, step| number.wrapping_mul(31).wrapping_add(step));
        }
        assert_ne!(number, 0);
        // The thread first: the process has spent at least that much when it is asked. Linux splits a sum into its two
        // parts by estimate and cuts each to whole ticks.
        let thread = sum(times().thread);
        assert!(sum(times().all) + 2 * TICK_US >= thread);
    }
}
