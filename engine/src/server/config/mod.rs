//! The settings of a node: their declarations ([`table`]), what values they take ([`kind`], [`check`]), which of them
//! change nothing here and why ([`scope`]), their present values ([`Config`]), and the text of a `redis.conf`, read
//! ([`file`]) and brought up to date ([`rewrite`]).

pub mod check;
pub mod file;
pub mod kind;
pub mod rewrite;
pub mod scope;
pub mod table;

pub use kind::{Kind, parse_memory};
pub use table::{SETTINGS, Setting};

use crate::base::numbers::{parse_i64, parse_u64};

/// The present value of every setting, as CONFIG GET prints it.
#[derive(Clone, Debug)]
pub struct Config {
    values: Vec<Vec<u8>>,
}

impl Default for Config {
    fn default() -> Config {
        Config { values: SETTINGS.iter().map(|setting| setting.default.as_bytes().to_vec()).collect() }
    }
}

impl Config {
    /// The declaration that `name` means, by its present or older name, in any case.
    pub fn find(name: &[u8]) -> Option<&'static Setting> {
        Config::resolve(name).map(|(_, setting)| setting)
    }

    /// As [`Config::find`], with the one of its names that was meant.
    pub fn resolve(name: &[u8]) -> Option<(&'static str, &'static Setting)> {
        SETTINGS.iter().find_map(|setting| {
            let mut names = core::iter::once(setting.name).chain(setting.alias);
            names.find(|known| known.as_bytes().eq_ignore_ascii_case(name)).map(|known| (known, setting))
        })
    }

    /// The value of a setting, which may be any bytes; empty for a name that does not exist. A call of its own, as those
    /// below: a start asks for forty settings, and nothing else for many.
    #[inline(never)]
    pub fn bytes(&self, name: &str) -> &[u8] {
        debug_assert!(SETTINGS.iter().any(|setting| setting.name == name), "no setting {name}");
        let index = SETTINGS.iter().position(|setting| setting.name == name);
        index.and_then(|index| self.values.get(index)).map_or(b"", Vec::as_slice)
    }

    /// The value of a setting that is text; empty for a name that does not exist.
    #[inline(never)]
    pub fn get(&self, name: &str) -> &str {
        core::str::from_utf8(self.bytes(name)).unwrap_or_default()
    }

    /// The value of a numeric setting; 0 for one that is not a number.
    #[inline(never)]
    pub fn integer(&self, name: &str) -> i64 {
        parse_i64(self.bytes(name)).unwrap_or(0)
    }

    /// The value of a setting that is a size or a count and cannot be negative; 0 for one that is not a number.
    #[inline(never)]
    pub fn size(&self, name: &str) -> usize {
        parse_u64(self.bytes(name)).map_or(0, |size| usize::try_from(size).unwrap_or(usize::MAX))
    }

    /// Whether a `yes` or `no` setting is `yes`.
    #[inline(never)]
    pub fn is_on(&self, name: &str) -> bool {
        self.bytes(name) == b"yes"
    }

    /// Gives a setting a value in its normal form. As in CONFIG SET, a value of several words has one space between
    /// them.
    ///
    /// # Errors
    /// The reason, in Redis's words, when the value does not fit the setting; nothing is changed then.
    pub fn set(&mut self, setting: &'static Setting, value: &[u8]) -> Result<(), String> {
        if setting.kind.takes_several() {
            let words: Vec<&[u8]> = value.split(|&byte| byte == b' ').collect();
            self.set_words(setting, if value.is_empty() { &[] } else { &words })
        } else {
            self.set_words(setting, &[value])
        }
    }

    /// Gives a setting a value in its normal form.
    ///
    /// # Errors
    /// As [`Config::set`].
    pub fn set_words(&mut self, setting: &'static Setting, words: &[&[u8]]) -> Result<(), String> {
        let index = SETTINGS.iter().position(|candidate| candidate.name == setting.name);
        let Some(slot) = index.and_then(|index| self.values.get_mut(index)) else { return Ok(()) };
        let normal = setting.kind.normal(slot, words)?;
        scope::honourable(setting, &normal)?;
        *slot = normal;
        Ok(())
    }

    /// The pairs of seconds and changes of the `save` setting.
    pub fn save_points(&self) -> Vec<(u64, u64)> {
        let mut numbers = self.get("save").split(' ').filter_map(|number| number.parse::<u64>().ok());
        core::iter::from_fn(|| Some((numbers.next()?, numbers.next()?))).collect()
    }
}

/// What `client-output-buffer-limit` lets wait for one class of clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputLimit {
    /// Over so many bytes a client is closed at once; 0 is no limit.
    pub hard_bytes: u64,
    /// Over so many bytes for longer than these seconds a client is closed; 0 is no limit.
    pub soft_bytes: u64,
    pub soft_seconds: u64,
}

impl Config {
    /// What may wait for a client that listens to channels, or for one that does not.
    pub fn output_limit(&self, listens: bool) -> OutputLimit {
        let class = if listens { "pubsub" } else { "normal" };
        let mut words = self.get("client-output-buffer-limit").split(' ').skip_while(|word| *word != class).skip(1);
        let mut number = || words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
        OutputLimit { hard_bytes: number(), soft_bytes: number(), soft_seconds: number() }
    }
}

#[cfg(test)]
mod tests;
