//! Export and Import: the store as a `dump.rdb`, out and in; and files of commands, which another module runs.

use leptos::ev::{ClipboardEvent, DragEvent};
use leptos::html::{Dialog, Input};
use leptos::prelude::*;
use web_sys::File;

use super::command_file::CommandFiles;
use super::notices::Notices;
use crate::browser;
use crate::format;
use crate::later::{self, entry};
use crate::protocol::ImportOutcome;
use crate::session::Session;
use crate::visible;

/// The field that takes files.
const INPUT: &str = "import-file";
/// The field that takes files of commands.
const COMMANDS: &str = "commands-file";
/// How every RDB file begins.
const RDB: &[u8] = b"REDIS";

/// What a file is taken for.
#[derive(Clone, Copy, PartialEq)]
pub enum Holds {
    /// An RDB file.
    Keys,
    Commands,
    /// What it begins with tells which.
    Either,
}

/// Imports files that a person chose or dropped, asking before anything is replaced.
#[derive(Clone, Copy)]
pub struct Importer {
    session: Session,
    notices: Notices,
    pub commands: CommandFiles,
    /// The file that waits for consent: its name, its keys, the keys it would replace.
    asking: RwSignal<Option<(String, f64, f64)>>,
}

impl Importer {
    pub fn new(session: Session, notices: Notices) -> Importer {
        Importer { session, notices, commands: CommandFiles::new(session, notices), asking: RwSignal::new(None) }
    }

    /// A file that was dropped, pasted or chosen.
    pub fn take(self, file: File, what: Holds) {
        later::act(self.notices, move |here| entry::take_file(here, self, file, what));
    }

    /// Reads a file, and imports or offers to run what it holds.
    pub fn read(self, file: File, what: Holds) {
        // Nothing in a file's name hides what it is.
        let name = visible::text(file.name().as_bytes());
        browser::read_file(file, move |bytes| match bytes {
            Ok(bytes) if what == Holds::Keys || (what == Holds::Either && bytes.starts_with(RDB)) => {
                self.session.files.import(bytes, move |outcome| self.tell(name, outcome));
            }
            Ok(bytes) => self.commands.offer(name, bytes),
            Err(why) => self.notices.warn(format!("{name} could not be read: {why}")),
        });
    }

    /// Whether a file waits for consent.
    fn asks(self) -> bool {
        self.asking.with(Option::is_some)
    }

    /// Offers all keys as a file to keep.
    pub fn export(self) {
        self.session.files.export(move |rdb| {
            if let Err(why) = browser::download("dump.rdb", &rdb) {
                self.notices.warn(format!("The file could not be made: {why}"));
            }
        });
    }

    /// Lets the person choose a file.
    pub fn ask(self) {
        browser::click(&format!("#{INPUT}"));
    }

    /// Lets the person choose a file of commands to run.
    pub fn ask_commands(self) {
        browser::click(&format!("#{COMMANDS}"));
    }

    fn tell(self, name: String, outcome: ImportOutcome) {
        match outcome {
            ImportOutcome::Refused(why) => {
                self.notices.warn(format!("{name} was not imported: {why}. Nothing was changed."));
            }
            ImportOutcome::WouldReplace { keys, present } => self.asking.set(Some((name, keys, present))),
            ImportOutcome::Done { keys, replaced: 0.0 } => {
                self.notices.tell(format!("Imported {} from {name}.", format::counted(keys, "key")));
            }
            ImportOutcome::Done { keys, replaced } => {
                let imported = format::counted(keys, "key");
                let text = format!("Imported {imported} from {name}; {} went away.", format::counted(replaced, "key"));
                self.notices.offer(text, "Undo", move || {
                    self.session.files.undo_import(move |outcome| self.tell("the backup".to_owned(), outcome));
                });
            }
        }
    }
}

