//! Reads how many tests ran from what `cargo test` prints, line by line.

/// Tests counted so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: u64,
    pub failed: u64,
    pub ignored: u64,
}

impl Counts {
    /// Tests that ran.
    pub fn ran(self) -> u64 {
        self.passed + self.failed
    }

    /// Counts one line of output: only libtest's summaries, `test result: ok. 3 passed; 0 failed; ...`, say
    /// anything.
    pub fn read(&mut self, line: &str) {
        let Some(summary) = line.trim().strip_prefix("test result: ") else { return };
        let Some((_, counts)) = summary.split_once(". ") else { return };
        for part in counts.split(';') {
            let Some((number, what)) = part.trim().split_once(' ') else { continue };
            let Ok(number) = number.parse::<u64>() else { continue };
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, passed: u64, failed: u64, ignored: u64) {
        let mut counts = Counts::default();
        text.lines().for_each(|line| counts.read(line));
        assert_eq!(counts, Counts { passed, failed, ignored }, "{text}");
    }

    #[test]
    fn sums_the_summaries_of_several_programs() {
        check(
            "running 2 tests\n\
             test a ... ok\n\
             test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.01s\n\
             \n\
             test result: FAILED. 40 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 12.34s\n",
            42,
            3,
            1,
        );
    }

    #[test]
    fn other_lines_count_nothing() {
        check("5 passed; 3 failed\ntest result\ntest result: ok\ntest result: ok. many passed; x", 0, 0, 0);
    }
}
