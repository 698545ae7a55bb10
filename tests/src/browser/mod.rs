//! The built page in headless Chromium, and in WebKit and Firefox where they may differ, driven as a person would: by what is on it, never by how it is made.
//!
//! | module | what it is |
//! |---|---|
//! | [`webdriver`] | the few calls of the WebDriver protocol that are needed, over plain HTTP |
//! | [`chromium`] | chromedriver and the Chromium it starts, with a profile of their own, ended when dropped |
//! | [`other`] | the same for WebKit and Firefox with their drivers |
//! | [`page`] | finding elements by role and accessible name, waiting, the console |
//! | [`keyboard`] | keys, and what has the focus |
//! | [`mouse`] | dragging |
//! | [`emulation`] | other screens, networks and wishes of the system |
//! | [`terminal`] | typing into a terminal and reading what it prints |
//! | [`first_visit`] | what people do first |
//! | [`frames`] | how long frames take while much happens |
//! | [`start`] | how long until the page takes a command |
//! | [`routes`] | every route, and whether the service worker has them |
//! | [`site`] | the built page and its server |
//!
//! What always holds: every wait has a deadline and looks for a condition, none is a pause; each test has a browser
//! with an empty profile; a test during which the page wrote an error to the console, or broke its
//! Content-Security-Policy, has failed.

pub mod chromium;
pub mod emulation;
pub mod first_visit;
pub mod frames;
pub mod keyboard;
pub mod mouse;
pub mod other;
pub mod page;
pub mod routes;
pub mod site;
pub mod start;
pub mod terminal;
pub mod webdriver;

pub use chromium::{Browser, Profile};
pub use page::{Element, Page};
pub use site::TestSite;
pub use terminal::Terminal;

use std::time::Duration;

/// How long anything may take that a person waits for. Far above what it should take, because the tests also have to
/// pass on a machine that is busy with other things.
pub const WITHIN: Duration = Duration::from_secs(30);
