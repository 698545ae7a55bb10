//! The few things the page wants from the browser, as plain functions.

use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, BlobPropertyBag, Element, File, HtmlAnchorElement, HtmlElement, Response, Storage, Url};

/// What an exception says.
pub fn words(error: JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => format!("{error:?}"),
    }
}

pub fn log_error(message: &str) {
    web_sys::console::error_1(&message.into());
}

/// The address of the script that starts the worker, which the build wrote into the element of the page's own script.
pub fn worker_url() -> Result<String, String> {
    let script = document().query_selector("script[data-worker]").ok().flatten();
    let script = script.and_then(|script| script.dyn_into::<HtmlElement>().ok());
    let name =
        script.and_then(|script| script.dataset().get("worker")).ok_or("the page does not say where its worker is")?;
    let base = document().base_uri().map_err(words)?.unwrap_or_default();
    Ok(Url::new_with_base(&name, &base).map_err(words)?.href())
}

/// The path below which the site lives, without a slash at its end.
pub fn base_path() -> String {
    let base = document().base_uri().ok().flatten().unwrap_or_default();
    let path = Url::new(&base).map(|url| url.pathname()).unwrap_or_default();
    path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned()
}

/// What the address has from its question mark on.
pub fn query() -> String {
    window().location().search().unwrap_or_default()
}

/// The address of the site's first page with such a query.
pub fn address_of(query: &str) -> String {
    format!("{}{}/?{query}", window().location().origin().unwrap_or_default(), base_path())
}

/// Milliseconds since the epoch.
pub fn now_ms() -> f64 {
    js_sys::Date::now()
}

/// Milliseconds since the page began.
pub fn elapsed_ms() -> f64 {
    window().performance().map_or_else(now_ms, |clock| clock.now())
}

pub fn random_u32() -> u32 {
    (js_sys::Math::random() * f64::from(u32::MAX)) as u32
}

/// Calls until the current owner ends.
pub fn every(milliseconds: u64, act: impl Fn() + 'static) {
    let timer = set_interval_with_handle(act, std::time::Duration::from_millis(milliseconds));
    if let Ok(timer) = timer {
        on_cleanup(move || timer.clear());
    }
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// What an earlier visit remembered.
pub fn remembered(name: &str) -> Option<String> {
    storage()?.get_item(name).ok().flatten()
}

/// Remembers across visits; quietly does not where the browser forbids it.
pub fn remember(name: &str, value: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(name, value);
    }
}

/// Forgets what an earlier visit remembered.
pub fn forget(name: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(name);
    }
}

/// Remembers over a reload of this tab.
pub fn remember_for_reload(name: &str) {
    if let Ok(Some(storage)) = window().session_storage() {
        let _ = storage.set_item(name, "1");
    }
}

/// Whether it was remembered; forgets it.
pub fn recall_after_reload(name: &str) -> bool {
    let Ok(Some(storage)) = window().session_storage() else { return false };
    let found = storage.get_item(name).ok().flatten().is_some();
    let _ = storage.remove_item(name);
    found
}

/// Offers bytes as a file to keep.
pub fn download(name: &str, bytes: &[u8]) -> Result<(), String> {
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
    let options = BlobPropertyBag::new();
    options.set_type("application/octet-stream");
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options).map_err(words)?;
    let url = Url::create_object_url_with_blob(&blob).map_err(words)?;
    let link = document().create_element("a").map_err(words)?;
    let link = link.dyn_into::<HtmlAnchorElement>().map_err(|_| "no link could be made")?;
    link.set_href(&url);
    link.set_download(name);
    link.click();
    // The download has its own reference by the time this runs.
    set_timeout(
        move || {
            let _ = Url::revoke_object_url(&url);
        },
        std::time::Duration::from_secs(60),
    );
    Ok(())
}

/// Puts text where a person can paste it from.
pub fn copy(text: &str, done: impl FnOnce(Result<(), String>) + 'static) {
    // Browsers have no clipboard for pages that came over an open connection.
    if !window().is_secure_context() {
        return done(Err("the browser gives this page no clipboard".to_owned()));
    }
    let copied = window().navigator().clipboard().write_text(text);
    spawn_local(async move { done(JsFuture::from(copied).await.map(drop).map_err(words)) });
}

