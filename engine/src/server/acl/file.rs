//! Users as text: the lines of an ACL file.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::selector::has_spaces;
use super::user::{RuleError, User};
use super::{Acl, Commands};
use crate::base::Bytes;
use crate::command::quoted;
use crate::server::clients::DEFAULT_USER;

/// Joins the rules of a selector that was split at its spaces.
///
/// # Errors
/// The argument that opens a selector which nothing closes.
pub fn merge_selectors<'a>(arguments: &[&'a [u8]]) -> Result<Vec<Cow<'a, [u8]>>, Vec<u8>> {
    let mut merged = Vec::with_capacity(arguments.len());
    let mut open: Option<(&[u8], Vec<u8>)> = None;
    for argument in arguments {
        match &mut open {
            Some((_, selector)) => {
                selector.push(b' ');
                selector.extend_from_slice(quoted(argument));
                if argument.last() == Some(&b')')
                    && let Some((_, selector)) = open.take()
                {
                    merged.push(Cow::Owned(selector));
                }
            }
            None if argument.first() == Some(&b'(') && argument.last() != Some(&b')') => {
                open = Some((argument, argument.to_vec()));
            }
            None => merged.push(Cow::Borrowed(*argument)),
        }
    }
    match open {
        Some((start, _)) => Err(start.to_vec()),
        None => Ok(merged),
    }
}

impl Acl {
    /// One user as a line of an ACL file, without its end.
    pub fn line(name: &[u8], user: &User) -> Vec<u8> {
        [b"user ", name, b" ", &user.describe()].concat()
    }

    /// All users as an ACL file.
    pub fn to_file(&self) -> Vec<u8> {
        self.users().flat_map(|(name, user)| [Acl::line(name, user), b"\n".to_vec()].concat()).collect()
    }

    /// Replaces all users by those of an ACL file called `file`; a default user that it lacks may do everything.
    ///
    /// # Errors
    /// Everything that is wrong with the file, in one line as ACL LOAD answers it; nothing is changed then.
    pub fn load(&mut self, text: &[u8], file: &str, commands: &dyn Commands) -> Result<(), Vec<u8>> {
        let mut errors = Vec::new();
        let mut users: BTreeMap<Bytes, User> = BTreeMap::new();
        for (number, line) in text.split(|&byte| byte == b'\n').enumerate() {
            let place = format!("{file}:{}", number.saturating_add(1));
            let line = trimmed(line, b" \t\r\n");
            if line.is_empty() {
                continue;
            }
            let words: Vec<&[u8]> = line.split(|&byte| byte == b' ').collect();
            let [b"user", name, rules @ ..] = words.as_slice() else {
                errors.extend(format!("{place} should start with user keyword followed by the username. ").bytes());
                continue;
            };
            if has_spaces(name) {
                errors.extend(format!("'{place}: username '").bytes());
                errors.extend_from_slice(quoted(name));
                errors.extend_from_slice(b"' contains invalid characters. ");
                continue;
            }
            if users.contains_key(*name) {
                errors.extend_from_slice(b"WARNING: Duplicate user '");
                errors.extend_from_slice(name);
                errors.extend(format!("' found on line {}. ", number.saturating_add(1)).bytes());
                continue;
            }
            let mut user = User::new(self.all_channels_at_first);
            self.load_rules(&mut user, rules, &place, commands, &mut errors);
            users.insert(Bytes::new(name), user);
        }
        if !errors.is_empty() {
            let end = b"WARNING: ACL errors detected, no change to the previously active ACL rules was performed";
            errors.extend_from_slice(end);
            return Err(errors);
        }
        users.entry(Bytes::new(DEFAULT_USER)).or_insert_with(User::all_powerful);
        self.users = users;
        self.epoch += 1;
        Ok(())
    }

    fn load_rules(&self, user: &mut User, rules: &[&[u8]], place: &str, commands: &dyn Commands, errors: &mut Vec<u8>) {
        let Ok(rules) = merge_selectors(rules) else {
            errors.extend(format!("{place}: Unmatched parenthesis in selector definition.").bytes());
            return;
        };
        let mut told = false;
        for rule in &rules {
            let rule = trimmed(rule, b"\t\r\n");
            match user.apply(rule, commands, self.all_channels_at_first) {
                Ok(()) => {}
                // A name that there is not may be told: it is no secret.
                Err(error @ RuleError::Unknown) => {
                    errors.extend(format!("{place}: Error in applying operation '").bytes());
                    errors.extend_from_slice(quoted(rule));
                    errors.extend(format!("': {}. ", error.text()).bytes());
                }
                // Of all else only the first: what follows may be wrong because of it.
                Err(error) if !told => {
                    errors.extend(format!("{place}: {}. ", error.text()).bytes());
                    told = true;
                }
                Err(_) => {}
            }
        }
    }
}

fn trimmed<'a>(mut text: &'a [u8], bytes: &[u8]) -> &'a [u8] {
    while let [first, rest @ ..] = text
        && bytes.contains(first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && bytes.contains(last)
    {
        text = rest;
    }
    text
}
