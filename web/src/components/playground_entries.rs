//! What the playground adds to the command palette.

use leptos::prelude::*;

use super::desk::{Desk, PANELS, Panel};
use super::files::Importer;
use super::finder::Entry;
use super::key_controls::FILTER;
use super::palette::Palette;
use crate::browser;
use crate::format;
use crate::protocol::ClockOrder;

/// How far the clock can be stepped at once.
const STEPS: [(&str, f64); 5] =
    [("1 second", 1e3), ("10 seconds", 1e4), ("1 minute", 6e4), ("1 hour", 3.6e6), ("1 day", 8.64e7)];

/// What can be done at this desk.
pub fn entries(palette: Palette, desk: Desk, importer: Importer) -> Vec<Entry> {
    let session = desk.session;
    palette.ask_commands(session);
    let mut entries: Vec<Entry> = PANELS
        .map(|panel| Entry::new(format!("Show: {}", panel.label()), "", move || desk.show(panel)))
        .into_iter()
        .collect();
    if desk.terminals.has_room() {
        entries.push(Entry::new("New terminal", "Alt+Shift+N", move || desk.terminals.open()));
    }
    entries.push(Entry::new("Filter the keys", "/", move || {
        desk.show(Panel::Keys);
        request_animation_frame(|| browser::focus(FILTER));
    }));
    entries.push(Entry::new("Export: download all keys as dump.rdb", "", move || importer.export()));
    entries.push(Entry::new("Import: load a dump.rdb", "", move || importer.ask()));
    let clock = session.clock.state.get_untracked();
    let turn = move |name: String, order: ClockOrder| Entry::new(name, "", move || session.clock.turn(order));
    match clock.map_or(1.0, |clock| clock.speed) {
        0.0 => entries.push(turn("Clock: go on".to_owned(), ClockOrder::Speed(1.0))),
        _ => entries.push(turn("Clock: pause".to_owned(), ClockOrder::Speed(0.0))),
    }
    entries.extend(STEPS.map(|(name, by_ms)| turn(format!("Clock: step by {name}"), ClockOrder::Step { by_ms })));
    if clock.is_some_and(|clock| clock.next_expiry_ms.is_some()) {
        entries.push(turn("Clock: step to the next expiry".to_owned(), ClockOrder::NextExpiry));
    }
    if clock.is_some_and(|clock| !clock.real) {
        entries.push(turn("Clock: back to real time".to_owned(), ClockOrder::Real));
    }
    for (number, keys) in session.keys.view.with_untracked(|view| view.databases.clone()) {
        let name = format!("Select database {number}: {}", format::counted(f64::from(keys), "key"));
        entries.push(Entry::new(name, "", move || desk.client.get_untracked().run(&format!("SELECT {number}"))));
    }
    entries
}
