//! `/`: terminals on the person's own store, with its keys and tools beside them.

use leptos::prelude::*;

use crate::browser;
use crate::components::desk::{Desk, Panel, Workbench};
use crate::components::files::{DropZone, Importer};
use crate::components::frame::{Header, Trouble, WhileRunning};
use crate::components::notices::Notices;
use crate::components::palette::Palette;
use crate::components::terminals::Terminals;
use crate::format;
use crate::later::{self, entry};
use crate::session::{Client, Phase, Session, StoreSession};
use crate::url;

#[component]
pub fn Playground() -> impl IntoView {
    browser::set_title("Rediscover");
    match expect_context::<StoreSession>().get() {
        Ok((session, is_new)) => view! { <Store session is_new/> }.into_any(),
        Err(why) => view! { <Header/><Trouble title="The engine could not start"><p>{why}</p></Trouble> }.into_any(),
    }
}

#[component]
fn Store(session: Session, is_new: bool) -> impl IntoView {
    let notices = expect_context::<Notices>();
    let desk = Desk::new(session, Terminals::new(session, notices));
    let importer = Importer::new(session, notices);
    if url::has_workload(&browser::query()) {
        desk.show(Panel::Workload);
    }
    Effect::new(move || {
        if session.workload.linked.with(Option::is_some) {
            desk.show(Panel::Workload);
        }
    });
    let palette = expect_context::<Palette>();
    palette.offer(move |here| entry::playground_entries(here, palette, desk, importer));
    if is_new {
        greet(session, desk.client.get_untracked(), notices);
    }
    Effect::new(move || {
        if let Some(problem) = session.problem.get() {
            notices.warn(problem);
        }
    });
    view! {
        <Header session clock=true/>
        <main class="fill">
            <h1 class="visually-hidden">"Playground"</h1>
            <WhileRunning session>
                <DropZone importer>
                    <Workbench desk importer/>
                </DropZone>
            </WhileRunning>
        </main>
    }
}

const WELCOME: &str = "A Redis 7.4 that lives in this tab: no server, no account, nothing leaves it.\n\
                       Type a command, or help SET to look one up.\n";

/// Says once what this is, or what came back from the last visit.
fn greet(session: Session, client: Client, notices: Notices) {
    Effect::new(move || {
        let Phase::Running(started) = session.phase.get() else { return };
        match started.keys {
            0.0 => client.note(WELCOME),
            keys => client.note(&format!("{} restored from this browser.\n", format::counted(keys, "key"))),
        }
        for loss in &started.losses {
            notices.offer(loss.clone(), "Download what is left", move || {
                later::act(notices, move |here| entry::export_damaged(here, session, notices));
            });
        }
    });
}
