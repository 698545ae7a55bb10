//! The host inside a browser's worker: messages, timers, storage and the lock that lets one tab own a workspace.
//!
//! Everything here touches the browser; everything that can be decided without one is in [`super::host`].

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{BroadcastChannel, DedicatedWorkerGlobalScope, MessageChannel, MessageEvent, MessagePort};

use super::bench;
use super::clock::Clock;
use super::database::{Database, Stored, words};
use super::host::Host;
use super::load;
use super::recovery::{self, Target};
use super::store::{Heard, Store};
use crate::protocol::{DamagedFile, FromWorker, Start, Started, StorageState, ToWorker, VERSION};

/// How long a slice of work may take, so that the next message is heard soon.
const SLICE_MS: f64 = 8.0;
/// How long a slice of a workload may take: whoever types comes between two of them.
const LOAD_SLICE_MS: f64 = 6.0;
/// A workload waits while more than this waits to be stored.
const MAX_WAITING_BYTES: usize = 4 << 20;
/// Views are sent this often at most.
const REFRESH_MS: f64 = 100.0;
/// Background traffic is sent this often; see [`super::lesson`] for why that does not show in its latency.
const TRAFFIC_MS: f64 = 20.0;
/// A reload's old worker gives its lock back within this; after it, another tab must hold it.
const LOCK_PATIENCE_MS: i32 = 800;
/// Longest sleep of a timer; browsers take 32 bits.
const MAX_TIMER_MS: f64 = 1e9;

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
        match serde_wasm_bindgen::from_value::<ToWorker>(data) {
            Ok(message) => self.take(message),
            Err(error) => self.problem(format!("A message to the worker made no sense: {error}")),
        }
    }

    fn take(self: &Rc<Shell>, message: ToWorker) {
        match message {
            ToWorker::Start(start) => return self.begin(start),
            ToWorker::TakeOver => {
                if let Some(channel) = &*self.channel.borrow() {
                    let _ = channel.post_message(&LET_GO.into());
                }
                return;
            }
            ToWorker::FetchDamaged { ticket } => return self.fetch_damaged(ticket),
            ToWorker::Bench { ticket, bench } => {
                let outcome = bench::run(&bench, now_ms(), elapsed_ms);
                return self.post(&FromWorker::Benched { ticket, outcome });
            }
            message => match &mut *self.phase.borrow_mut() {
                Phase::Running(host) => host.handle(message, now_ms()),
                Phase::New | Phase::Starting => return self.early.borrow_mut().push(message),
                Phase::Over => return,
            },
        }
        self.slice();
    }

    // --- Starting --------------------------------------------------------------------------------------------

    fn begin(self: &Rc<Shell>, start: Start) {
        if !matches!(*self.phase.borrow(), Phase::New) {
            return self.problem("This worker has started already.".to_owned());
        }
        if start.version != VERSION {
            return self.problem("Page and worker are of different versions: reload the page.".to_owned());
        }
        *self.phase.borrow_mut() = Phase::Starting;
        let shell = Rc::clone(self);
        spawn_local(async move {
            let outcome = match start.workspace.clone() {
                Some(workspace) => shell.start_stored(start, &workspace).await,
                None => shell.start_in_memory(&start),
            };
            match outcome {
                Ok((host, started)) => shell.run(host, started),
                Err(problem) => shell.problem(problem),
            }
        });
    }

    fn start_in_memory(&self, start: &Start) -> Result<(Host, Started), String> {
        let began = elapsed_ms();
        let mut host = Host::new(start, now_ms(), elapsed_ms)?;
        host.lend_clock(elapsed_us);
        host.add_entropy(&entropy());
        let started = Started { keys: host.keys() as f64, took_ms: elapsed_ms() - began, ..Started::default() };
        Ok((host, started))
    }

    async fn start_stored(self: &Rc<Shell>, start: Start, workspace: &str) -> Result<(Host, Started), String> {
        self.own(workspace).await;
        let began = elapsed_ms();
        let name = format!("rediscover-{workspace}");
        let stored = async {
            let database = Database::open(&name).await?;
            let stored = database.read().await?;
            Ok::<_, String>((database, stored))
        };
        let stored = stored.await;
        let real_ms = now_ms();
        let kept = stored.as_ref().ok().and_then(|(_, stored)| stored.clock);
        // Deadlines are moments on the clock that was kept with them.
        let clock = kept.and_then(|kept| Clock::again(kept, real_ms)).unwrap_or_else(|| Clock::new(real_ms));
        let mut host = Host::with_clock(&start, clock, real_ms, elapsed_ms)?;
        host.lend_clock(elapsed_us);
        host.add_entropy(&entropy());
        let (database, Stored { snapshots, segments, .. }) = match stored {
            Ok(stored) => stored,
            Err(why) => {
                let storage = StorageState::Unavailable(why);
                return Ok((host, Started { storage, ..Started::default() }));
            }
        };
        let recovery = recovery::recover(snapshots, segments, &mut host);
        let started = Started {
            keys: host.keys() as f64,
            snapshot_bytes: recovery.snapshot_bytes as f64,
            journal_bytes: recovery.journal_bytes as f64,
            took_ms: elapsed_ms() - began,
            losses: recovery.losses.clone(),
            storage: StorageState::Saved,
        };
        if !recovery.losses.is_empty() {
            // What could be read becomes the new beginning; the rest is kept beside it.
            host.make_snapshot(false);
        }
        let weak = Rc::downgrade(self);
        let hear = Box::new(move |heard| {
            if let Some(shell) = weak.upgrade() {
                shell.hear_store(heard);
            }
        });
        *self.store.borrow_mut() = Some(Store::new(database, &recovery, hear));
        Ok((host, started))
    }

    fn run(self: &Rc<Shell>, host: Host, started: Started) {
        *self.phase.borrow_mut() = Phase::Running(Box::new(host));
        self.post(&FromWorker::Started(started));
        for message in self.early.take() {
            self.take(message);
        }
        self.slice();
    }

    /// Waits until this tab is the only one with the workspace. Says so when that takes long; the person may then
    /// ask the other tab to let go.
    async fn own(self: &Rc<Shell>, workspace: &str) {
        let name = format!("rediscover-{workspace}");
        self.listen_to_tabs(&name);
        // Who has it is asked first: a browser that is busy takes its time to say that nobody does.
        let Some(granted) = self.request_lock(&name, true) else { return };
        if JsFuture::from(granted).await.is_ok_and(|granted| granted.is_truthy()) {
            return;
        }
        let Some(granted) = self.request_lock(&name, false) else { return };
        let granted_first = Rc::new(Cell::new(false));
        let (flag, shell) = (Rc::clone(&granted_first), Rc::clone(self));
        spawn_local(async move {
            sleep(LOCK_PATIENCE_MS).await;
            if !flag.get() {
                shell.post(&FromWorker::Elsewhere);
            }
        });
        // Rejected only when the document goes away.
        let _ = JsFuture::from(granted).await;
        granted_first.set(true);
    }

    /// Asks for the workspace's lock; the promise is kept with whether it was granted: at once if it is to be free now,
    /// else when it is. None where the browser has no locks (pages that are not secure): then two tabs can harm each
    /// other, as they always could.
    fn request_lock(&self, name: &str, free_now: bool) -> Option<Promise> {
        let navigator = JsValue::from(self.scope.navigator());
        let locks = Reflect::get(&navigator, &"locks".into()).ok().filter(JsValue::is_object)?;
        let request: Function = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
        let mut grant = None;
        let granted = Promise::new(&mut |resolve, _| grant = Some(resolve));
        let mut release = None;
        let held = Promise::new(&mut |resolve, _| release = Some(resolve));
        *self.release.borrow_mut() = release;
        let grant = grant?;
        let callback = Closure::once_into_js(move |lock: JsValue| {
            let _ = grant.call1(&JsValue::UNDEFINED, &lock.is_object().into());
            held
        });
        let options = js_sys::Object::new();
        Reflect::set(&options, &"ifAvailable".into(), &free_now.into()).ok()?;
        request.call3(&locks, &name.into(), &options, &callback).ok()?;
        Some(granted)
    }

    fn listen_to_tabs(self: &Rc<Shell>, name: &str) {
        let Ok(channel) = BroadcastChannel::new(name) else { return };
        let shell = Rc::clone(self);
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if event.data().as_string().as_deref() == Some(LET_GO) {
                spawn_local(Rc::clone(&shell).let_go());
            }
        });
        channel.set_onmessage(Some(on_message.into_js_value().unchecked_ref()));
        *self.channel.borrow_mut() = Some(channel);
    }

    /// Stores everything and leaves the workspace to another tab.
    async fn let_go(self: Rc<Shell>) {
        if !matches!(*self.phase.borrow(), Phase::Running(_)) {
            return;
        }
        self.settle();
        *self.phase.borrow_mut() = Phase::Over;
        let store = self.store.borrow().clone();
        if let Some(store) = store {
            while !store.is_idle() {
                sleep(10).await;
            }
        }
        if let Some(release) = self.release.take() {
            let _ = release.call0(&JsValue::UNDEFINED);
        }
        self.post(&FromWorker::TakenOver);
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
                        .map(|file| DamagedFile { name: file.name, bytes: serde_bytes::ByteBuf::from(file.bytes) })
                        .collect();
                    shell.post(&FromWorker::Damaged { ticket, files });
                }
                Err(why) => shell.problem(format!("The damaged files could not be read: {why}")),
            }
        });
    }

    // --- Running ---------------------------------------------------------------------------------------------

    fn with_host(&self, act: impl FnOnce(&mut Host)) {
        if let Phase::Running(host) = &mut *self.phase.borrow_mut() {
            act(host);
        }
    }

    /// Works for a moment; if more is left, comes back after the messages that wait.
    fn slice(self: &Rc<Shell>) {
        self.slice_due.set(false);
        let mut more = false;
        self.with_host(|host| more = host.work(now_ms(), elapsed_ms() + SLICE_MS));
        more |= self.load_slice();
        if more && !self.slice_due.replace(true) {
            let _ = self.slice_port.post_message(&JsValue::NULL);
        }
        self.settle();
    }

    fn tick(self: &Rc<Shell>) {
        self.tick_timer.set(None);
        self.with_host(|host| host.tick(now_ms()));
        self.slice();
    }

    fn refresh(self: &Rc<Shell>) {
        self.refresh_due.set(false);
        self.refreshed_at.set(elapsed_ms());
        self.with_host(|host| host.refresh(now_ms()));
        self.settle();
    }

    fn send_traffic(self: &Rc<Shell>) {
        self.traffic_due.set(false);
        self.with_host(|host| host.run_traffic(now_ms()));
        self.settle();
    }

    /// Runs the workload for a moment; whether it wants to go on at once.
    fn load_slice(self: &Rc<Shell>) -> bool {
        // A workload is faster than storage: what waits to be stored would fill the memory.
        let is_behind = self.store.borrow().as_ref().is_some_and(|store| store.waiting_bytes() > MAX_WAITING_BYTES);
        let mut next = None;
        self.with_host(|host| {
            next = match is_behind {
                true => host.has_load().then_some(load::WAIT_MS),
                false => host.run_load(now_ms(), elapsed_ms() + LOAD_SLICE_MS),
            };
        });
        match next {
            Some(milliseconds) if milliseconds > 0.0 => {
                if !self.load_due.replace(true) {
                    self.after(&self.on_load, milliseconds.min(load::WAIT_MS));
                }
                false
            }
            Some(_) => true,
            None => false,
        }
    }

    fn go_on_with_load(self: &Rc<Shell>) {
        self.load_due.set(false);
        self.slice();
    }

    fn measure(self: &Rc<Shell>) {
        self.measure_due.set(false);
        self.with_host(Host::measure);
        self.settle();
    }

    fn hear_store(self: &Rc<Shell>, heard: Heard) {
        match heard {
            Heard::State(state) => self.post(&FromWorker::Storage(state)),
            Heard::Saved(stored) => self.with_host(|host| host.saved(stored, now_ms())),
            Heard::Grown => self.with_host(|host| host.make_snapshot(true)),
        }
        // Storage calls from inside its own work; what the host has to say now goes out with the next slice.
        if !self.slice_due.replace(true) {
            let _ = self.slice_port.post_message(&JsValue::NULL);
        }
    }

    /// Posts, stores and sets the timers for what the host did.
    fn settle(self: &Rc<Shell>) {
        let (mut outbox, mut journal, mut snapshot, mut clock) = Default::default();
        let (mut tick_in, mut refresh, mut traffic, mut measure_in) = Default::default();
        self.with_host(|host| {
            outbox = host.take_outbox();
            snapshot = host.take_snapshot();
            journal = host.take_journal();
            clock = host.take_clock();
            tick_in = host.tick_in(now_ms());
            refresh = host.needs_refresh();
            traffic = host.has_traffic();
            measure_in = host.measure_in();
        });
        let store = self.store.borrow().clone();
        if let Some(store) = store {
            store.keep(snapshot, &journal, clock);
        }
        for message in &outbox {
            self.post(message);
        }
        if let Some(timer) = self.tick_timer.take() {
            self.scope.clear_timeout_with_handle(timer);
        }
        if let Some(milliseconds) = tick_in {
            self.tick_timer.set(self.after(&self.on_tick, milliseconds));
        }
        if refresh && !self.refresh_due.replace(true) {
            self.after(&self.on_refresh, self.refreshed_at.get() + REFRESH_MS - elapsed_ms());
        }
        if traffic && !self.traffic_due.replace(true) {
            self.after(&self.on_traffic, TRAFFIC_MS);
        }
        if let Some(milliseconds) = measure_in
            && !self.measure_due.replace(true)
        {
            self.after(&self.on_measure, milliseconds);
        }
    }

    fn after(&self, callback: &Function, milliseconds: f64) -> Option<i32> {
        // Rounded up: a timer that fires a moment early would find nothing due.
        let milliseconds = milliseconds.clamp(0.0, MAX_TIMER_MS).ceil() as i32;
        self.scope.set_timeout_with_callback_and_timeout_and_arguments_0(callback, milliseconds).ok()
    }

    fn problem(&self, message: String) {
        self.post(&FromWorker::Problem { message });
    }

    fn post(&self, message: &FromWorker) {
        match serde_wasm_bindgen::to_value(message) {
            Ok(value) => {
                let transfer = buffers(&value);
                if self.scope.post_message_with_transfer(&value, &transfer).is_err() {
                    web_sys::console::error_1(&"a message to the page could not be posted".into());
                }
            }
            Err(error) => web_sys::console::error_1(&format!("a message to the page: {error}").into()),
        }
    }
}

