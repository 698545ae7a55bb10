//! The line to the worker: messages, and the answers to questions by their tickets.

use std::collections::HashMap;

use js_sys::{Array, Reflect, Uint8Array};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::Worker;

use crate::browser;
use crate::protocol::{FromWorker, Ticket, ToWorker};

/// What the handles of a session send their messages over.
#[derive(Clone, Copy)]
pub struct Wire(StoredValue<Inner, LocalStorage>);

struct Inner {
    worker: Worker,
    /// Whether the worker hears; until then messages wait.
    ready: bool,
    waiting: Vec<ToWorker>,
    answers: HashMap<Ticket, Answer>,
    next_number: u32,
}

/// Takes the answer to one question.
type Answer = Box<dyn FnOnce(FromWorker)>;

impl Wire {
    pub fn new(worker: Worker) -> Wire {
        let (waiting, answers) = Default::default();
        Wire(StoredValue::new_local(Inner { worker, ready: false, waiting, answers, next_number: 0 }))
    }

    pub fn send(self, message: ToWorker) {
        self.0.try_update_value(|inner| match inner.ready {
            true => post(&inner.worker, &message),
            false => inner.waiting.push(message),
        });
    }

    /// Sends a question; `answer` takes what comes back with its ticket.
    pub fn ask(self, answer: impl FnOnce(FromWorker) + 'static, question: impl FnOnce(Ticket) -> ToWorker) {
        let ticket = self.next_number();
        self.0.update_value(|inner| {
            inner.answers.insert(ticket, Box::new(answer));
        });
        self.send(question(ticket));
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
            for message in std::mem::take(&mut inner.waiting) {
                post(&inner.worker, &message);
            }
        });
    }

    pub fn answer(self, ticket: Ticket, message: FromWorker) {
        let answer = self.0.try_update_value(|inner| inner.answers.remove(&ticket)).flatten();
        if let Some(answer) = answer {
            answer(message);
        }
    }
}

/// Posts a message; large bytes change hands instead of being copied again.
fn post(worker: &Worker, message: &ToWorker) {
    let Ok(value) = serde_wasm_bindgen::to_value(message) else { return };
    let transfer = Array::new();
    if let Some(object) = value.dyn_ref::<js_sys::Object>() {
        for body in js_sys::Object::values(object).iter() {
            if let Some(bytes) =
                Reflect::get(&body, &"bytes".into()).ok().and_then(|it| it.dyn_into::<Uint8Array>().ok())
            {
                transfer.push(&bytes.buffer());
            }
        }
    }
    if worker.post_message_with_transfer(&value, &transfer).is_err() {
        browser::log_error("a message to the worker could not be posted");
    }
}
