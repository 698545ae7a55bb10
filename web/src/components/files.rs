//! Export and Import: the store as a `dump.rdb`, out and in.

use leptos::ev::DragEvent;
use leptos::html::{Dialog, Input};
use leptos::prelude::*;
use web_sys::File;

use super::notices::Notices;
use crate::browser;
use crate::format;
use crate::protocol::ImportOutcome;
use crate::session::Session;

/// The field that takes files.
const INPUT: &str = "import-file";

/// Imports files that a person chose or dropped, asking before anything is replaced.
#[derive(Clone, Copy)]
pub struct Importer {
    session: Session,
    notices: Notices,
    /// The file that waits for consent: its name, its keys, the keys it would replace.
    asking: RwSignal<Option<(String, f64, f64)>>,
}

impl Importer {
    pub fn new(session: Session, notices: Notices) -> Importer {
        Importer { session, notices, asking: RwSignal::new(None) }
    }

    pub fn take(self, file: File) {
        let name = file.name();
        browser::read_file(file, move |bytes| match bytes {
            Ok(bytes) => self.session.import(bytes, move |outcome| self.tell(name, outcome)),
            Err(why) => self.notices.warn(format!("{name} could not be read: {why}")),
        });
    }

    /// Offers all keys as a file to keep.
    pub fn export(self) {
        self.session.export(move |rdb| {
            if let Err(why) = browser::download("dump.rdb", &rdb) {
                self.notices.warn(format!("The file could not be made: {why}"));
            }
        });
    }

    /// Lets the person choose a file.
    pub fn ask(self) {
        browser::click(&format!("#{INPUT}"));
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
                    self.session.undo_import(move |outcome| self.tell("the backup".to_owned(), outcome));
                });
            }
        }
    }
}

/// The two buttons, and the question before keys are replaced.
#[component]
pub fn Files(importer: Importer) -> impl IntoView {
    let input = NodeRef::<Input>::new();
    let chosen = move |_| {
        if let Some(input) = input.get_untracked() {
            if let Some(file) = input.files().and_then(|files| files.get(0)) {
                importer.take(file);
            }
            // So that the same file can be chosen again.
            input.set_value("");
        }
    };
    view! {
        <div class="files">
            <button type="button" title="Download all keys as dump.rdb" on:click=move |_| importer.export()>"Export"</button>
            <button type="button" title="Load a dump.rdb" on:click=move |_| importer.ask()>
                "Import"
            </button>
            <input type="file" id=INPUT aria-label="RDB file" class="visually-hidden" tabindex="-1" node_ref=input on:change=chosen/>
        </div>
        <Consent importer/>
    }
}

#[component]
fn Consent(importer: Importer) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move || {
        if let (Some(dialog), true) = (dialog.get(), importer.asking.with(Option::is_some)) {
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
        importer.session.confirm_import(move |outcome| importer.tell(name, outcome));
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
            importer.take(file);
        }
    };
    view! {
        <div class="drop-zone" class:over=move || over.get() on:dragover=on_over on:dragleave=move |_| over.set(false) on:drop=on_drop>
            {children()}
        </div>
    }
}
