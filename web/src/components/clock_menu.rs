//! The clock in the header: what time it is for the engine, and everything that can be done about it.
//!
//! The header shows the time, and in a word what is unusual about it; the rest is in a popover, which the browser
//! opens, closes and puts in the order of focus by itself.

use leptos::prelude::*;

use super::notices::Notices;
use crate::browser;
use crate::format;
use crate::later::{self, entry};
use crate::protocol::ClockOrder;
use crate::session::Session;
use crate::shortcuts::{self, Action, Place};

const SPEEDS: [(f64, &str); 5] = [(0.0, "Paused"), (1.0, "1×"), (10.0, "10×"), (60.0, "60×"), (3600.0, "3600×")];
const STEPS: [(f64, &str); 5] =
    [(1e3, "+1 s"), (10e3, "+10 s"), (60e3, "+1 min"), (3_600e3, "+1 h"), (86_400e3, "+1 day")];
/// A lead of less is not worth a word.
const LEAST_LEAD_MS: f64 = 500.0;

/// The clock as the header and the popover know it.
#[derive(Clone, Copy)]
pub struct Turning {
    session: Session,
    notices: Notices,
    speed: Memo<f64>,
    is_real: Memo<bool>,
    /// The real time, to the second.
    real_ms: RwSignal<f64>,
}

impl Turning {
    pub fn new(session: Session, notices: Notices) -> Turning {
        let real_ms = RwSignal::new(browser::now_ms());
        browser::every(1000, move || real_ms.set(browser::now_ms()));
        let speed = Memo::new(move |_| session.clock.state.get().map_or(1.0, |clock| clock.speed));
        let is_real = Memo::new(move |_| session.clock.state.get().is_none_or(|clock| clock.real));
        Turning { session, notices, speed, is_real, real_ms }
    }

    /// How far it is ahead of real time; both are read again each second, and when the clock was turned.
    fn lead_ms(self) -> f64 {
        self.real_ms.track();
        let lead = match self.session.clock.state.get() {
            Some(clock) if clock.speed == 1.0 => clock.lead_ms,
            _ => self.session.clock.now_ms.get() - browser::now_ms(),
        };
        if self.is_real.get() || lead.abs() < LEAST_LEAD_MS { 0.0 } else { lead }
    }

    fn turn(self, order: ClockOrder) {
        self.session.clock.turn(order);
    }

    fn pause(self) {
        self.turn(ClockOrder::Speed(if self.speed.get_untracked() == 0.0 { 1.0 } else { 0.0 }));
    }

    fn to_real(self) {
        let (lead, speed) = (untrack(|| self.lead_ms()), self.speed.get_untracked());
        let (shown_ms, real_ms) = (self.session.clock.exactly_ms(), browser::now_ms());
        self.turn(ClockOrder::Real);
        if lead > 0.0 {
            let text =
                format!("The clock went back by {}: keys that expire do so that much later.", format::duration(lead));
            self.notices.offer(text, "Undo", move || self.session.clock.leave_real(shown_ms, real_ms, speed));
        }
    }
}

/// The clock of the playground.
#[component]
pub fn ClockMenu(session: Session) -> impl IntoView {
    let turning = Turning::new(session, expect_context::<Notices>());
    let Turning { speed, is_real, .. } = turning;
    let keys = window_event_listener(leptos::ev::keydown, move |event| match pressed(&event) {
        Some(Action::PauseClock) => {
            event.prevent_default();
            turning.pause();
        }
        Some(Action::StepClock) => {
            event.prevent_default();
            turning.turn(ClockOrder::Step { by_ms: 1000.0 });
        }
        _ => {}
    });
    on_cleanup(move || keys.remove());
    let state = move || match speed.get() {
        0.0 => "paused".to_owned(),
        speed if speed != 1.0 => format!("{speed}×"),
        _ if turning.lead_ms() != 0.0 => short_lead(turning.lead_ms()),
        _ => String::new(),
    };
    let is_open = RwSignal::new(false);
    view! {
        <button type="button" class="clock-now" class:moved=move || !is_real.get() popovertarget="clock-menu">
            <span class="visually-hidden">"Clock "</span>
            <span class="time">
                {move || hours_and_minutes(session.clock.now_ms.get())}
                <span class="seconds">{move || seconds(session.clock.now_ms.get())}</span>
            </span>
            <span class="state">{move || state()}</span>
        </button>
        <div id="clock-menu" class="clock-menu" popover="auto" role="dialog" aria-label="Clock" on:beforetoggle=move |_: leptos::ev::Event| is_open.set(true)>
            {later::once(move || is_open.get(), move |here| entry::clock(here, turning))}
        </div>
    }
}

