//! Lists whose items come and go all the time.

use std::hash::Hash;

use leptos::prelude::*;
use leptos::tachys::view::keyed::{SerializableKey, keyed};

/// Draws items, those with a new key only.
///
/// Unlike `For` it gives an item no owner, of which something would stay with the list when the item goes. What is drawn
/// may therefore have closures that read signals (see [`crate::listeners`]), but no signals, stored values or effects of
/// its own: they would go with the next item.
pub fn keyed_rows<T, K, V>(
    each: impl Fn() -> Vec<T> + Send + 'static,
    key: impl Fn(&T) -> K + Send + Clone + 'static,
    view: impl Fn(T) -> V + Send + Clone + 'static,
) -> impl IntoView
where
    T: Send + 'static,
    K: Eq + Hash + SerializableKey + 'static,
    V: IntoView + 'static,
{
    move || {
        let view = view.clone();
        keyed(each(), key.clone(), move |_, item| (|_| (), view(item)))
    }
}
