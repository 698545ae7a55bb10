//! Finds entries by the words that a person remembers of them, in any order.
//!
//! Knows nothing of what the entries are.

/// How well an entry fits what was typed: the lower, the better; none if a word is missing. Each word has to be at the
/// start of a word of the entry, or in it, or its letters have to be there in their order.
pub fn rank(entry: &str, typed: &str) -> Option<u32> {
    let entry = entry.to_lowercase();
    let typed = typed.to_lowercase();
    let mut sum = if entry.starts_with(typed.trim()) { 0 } else { 1 };
    for word in typed.split_whitespace() {
        sum += match entry.find(word) {
            Some(_) if entry.split(|c: char| !c.is_alphanumeric()).any(|part| part.starts_with(word)) => 0,
            Some(_) => 2,
            // One letter is everywhere.
            None if word.chars().count() > 2 && has_in_order(&entry, word) => 8,
            None => return None,
        };
    }
    Some(sum)
}

fn has_in_order(entry: &str, letters: &str) -> bool {
    let mut rest = entry.chars();
    letters.chars().all(|letter| rest.any(|other| other == letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_so_comes_first() {
        let entries = ["New terminal", "Terminal", "Theme: dark", "Learn: Keys and SCAN", "Command ZINTERSTORE"];
        let found = |typed: &str| {
            let mut found: Vec<_> = entries.iter().filter_map(|entry| Some((rank(entry, typed)?, *entry))).collect();
            found.sort_by_key(|(rank, _)| *rank);
            found.into_iter().map(|(_, entry)| entry).collect::<Vec<_>>()
        };
        assert_eq!(found("term"), ["Terminal", "New terminal"]);
        assert_eq!(found("ter ne"), ["New terminal"]);
        assert_eq!(found("dark theme"), ["Theme: dark"]);
        assert_eq!(found("scan keys"), ["Learn: Keys and SCAN"]);
        assert_eq!(found("zint"), ["Command ZINTERSTORE"]);
        assert_eq!(found("zistr"), ["Command ZINTERSTORE"]);
        assert_eq!(found("qq"), Vec::<&str>::new());
        assert_eq!(found("").len(), entries.len());
    }
}
