//! A user: whether it may connect, with which passwords, and what it may do then.

use super::Commands;
use super::selector::{Denied, Request, Selector};
use crate::base::Bytes;
use crate::base::sha256::sha256_hex;
use crate::command::{Access, quoted};
use crate::resp::split_line;

/// A SHA-256 digest in lower-case hexadecimal.
type Password = [u8; 64];

/// Why a rule cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleError {
    Unknown,
    Syntax,
    KeysAfterAll,
    ChannelsAfterAll,
    NoSuchPassword,
    NotAHash,
    FirstArgumentOfSubcommand,
}

impl RuleError {
    /// The end of the error reply.
    pub const fn text(self) -> &'static str {
        match self {
            RuleError::Unknown => "Unknown command or category name in ACL",
            RuleError::Syntax => "Syntax error",
            RuleError::KeysAfterAll => {
                "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any \
                 effect. Try 'resetkeys' to start with an empty list of patterns"
            }
            RuleError::ChannelsAfterAll => {
                "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any \
                 effect. Try 'resetchannels' to start with an empty list of channels"
            }
            RuleError::NoSuchPassword => "The password you are trying to remove from the user does not exist",
            RuleError::NotAHash => {
                "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters"
            }
            RuleError::FirstArgumentOfSubcommand => "Allowing first-arg of a subcommand is not supported",
        }
    }
}

/// A user without its name.
#[derive(Clone, Debug)]
pub struct User {
    on: bool,
    no_password: bool,
    /// RESTORE may skip the deep check of what it is given.
    skip_sanitize: bool,
    passwords: Vec<Password>,
    root: Selector,
    selectors: Vec<Selector>,
}

impl User {
    /// A user who may do nothing, but for the channels.
    pub fn new(all_channels: bool) -> User {
        User {
            on: false,
            no_password: false,
            skip_sanitize: false,
            passwords: Vec::new(),
            root: Selector::new(all_channels),
            selectors: Vec::new(),
        }
    }

    /// A user who may do everything and needs no password, as the default one is at first.
    pub fn all_powerful() -> User {
        let mut user = User { on: true, no_password: true, ..User::new(true) };
        user.root.allow_everything();
        user
    }

    pub fn is_on(&self) -> bool {
        self.on
    }

    pub fn no_password(&self) -> bool {
        self.no_password
    }

    /// Whether RESTORE may skip the deep check of what this user gives it.
    pub fn skips_sanitize(&self) -> bool {
        self.skip_sanitize
    }

    /// The digests of the passwords, in the order in which they came.
    pub fn passwords(&self) -> &[Password] {
        &self.passwords
    }

    /// Whether one of the passwords has this digest. Takes as long for a wrong one as for the right one.
    pub fn has_password(&self, digest: &Password) -> bool {
        let differs = |known: &Password| known.iter().zip(digest).fold(0, |all, (a, b)| all | (a ^ b)) != 0;
        !self.passwords.iter().fold(true, |none, known| none & differs(known))
    }

    /// Gives it this password and no other; none needed when it is empty.
    pub fn set_only_password(&mut self, password: &[u8]) {
        self.passwords.clear();
        self.no_password = password.is_empty();
        if !password.is_empty() {
            self.passwords.push(sha256_hex(password));
        }
    }

    /// The selector that every user has, and those beside it.
    pub fn selectors(&self) -> impl Iterator<Item = &Selector> {
        core::iter::once(&self.root).chain(&self.selectors)
    }

    pub fn root(&self) -> &Selector {
        &self.root
    }

    /// The selectors beside the one that every user has.
    pub fn further_selectors(&self) -> &[Selector] {
        &self.selectors
    }

