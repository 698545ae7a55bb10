//! Below what a terminal has printed: what its client is in the middle of. What it waits for and for how long, the
//! channels it listens to, the commands it has queued, the keys it watches.

use leptos::prelude::*;

use crate::browser;
use crate::format::{counted, grouped};
use crate::protocol::{Awaiting, Connection, Few, WaitReason, Waits};
use crate::session::Client;

/// Whether there is anything to say.
pub fn is_in_midst(client: Client) -> bool {
    let is_plain = client.connection.with(|connection| {
        let counts = [connection.channels.count, connection.watched.count];
        counts == [0; 2] && connection.queue.is_none() && connection.live.is_none()
    });
    !is_plain || client.waiting.get() > 0 || client.awaiting.get() != Awaiting::Nothing || client.is_unkillable.get()
}

#[component]
pub fn State(client: Client) -> impl IntoView {
    view! {
        <Queue client/>
        <Waiting client/>
        <Restart client/>
    }
    .into_any()
}

/// What the terminal waits for and for how long, with a button for those who have no Ctrl-C.
#[component]
fn Waiting(client: Client) -> impl IntoView {
    let now_ms = client.session().clock.now_ms;
    let seconds = Memo::new(move |_| match client.awaiting.get() {
        Awaiting::Reply { since_ms } | Awaiting::Running { since_ms } => {
            ((now_ms.get() - since_ms) / 1000.0).max(0.0).floor()
        }
        _ => 0.0,
    });
    let lines = move || match client.waiting.get() {
        0 => String::new(),
        count => {
            let then = if client.awaiting.get() == Awaiting::Nothing { "" } else { "; then " };
            format!("{then}{} to run", counted(f64::from(count), "line"))
        }
    };
    let connection = client.connection;
    let state = move || match client.awaiting.get() {
        Awaiting::Nothing => String::new(),
        Awaiting::Reply { .. } => {
            let what = connection.with(|connection| connection.waits.as_ref().map(reason));
            format!("Waiting for the reply{}", what.unwrap_or_default())
        }
        Awaiting::Messages => "Reading messages... (press Ctrl-C to quit or any key to type command)".to_owned(),
        Awaiting::Monitor => "Showing what clients run (press Ctrl-C to quit)".to_owned(),
        Awaiting::Running { .. } => "Running until it is done (press Ctrl-C to stop)".to_owned(),
    };
    let gives_up_in = Memo::new(move |_| {
        let until = connection.with(|connection| connection.waits.as_ref().and_then(|waits| waits.until_ms));
        until.map(|until| ((until - now_ms.get()) / 1000.0).max(0.0).ceil())
    });
    // Counts up without being read out each time.
    let since = move || {
        let since = match seconds.get() {
            0.0 => String::new(),
            seconds => format!("{} s", grouped(seconds)),
        };
        match gives_up_in.get() {
            Some(left) => format!("{since}{}gives up in {} s", if since.is_empty() { "" } else { ", " }, grouped(left)),
            None => since,
        }
    };
    let live = move || connection.with(|connection| connection.live.clone());
    let channels = move || connection.with(|connection| listed(&connection.channels));
    view! {
        {move || live().map(|live| view! { <p class="in-midst">{live}</p> })}
        <Show when=move || { client.waiting.get() > 0 || client.awaiting.get() != Awaiting::Nothing }>
            <p class="waiting">
                <span role="status" aria-label="Terminal">{state}{lines}</span>
                <span class="since" aria-hidden="true">{since}</span>
                <button type="button" on:click=move |_| client.interrupt()>"Stop"</button>
            </p>
        </Show>
        <Show when=move || connection.with(|connection| connection.channels.count > 0)>
            <p class="in-midst">"Listens to " <span>{channels}</span></p>
        </Show>
    }
}

/// What is queued since MULTI, and what is watched for it.
#[component]
fn Queue(client: Client) -> impl IntoView {
    let connection = client.connection;
    let is_open = move || connection.with(|connection| connection.queue.is_some());
    let rows = move || {
        connection.with(|connection| {
            let queue = connection.queue.clone().unwrap_or_default();
            let left = rest(&queue);
            let rows = queue.shown.into_iter().map(|line| view! { <li>{line}</li> }).collect_view();
            view! { {rows} {left.map(|left| view! { <li class="muted">{left}</li> })} }
        })
    };
    let title = move || {
        connection.with(|connection| {
            let count = connection.queue.as_ref().map_or(0, |queue| queue.count);
            match (connection.is_queue_bad, count) {
                (true, _) => "A command was refused: EXEC will discard all of them".to_owned(),
                (false, 0) => "Inside MULTI: nothing queued yet".to_owned(),
                (false, 1) => "1 command queued until EXEC".to_owned(),
                (false, count) => format!("{} commands queued until EXEC", grouped(f64::from(count))),
            }
        })
    };
    let is_watching = move || connection.with(|connection| connection.watched.count > 0);
    view! {
        <Show when=is_watching>
            <p class="in-midst">{move || connection.with(watching)}</p>
        </Show>
        <Show when=is_open>
            <section class="queue" aria-label="Queue">
                <p role="status" aria-label="Transaction">{title}</p>
                <ol>{rows}</ol>
                <p class="buttons">
                    <button type="button" on:click=move |_| client.run("EXEC")>"EXEC"</button>
                    <button type="button" on:click=move |_| client.run("DISCARD")>"DISCARD"</button>
                </p>
            </section>
        </Show>
    }
}

/// The way out of a script that has written and does not end: what is stored holds nothing of it.
#[component]
fn Restart(client: Client) -> impl IntoView {
    view! {
        <Show when=move || client.is_unkillable.get()>
            <p class="waiting">
                <span role="status" aria-label="Script">
                    "A restart ends the script and goes back to the last saved state, without what the script wrote."
                </span>
                <button type="button" on:click=move |_| browser::reload()>"Restart"</button>
            </p>
        </Show>
    }
}

/// After "Waiting for the reply".
fn reason(waits: &Waits) -> String {
    let Waits { command, keys, .. } = waits;
    match waits.reason {
        WaitReason::Keys => format!(" to {command}: something in {}", listed(keys)),
        WaitReason::Replicas => format!(" to {command}: replicas, of which there are none"),
        WaitReason::Pause => format!(" to {command}: the end of CLIENT PAUSE"),
        WaitReason::Sleep => format!(" to {command}: time to pass"),
        WaitReason::Storage => format!(" to {command}: the data to be stored"),
        WaitReason::Script => format!(" to {command}: the end of the script"),
    }
}

fn watching(connection: &Connection) -> String {
    let watched = listed(&connection.watched);
    match connection.is_watch_broken {
        false => format!("Watches {watched}"),
        true => format!("Watched {watched}, of which something has changed: EXEC will do nothing"),
    }
}

fn listed(few: &Few) -> String {
    let mut text = few.shown.join(", ");
    if let Some(left) = rest(few) {
        text.push_str(", ");
        text.push_str(&left);
    }
    text
}

/// Those that are not shown.
fn rest(few: &Few) -> Option<String> {
    let left = (few.count as usize).saturating_sub(few.shown.len());
    (left > 0).then(|| format!("and {} more", grouped(left as f64)))
}
