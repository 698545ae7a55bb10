//! A page in a browser: its elements by role and accessible name, waiting for what it shows, and its console.

mod finding;

use self::finding::is_stale;
use super::chromium::{Browser, Profile};
use super::other::{Kind, OtherBrowser};
use super::webdriver::{Session, element_argument, element_id};
use super::{TestSite, WITHIN};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::path::Path;
use std::time::{Duration, Instant};

const IN_PAGE: &str = include_str!("in_page.js");
/// Runs before anything of the page does.
const BEFORE_PAGE: &str = "document.addEventListener('securitypolicyviolation', (event) => console.error(\
     `Content-Security-Policy: ${event.violatedDirective} forbids ${event.blockedURI} in ${event.sourceFile}`));";

/// Keys that are no characters, as WebDriver names them.
pub mod key {
    pub const TAB: char = '\u{e004}';
    pub const ENTER: char = '\u{e007}';
    pub const CONTROL: char = '\u{e009}';
    pub const BACKSPACE: char = '\u{e003}';
    pub const SHIFT: char = '\u{e008}';
    pub const ALT: char = '\u{e00a}';
    pub const ESCAPE: char = '\u{e00c}';
    pub const PAGE_DOWN: char = '\u{e00f}';
    pub const DELETE: char = '\u{e017}';
    pub const F2: char = '\u{e032}';
    pub const F8: char = '\u{e038}';
    pub const F9: char = '\u{e039}';
    pub const LEFT: char = '\u{e012}';
    pub const END: char = '\u{e010}';
    pub const HOME: char = '\u{e011}';
    pub const RIGHT: char = '\u{e014}';
    pub const UP: char = '\u{e013}';
    pub const DOWN: char = '\u{e015}';
}

/// The page in a browser's window. Its methods fail the test with what there was instead.
pub struct Page {
    engine: Engine,
    /// Errors of the console so far.
    errors: RefCell<Vec<String>>,
}

/// The browser that shows it.
enum Engine {
    Chromium(Browser),
    Other(OtherBrowser),
}

/// An element that was on the page when it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element(String);

impl Element {
    pub fn argument(&self) -> Value {
        element_argument(&self.0)
    }
}

/// Runs a test in a new browser at a path of the site, and then looks at its console.
#[track_caller]
pub fn visit(site: &TestSite, path: &str, test: impl FnOnce(&Page)) {
    let profile = Profile::create().unwrap();
    visit_as(&profile, site, path, test);
}

/// The same with the profile of an earlier visit.
#[track_caller]
pub fn visit_as(profile: &Profile, site: &TestSite, path: &str, test: impl FnOnce(&Page)) {
    let page = Page::open(profile, &site.url(path)).unwrap();
    test(&page);
    page.close();
}

impl Page {
    /// Starts a browser and opens an address in it.
    pub fn open(profile: &Profile, url: &str) -> Result<Page, String> {
        let page = Page { engine: Engine::Chromium(Browser::start(profile)?), errors: RefCell::default() };
        page.watch();
        page.session().post("/url", &json!({ "url": url }))?;
        Ok(page)
    }

    /// The same in another engine. Its driver hands out no console: the site has to be one that notes errors itself, as
    /// [`TestSite::that_notes_errors`] is.
    pub fn open_in(kind: Kind, profile: &Profile, url: &str) -> Result<Page, String> {
        let browser = OtherBrowser::start(kind, &profile.downloads())?;
        let page = Page { engine: Engine::Other(browser), errors: RefCell::default() };
        page.session().post("/url", &json!({ "url": url }))?;
        Ok(page)
    }

    /// Makes this window report violations of the policy, from the next document on.
    fn watch(&self) {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": BEFORE_PAGE }));
    }

    pub fn session(&self) -> &Session {
        match &self.engine {
            Engine::Chromium(browser) => browser.session(),
            Engine::Other(browser) => browser.session(),
        }
    }

    /// Ends the browser; fails if the console was not clean.
    #[track_caller]
    pub fn close(self) {
        self.check_console();
    }

    /// Ends the browser; fails unless the console holds errors, and each of them has this part.
    #[track_caller]
    pub fn close_with_errors(self, part: &str) {
        let errors = self.console();
        assert!(!errors.is_empty() && errors.iter().all(|error| error.contains(part)), "{}", errors.join("\n"));
    }

