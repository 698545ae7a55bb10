//! Finding elements by role and accessible name: by the page's own reckoning, which the browser's must agree with.

use super::{Element, Page};
use crate::browser::WITHIN;
use crate::browser::webdriver::element_id;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

impl Page {
    /// The one element with this role and name, as soon as there is one.
    #[track_caller]
    pub fn find(&self, role: &str, name: &str) -> Element {
        self.one(role, Some(name), false, None)
    }

    /// The one element with this role whose name contains a text.
    #[track_caller]
    pub fn find_containing(&self, role: &str, part: &str) -> Element {
        self.one(role, Some(part), true, None)
    }

    /// The one element with this role and name inside another.
    #[track_caller]
    pub fn find_in(&self, outer: &Element, role: &str, name: &str) -> Element {
        self.one(role, Some(name), false, Some(outer))
    }

    /// The one element with this role whose name contains a text inside another.
    #[track_caller]
    pub fn find_in_containing(&self, outer: &Element, role: &str, part: &str) -> Element {
        self.one(role, Some(part), true, Some(outer))
    }

    /// The one element with this role, whatever its name, inside another.
    #[track_caller]
    pub fn find_role_in(&self, outer: &Element, role: &str) -> Element {
        self.one(role, None, false, Some(outer))
    }

    /// The one element with this role, whatever its name.
    #[track_caller]
    pub fn find_role(&self, role: &str) -> Element {
        self.one(role, None, false, None)
    }

    /// All elements with this role and name, as soon as there is one.
    #[track_caller]
    pub fn find_all(&self, role: &str, name: &str) -> Vec<Element> {
        self.all(role, Some(name), false, None, WITHIN).unwrap_or_else(|| self.missing(role, Some(name)))
    }

    /// All elements with this role there are now, perhaps none.
    #[track_caller]
    pub fn present(&self, role: &str) -> Vec<Element> {
        self.all(role, None, false, None, Duration::ZERO).unwrap_or_default()
    }

    /// Whether there is such an element now.
    #[track_caller]
    pub fn has(&self, role: &str, name: &str) -> bool {
        self.all(role, Some(name), false, None, Duration::ZERO).is_some()
    }

    #[track_caller]
    fn one(&self, role: &str, name: Option<&str>, part: bool, within: Option<&Element>) -> Element {
        let deadline = Instant::now() + WITHIN;
        loop {
            let mut found = self.all(role, name, part, within, WITHIN).unwrap_or_else(|| self.missing(role, name));
            let count = found.len();
            assert_eq!(count, 1, "{count} elements are a {role} {name:?}; on the page:\n{}", self.overview());
            let element = found.remove(0);
            match self.computed(&element) {
                Ok((computed_role, computed_name)) => {
                    // ARIA has two names for it.
                    let computed_role = if computed_role == "image" { "img".to_owned() } else { computed_role };
                    assert_eq!(computed_role, role, "the browser's role of {name:?}");
                    if let Some(name) = name.filter(|_| !part) {
                        assert_eq!(computed_name, name, "the browser's name of a {role}");
                    }
                    return element;
                }
                // The page drew it anew in between, as it may.
                Err(error) if is_stale(&error) && Instant::now() < deadline => {}
                Err(error) => panic!("{role} {name:?}: {error}"),
            }
        }
    }

    /// The browser's own opinion of what an element is, which is what a screen reader gets.
    fn computed(&self, element: &Element) -> Result<(String, String), String> {
        let get = |what: &str| self.session().get(&format!("/element/{}/{what}", element.0));
        let text = |value: Value| value.as_str().unwrap_or_default().to_owned();
        Ok((text(get("computedrole")?), text(get("computedlabel")?)))
    }

    #[track_caller]
    fn all(
        &self,
        role: &str,
        name: Option<&str>,
        part: bool,
        within: Option<&Element>,
        patience: Duration,
    ) -> Option<Vec<Element>> {
        let within = within.map(Element::argument);
        let found = self.ask("find", json!([role, name, part, within]), patience)?;
        let ids = found.as_array().into_iter().flatten().filter_map(element_id);
        Some(ids.map(|id| Element(id.to_owned())).collect())
    }

    #[track_caller]
    fn missing(&self, role: &str, name: Option<&str>) -> ! {
        panic!("there is no {role} {name:?}; on the page:\n{}\n{}", self.overview(), self.console_text())
    }

    pub(super) fn overview(&self) -> String {
        let address = self.session().get("/url").unwrap_or_default();
        let elements = self.ask("overview", json!([]), Duration::ZERO).unwrap_or_default();
        format!("{address}\n{}", elements.as_str().unwrap_or_default())
    }
}

/// Whether an element was drawn anew since it was found.
pub(super) fn is_stale(error: &str) -> bool {
    error.starts_with("stale element reference")
}