/// The buttons, and the question before keys are replaced.
#[component]
pub fn Files(importer: Importer) -> impl IntoView {
    let input = NodeRef::<Input>::new();
    let chosen = move |input: NodeRef<Input>, what: Holds| {
        if let Some(input) = input.get_untracked() {
            if let Some(file) = input.files().and_then(|files| files.get(0)) {
                importer.take(file, what);
            }
            // So that the same file can be chosen again.
            input.set_value("");
        }
    };
    let commands = NodeRef::<Input>::new();
    view! {
        <div class="files">
            <button type="button" title="Export: download all keys as dump.rdb" on:click=move |_| later::act(importer.notices, move |here| entry::export(here, importer))>
                {icon("M4 11v5h12v-5M10 12V3M6.500 6.500 10 3l3.500 3.500")}
                <span class="words">"Export"</span>
            </button>
            <button type="button" title="Import: load a dump.rdb" on:click=move |_| importer.ask()>
                {icon("M4 11v5h12v-5M10 3v9M6.500 8.500 10 12l3.500-3.500")}
                <span class="words">"Import"</span>
            </button>
            <input type="file" id=INPUT aria-label="RDB file" class="visually-hidden" tabindex="-1" node_ref=input on:change=move |_| chosen(input, Holds::Keys)/>
            <button
                type="button"
                aria-label="Run a file of commands"
                title="Run a file of commands: one a line, or RESP as for redis-cli --pipe"
                on:click=move |_| importer.ask_commands()
            >
                {icon("M3 4.500h14M3 9h5M3 13.500h5M11 8.500v8l6-4z")}
                <span class="words" aria-hidden="true">"Run"</span>
            </button>
            <input
                type="file"
                id=COMMANDS
                aria-label="File of commands"
                class="visually-hidden"
                tabindex="-1"
                node_ref=commands
                on:change=move |_| chosen(commands, Holds::Commands)
            />
        </div>
        {later::once(move || importer.asks(), move |here| entry::consent(here, importer))}
    }
}

/// A drawing that a button has beside its word, or instead of it where there is no room for words.
fn icon(lines: &'static str) -> AnyView {
    view! { <svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true"><path d=lines></path></svg> }.into_any()
}

/// The question before keys are replaced.
#[component]
pub fn Consent(importer: Importer) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move || {
        if let (Some(dialog), true) = (dialog.get(), importer.asks()) {
            let _ = dialog.show_modal();
        }
    });
    let close = move || {
        importer.asking.set(None);
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let replace = move |_| {
        let name = importer.asking.get_untracked().map(|(name, ..)| name).unwrap_or_default();
        importer.session.files.confirm_import(move |outcome| importer.tell(name, outcome));
        close();
    };
    view! {
        <dialog node_ref=dialog aria-labelledby="consent-title" on:close=move |_| importer.asking.set(None)>
            <h2 id="consent-title">"Replace what is in the store?"</h2>
            <p>
                {move || importer.asking.get().map(|(name, keys, present)| format!(
                    "{name} holds {}. The {} in the store would go away; you can bring them back with Undo.",
                    format::counted(keys, "key"),
                    format::counted(present, "key"),
                ))}
            </p>
            <div class="buttons">
                <button type="button" on:click=move |_| close()>"Keep the store"</button>
                <button type="button" class="primary" on:click=replace>"Replace"</button>
            </div>
        </dialog>
    }
}

/// Lets files be dropped anywhere on its children.
#[component]
pub fn DropZone(importer: Importer, children: Children) -> impl IntoView {
    let over = RwSignal::new(false);
    let has_file =
        |event: &DragEvent| event.data_transfer().is_some_and(|data| data.types().includes(&"Files".into(), 0));
    let on_over = move |event: DragEvent| {
        if has_file(&event) {
            event.prevent_default();
            over.set(true);
        }
    };
    let on_drop = move |event: DragEvent| {
        over.set(false);
        let file = event.data_transfer().and_then(|data| data.files()).and_then(|files| files.get(0));
        if let Some(file) = file {
            event.prevent_default();
            importer.take(file, Holds::Either);
        }
    };
    let on_paste = move |event: ClipboardEvent| {
        let file = event.clipboard_data().and_then(|data| data.files()).and_then(|files| files.get(0));
        if let Some(file) = file {
            event.prevent_default();
            importer.take(file, Holds::Either);
        }
    };
    view! {
        <div class="drop-zone" class:over=move || over.get() on:dragover=on_over on:dragleave=move |_| over.set(false) on:drop=on_drop on:paste=on_paste>
            {children()}
        </div>
    }
}
