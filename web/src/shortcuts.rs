//! Every key that the page acts on, in one table: what is pressed, where, and what it does. The components ask it what
//! a key press means, and the sheet of shortcuts shows it, so neither can differ from the other.
//!
//! Knows nothing of events: a press comes as text such as `Alt+Shift+ArrowLeft`, made by [`press`].

/// Where a shortcut works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Anywhere on the site, but not where text is typed unless Ctrl or Alt is held.
    Site,
    /// In the tree of keys.
    Keys,
    /// Anywhere on a page with a clock.
    Clock,
    /// Anywhere in the playground.
    Playground,
    /// In the line of a terminal.
    Line,
}

impl Place {
    /// In the order of the sheet.
    pub const ALL: [Place; 5] = [Place::Site, Place::Clock, Place::Playground, Place::Keys, Place::Line];

    /// What the sheet calls it.
    pub fn title(self) -> &'static str {
        match self {
            Place::Site => "Everywhere",
            Place::Clock => "Where there is a clock",
            Place::Playground => "In the playground",
            Place::Keys => "In the tree of keys",
            Place::Line => "In the line of a terminal",
        }
    }
}

/// What a shortcut does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Palette,
    Sheet,
    Search,
    Walk,
    OpenOrClose,
    DeleteKey,
    PauseClock,
    StepClock,
    /// The terminal whose place the key names: 0 for the first.
    GoToTerminal,
    NewTerminal,
    CloseTerminal,
    RenameTerminal,
    MoveLeft,
    MoveRight,
    NextLayout,
    Run,
    RunAsIs,
    NewRow,
    Complete,
    CompleteBack,
    Leave,
    Older,
    Newer,
    SearchOlder,
    SearchNewer,
    Interrupt,
    Clear,
    ToStart,
    ToEnd,
    WordBack,
    WordForward,
    DeleteWordBack,
    DeleteWordForward,
    DeleteToStart,
    DeleteToEnd,
    PutBack,
    Nothing,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Shortcut {
    pub place: Place,
    pub action: Action,
    pub name: &'static str,
    /// As the sheet shows them.
    pub keys: &'static str,
    pub what: &'static str,
    presses: &'static [&'static str],
}

const fn clock(action: Action, name: &'static str, keys: &'static str, what: &'static str) -> Shortcut {
    let presses: &'static [&'static str] = match action {
        Action::PauseClock => &["F8"],
        _ => &["F9"],
    };
    Shortcut { place: Place::Clock, action, name, keys, what, presses }
}

const fn site(
    action: Action,
    name: &'static str,
    keys: &'static str,
    what: &'static str,
    presses: &'static [&'static str],
) -> Shortcut {
    Shortcut { place: Place::Site, action, name, keys, what, presses }
}

const fn keys(
    action: Action,
    name: &'static str,
    keys: &'static str,
    what: &'static str,
    presses: &'static [&'static str],
) -> Shortcut {
    Shortcut { place: Place::Keys, action, name, keys, what, presses }
}

const fn playground(
    action: Action,
    name: &'static str,
    keys: &'static str,
    what: &'static str,
    presses: &'static [&'static str],
) -> Shortcut {
    Shortcut { place: Place::Playground, action, name, keys, what, presses }
}

const fn line(
    action: Action,
    name: &'static str,
    keys: &'static str,
    what: &'static str,
    presses: &'static [&'static str],
) -> Shortcut {
    Shortcut { place: Place::Line, action, name, keys, what, presses }
}

