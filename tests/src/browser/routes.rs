//! The routes of the page, and what keeps them for a day without a network.

use super::TestSite;
use super::page::Page;
use serde_json::json;

/// Each route, and the role and name of what is there once it can be used.
pub const ROUTES: [(&str, &str, &str); 10] = [
    ("", "log", "Replies"),
    ("learn", "heading", "Learn Redis by doing"),
    ("learn/which-structure", "heading", "Which structure?"),
    ("learn/ttl-tiers", "heading", "TTL tiers"),
    ("commands", "region", "Sorted sets"),
    ("commands/ZADD", "region", "Example 1"),
    ("commands/CLIENT", "region", "Example 1"),
    ("embed?cmd=SET+k+v&cmd=GET+k", "log", "Replies"),
    ("components", "region", "Layouts"),
    ("nothing", "heading", "There is nothing here"),
];

impl Page {
    /// Goes to every route but the playground, and looks at each once it can be used.
    #[track_caller]
    pub fn on_other_routes(&self, site: &TestSite, mut look: impl FnMut(&str)) {
        for (path, role, name) in ROUTES.into_iter().filter(|(path, ..)| !path.is_empty()) {
            self.go(&site.url(path));
            self.find(role, name);
            look(path);
        }
    }

    /// Waits until the service worker has all files, and hands them out from the next load on.
    #[track_caller]
    pub fn wait_until_kept(&self) {
        self.own("return (await navigator.serviceWorker.getRegistration())?.active?.state === 'activated'", json!([]));
    }
}