const LET_GO: &str = "let go";

/// The buffer of a message's `bytes`, to be handed over instead of copied.
fn buffers(message: &JsValue) -> js_sys::Array {
    let buffers = js_sys::Array::new();
    let Some(object) = message.dyn_ref::<js_sys::Object>() else { return buffers };
    for body in js_sys::Object::values(object).iter() {
        if let Ok(bytes) = Reflect::get(&body, &"bytes".into())
            && let Some(bytes) = bytes.dyn_ref::<Uint8Array>()
        {
            buffers.push(&bytes.buffer());
        }
    }
    buffers
}

impl Target for Host {
    fn load(&mut self, rdb: &[u8], made_ms: u64) -> Result<(), String> {
        self.load_snapshot(rdb, made_ms)
    }

    fn replay(&mut self, aof: &[u8]) -> Result<usize, String> {
        self.replay_journal(aof, now_ms())
    }
}

/// Milliseconds since the epoch.
fn now_ms() -> f64 {
    js_sys::Date::now()
}

/// Bytes that nobody can guess; none where the browser gives none.
fn entropy() -> Vec<u8> {
    const BYTES: u32 = 32;
    let draw = || {
        let crypto = js_sys::Reflect::get(&js_sys::global(), &"crypto".into()).ok()?;
        let draw = js_sys::Reflect::get(&crypto, &"getRandomValues".into()).ok()?;
        let bytes = js_sys::Uint8Array::new_with_length(BYTES);
        draw.dyn_into::<js_sys::Function>().ok()?.call1(&crypto, &bytes).ok()?;
        Some(bytes.to_vec())
    };
    draw().unwrap_or_default()
}

/// Microseconds since the worker began, for SLOWLOG and LATENCY.
fn elapsed_us() -> u64 {
    (elapsed_ms() * 1000.0) as u64
}

/// Milliseconds since the worker began, as exact as the browser tells.
fn elapsed_ms() -> f64 {
    thread_local! {
        static PERFORMANCE: Option<web_sys::Performance> =
            js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>().ok().and_then(|scope| scope.performance());
    }
    PERFORMANCE.with(|performance| performance.as_ref().map_or_else(js_sys::Date::now, |clock| clock.now()))
}

/// Waits.
pub async fn sleep(milliseconds: i32) {
    let slept = Promise::new(&mut |resolve, reject| {
        let set = js_sys::global()
            .dyn_into::<DedicatedWorkerGlobalScope>()
            .map_err(JsValue::from)
            .and_then(|scope| scope.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds));
        if let Err(error) = set {
            let _ = reject.call1(&JsValue::UNDEFINED, &words(error).into());
        }
    });
    let _ = JsFuture::from(slept).await;
}
