//! What can be done to any key.

use super::{Action, Form, Input, Kind, Word, called, fixed, open, run};
use crate::protocol::Element;
use crate::visible::Draft;

fn name(key: &[u8]) -> String {
    called(&Element { bytes: key.to_vec().into(), len: key.len() as u32 })
}

pub fn remove(key: &[u8]) -> Action {
    run("Delete", format!("Delete {}", name(key)), &[b"DEL", key], format!("{} deleted.", name(key)))
}

/// Gives a key another name; RENAMENX leaves a key that has it already alone.
pub fn rename(key: &[u8]) -> Action {
    let mut words = fixed(&[b"RENAMENX", key]);
    words.push(Word::Input(0));
    open(
        "Rename",
        Form {
            title: format!("Rename {}", name(key)),
            button: "Rename",
            inputs: vec![Input { label: "New name", draft: Draft::of(key), kind: Kind::Bytes }],
            words,
            said: "Renamed.".to_owned(),
            note: "A key that has this name already is left alone.",
            source: None,
        },
    )
}

/// Sets and takes away the key's time to live.
pub fn expire(key: &[u8], expires: bool) -> Vec<Action> {
    let mut words = fixed(&[b"EXPIRE", key]);
    words.push(Word::Input(0));
    let form = Form {
        title: "Set the TTL".to_owned(),
        button: "Set",
        inputs: vec![Input { label: "Seconds", kind: Kind::Positive, ..Input::default() }],
        words,
        said: "The time to live is set.".to_owned(),
        note: "",
        source: None,
    };
    let mut actions = vec![open("Set", form)];
    if expires {
        let said = "The key stays for good.".to_owned();
        actions.push(run("Remove", "Remove the TTL".to_owned(), &[b"PERSIST", key], said));
    }
    actions
}
