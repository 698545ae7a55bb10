//! A person with a mouse, where more than a click matters.

use super::page::{Element, Page};
use serde_json::{Value, json};

/// How long the mouse takes from place to place: a browser takes what moves no further and no slower for a click.
const MOVES_MS: u32 = 50;

impl Page {
    /// Drags one element to another: presses, moves and lets go.
    #[track_caller]
    pub fn drag(&self, from: &Element, to: &Element) {
        let to_middle = |element: &Element, by: i32| -> Value {
            json!({"type": "pointerMove", "origin": element.argument(), "x": by, "y": 0, "duration": MOVES_MS})
        };
        let actions = [
            to_middle(from, 0),
            json!({"type": "pointerDown", "button": 0}),
            to_middle(from, 8),
            to_middle(to, 0),
            to_middle(to, 2),
            json!({"type": "pointerUp", "button": 0}),
        ];
        let mouse =
            json!({"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions});
        self.session().post("/actions", &json!({ "actions": [mouse] })).unwrap();
    }
}