/// All of them, in the order of the sheet.
pub const SHORTCUTS: [Shortcut; 37] = [
    site(
        Action::Palette,
        "Command palette",
        "Ctrl+K or Alt+Shift+P",
        "Finds everything the page can do. Ctrl+K deletes first while there is text behind the caret.",
        &["Ctrl+K", "Alt+Shift+P"],
    ),
    site(Action::Sheet, "Shortcuts", "?", "Shows this sheet.", &["?", "Shift+?"]),
    site(
        Action::Search,
        "Search",
        "/",
        "Goes to the filter of the keys, or to the search of the commands.",
        &["/", "Shift+/"],
    ),
    keys(Action::Walk, "Walk", "↑ ↓ Page Up Page Down Home End", "Goes from row to row.", &[]),
    keys(Action::OpenOrClose, "Open or close", "→ ← Enter", "Opens a folder or a key; closes a folder.", &[]),
    keys(Action::DeleteKey, "Delete the key", "Delete", "Runs DEL in the terminal; it can be undone.", &["Delete"]),
    clock(Action::PauseClock, "Pause the clock", "F8", "Pauses the clock, or lets it go on."),
    clock(Action::StepClock, "Step the clock", "F9", "Steps the clock by a second."),
    playground(
        Action::GoToTerminal,
        "Go to a terminal",
        "Alt+1 … Alt+8",
        "Puts the caret into the first to the eighth terminal.",
        &["Alt+1", "Alt+2", "Alt+3", "Alt+4", "Alt+5", "Alt+6", "Alt+7", "Alt+8"],
    ),
    playground(
        Action::NewTerminal,
        "New terminal",
        "Alt+Shift+N",
        "Opens one more connection with a terminal of its own.",
        &["Alt+Shift+N"],
    ),
    playground(
        Action::CloseTerminal,
        "Close the terminal",
        "Alt+Shift+X",
        "Closes the terminal that is used, with its connection.",
        &["Alt+Shift+X"],
    ),
    playground(
        Action::RenameTerminal,
        "Rename the terminal",
        "F2",
        "Lets you type a name; the connection gets it by CLIENT SETNAME.",
        &["F2"],
    ),
    playground(
        Action::MoveLeft,
        "Move the terminal left",
        "Alt+Shift+←",
        "Lets the terminal change places with the one before it.",
        &["Alt+Shift+ArrowLeft"],
    ),
    playground(
        Action::MoveRight,
        "Move the terminal right",
        "Alt+Shift+→",
        "Lets the terminal change places with the one after it.",
        &["Alt+Shift+ArrowRight"],
    ),
    playground(
        Action::NextLayout,
        "Next layout",
        "Alt+Shift+L",
        "Tabs, side by side, stacked, in turn.",
        &["Alt+Shift+L"],
    ),
    line(
        Action::Run,
        "Run",
        "Enter",
        "Runs the line. While a script or JSON in quotes is not closed, begins another row instead.",
        &["Enter"],
    ),
    line(
        Action::RunAsIs,
        "Run as it is",
        "Ctrl+Enter",
        "Runs the line even if a quote is not closed.",
        &["Ctrl+Enter"],
    ),
    line(Action::NewRow, "New row", "Shift+Enter", "Begins another row of the same command.", &["Shift+Enter"]),
    line(Action::Complete, "Complete", "Tab", "Walks through what the word may become.", &["Tab"]),
    line(Action::CompleteBack, "Complete backwards", "Shift+Tab", "The same the other way round.", &["Shift+Tab"]),
    line(
        Action::Leave,
        "Leave",
        "Esc",
        "Ends a search. After it, Tab leaves the line for the next thing on the page.",
        &["Escape"],
    ),
    line(Action::Older, "Older line", "↑", "Brings back the line before.", &["ArrowUp"]),
    line(Action::Newer, "Newer line", "↓", "Brings back the line after.", &["ArrowDown"]),
    line(
        Action::SearchOlder,
        "Search older lines",
        "Ctrl+R",
        "Finds earlier lines with what you type; again for an older one.",
        &["Ctrl+R"],
    ),
    line(Action::SearchNewer, "Search newer lines", "Ctrl+S", "While searching: a newer one.", &["Ctrl+S"]),
    line(
        Action::Interrupt,
        "Stop",
        "Ctrl+C",
        "Leaves a command that waits, messages or MONITOR, and forgets what was to run. With a selection it copies.",
        &["Ctrl+C"],
    ),
    line(Action::Clear, "Clear", "Ctrl+L", "Empties what the terminal has printed.", &["Ctrl+L"]),
    line(Action::ToStart, "To the start", "Ctrl+A", "To the start of the row.", &["Ctrl+A"]),
    line(Action::ToEnd, "To the end", "Ctrl+E", "To the end of the row.", &["Ctrl+E"]),
    line(Action::WordBack, "Back a word", "Alt+B", "To the start of the word.", &["Alt+B"]),
    line(Action::WordForward, "On a word", "Alt+F", "To the end of the word.", &["Alt+F"]),
    line(
        Action::DeleteWordBack,
        "Delete the word before",
        "Ctrl+W or Alt+Backspace",
        "Up to the space before it. Where a browser takes Ctrl+W for itself, the other does the same.",
        &["Ctrl+W", "Alt+Backspace"],
    ),
    line(Action::DeleteWordForward, "Delete the word after", "Alt+D", "To the end of the word.", &["Alt+D"]),
    line(Action::DeleteToStart, "Delete to the start", "Ctrl+U", "From the start of the row.", &["Ctrl+U"]),
    line(Action::DeleteToEnd, "Delete to the end", "Ctrl+K", "To the end of the row.", &["Ctrl+K"]),
    line(Action::PutBack, "Put back", "Ctrl+Y", "Puts back what was deleted last.", &["Ctrl+Y"]),
    // As redis-cli, which would end on it; a tab has nowhere to go.
    line(
        Action::Nothing,
        "Nothing",
        "Ctrl+D",
        "Does nothing on an empty line, and else deletes forwards.",
        &["Ctrl+D"],
    ),
];

