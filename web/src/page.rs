//! The page: what is around every route.

use leptos::prelude::*;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::path;

use crate::browser;
use crate::components::frame::{Header, Trouble};
use crate::components::notices::{NoticeList, Notices};
use crate::components::palette::Palette;
use crate::components::theme::Theme;
use crate::later::{self, entry};
use crate::reference::Reference;
use crate::routes::embed::Embed;
use crate::routes::playground::Playground;
use crate::session::StoreSession;

/// Draws the page.
pub fn start() {
    std::panic::set_hook(Box::new(|info| browser::log_error(&info.to_string())));
    mount_to_body(Page);
}

#[component]
fn Page() -> impl IntoView {
    if let Some(owner) = Owner::current() {
        provide_context(Reference::new(owner.clone()));
        provide_context(StoreSession::new(owner));
    }
    provide_context(Theme::new());
    let palette = Palette::new();
    provide_context(palette);
    window_event_listener(leptos::ev::keydown, move |event| palette.hear(&event));
    let notices = Notices::new();
    provide_context(notices);
    browser::on_update(move || {
        notices.offer("A new version of Rediscover is ready.", "Load it", browser::take_update);
    });
    view! {
        <Router base=browser::base_path()>
            <FlatRoutes fallback=NotFound>
                <Route path=path!("/") view=Playground/>
                <Route path=path!("/embed") view=Embed/>
                <Route path=path!("/learn") view=|| later::route(entry::learn)/>
                <Route path=path!("/learn/:slug") view=|| later::route(entry::lesson)/>
                <Route path=path!("/commands") view=|| later::route(entry::commands)/>
                <Route path=path!("/commands/:name") view=|| later::route(entry::command)/>
                <Route path=path!("/components") view=|| later::route(entry::gallery)/>
                <Route path=path!("/bench") view=|| later::route(entry::bench)/>
            </FlatRoutes>
            {later::once(move || palette.is_open.get(), entry::palette)}
            {later::once(move || palette.is_sheet_open.get(), entry::shortcuts)}
        </Router>
        // On every route: a new version may be there wherever a person is.
        <NoticeList notices/>
    }
}

#[component]
fn NotFound() -> impl IntoView {
    browser::set_title("Rediscover");
    view! {
        <Header/>
        <main>
            <Trouble title="There is nothing here">
                <p>
                    "The address names no page of this site. Go to the "
                    <a href=format!("{}/", browser::base_path())>"playground"</a> ", or choose a page above."
                </p>
            </Trouble>
        </main>
    }
}
