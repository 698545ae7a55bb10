//! One tab owns a workspace: its lock, and the word to the others to let go of it.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{BroadcastChannel, MessageEvent};

use super::platform::sleep;
use super::{Phase, Shell};
use crate::protocol::{FromWorker, Ticket, ToPanel};

/// A reload's old worker gives its lock back within this; after it, another tab must hold it.
const LOCK_PATIENCE_MS: i32 = 800;
const LET_GO: &str = "let go";
/// Before a ticket and what an address asks for: the tab that has the workspace is to show it.
const SHOW: &str = "show";
/// Before the ticket: it does.
const SHOWN: &str = "shown";

impl Shell {
    /// Waits until this tab is the only one with the workspace. Says so when that takes long; the person may then
    /// ask the other tab to let go.
    pub(super) async fn own(self: &Rc<Shell>, workspace: &str) {
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

    /// Asks the tab that has the workspace to let go of it.
    pub(super) fn ask_to_let_go(&self) {
        self.say_to_tabs(LET_GO);
    }

    /// Whether another tab has what this one is to work on.
    pub(super) fn is_waiting(&self) -> bool {
        matches!(*self.phase.borrow(), Phase::Starting)
    }

    /// Gives what an address asks for to the tab that has the workspace.
    #[inline(never)]
    pub(super) fn hand_over(&self, ticket: Ticket, query: &str) {
        self.say_to_tabs(&format!("{SHOW} {ticket} {query}"));
    }

    #[inline(never)]
    fn hear_tab(&self, text: &str) {
        let mut words = text.splitn(3, ' ');
        let (what, ticket) = (words.next(), words.next().and_then(|word| word.parse::<Ticket>().ok()));
        let (Some(what), Some(ticket)) = (what, ticket) else { return };
        if what == SHOW && matches!(*self.phase.borrow(), Phase::Running(_)) {
            self.post(&ToPanel::Linked { query: words.next().unwrap_or_default().to_owned() }.into());
            self.say_to_tabs(&format!("{SHOWN} {ticket}"));
        }
        if what == SHOWN && self.is_waiting() {
            self.post(&ToPanel::HandedOver { ticket }.into());
        }
    }

    fn say_to_tabs(&self, text: &str) {
        if let Some(channel) = &*self.channel.borrow() {
            let _ = channel.post_message(&text.into());
        }
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
        let on_message =
            Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| match event.data().as_string() {
                Some(text) if text == LET_GO => spawn_local(Rc::clone(&shell).let_go()),
                Some(text) => shell.hear_tab(&text),
                None => {}
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
}
