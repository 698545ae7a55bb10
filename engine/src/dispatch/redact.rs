//! Words of a command that nobody else may read: passwords and rules with them.

/// What stands for such a word in MONITOR and SLOWLOG.
const REDACTED: &[u8] = b"(redacted)";

/// The settings that hold passwords.
const SECRET_SETTINGS: [&str; 5] =
    ["requirepass", "masterauth", "masteruser", "tls-key-file-pass", "tls-client-key-file-pass"];

/// The words as they may be shown.
pub fn redacted<'a>(words: &[&'a [u8]]) -> Vec<&'a [u8]> {
    let mut shown = words.to_vec();
    let is = |at: usize, word: &str| words.get(at).is_some_and(|other| other.eq_ignore_ascii_case(word.as_bytes()));
    let mut hide = |from: usize, count: usize| {
        shown.iter_mut().skip(from).take(count).for_each(|word| *word = REDACTED);
    };
    if is(0, "AUTH") {
        hide(1, 2);
    } else if is(0, "HELLO") {
        if let Some(at) = (2..words.len()).find(|&at| is(at, "AUTH")) {
            hide(at + 1, 2);
        }
    } else if is(0, "ACL") && is(1, "SETUSER") {
        hide(2, usize::MAX);
    } else if is(0, "CONFIG") && is(1, "SET") {
        for at in (2..words.len()).step_by(2) {
            if SECRET_SETTINGS.iter().any(|setting| is(at, setting)) {
                hide(at + 1, 1);
            }
        }
    } else if is(0, "MIGRATE") {
        for at in 6..words.len() {
            if is(at, "AUTH") {
                hide(at + 1, 1);
            } else if is(at, "AUTH2") {
                hide(at + 1, 2);
            }
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the real server shows them.
    #[test]
    fn passwords_are_not_shown() {
        for (line, shown) in [
            ("auth x", "auth *"),
            ("AUTH u p", "AUTH * *"),
            ("hello 3 auth u p setname k", "hello 3 auth * * setname k"),
            ("hello 3 setname k", "hello 3 setname k"),
            ("acl setuser x on >p", "acl setuser * * *"),
            ("acl deluser x", "acl deluser x"),
            ("config set maxmemory 1 requirepass x timeout 2", "config set maxmemory 1 requirepass * timeout 2"),
            ("migrate h 1 k 0 10 auth pw keys a", "migrate h 1 k 0 10 auth * keys a"),
            ("migrate h 1 k 0 10 auth2 u pw keys a", "migrate h 1 k 0 10 auth2 * * keys a"),
            ("set auth x", "set auth x"),
        ] {
            let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
            let shown: Vec<&str> = shown.split(' ').map(|word| if word == "*" { "(redacted)" } else { word }).collect();
            assert_eq!(redacted(&words), shown.iter().map(|word| word.as_bytes()).collect::<Vec<_>>(), "{line}");
        }
    }
}