/// What was pressed, as the table writes it. `key` and `code` are those of the browser's event: where Alt or another
/// alphabet makes another character of a letter or digit, its place on the keyboard tells.
pub fn press(key: &str, code: &str, ctrl: bool, alt: bool, shift: bool) -> String {
    let mut characters = key.chars();
    let name = match (characters.next(), characters.next()) {
        (Some(only), None) if only.is_ascii_alphanumeric() && !(alt && shift) => only.to_ascii_uppercase().to_string(),
        (Some(_), None) => {
            let place = code.strip_prefix("Key").or_else(|| code.strip_prefix("Digit"));
            place.unwrap_or(key).to_owned()
        }
        _ => key.to_owned(),
    };
    format!(
        "{}{}{}{name}",
        if ctrl { "Ctrl+" } else { "" },
        if alt { "Alt+" } else { "" },
        if shift { "Shift+" } else { "" }
    )
}

/// The keys of an action, as the sheet shows them.
pub fn keys_of(action: Action) -> &'static str {
    SHORTCUTS.iter().find(|shortcut| shortcut.action == action).map_or("", |shortcut| shortcut.keys)
}

/// What a press means there, and which of the shortcut's keys it was.
pub fn find(place: Place, pressed: &str) -> Option<(Action, usize)> {
    SHORTCUTS.iter().filter(|shortcut| shortcut.place == place).find_map(|shortcut| {
        let which = shortcut.presses.iter().position(|press| *press == pressed)?;
        Some((shortcut.action, which))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_press_means_two_things() {
        let mut seen = Vec::new();
        for shortcut in &SHORTCUTS {
            assert!(!shortcut.name.is_empty() && shortcut.what.ends_with('.'), "{}", shortcut.keys);
            for press in shortcut.presses {
                assert!(!seen.contains(&(shortcut.place, press)), "{press}");
                seen.push((shortcut.place, press));
            }
        }
    }

    #[test]
    fn presses_are_read_wherever_the_letters_are() {
        let check = |pressed: String, expected| assert_eq!(find(Place::Line, &pressed).map(|it| it.0), expected);
        check(press("r", "KeyR", true, false, false), Some(Action::SearchOlder));
        check(press("к", "KeyR", true, false, false), Some(Action::SearchOlder));
        check(press("∫", "KeyB", false, true, false), Some(Action::WordBack));
        check(press("b", "KeyB", false, false, false), None);
        check(press("Enter", "Enter", false, false, true), Some(Action::NewRow));
        let go = find(Place::Playground, &press("¡", "Digit1", false, true, false));
        assert_eq!(go, Some((Action::GoToTerminal, 0)));
        let moved = find(Place::Playground, &press("ArrowLeft", "ArrowLeft", false, true, true));
        assert_eq!(moved, Some((Action::MoveLeft, 0)));
    }
}
