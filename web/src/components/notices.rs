//! Short messages about what just happened, with what can be done about it.

use std::sync::Arc;

use leptos::prelude::*;

/// A message.
#[derive(Clone)]
pub struct Notice {
    number: u32,
    text: String,
    is_error: bool,
    action: Option<(&'static str, Act)>,
}

/// Not one of the view layer's callbacks: those end with the view that made them, a message may outlive it.
type Act = Arc<dyn Fn() + Send + Sync>;

/// Where messages are put; they stand until they are closed or others push them out.
#[derive(Clone, Copy)]
pub struct Notices(RwSignal<Vec<Notice>>, StoredValue<u32>);

const MAX_NOTICES: usize = 3;
const INFORMING: std::time::Duration = std::time::Duration::from_secs(10);

impl Notices {
    pub fn new() -> Notices {
        Notices(RwSignal::new(Vec::new()), StoredValue::new(0))
    }

    pub fn tell(self, text: impl Into<String>) {
        self.add(text.into(), false, None);
    }

    pub fn warn(self, text: impl Into<String>) {
        self.add(text.into(), true, None);
    }

    /// Tells of something, and offers to do something about it.
    pub fn offer(self, text: impl Into<String>, label: &'static str, act: impl Fn() + Send + Sync + 'static) {
        self.add(text.into(), false, Some((label, Arc::new(act))));
    }

    fn add(self, text: String, is_error: bool, action: Option<(&'static str, Act)>) {
        self.0.update(|notices| {
            let number = self.1.get_value();
            self.1.set_value(number + 1);
            // What only informs goes by itself; what went wrong or can be undone stays until it is closed.
            if !is_error && action.is_none() {
                set_timeout(move || self.close(number), INFORMING);
            }
            notices.push(Notice { number, text, is_error, action });
            if notices.len() > MAX_NOTICES {
                notices.remove(0);
            }
        });
    }

    fn close(self, number: u32) {
        self.0.update(|notices| notices.retain(|notice| notice.number != number));
    }
}

impl Default for Notices {
    fn default() -> Notices {
        Notices::new()
    }
}

#[component]
pub fn NoticeList(notices: Notices) -> impl IntoView {
    view! {
        <div class="notices" role="status" aria-label="Messages">
            <For
                each=move || notices.0.get()
                key=|notice| notice.number
                children=move |Notice { number, text, is_error, action }| view! {
                    <div class="notice" class:error=is_error>
                        <p>{text}</p>
                        {action.map(|(label, act)| view! {
                            <button type="button" on:click=move |_| {
                                notices.close(number);
                                act();
                            }>{label}</button>
                        })}
                        <button type="button" class="quiet" aria-label="Close this message" on:click=move |_| notices.close(number)>"✕"</button>
                    </div>
                }
            />
        </div>
    }
}
