//! `/embed?cmd=...`: a bare terminal with commands from the address, for frames in other pages.
//!
//! Runs nothing by itself: whoever made the address decided what the commands are, so the person who sees them says
//! whether they run. Works on a store of its own, in memory.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::browser;
use crate::components::frame::{Trouble, WhileRunning};
use crate::components::terminals::Terminal;
use crate::session::{Purpose, Session};
use crate::url::embedded_commands;
use crate::visible;

#[component]
pub fn Embed() -> impl IntoView {
    browser::set_title("Rediscover");
    let query = browser::query();
    let _ = use_location();
    let session = match Session::start(Purpose::Scratch) {
        Ok(session) => session,
        Err(why) => return view! { <Trouble title="The engine could not start"><p>{why}</p></Trouble> }.into_any(),
    };
    let client = session.first_client();
    let offer = match embedded_commands(&query) {
        Ok(commands) if commands.is_empty() => ().into_any(),
        Ok(commands) => {
            let ran = RwSignal::new(false);
            let lines = commands.join("\n");
            let run = move |_| {
                client.run(&lines);
                ran.set(true);
            };
            view! {
                <section class="offer" aria-label="Commands">
                    <div>
                        <p class="muted">"This page suggests these commands. They run when you press Run, in a store that lives in memory only."</p>
                        <ol class="offered" tabindex="0">
                            // Whoever consents has to see what there is: nothing may turn its direction or be invisible.
                            {commands.into_iter().map(|line| view! { <li><code>{visible::text(line.as_bytes())}</code></li> }).collect_view()}
                        </ol>
                    </div>
                    <button type="button" class="primary" on:click=run>{move || if ran.get() { "Run again" } else { "Run" }}</button>
                </section>
            }
            .into_any()
        }
        Err(why) => {
            view! { <p class="damage" role="alert">{format!("{why} None of them is offered here.")}</p> }.into_any()
        }
    };
    view! {
        <main class="embed">
            <h1 class="visually-hidden">"Terminal"</h1>
            {offer}
            <WhileRunning session><Terminal client focus=false/></WhileRunning>
        </main>
    }
    .into_any()
}
