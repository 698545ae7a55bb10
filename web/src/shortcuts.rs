//! The keys that do something wherever the focus is: one table, which the sheet of shortcuts shows.

/// A key, or several, and what they do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortcut {
    /// As the browser names the key.
    pub keys: &'static str,
    pub what: &'static str,
}

pub const PAUSE_CLOCK: Shortcut = Shortcut { keys: "F8", what: "Pause the clock, or let it go on" };
pub const STEP_CLOCK: Shortcut = Shortcut { keys: "F9", what: "Step the clock by a second" };

/// All of them.
pub const SHORTCUTS: [Shortcut; 2] = [PAUSE_CLOCK, STEP_CLOCK];

/// The shortcut that was pressed.
#[cfg(target_arch = "wasm32")]
pub fn pressed(event: &web_sys::KeyboardEvent) -> Option<Shortcut> {
    let key = event.key();
    let bare = !(event.alt_key() || event.ctrl_key() || event.meta_key() || event.shift_key());
    SHORTCUTS.into_iter().find(|shortcut| bare && shortcut.keys == key)
}
