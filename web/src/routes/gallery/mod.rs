//! `/components`: every component in every state, for those who work on them and for the tests. No menu leads here.
//!
//! What needs data gets it as anybody would: by commands, in stores that live as long as the page.

mod panels;

use leptos::prelude::*;

use crate::browser;
use crate::components::clock::Clock;
use crate::components::frame::{Header, StorageNote, Trouble, trouble};
use crate::components::key_panel::KeyPanel;
use crate::components::keys::Chosen;
use crate::components::layout::layout;
use crate::components::notices::{NoticeList, Notices};
use crate::components::other_tab::LinkElsewhere;
use crate::components::terminals::Terminal;
use crate::components::value::Value;
use crate::layout::{LayoutQuestion, LayoutView, Pages};
use crate::protocol::{ClockOrder, Started, StorageState};
use crate::session::{Client, Phase, Purpose, Session};

/// A key of every encoding.
const KEYS: &[(&str, &str)] = &[
    ("string:int", "SET string:int 20251121"),
    ("string:inline", "SET string:inline \"up to 22 bytes\""),
    ("string:embstr", "SET string:embstr \"between 23 and 44 bytes are an embstr\""),
    ("string:raw", "APPEND string:raw \"what was changed in place keeps some room to grow\""),
    ("string:sparse", "PFADD string:sparse a b c d e f"),
    ("string:dense", "PFADD string:dense a b c\nPFDEBUG TODENSE string:dense"),
    ("hash:listpack", "HSET hash:listpack name Ada born 1815 city London"),
    ("hash:listpackex", "HSET hash:listpackex token abc user 7\nHEXPIRE hash:listpackex 86400 FIELDS 1 token"),
    (
        "hash:table",
        "HSET hash:table note \"longer than the sixty-four bytes that a listpack of a hash may have\" a 1 b 2",
    ),
    ("list:listpack", "RPUSH list:listpack first 2 -4000 70000"),
    ("list:quicklist", "EVAL \"for i=1,12 do redis.call('RPUSH','list:quicklist',string.rep('x',1500)) end\" 0"),
    ("set:intset", "SADD set:intset 1 2 70000"),
    ("set:listpack", "SADD set:listpack red green blue"),
    ("set:table", "EVAL \"for i=1,150 do redis.call('SADD','set:table','member:'..i) end\" 0"),
    ("zset:listpack", "ZADD zset:listpack 1 bronze 2 silver 3.5 gold"),
    ("zset:skiplist", "EVAL \"for i=1,300 do redis.call('ZADD','zset:skiplist',i/4,'player:'..i) end\" 0"),
    (
        "stream",
        "EVAL \"for i=1,150 do redis.call('XADD','stream',i..'-1','sensor','s'..i%3,'value',i) end\" 0\nXDEL stream \
         120-1\nXGROUP CREATE stream readers 0",
    ),
    ("crossing", "SADD crossing 1 2 3"),
    ("geo", "GEOADD geo 2.35 48.86 Paris 13.4 52.52 Berlin"),
    ("a key with a deadline", "SET \"a key with a deadline\" soon EX 86400"),
];

/// The one whose encoding changes while it is looked at, and by what.
const CROSSING: (&str, &str) = ("crossing", "SADD crossing four");

#[component]
pub fn Gallery() -> impl IntoView {
    browser::set_title("Components · Rediscover");
    let start = || Session::start(Purpose::Scratch);
    match start().and_then(|full| Ok((full, start()?, start()?))) {
        Ok((full, empty, busy)) => view! { <Header/><Components full empty busy/> }.into_any(),
        Err(why) => view! { <Header/><Trouble title="The engine could not start"><p>{why}</p></Trouble> }.into_any(),
    }
}

/// A component in one state.
fn state(name: &'static str, shown: impl IntoView) -> AnyView {
    view! { <section class="gallery-state" aria-label=name><h3>{name}</h3>{shown}</section> }.into_any()
}

fn part(name: &'static str, states: Vec<AnyView>) -> AnyView {
    view! { <section class="gallery-part" aria-label=name><h2>{name}</h2><div class="states">{states}</div></section> }
        .into_any()
}

#[component]
fn Components(full: Session, empty: Session, busy: Session) -> impl IntoView {
    let maker = full.open();
    let lines: Vec<&str> = KEYS.iter().map(|(_, lines)| *lines).collect();
    maker.run(&lines.join("\n"));
    empty.clock.turn(ClockOrder::Speed(0.0));
    view! {
        <main class="gallery">
            <h1>"Components"</h1>
            <p class="muted">"Every part of the page in every state. It is here to be looked at, by people and by tests."</p>
            {buttons()}
            {notices()}
            {part("Saving", storage())}
            {part("Trouble", troubles(empty))}
            {part("Clock", vec![
                state("Real time", view! { <Clock session=full/> }),
                state("Paused", view! { <Clock session=empty/> }),
            ])}
            {part("Terminals", terminals(full, maker))}
            {part("Keys", vec![
                state("Keys of every type", view! { <KeyPanel client=maker/> }),
                state("No keys", view! { <KeyPanel client=empty.first_client()/> }),
            ])}
            {values(full)}
            {panels::panels(full, empty, busy)}
            {part("Layouts", layouts(full, maker))}
        </main>
    }
}

