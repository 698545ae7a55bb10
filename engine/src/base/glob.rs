//! Glob patterns as `KEYS`, `SCAN MATCH` and `PSUBSCRIBE` understand them: `*`, `?`, `[abc]`, `[^a]`, `[a-c]`
//! and `\` before a byte that stands for itself. Bytes, not characters.
//!
//! One backtracking point, the last `*`, is enough: everything between two stars matches a fixed number of
//! bytes, so that if the part after a star cannot be found, moving an earlier star further cannot help. The time
//! is at most pattern times text. Odd cases are Redis's: a missing `]` ends at the end of the pattern, byte
//! ranges compare as C's signed chars, and the empty text matches only the empty pattern.

/// Stars after which Redis gives up with "no match".
const MAX_STARS: usize = 1000;

/// Whether letters match in either case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    Exact,
    Ignored,
}

/// Whether `text` matches `pattern`.
pub fn matches(pattern: &[u8], text: &[u8]) -> bool {
    matches_with(pattern, text, Case::Exact)
}

/// Whether `text` matches `pattern`, with a say on upper and lower case.
pub fn matches_with(pattern: &[u8], text: &[u8], case: Case) -> bool {
    if text.is_empty() {
        return pattern.is_empty();
    }
    let (mut pattern, mut text) = (pattern, text);
    let mut stars = 0;
    // The pattern behind the last star, and the text where it was tried last.
    let mut retry: Option<(&[u8], &[u8])> = None;
    while let Some((&byte, rest_of_text)) = text.split_first() {
        if let Some((b'*', rest)) = pattern.split_first() {
            pattern = after_stars(rest);
            if pattern.is_empty() {
                return true;
            }
            stars += 1;
            if stars > MAX_STARS {
                return false;
            }
            retry = Some((pattern, text));
            continue;
        }
        if let Some(rest) = match_one(pattern, byte, case) {
            (pattern, text) = (rest, rest_of_text);
            continue;
        }
        let Some((behind_star, tried)) = retry else { return false };
        let Some((_, later)) = tried.split_first() else { return false };
        retry = Some((behind_star, later));
        (pattern, text) = (behind_star, later);
    }
    // The last star must still have reached a byte for the part behind it.
    after_stars(pattern).is_empty()
}

fn after_stars(pattern: &[u8]) -> &[u8] {
    let stars = pattern.iter().take_while(|&&byte| byte == b'*').count();
    pattern.get(stars..).unwrap_or(&[])
}

/// What is left of the pattern after its first element, when that matches `byte`.
fn match_one(pattern: &[u8], byte: u8, case: Case) -> Option<&[u8]> {
    let same = |wanted: u8| wanted == byte || (case == Case::Ignored && wanted.eq_ignore_ascii_case(&byte));
    match pattern {
        [] => None,
        [b'?', rest @ ..] => Some(rest),
        [b'[', b'^', class @ ..] => match_class(class, byte, case).and_then(|(found, rest)| (!found).then_some(rest)),
        [b'[', class @ ..] => match_class(class, byte, case).and_then(|(found, rest)| found.then_some(rest)),
        [b'\\', wanted, rest @ ..] => same(*wanted).then_some(rest),
        [wanted, rest @ ..] => same(*wanted).then_some(rest),
    }
}

/// Whether a class holds `byte`, and the pattern after its `]`.
fn match_class(mut class: &[u8], byte: u8, case: Case) -> Option<(bool, &[u8])> {
    let fold = |byte: u8| if case == Case::Ignored { byte.to_ascii_lowercase() } else { byte };
    let mut found = false;
    loop {
        class = match class {
            [] => return Some((found, class)),
            [b'\\', wanted, rest @ ..] => {
                // An escaped byte in a class is compared as it stands even where case is ignored.
                found |= *wanted == byte;
                rest
            }
            [b']', rest @ ..] => return Some((found, rest)),
            [first, b'-', last, rest @ ..] => {
                let (first, last) = (*first as i8, *last as i8);
                let (low, high) = (first.min(last), first.max(last));
                found |= (fold(low as u8) as i8..=fold(high as u8) as i8).contains(&(fold(byte) as i8));
                rest
            }
            [wanted, rest @ ..] => {
                found |= fold(*wanted) == fold(byte);
                rest
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[rustfmt::skip]
    fn matches_as_keys_does() {
        // Pattern, text, and whether a real server's KEYS finds the text.
        let cases: &[(&str, &str, bool)] = &[
            ("h?llo", "hello", true), ("h*llo", "heeeello", true), ("h*llo", "hllo", true), ("h[ae]llo", "hello", true),
            ("h[ae]llo", "hillo", false), ("h[^e]llo", "hallo", true), ("h[^e]llo", "hello", false), ("h[a-b]llo", "hbllo", true),
            ("h[b-a]llo", "hbllo", true), ("h[a-b]llo", "hcllo", false), ("h\\*llo", "h*llo", true), ("h\\*llo", "hello", false),
            ("*", "", false), ("**", "", false), ("", "", true), ("", "a", false), ("?", "", false), ("a*", "a", true), ("*a", "ba", true),
            ("*a", "ab", false), ("a*b*c", "aXbXbXc", true), ("a*b*c", "aXbXbX", false), ("[abc", "c", true), ("[abc", "cd", false),
            ("[", "[", false), ("[]", "a", false), ("[^", "a", true), ("[^]", "a", true), ("[]a]", "a", false), ("[a-", "-", true),
            ("[a-]", "-", false), ("[a-]", "b", false), ("[a-]", "^", true), ("[\\]]", "]", true), ("[\\", "\\", true), ("a\\", "a\\", true),
            ("\\a", "a", true), ("[a-c-e]", "-", true), ("[a-c-e]", "d", false), ("***a***", "xax", true), ("a?", "a", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), *expected, "{pattern:?} {text:?}");
        }
        assert!(matches(b"[\x80-\xff]", b"\xc3"));
        // Bytes from 0x80 on are negative chars, so this range runs from -1 to 'a'.
        assert!(matches(b"[a-\xff]", b"0") && !matches(b"[a-\xff]", b"b") && !matches(b"[a-\xff]", b"\x80"));
    }

    #[test]
    fn case_is_ignored_on_demand() {
        let check = |pattern: &str, text: &str| matches_with(pattern.as_bytes(), text.as_bytes(), Case::Ignored);
        assert!(check("MAX*", "maxmemory") && check("m[A-Z]x", "mAx") && check("[A]", "a") && check("\\A", "a"));
        assert!(!check("[\\A]", "a"));
        assert!(!matches(b"MAX*", b"maxmemory"));
    }

    #[test]
    fn many_stars_do_not_hang() {
        let text = vec![b'a'; 20_000];
        let mut pattern = b"a*".repeat(900);
        assert!(matches(&pattern, &text));
        pattern.push(b'b');
        assert!(!matches(&pattern, &text));
        // Redis stops at a thousand nested stars; the one at the very end needs no further search.
        assert!(matches(&b"a*".repeat(1001), &text));
        assert!(!matches(&b"a*".repeat(1002), &text));
    }
}
