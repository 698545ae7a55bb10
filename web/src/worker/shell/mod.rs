//! The host inside a browser's worker: messages, timers, storage and the lock that lets one tab own a workspace.
//!
//! Everything here touches the browser; everything that can be decided without one is in [`super::host`].
//!
//! | module | what it is |
//! |---|---|
//! | `starting` | how a worker begins |
//! | `tabs` | one tab owns a workspace |
//! | `running` | slices, timers, what goes out |
//! | `platform` | what the browser gives |

mod panels;
mod platform;
mod running;
mod starting;
mod tabs;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{BroadcastChannel, DedicatedWorkerGlobalScope, MessageChannel, MessageEvent, MessagePort};

pub use self::platform::sleep;
use self::platform::{elapsed_ms, now_ms};
use super::bench;
use super::database::words;
use super::host::Host;
use super::store::Store;
use crate::protocol::{DamagedFile, FromPanel, FromWorker, ToPanel, ToWorker, VERSION};
use crate::rest;
use crate::transfer::buffers;

/// The worker.
pub struct Shell {
    scope: DedicatedWorkerGlobalScope,
    phase: RefCell<Phase>,
    store: RefCell<Option<Rc<Store>>>,
    /// What came while the start was under way.
    early: RefCell<Vec<ToWorker>>,
    /// Tells other tabs to let go of the workspace, and hears them.
    channel: RefCell<Option<BroadcastChannel>>,
    /// Calling it gives the lock back.
    release: RefCell<Option<Function>>,
    slice_port: MessagePort,
    slice_due: Cell<bool>,
    tick_timer: Cell<Option<i32>>,
    refresh_due: Cell<bool>,
    refreshed_at: Cell<f64>,
    on_tick: Function,
    on_refresh: Function,
    on_traffic: Function,
    traffic_due: Cell<bool>,
    on_load: Function,
    load_due: Cell<bool>,
    on_measure: Function,
    measure_due: Cell<bool>,
}

enum Phase {
    New,
    Starting,
    Running(Box<Host>),
    /// Another tab has the workspace now.
    Over,
}

/// Starts the worker: from the first message on nothing is lost.
pub fn start() {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else { return };
    let Ok(channel) = MessageChannel::new() else { return };
    install_panic_hook(scope.clone());
    let shell = Rc::new_cyclic(|weak: &std::rc::Weak<Shell>| {
        let calling = |act: fn(&Rc<Shell>)| -> Function {
            let weak = weak.clone();
            let call = Closure::<dyn Fn()>::new(move || weak.upgrade().iter().for_each(act));
            call.into_js_value().unchecked_into()
        };
        Shell {
            scope: scope.clone(),
            phase: RefCell::new(Phase::New),
            store: RefCell::default(),
            early: RefCell::default(),
            channel: RefCell::default(),
            release: RefCell::default(),
            slice_port: channel.port2(),
            slice_due: Cell::new(false),
            tick_timer: Cell::new(None),
            refresh_due: Cell::new(false),
            refreshed_at: Cell::new(f64::MIN),
            on_tick: calling(Shell::tick),
            on_refresh: calling(Shell::refresh),
            on_traffic: calling(Shell::send_traffic),
            traffic_due: Cell::new(false),
            on_load: calling(Shell::go_on_with_load),
            load_due: Cell::new(false),
            on_measure: calling(Shell::measure),
            measure_due: Cell::new(false),
        }
    });
    // The shell lives as long as the worker: these listeners keep it.
    let slicing = Rc::clone(&shell);
    let on_slice = Closure::<dyn Fn()>::new(move || slicing.slice());
    channel.port1().set_onmessage(Some(on_slice.into_js_value().unchecked_ref()));
    let hearing = Rc::clone(&shell);
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| hearing.hear(event.data()));
    scope.set_onmessage(Some(on_message.into_js_value().unchecked_ref()));
    shell.post(&FromWorker::Ready { version: VERSION });
}