    /// Ends the browser as a power cut would.
    #[track_caller]
    pub fn kill(self) {
        self.check_console();
        match self.engine {
            Engine::Chromium(browser) => browser.kill(),
            Engine::Other(browser) => drop(browser),
        }
    }

    // --- Going somewhere ---------------------------------------------------------------------------------------

    #[track_caller]
    pub fn go(&self, url: &str) {
        self.session().post("/url", &json!({ "url": url })).unwrap();
    }

    #[track_caller]
    pub fn reload(&self) {
        self.session().post("/refresh", &json!({})).unwrap();
    }

    /// Opens another tab and goes on there; the others stay open.
    #[track_caller]
    pub fn new_tab(&self, url: &str) {
        let window = self.session().post("/window/new", &json!({"type": "tab"})).unwrap();
        self.session().post("/window", &json!({"handle": window["handle"]})).unwrap();
        self.watch();
        self.go(url);
    }

    /// Closes this tab and goes on in one that is left.
    #[track_caller]
    pub fn close_tab(&self) {
        self.check_console();
        let left = self.session().delete("/window").unwrap();
        self.session().post("/window", &json!({ "handle": left[0] })).unwrap();
    }

    /// Where the page is.
    #[track_caller]
    pub fn address(&self) -> String {
        self.session().get("/url").unwrap().as_str().unwrap_or_default().to_owned()
    }

    // --- Doing -------------------------------------------------------------------------------------------------

    #[track_caller]
    pub fn click(&self, element: &Element) {
        self.session().post(&format!("/element/{}/click", element.0), &json!({})).unwrap();
    }

    /// Clicks the one element with this role whose name contains a text, even if the page is drawing it anew.
    #[track_caller]
    pub fn click_containing(&self, role: &str, part: &str) {
        let deadline = Instant::now() + WITHIN;
        loop {
            let element = self.find_containing(role, part);
            match self.session().post(&format!("/element/{}/click", element.0), &json!({})) {
                Ok(_) => return,
                Err(error) if is_stale(&error) && Instant::now() < deadline => {}
                Err(error) => panic!("{role} {part:?}: {error}"),
            }
        }
    }

    /// Finds a button and clicks it.
    #[track_caller]
    pub fn press(&self, name: &str) {
        let button = self.find("button", name);
        self.click(&button);
    }

    /// Types characters, and the keys of [`key`].
    #[track_caller]
    pub fn send_keys(&self, element: &Element, text: &str) {
        self.session().post(&format!("/element/{}/value", element.0), &json!({ "text": text })).unwrap();
    }

    /// Lets the page use the clipboard without asking the person that is not there.
    #[track_caller]
    pub fn allow_clipboard(&self) {
        let origin = self.session().script("return location.origin", &[]).unwrap();
        let permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"];
        self.devtools("Browser.grantPermissions", json!({"origin": origin, "permissions": permissions}));
    }

    /// Pastes a text as Ctrl-V does, through the real clipboard.
    #[track_caller]
    pub fn paste(&self, element: &Element, text: &str) {
        self.allow_clipboard();
        self.own("await navigator.clipboard.writeText(values[0]); return true;", json!([text]));
        self.send_keys(element, &format!("{}v{}", key::CONTROL, key::CONTROL));
    }

    /// Gives an RDB file to the page, as its dialog would.
    #[track_caller]
    pub fn choose_file(&self, path: &Path) {
        self.choose_file_for("RDB file", path);
    }

    /// Gives a file to the file input with this name. A person sees a button instead of it, which opens the dialog.
    #[track_caller]
    pub fn choose_file_for(&self, name: &str, path: &Path) {
        let script = "return document.querySelector(`input[type=file][aria-label=\"${arguments[0]}\"]`)";
        let input = self.session().script(script, &[json!(name)]).unwrap();
        let id = element_id(&input).expect("the page has no such file input").to_owned();
        self.send_keys(&Element(id), &path.to_string_lossy());
    }