/// Whether a key was pressed where text is typed or a choice is made by letters.
pub fn is_field(event: &web_sys::KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|element| matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"))
}

/// Reads a file that a person chose or dropped.
pub fn read_file(file: File, done: impl FnOnce(Result<Vec<u8>, String>) + 'static) {
    spawn_local(async move {
        let bytes = JsFuture::from(file.array_buffer()).await;
        done(bytes.map(|buffer| js_sys::Uint8Array::new(&buffer).to_vec()).map_err(words));
    });
}

/// Fetches a text file of this build of the site; `path` begins where the worker's files are.
pub fn fetch_text(path: String, done: impl FnOnce(Result<String, String>) + 'static) {
    spawn_local(async move {
        let text = text_at(&path).await;
        if text.is_err() {
            look_for_update();
        }
        done(text);
    });
}

async fn text_at(path: &str) -> Result<String, String> {
    let url = Url::new_with_base(path, &worker_url()?).map_err(words)?.href();
    let response = JsFuture::from(window().fetch_with_str(&url)).await.map_err(words)?;
    let response: Response = response.dyn_into().map_err(|_| "the browser gave no response")?;
    if !response.ok() {
        return Err(format!("the host answered {}", response.status()));
    }
    let text = JsFuture::from(response.text().map_err(words)?).await.map_err(words)?;
    let text = text.as_string().ok_or("the file is no text")?;
    // Some hosts answer with the page where they have no file.
    if text.starts_with("<!doctype") { Err("the host has no such file".to_owned()) } else { Ok(text) }
}

/// The elements of a class inside another, in order.
pub fn all_within(outer: &Element, class: &str) -> Vec<HtmlElement> {
    let found = outer.get_elements_by_class_name(class);
    (0..found.length()).filter_map(|number| found.item(number)?.dyn_into().ok()).collect()
}

/// Puts the focus on the first element that a selector names.
pub fn focus(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// Clicks the first element that a selector names.
pub fn click(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        element.click();
    }
}

/// Whether a media query holds now.
pub fn matches(query: &str) -> bool {
    window().match_media(query).ok().flatten().is_some_and(|query| query.matches())
}

/// Whether the tab is in front.
pub fn is_visible() -> bool {
    document().visibility_state() == web_sys::VisibilityState::Visible
}

/// Calls when the tab comes to the front or goes from there, until the current owner ends.
pub fn on_visibility(act: impl Fn() + 'static) {
    let changed = Closure::<dyn Fn()>::new(act).into_js_value();
    let _ = document().add_event_listener_with_callback("visibilitychange", changed.unchecked_ref());
    on_cleanup(move || {
        let _ = document().remove_event_listener_with_callback("visibilitychange", changed.unchecked_ref());
    });
}

pub fn reload() {
    let _ = window().location().reload();
}

/// Names the page in the browser's tab and history.
pub fn set_title(title: &str) {
    document().set_title(title);
}

/// The element around everything, which carries the theme.
pub fn root() -> Option<HtmlElement> {
    document().document_element().and_then(|root| root.dyn_into().ok())
}

/// Calls when a newer version of the site waits to be used; `boot.js` says so.
pub fn on_update(act: impl Fn() + 'static) {
    let ready = Closure::<dyn Fn()>::new(act).into_js_value();
    let _ = window().add_event_listener_with_callback("rediscover-update", ready.unchecked_ref());
}

/// Loads the newer version.
pub fn take_update() {
    tell_start_up("rediscover-take-update");
}

/// Something of this build could not be had: perhaps the host has a newer one, which is then told of.
pub fn look_for_update() {
    tell_start_up("rediscover-missing");
}

/// Tells `boot.js`.
fn tell_start_up(what: &str) {
    if let Ok(event) = web_sys::Event::new(what) {
        let _ = window().dispatch_event(&event);
    }
}

/// Scrolls no further than it takes to see an element.
pub fn scroll_to_see(element: &Element) {
    let options = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&options, &"block".into(), &"nearest".into());
    let scroll = js_sys::Reflect::get(element, &"scrollIntoView".into()).ok();
    let scroll = scroll.and_then(|it| it.dyn_into::<js_sys::Function>().ok());
    if let Some(scroll) = scroll {
        let _ = scroll.call1(element, &options);
    }
}