fn buttons() -> AnyView {
    part(
        "Buttons",
        vec![
            state("Plain", view! { <button type="button">"Export"</button> }),
            state("Primary", view! { <button type="button" class="primary">"Run"</button> }),
            state("Quiet", view! { <button type="button" class="quiet">"Close"</button> }),
            state("Pressed", view! { <button type="button" aria-pressed="true">"As a table"</button> }),
            state("Disabled", view! { <button type="button" disabled=true>"Next"</button> }),
        ],
    )
}

fn notices() -> AnyView {
    let notices = Notices::new();
    notices.tell("This one goes by itself.");
    notices.warn("This one says what went wrong, and stays.");
    notices.offer("This one offers to do something about it.", "Undo", || {});
    part("Notices", vec![state("Each kind", view! { <NoticeList notices/> })])
}

fn storage() -> Vec<AnyView> {
    let states = [
        ("Stored", StorageState::Saved),
        ("In memory by intent", StorageState::Memory),
        ("In memory by need", StorageState::Unavailable("this window is private".to_owned())),
        ("Failing", StorageState::Failing("the disk is full".to_owned())),
    ];
    let note = |(name, storage): (&'static str, StorageState)| {
        let phase = RwSignal::new(Phase::Running(Started::default()));
        state(name, view! { <StorageNote storage=RwSignal::new(storage) phase/> })
    };
    states.into_iter().map(note).collect()
}

fn troubles(session: Session) -> Vec<AnyView> {
    let states = [
        ("Open elsewhere", Phase::Elsewhere),
        ("Taken over", Phase::TakenOver),
        ("Stopped", Phase::Died("memory access out of bounds".to_owned())),
    ];
    let link = state("Open elsewhere, with a link", view! { <LinkElsewhere session/> }.into_any());
    states.into_iter().map(|(name, phase)| state(name, trouble(phase, session))).chain([link]).collect()
}

fn terminals(session: Session, maker: Client) -> Vec<AnyView> {
    let states = [
        (
            "Replies of each kind",
            "PING\nSET greeting hello\nGET greeting\nSTRLEN greeting\nGET nothing\nLRANGE list:listpack 0 -1\nLPUSH greeting x",
        ),
        ("RESP3", "HELLO 3\nHGETALL hash:listpack\nZSCORE zset:listpack gold\nSISMEMBER set:listpack red"),
        ("In a transaction", "MULTI\nINCR visits\nLPUSH queue job"),
        ("Waiting for a reply", "BLPOP no:such:list 0"),
        ("Subscribed", "SUBSCRIBE news"),
        ("Monitoring", "MONITOR"),
    ];
    let terminal = |(name, lines): (&'static str, &str)| {
        let client = session.open();
        client.run(lines);
        state(name, view! { <div class="framed"><Terminal client focus=false/></div> })
    };
    let mut shown: Vec<AnyView> = states.into_iter().map(terminal).collect();
    shown.push(state("Commands that ran", view! { <div class="framed"><Terminal client=maker focus=false/></div> }));
    shown
}

/// One value at a time: the worker tells of one only.
fn values(session: Session) -> AnyView {
    let chosen: Chosen = RwSignal::new(None);
    let choice = move |name: &'static str| {
        let is_chosen = move || chosen.with(|chosen| chosen.as_ref().is_some_and(|(_, key)| key == name.as_bytes()));
        view! {
            <button type="button" aria-pressed=move || is_chosen().to_string() on:click=move |_| chosen.set(Some((0, name.into())))>
                {name}
            </button>
        }
    };
    let choices = KEYS.iter().map(|(name, _)| choice(name)).collect_view();
    part(
        "Values",
        vec![state(
            "The chosen one",
            view! {
                <div class="buttons" role="group" aria-label="Keys">{choices}</div>
                <div class="framed"><Value session chosen client=Signal::stored(session.first_client())/></div>
            },
        )],
    )
}

/// Asks for the layout of one key after the other and keeps them.
fn layouts(session: Session, maker: Client) -> Vec<AnyView> {
    let signals: Vec<RwSignal<Option<LayoutView>>> = KEYS.iter().map(|_| RwSignal::new(None)).collect();
    let ask = move |index: usize| {
        let question = KEYS.get(index).map(|(name, _)| LayoutQuestion {
            database: 0,
            key: name.as_bytes().to_vec().into(),
            pages: Pages::default(),
        });
        session.layouts.show(question);
    };
    let (kept, at) = (signals.clone(), StoredValue::new(0usize));
    ask(0);
    Effect::new(move || {
        let Some(view) = session.layouts.shown.get().filter(|view| view.layout.is_some()) else { return };
        let index = at.get_value();
        let Some((name, _)) = KEYS.get(index).filter(|(name, _)| name.as_bytes() == view.key.as_slice()) else {
            return;
        };
        if *name == CROSSING.0 && view.crossings.is_empty() {
            return maker.run(CROSSING.1);
        }
        if let Some(signal) = kept.get(index) {
            signal.set(Some(view));
        }
        at.set_value(index + 1);
        ask(index + 1);
    });
    // These stand still: nothing answers when a page is turned.
    let shown = |(signal, (name, _)): (RwSignal<Option<LayoutView>>, &(&'static str, &str))| {
        state(name, layout(signal.into(), Callback::new(|_| ()), Callback::new(|_| ())))
    };
    signals.into_iter().zip(KEYS).map(shown).collect()
}