/// A panic ends the worker; the page is told what it was.
fn install_panic_hook(scope: DedicatedWorkerGlobalScope) {
    std::panic::set_hook(Box::new(move |info| {
        let message = info.to_string();
        web_sys::console::error_1(&JsValue::from(&message));
        if let Ok(value) = serde_wasm_bindgen::to_value(&FromWorker::Died { message }) {
            let _ = scope.post_message(&value);
        }
    }));
}

impl Shell {
    fn hear(self: &Rc<Shell>, data: JsValue) {
        match data.dyn_ref::<Array>() {
            Some(list) => self.hear_panel(list.get(0)),
            None => self.take_decoded(serde_wasm_bindgen::from_value(data)),
        }
    }

    /// A panel can wait for the part that knows of panels; clients that type meanwhile do not.
    fn hear_panel(self: &Rc<Shell>, data: JsValue) {
        let (shell, refused) = (Rc::clone(self), Rc::clone(self));
        rest::then(
            move || shell.take_decoded(panels::decoded(data).map(ToWorker::Panel)),
            move |why| refused.problem(format!("A part of the engine could not be loaded: {}", words(why))),
        );
    }

    fn take_decoded(self: &Rc<Shell>, message: Result<ToWorker, serde_wasm_bindgen::Error>) {
        match message {
            Ok(message) => self.take(message),
            Err(error) => self.problem(format!("A message to the worker made no sense: {error}")),
        }
    }

    fn take(self: &Rc<Shell>, message: ToWorker) {
        match message {
            ToWorker::Start(start) => return self.begin(start),
            ToWorker::TakeOver => return self.ask_to_let_go(),
            ToWorker::Panel(FromPanel::FetchDamaged { ticket }) => return self.fetch_damaged(ticket),
            ToWorker::Panel(FromPanel::Bench { ticket, bench }) => {
                let outcome = bench::run(&bench, now_ms(), elapsed_ms);
                return self.post(&ToPanel::Benched { ticket, outcome }.into());
            }
            ToWorker::Panel(FromPanel::HandOver { ticket, query }) if self.is_waiting() => {
                return self.hand_over(ticket, &query);
            }
            message => match &mut *self.phase.borrow_mut() {
                Phase::Running(host) => host.handle(message, now_ms()),
                Phase::New | Phase::Starting => return self.early.borrow_mut().push(message),
                Phase::Over => return,
            },
        }
        self.slice();
    }

    fn fetch_damaged(self: &Rc<Shell>, ticket: u32) {
        let shell = Rc::clone(self);
        spawn_local(async move {
            let store = shell.store.borrow().clone();
            let files = match store {
                Some(store) => store.database().damaged().await,
                None => Ok(Vec::new()),
            };
            match files {
                Ok(files) => {
                    let files = files
                        .into_iter()
                        .map(|file| DamagedFile { name: file.name, bytes: file.bytes.into() })
                        .collect();
                    shell.post(&ToPanel::Damaged { ticket, files }.into());
                }
                Err(why) => shell.problem(format!("The damaged files could not be read: {why}")),
            }
        });
    }

    fn problem(&self, message: String) {
        self.post(&FromWorker::Problem { message });
    }

    fn post(&self, message: &FromWorker) {
        let (value, is_list) = match message {
            FromWorker::Panel(message) => (panels::encoded(message), true),
            message => (serde_wasm_bindgen::to_value(message), false),
        };
        match value {
            Ok(value) => {
                let transfer = buffers(&value);
                let value = if is_list { Array::of1(&value).into() } else { value };
                if self.scope.post_message_with_transfer(&value, &transfer).is_err() {
                    web_sys::console::error_1(&"a message to the page could not be posted".into());
                }
            }
            Err(error) => web_sys::console::error_1(&format!("a message to the page: {error}").into()),
        }
    }
}
