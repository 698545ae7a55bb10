//! The engine's clock, to look at and to turn.

use leptos::prelude::*;

use crate::format;
use crate::protocol::ClockOrder;
use crate::session::Session;

const MINUTE_MS: f64 = 60_000.0;
const HOUR_MS: f64 = 60.0 * MINUTE_MS;

#[component]
pub fn Clock(session: Session) -> impl IntoView {
    let speed = move || session.clock.state.get().map_or(1.0, |clock| clock.speed);
    let paused = move || speed() == 0.0;
    let next = move || session.clock.state.get().and_then(|clock| clock.next_expiry_ms);
    let turn = move |order: ClockOrder| move |_| session.clock.turn(order);
    view! {
        <div class="clock" role="group" aria-label="Clock">
            <span class="time" class:paused=paused>{move || time_of_day(session.clock.now_ms.get())}</span>
            <button type="button" on:click=move |_| session.clock.turn(ClockOrder::Speed(if paused() { 1.0 } else { 0.0 }))>
                {move || if paused() { "Resume" } else { "Pause" }}
            </button>
            <button type="button" on:click=turn(ClockOrder::Step { by_ms: MINUTE_MS })>"+1 min"</button>
            <button type="button" on:click=turn(ClockOrder::Step { by_ms: HOUR_MS })>"+1 h"</button>
            <button
                type="button"
                disabled=move || next().is_none()
                title=move || next().map(|at| format!("in {}", format::duration(at - session.clock.now_ms.get())))
                on:click=turn(ClockOrder::NextExpiry)
            >
                "Next expiry"
            </button>
        </div>
    }
}

/// Hours, minutes and seconds where the person is.
fn time_of_day(ms: f64) -> String {
    let date = js_sys::Date::new(&ms.into());
    format!("{:02}:{:02}:{:02}", date.get_hours(), date.get_minutes(), date.get_seconds())
}