    #[track_caller]
    pub fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.session().devtools(command, &parameters).unwrap()
    }

    // --- Looking -----------------------------------------------------------------------------------------------

    /// All text of an element, with its line breaks.
    #[track_caller]
    pub fn text(&self, element: &Element) -> String {
        let text = self.session().script("return arguments[0].textContent", &[element.argument()]).unwrap();
        text.as_str().unwrap_or_default().to_owned()
    }

    #[track_caller]
    pub fn value(&self, element: &Element) -> String {
        self.of(element, "property/value")
    }

    /// A resource of an element in the protocol: `computedrole`, `attribute/x`, `css/color` ...
    #[track_caller]
    pub fn of(&self, element: &Element, what: &str) -> String {
        let value = self.session().get(&format!("/element/{}/{what}", element.0)).unwrap();
        value.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an element's text contains another.
    #[track_caller]
    pub fn wait_for_text(&self, element: &Element, part: &str) {
        if self.ask("textContains", json!([element.argument(), part]), WITHIN).is_none() {
            panic!("no {part:?} in:\n{}\n{}", last(&self.text(element), 3000), self.console_text());
        }
    }

    /// Waits until an input's value is this.
    #[track_caller]
    pub fn wait_for_value(&self, element: &Element, value: &str) {
        if self.ask("valueIs", json!([element.argument(), value]), WITHIN).is_none() {
            panic!("the value is not {value:?} but {:?}", self.value(element));
        }
    }

    /// Waits until a function's body (JavaScript, with `values`, `name`, `role` and `visible`; it may await) gives
    /// something other than false or null.
    #[track_caller]
    pub fn own(&self, body: &str, values: Value) -> Value {
        self.own_within(body, values, WITHIN).unwrap_or_else(|| {
            panic!("never happened: {body}\non the page:\n{}\n{}", self.overview(), self.console_text())
        })
    }

    #[track_caller]
    pub fn own_within(&self, body: &str, values: Value, patience: Duration) -> Option<Value> {
        self.ask_with("own", values, patience, body)
    }

    #[track_caller]
    pub(super) fn ask(&self, question: &str, values: Value, patience: Duration) -> Option<Value> {
        self.ask_with(question, values, patience, "")
    }

    #[track_caller]
    fn ask_with(&self, question: &str, values: Value, patience: Duration, own: &str) -> Option<Value> {
        let script = IN_PAGE.replace("OWN_QUESTION", own);
        // Elements are arguments of their own: not every driver looks for them inside of lists.
        let mut elements = Vec::new();
        let values = values.as_array().into_iter().flatten().map(|value| match element_id(value) {
            Some(_) => {
                elements.push(value.clone());
                json!({ "element": elements.len() - 1 })
            }
            None => json!({ "value": value }),
        });
        let values: Vec<Value> = values.collect();
        let mut arguments = vec![json!(question), json!(values), json!(patience.as_millis() as u64)];
        arguments.append(&mut elements);
        let answer = match self.session().script_with_callback(&script, &arguments) {
            Ok(answer) => answer,
            Err(error) => panic!("{question} {arguments:?}: {error}\n{}", self.console_text()),
        };
        if let Some(failed) = answer["failed"].as_str() {
            panic!("{question} {arguments:?}: {failed}");
        }
        answer.get("answer").cloned()
    }

    // --- The console -------------------------------------------------------------------------------------------

    /// Collects what the console has said; WebDriver hands each entry out once.
    fn console(&self) -> Vec<String> {
        if let Engine::Other(_) = &self.engine {
            let noted =
                self.session().script("return globalThis.notedErrors?.() ?? ['nothing notes errors here']", &[]);
            return serde_json::from_value(noted.unwrap_or_default()).unwrap_or_default();
        }
        let entries = self.session().post("/se/log", &json!({"type": "browser"})).unwrap_or_default();
        let errors = entries.as_array().into_iter().flatten().filter(|entry| entry["level"] == "SEVERE");
        let texts = errors.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned());
        self.errors.borrow_mut().extend(texts);
        self.errors.borrow().clone()
    }

    fn console_text(&self) -> String {
        let errors = self.console();
        if errors.is_empty() { String::new() } else { format!("errors in the console:\n{}", errors.join("\n")) }
    }

    /// Fails if there was an error or a violation of the policy since the browser started.
    #[track_caller]
    pub fn check_console(&self) {
        let errors = self.console();
        assert!(errors.is_empty(), "errors in the console:\n{}", errors.join("\n"));
    }
}

/// Waits for something outside the page, such as a file that the browser writes.
#[track_caller]
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + WITHIN;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "{what} did not come within {WITHIN:?}");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

/// The end of a long text.
pub(super) fn last(text: &str, characters: usize) -> &str {
    let from = text.char_indices().rev().nth(characters).map_or(0, |(at, _)| at);
    text.get(from..).unwrap_or_default()
}
