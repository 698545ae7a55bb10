//! The built page behind xtask's static server, as a plain host would serve it.

use xtask::{page, site::Site};

/// The page served on a free port.
pub struct TestSite {
    site: Site,
}

impl TestSite {
    /// At the root of the host.
    pub fn at_root() -> Result<TestSite, String> {
        TestSite::under("/")
    }

    /// Below a path, as on shared hosting.
    pub fn under_a_path() -> Result<TestSite, String> {
        TestSite::under(page::TEST_BASE)
    }

    fn under(base: &str) -> Result<TestSite, String> {
        Ok(TestSite { site: Site::start(&page::for_tests(base)?, base, 0)? })
    }

    /// The address of a path of the site, written without a leading slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.site.url())
    }
}
