//! The functions by which the later part of the page is entered. None may be inlined into the part that comes first.

use leptos::prelude::*;
use wasm_bindgen::JsValue;
use web_sys::File;

use super::Here;
use crate::browser;
use crate::components::charts::Charts;
use crate::components::clock_menu::{ClockSheet, Turning};
use crate::components::command_file::{CommandFiles, FileConsent, FileRun};
use crate::components::command_help::{HelpContent, Helped};
use crate::components::desk::Desk;
use crate::components::files::{Consent, Holds, Importer};
use crate::components::finder::Entry;
use crate::components::key_actions::{KeyActions, KeyBar};
use crate::components::key_controls::{DatabaseChoice, KeyFilter, KeyOptions};
use crate::components::keys::Chosen;
use crate::components::notices::Notices;
use crate::components::other_tab::{Elsewhere, TakenOver};
use crate::components::palette::{Palette, PaletteDialog};
use crate::components::playground_entries;
use crate::components::shortcut_sheet::ShortcutSheet;
use crate::components::terminals::{Line, PastedCommands, State};
use crate::components::value::Value;
use crate::components::workload::Workload;
use crate::routes::bench::BenchRoute;
use crate::routes::command::CommandRoute;
use crate::routes::commands::Commands;
use crate::routes::gallery::Gallery;
use crate::routes::learn::Learn;
use crate::routes::lesson::LessonRoute;
use crate::session::{Client, Session};

/// Functions that show one component each.
macro_rules! entries {
    ($(fn $name:ident($($argument:ident: $kind:ty),*) = $component:ident;)*) => {$(
        #[inline(never)]
        pub fn $name(_: Here, $($argument: $kind),*) -> AnyView {
            view! { <$component $($argument=$argument)*/> }.into_any()
        }
    )*};
}

entries! {
    fn bench() = BenchRoute;
    fn command() = CommandRoute;
    fn commands() = Commands;
    fn gallery() = Gallery;
    fn learn() = Learn;
    fn lesson() = LessonRoute;
    fn charts(desk: Desk) = Charts;
    fn clock(turning: Turning) = ClockSheet;
    fn consent(importer: Importer) = Consent;
    fn database_choice(client: Signal<Client>) = DatabaseChoice;
    fn elsewhere(session: Session) = Elsewhere;
    fn file_consent(files: CommandFiles, client: RwSignal<Client>) = FileConsent;
    fn file_run(files: CommandFiles) = FileRun;
    fn help(helped: Helped) = HelpContent;
    fn key_bar(actions: KeyActions) = KeyBar;
    fn key_options(filter: KeyFilter) = KeyOptions;
    fn pasted(line: Line) = PastedCommands;
    fn shortcuts() = ShortcutSheet;
    fn taken_over(session: Session) = TakenOver;
    fn terminal_state(client: Client) = State;
    fn value(session: Session, chosen: Chosen, client: Signal<Client>) = Value;
    fn workload(desk: Desk) = Workload;
}

/// The palette, which asks the route that is shown what it offers.
#[inline(never)]
pub fn palette(here: Here) -> AnyView {
    view! { <PaletteDialog here/> }.into_any()
}

/// What the palette offers at a desk.
#[inline(never)]
pub fn playground_entries(_: Here, palette: Palette, desk: Desk, importer: Importer) -> Vec<Entry> {
    playground_entries::entries(palette, desk, importer)
}

/// Hands a panel what the worker says to it.
#[inline(never)]
pub fn hear(here: Here, session: Session, data: JsValue) {
    session.hear_for_panels(here, data);
}

/// Reads a file that a person gave.
#[inline(never)]
pub fn take_file(_: Here, importer: Importer, file: File, what: Holds) {
    importer.read(file, what);
}

/// Hands all keys out as a file.
#[inline(never)]
pub fn export(_: Here, importer: Importer) {
    importer.export();
}

/// Hands out the stored files that could not be read.
#[inline(never)]
pub fn export_damaged(_: Here, session: Session, notices: Notices) {
    session.files.damaged(move |files| {
        for file in files {
            if let Err(why) = browser::download(&file.name, &file.bytes) {
                notices.warn(why);
            }
        }
    });
}

/// Deletes a key from the tree.
#[inline(never)]
pub fn delete_key(_: Here, actions: KeyActions, database: u32, key: Vec<u8>) {
    actions.delete(database, key);
}
