//! Signals to which what comes and goes listens.

use leptos::prelude::*;
use leptos::reactive::graph::Source;

/// Tells everyone who listens to a signal to listen again, and forgets those who are gone.
///
/// A signal keeps a weak reference to whoever ever listened, also when that is gone, and the memory that it takes: some
/// 70 bytes for each part of a row that a list draws anew. Those who are still there listen again when they run, which
/// they do because they were told.
pub fn tell_anew<T: Send + Sync + 'static>(signal: RwSignal<T>) {
    signal.notify();
    signal.clear_subscribers();
}

/// Sets a signal to which rows of lists listen, which go sooner than the signal does.
pub fn set_for_rows<T: Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    // Gone with the view that it belonged to, it has no one to tell.
    if signal.try_update_untracked(|it| *it = value).is_some() {
        tell_anew(signal);
    }
}
