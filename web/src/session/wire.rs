//! The line to the worker: messages, and the answers to questions by their tickets.

use std::collections::HashMap;

use js_sys::Array;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::Worker;

use crate::browser;
use crate::protocol::{FromPanel, Ticket, ToPanel, ToWorker};
use crate::transfer::buffers;

/// What the handles of a session send their messages over.
#[derive(Clone, Copy)]
pub struct Wire(StoredValue<Inner, LocalStorage>);

struct Inner {
    worker: Worker,
    /// Whether the worker hears; until then messages wait.
    ready: bool,
    waiting: Vec<Parcel>,
    answers: HashMap<Ticket, Answer>,
    next_number: u32,
}

/// Takes the answer to one question.
type Answer = Box<dyn FnOnce(ToPanel)>;

/// A message on its way, and the buffers that change hands with it.
struct Parcel {
    value: JsValue,
    transfer: Array,
}

impl Wire {
    pub fn new(worker: Worker) -> Wire {
        let (waiting, answers) = Default::default();
        Wire(StoredValue::new_local(Inner { worker, ready: false, waiting, answers, next_number: 0 }))
    }

    pub fn send(self, message: ToWorker) {
        if let Ok(value) = serde_wasm_bindgen::to_value(&message) {
            self.hand_over(Parcel { transfer: buffers(&value), value });
        }
    }

    /// Sends what a panel says, as a list of one.
    pub fn send_for_panel(self, message: FromPanel) {
        if let Ok(value) = serde_wasm_bindgen::to_value(&message) {
            self.hand_over(Parcel { transfer: buffers(&value), value: Array::of1(&value).into() });
        }
    }

    fn hand_over(self, parcel: Parcel) {
        self.0.try_update_value(|inner| match inner.ready {
            true => post(&inner.worker, &parcel),
            false => inner.waiting.push(parcel),
        });
    }

    /// Sends a question; `answer` takes what comes back with its ticket.
    pub fn ask(self, answer: impl FnOnce(ToPanel) + 'static, question: impl FnOnce(Ticket) -> FromPanel) {
        let ticket = self.next_number();
        self.0.update_value(|inner| {
            inner.answers.insert(ticket, Box::new(answer));
        });
        self.send_for_panel(question(ticket));
    }

    /// A number that nothing else of this session has.
    pub fn next_number(self) -> u32 {
        self.0
            .try_update_value(|inner| {
                inner.next_number += 1;
                inner.next_number
            })
            .unwrap_or_default()
    }

    /// The worker hears from now on.
    pub fn ready(self) {
        self.0.update_value(|inner| {
            inner.ready = true;
            for parcel in std::mem::take(&mut inner.waiting) {
                post(&inner.worker, &parcel);
            }
        });
    }

    pub fn answer(self, ticket: Ticket, message: ToPanel) {
        let answer = self.0.try_update_value(|inner| inner.answers.remove(&ticket)).flatten();
        if let Some(answer) = answer {
            answer(message);
        }
    }
}

fn post(worker: &Worker, Parcel { value, transfer }: &Parcel) {
    if worker.post_message_with_transfer(value, transfer).is_err() {
        browser::log_error("a message to the worker could not be posted");
    }
}
