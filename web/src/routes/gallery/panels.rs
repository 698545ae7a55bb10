//! The panels and dialogs that people open: clock, charts, workload, palette, shortcuts.

use leptos::prelude::*;

use super::{part, state};
use crate::browser;
use crate::components::charts::{self, Board, Shares, SlowLog};
use crate::components::clock_menu::{ClockSheet, Turning};
use crate::components::finder::{Entry, Finder};
use crate::components::notices::Notices;
use crate::components::palette::Palette;
use crate::components::shortcut_sheet;
use crate::components::workload::{self, Finished, Kept};
use crate::load::{LoadOrder, LoadTotal, Plan};
use crate::metrics::{Sample, Share, SlowCommand, Survey};
use crate::protocol::ClockOrder;
use crate::session::Session;

/// The sessions whose states are shown: one at real time, one that is paused, one whose clock and workload run.
pub fn panels(full: Session, paused: Session, busy: Session) -> Vec<AnyView> {
    vec![
        part("Clock menu", clocks(full, paused, busy)),
        part("The charts", charts(full, paused)),
        part("The workload", workloads(full, busy)),
        part("Command palette", palettes()),
        part("Shortcuts", vec![state("All", view! { <div class="shortcuts">{shortcut_sheet::all()}</div> })]),
    ]
}

fn clocks(full: Session, paused: Session, busy: Session) -> Vec<AnyView> {
    busy.clock.turn(ClockOrder::Step { by_ms: 3_600_000.0 });
    busy.clock.turn(ClockOrder::Speed(10.0));
    let notices = Notices::new();
    let sheet = |(name, session): (&'static str, Session)| {
        let turning = Turning::new(session, notices);
        state(name, view! { <div class="clock-menu" role="group" aria-label="Clock">  <ClockSheet turning/></div> })
    };
    [("Real time", full), ("Paused", paused), ("Ahead and faster", busy)].into_iter().map(sheet).collect()
}

/// A minute of an engine that has more and more to do.
fn minute(board: Board) -> Board {
    let now = browser::elapsed_ms();
    for second in 0..60 {
        let at = f64::from(second);
        let sample = Sample {
            span_ms: 1000.0,
            commands: 400.0 + 30.0 * at + 200.0 * (at / 5.0).sin(),
            hits: 70.0 + at / 3.0,
            misses: 30.0 - at / 3.0,
            expired: if second % 10 == 0 { 8.0 } else { 0.0 },
            evicted: if second > 40 { 3.0 } else { 0.0 },
            median_ms: 0.1,
            p99_ms: 1.0 + (at / 7.0).sin(),
            worst_ms: if second == 33 { 12.0 } else { 2.5 },
            used_bytes: 1.0e6 + 4.0e4 * at,
            ..Sample::default()
        };
        board.push_at(now - 1000.0 * (59.0 - at), &sample);
    }
    board
}

fn charts(full: Session, paused: Session) -> Vec<AnyView> {
    let board = || Board::new(charts::CHARTS);
    let tables = minute(board());
    tables.show_tables();
    let share = |name: &str, keys: f64, bytes: f64| Share { name: name.to_owned(), keys, bytes };
    let survey = Survey {
        as_of_ms: browser::now_ms(),
        took_ms: 3.0,
        types: vec![share("string", 1200.0, 96_000.0), share("hash", 300.0, 54_000.0), share("stream", 2.0, 9_000.0)],
        prefixes: vec![share("session:", 1000.0, 80_000.0), share("cart:", 300.0, 54_000.0)],
        ttls: vec![(60_000.0, 40.0), (3_600_000.0, 700.0)],
        lasting: 762.0,
    };
    let slow = |id: f64, micros: f64, text: &str| SlowCommand {
        id,
        at_ms: browser::now_ms(),
        micros,
        text: text.to_owned(),
        client: "Client 1".to_owned(),
    };
    // What the paused session measures is never looked at: it keeps what it is given here.
    paused.charts.measured.set(Some(Sample {
        slow: Some(vec![slow(2.0, 41_000.0, "KEYS *"), slow(1.0, 12_500.0, "SORT numbers LIMIT 0 10")]),
        slower_than_us: Some(10_000.0),
        ..Sample::default()
    }));
    let seen = Memo::new(|_| true);
    let frame = |shown: AnyView| view! { <div class="framed charts">{shown}</div> };
    let body = |board: Board| view! { <div class="charts-body" tabindex="0" role="group" aria-label="Charts">{board.view()}</div> };
    vec![
        state("As it goes", frame(charts::panel(full, seen))),
        state("Nothing measured", frame(body(board()).into_any())),
        state("A minute", frame(body(minute(board())).into_any())),
        state("As tables", frame(body(tables).into_any())),
        state("Shares", view! { <Shares session=full survey=RwSignal::new(Some(survey))/> }),
        state("Nothing counted", view! { <Shares session=full survey=RwSignal::new(None)/> }),
        state("Slow commands", view! { <SlowLog session=paused/> }),
    ]
}

fn workloads(full: Session, busy: Session) -> Vec<AnyView> {
    let plan = |text: &str| Plan::parse(text).unwrap_or_default();
    let total = LoadTotal {
        operations: 30_000.0,
        seconds: 60.0,
        hits: 21_000.0,
        misses: 6_000.0,
        median_ms: 1.0,
        p99_ms: 2.2,
        worst_ms: 19.0,
        evicted: 812.0,
        max_bytes: 1_048_576.0,
        policy: "allkeys-lru".to_owned(),
        ..LoadTotal::default()
    };
    let worse =
        LoadTotal { errors: 14.0, last_error: "OOM command not allowed".to_owned(), evicted: 0.0, ..total.clone() };
    let runs = vec![
        Finished { number: 2, plan: plan("zipf=0"), total: worse },
        Finished { number: 1, plan: plan("zipf=1"), total },
    ];
    busy.workload.order(LoadOrder::Start { plan: plan("rate=5 clients=1 keys=20 prefix=gallery:"), database: 0 });
    let seen = Memo::new(|_| true);
    let panel = |session: Session, kept: Kept| {
        let client = RwSignal::new(session.first_client());
        view! { <div class="framed">{workload::panel(session, client, seen, kept)}</div> }
    };
    let linked = "These settings came with the address. Nothing runs before you press Start.";
    vec![
        state("Not started", panel(full, Kept::new())),
        state("Running", panel(busy, Kept::new())),
        state("After some runs", panel(full, Kept::with(runs, ""))),
        state("From a link", panel(full, Kept::with(Vec::new(), linked))),
    ]
}

fn palettes() -> Vec<AnyView> {
    let palette = expect_context::<Palette>();
    let finder = |name: &'static str, typed: &str| {
        let entries =
            [("Show: Charts", ""), ("New terminal", "Alt+Shift+N"), ("Filter the keys", "/"), ("Command: ZADD", "")];
        let finder = Finder::new(name);
        finder.offer(entries.map(|(name, keys)| Entry::new(name, keys, || {})).into());
        finder.look_for(typed);
        view! { <div class="palette">{finder.view(Callback::new(|()| {}))}</div> }
    };
    let open = |which: RwSignal<bool>, name: &'static str| {
        view! { <button type="button" on:click=move |_| which.set(true)>{name}</button> }
    };
    vec![
        state("Everything", finder("found-all", "")),
        state("What fits", finder("found-some", "cha")),
        state("Nothing fits", finder("found-none", "xyzzy")),
        state(
            "To open",
            view! { {open(palette.is_open, "Open the palette")} {open(palette.is_sheet_open, "Open the sheet of shortcuts")} },
        ),
    ]
}