    /// Applies one rule; `all_channels` is what new selectors begin with.
    ///
    /// # Errors
    /// When there is no such rule, or it makes no sense now.
    pub fn apply(&mut self, rule: &[u8], commands: &dyn Commands, all_channels: bool) -> Result<(), RuleError> {
        match rule {
            [] => return Ok(()),
            [b'>', password @ ..] => return self.add_password(sha256_hex(password)),
            [b'#', digest @ ..] => return self.add_password(check_digest(digest)?),
            [b'<', password @ ..] => return self.remove_password(&sha256_hex(password)),
            [b'!', digest @ ..] => return self.remove_password(&check_digest(digest)?),
            [b'(', rules @ .., b')'] => {
                let mut selector = Selector::new(all_channels);
                for rule in split_line(rules).unwrap_or_default() {
                    selector.apply(&rule, commands)?;
                }
                self.selectors.push(selector);
                return Ok(());
            }
            _ => {}
        }
        let is = |word: &str| quoted(rule).eq_ignore_ascii_case(word.as_bytes());
        if is("on") || is("off") {
            self.on = is("on");
        } else if is("sanitize-payload") || is("skip-sanitize-payload") {
            self.skip_sanitize = is("skip-sanitize-payload");
        } else if is("nopass") || is("resetpass") {
            self.passwords.clear();
            self.no_password = is("nopass");
        } else if is("clearselectors") {
            self.selectors.clear();
        } else if is("reset") {
            *self = User::new(all_channels);
        } else {
            return self.root.apply(rule, commands);
        }
        Ok(())
    }

    fn add_password(&mut self, digest: Password) -> Result<(), RuleError> {
        if !self.passwords.contains(&digest) {
            self.passwords.push(digest);
        }
        self.no_password = false;
        Ok(())
    }

    fn remove_password(&mut self, digest: &Password) -> Result<(), RuleError> {
        let index = self.passwords.iter().position(|known| known == digest).ok_or(RuleError::NoSuchPassword)?;
        self.passwords.remove(index);
        Ok(())
    }

    /// Whether a call is permitted by one of the selectors.
    ///
    /// # Errors
    /// What stands in the way: the one that comes last in a call, of those of all selectors.
    pub fn check(&self, request: &Request) -> Result<(), Denied> {
        let mut worst = Denied::Command;
        for selector in self.selectors() {
            match selector.check(request) {
                Ok(()) => return Ok(()),
                Err(denied) => worst = worst.max(denied),
            }
        }
        Err(worst)
    }

    /// Whether one of the selectors permits a call, and with it this access to every key there may be.
    pub fn permits_any_key(&self, request: &Request, access: Access) -> bool {
        self.selectors().any(|selector| selector.check(request).is_ok() && selector.permits_any_key(access))
    }

    /// The patterns of channels that the user may listen to now, if some that `before` permitted were taken away.
    pub fn narrowed_channels(&self, before: &User) -> Option<Vec<Bytes>> {
        let mut permitted = Vec::new();
        for selector in self.selectors() {
            permitted.extend_from_slice(selector.channels()?);
        }
        let is_kept = |selector: &Selector| {
            selector.channels().is_some_and(|patterns| patterns.iter().all(|pattern| permitted.contains(pattern)))
        };
        if before.selectors().all(is_kept) { None } else { Some(permitted) }
    }

    /// The flags that ACL GETUSER shows.
    pub fn flags(&self) -> impl Iterator<Item = &'static str> {
        let sanitize = if self.skip_sanitize { "skip-sanitize-payload" } else { "sanitize-payload" };
        let flags = [Some(if self.on { "on" } else { "off" }), self.no_password.then_some("nopass"), Some(sanitize)];
        flags.into_iter().flatten()
    }

    /// All rules, such that they make the same of a new user.
    pub fn describe(&self) -> Vec<u8> {
        let mut text = Vec::new();
        for flag in self.flags() {
            text.extend_from_slice(flag.as_bytes());
            text.push(b' ');
        }
        for password in &self.passwords {
            text.push(b'#');
            text.extend_from_slice(password);
            text.push(b' ');
        }
        text.extend(self.root.describe());
        for selector in &self.selectors {
            text.extend_from_slice(b" (");
            text.extend(selector.describe());
            text.push(b')');
        }
        text
    }
}

fn check_digest(text: &[u8]) -> Result<Password, RuleError> {
    let digest = Password::try_from(text).map_err(|_| RuleError::NotAHash)?;
    let is_hexadecimal = digest.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if is_hexadecimal { Ok(digest) } else { Err(RuleError::NotAHash) }
}