/// What is in the popover: everything that can be done about the clock, and the rules it follows.
#[component]
pub fn ClockSheet(turning: Turning) -> impl IntoView {
    let Turning { session, speed, is_real, .. } = turning;
    let next_ms = move || session.clock.state.get().and_then(|clock| clock.next_expiry_ms);
    let next = move || match next_ms() {
        Some(at_ms) => format!("To the next expiry, in {}", format::duration(at_ms - session.clock.now_ms.get())),
        None => "No key expires".to_owned(),
    };
    let lead = move || match turning.lead_ms() {
        0.0 => "Real time".to_owned(),
        lead => {
            format!("{} {} real time", format::duration(lead.abs()), if lead > 0.0 { "ahead of" } else { "behind" })
        }
    };
    view! {
        <p class="date">{move || date(session.clock.now_ms.get())}</p>
        <p class="muted">{lead}</p>
        <div class="group" role="group" aria-label="Speed">
            {SPEEDS.map(|(factor, label)| view! {
                <button
                    type="button"
                    aria-pressed=move || (speed.get() == factor).to_string()
                    on:click=move |_| turning.turn(ClockOrder::Speed(factor))
                >
                    {label}
                </button>
            }).collect_view()}
        </div>
        <div class="group" role="group" aria-label="Step">
            {STEPS.map(|(by_ms, label)| view! {
                <button type="button" on:click=move |_| turning.turn(ClockOrder::Step { by_ms })>{label}</button>
            }).collect_view()}
        </div>
        <div class="group wide">
            // Not disabled, which would take the focus away from who has just used it with the keyboard.
            <button
                type="button"
                aria-disabled=move || next_ms().is_none().to_string()
                on:click=move |_| if next_ms().is_some() { turning.turn(ClockOrder::NextExpiry) }
            >
                {next}
            </button>
            <button
                type="button"
                aria-disabled=move || is_real.get().to_string()
                on:click=move |_| if !is_real.get_untracked() { turning.to_real() }
            >
                "Back to real time"
            </button>
        </div>
        <p class="rules">
            "TTLs, blocking timeouts, idle times and the IDs of stream entries follow this clock. A deadline is a moment on it: \
             a pause holds it off, a step brings it nearer, and going back to real time does not move it, so keys then live longer by what \
             the clock was ahead. A command that waits keeps the time it had left."
        </p>
        <p class="rules">
            "A reload moves nothing either. A paused clock is still paused at its moment, one that is ahead is still ahead, \
             and a faster one has gone on at its speed while the page was closed."
        </p>
        <p class="rules">
            <kbd>{shortcuts::keys_of(Action::PauseClock)}</kbd>" pauses and resumes, "<kbd>{shortcuts::keys_of(Action::StepClock)}</kbd>" steps 1 s."
        </p>
    }
}

/// How far the clock is ahead, or behind, in its largest unit.
fn short_lead(lead_ms: f64) -> String {
    let sign = if lead_ms > 0.0 { '+' } else { '−' };
    let duration = format::duration(lead_ms.abs());
    format!("{sign}{}", duration.split(' ').next().unwrap_or_default())
}

fn hours_and_minutes(ms: f64) -> String {
    let date = js_sys::Date::new(&ms.into());
    format!("{:02}:{:02}", date.get_hours(), date.get_minutes())
}

fn seconds(ms: f64) -> String {
    format!(":{:02}", js_sys::Date::new(&ms.into()).get_seconds())
}

/// The day and the time where the person is, in a form that sorts.
fn date(ms: f64) -> String {
    let date = js_sys::Date::new(&ms.into());
    let (month, day) = (date.get_month() + 1, date.get_date());
    format!("{}-{month:02}-{day:02} {}{}", date.get_full_year(), hours_and_minutes(ms), seconds(ms))
}

/// What a key press asks of the clock.
fn pressed(event: &leptos::ev::KeyboardEvent) -> Option<Action> {
    let press = shortcuts::press(&event.key(), &event.code(), event.ctrl_key(), event.alt_key(), event.shift_key());
    shortcuts::find(Place::Clock, &press).filter(|_| !event.meta_key()).map(|(action, _)| action)
}
