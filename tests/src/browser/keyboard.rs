//! A person without a mouse: keys go to whatever has the focus.

use super::page::{Page, key};
use serde_json::{Value, json};

/// More Tabs than any route has places to stop at.
const MOST_STOPS: usize = 120;

impl Page {
    /// What has the focus: its role and name.
    #[track_caller]
    pub fn focused(&self) -> String {
        let body = "const at = document.activeElement; return `${role(at)} ${name(at) || flat(at.labels?.[0]?.textContent ?? \"\")}`";
        self.own(body, json!([])).as_str().unwrap_or_default().to_owned()
    }

    /// Presses keys one after the other.
    #[track_caller]
    pub fn strike(&self, keys: &str) {
        keys.chars().for_each(|key| self.strike_together(&[key]));
    }

    /// Holds all but the last of these down while the last is pressed.
    #[track_caller]
    pub fn strike_together(&self, keys: &[char]) {
        let down = keys.iter().map(|key| json!({"type": "keyDown", "value": key}));
        let up = keys.iter().rev().map(|key| json!({"type": "keyUp", "value": key}));
        let actions: Vec<Value> = down.chain(up).collect();
        let body = json!({"actions": [{"type": "key", "id": "keyboard", "actions": actions}]});
        self.session().post("/actions", &body).unwrap();
    }

    /// Goes on with Tab until something has the focus.
    #[track_caller]
    pub fn tab_to(&self, wanted: &str) {
        self.tab_until(wanted, |at| at == wanted);
    }

    /// The same until the role and name begin so.
    #[track_caller]
    pub fn tab_to_what_begins(&self, wanted: &str) {
        self.tab_until(wanted, |at| at.starts_with(wanted));
    }

    #[track_caller]
    fn tab_until(&self, wanted: &str, is_there: impl Fn(&str) -> bool) {
        let mut seen = Vec::new();
        for _ in 0..MOST_STOPS {
            self.strike(&key::TAB.to_string());
            let at = self.focused();
            if is_there(&at) {
                return;
            }
            seen.push(at);
        }
        panic!("Tab never comes to {wanted}; it went to {seen:?}");
    }
}
