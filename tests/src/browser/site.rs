//! The built page behind xtask's static server, as a plain host would serve it.

use crate::real::Directory;
use std::fs;
use std::path::Path;
use xtask::{page, site::Site};

/// Notes errors of a page and of its workers, for a browser whose driver hands out no console.
const NOTES_ERRORS: (&str, &str) = ("notes_errors.js", include_str!("notes_errors.js"));
/// Tells how large the memories of the wasm modules are.
const TELLS_MEMORY: (&str, &str) = ("tells_memory.js", include_str!("tells_memory.js"));
/// Lets the memories grow when that is least welcome.
const GROWS_MEMORY: (&str, &str) = ("grows_memory.js", include_str!("grows_memory.js"));

/// The page served on a free port.
pub struct TestSite {
    site: Site,
    /// Where its files are, when they are a copy.
    copy: Option<Directory>,
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
        Ok(TestSite { site: Site::start(&page::for_tests(base)?, base, 0)?, copy: None })
    }

    /// A copy at the root of a host, which a test may change while it is served.
    pub fn copied() -> Result<TestSite, String> {
        TestSite::copy_of(&page::for_tests("/")?)
    }

    /// A copy of a page that was built somewhere.
    pub fn copy_of(page: &Path) -> Result<TestSite, String> {
        let copy = Directory::create()?;
        copy_all(page, &copy.0)?;
        Ok(TestSite { site: Site::start(&copy.0, "/", 0)?, copy: Some(copy) })
    }

    /// A copy whose page and worker begin with a script that notes every error.
    pub fn that_notes_errors() -> Result<TestSite, String> {
        TestSite::copied()?.with_script(NOTES_ERRORS)
    }

    /// A copy whose page can be asked for the memory of its wasm and of the worker's.
    pub fn that_tells_memory() -> Result<TestSite, String> {
        TestSite::copied()?.with_script(TELLS_MEMORY)
    }

    /// A copy whose wasm memories grow while bytes are handed over.
    pub fn that_grows_memory() -> Result<TestSite, String> {
        TestSite::copied()?.with_script(GROWS_MEMORY)
    }

    /// The same copy, in which a script runs before all others of the page and of the worker.
    fn with_script(self, (name, text): (&str, &str)) -> Result<TestSite, String> {
        fs::write(self.folder().join(name), text).map_err(|error| error.to_string())?;
        let tag = format!("<head><script src=\"/{name}\"></script>");
        self.edit("index.html", |text| text.replacen("<head>", &tag, 1))?;
        self.edit(&self.own("worker_start.js"), |text| format!("await import('/{name}');\n{text}"))?;
        Ok(self)
    }

    /// A copy that no service worker comes to keep: what is asked for is asked of the host.
    pub fn that_is_not_kept() -> Result<TestSite, String> {
        TestSite::copied()?.not_kept()
    }

    /// The same copy, without its service worker.
    pub fn not_kept(self) -> Result<TestSite, String> {
        self.edit("index.html", |text| text.replace("data-version=", "data-no-version="))?;
        Ok(self)
    }

    /// Notes from here on which files are asked for; gives what was noted so far.
    pub fn record(&self) -> Vec<String> {
        self.site.record()
    }

    /// Where the files of a copy are.
    pub fn folder(&self) -> &Path {
        &self.copy.as_ref().expect("only a copy may be changed").0
    }

    /// The version of a copy, which names the folder with its files; a page in the making has none.
    pub fn version(&self) -> String {
        let index = fs::read_to_string(self.folder().join("index.html")).unwrap_or_default();
        let written = index.split("version=\"").nth(1).and_then(|rest| rest.split('"').next());
        written.unwrap_or_default().to_owned()
    }

    /// The name of a file of a copy that is in its version's folder.
    pub fn own(&self, name: &str) -> String {
        let version = self.version();
        if version.is_empty() { name.to_owned() } else { format!("{version}/{name}") }
    }

    /// Changes a file of a copy.
    pub fn edit(&self, name: &str, change: impl Fn(String) -> String) -> Result<(), String> {
        let path = self.folder().join(name);
        let failed = |error: std::io::Error| format!("{}: {error}", path.display());
        let text = fs::read_to_string(&path).map_err(failed)?;
        let changed = change(text.clone());
        if changed == text {
            return Err(format!("{name} has no place for the change"));
        }
        fs::write(&path, changed).map_err(failed)
    }

    /// The address of a path of the site, written without a leading slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.site.url())
    }
}

/// Copies what is in a folder into another.
pub fn copy_all(from: &Path, to: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", from.display());
    for entry in fs::read_dir(from).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let copy = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            fs::create_dir(&copy).map_err(failed)?;
            copy_all(&path, &copy)?;
        } else {
            fs::copy(&path, &copy).map_err(failed)?;
        }
    }
    Ok(())
}
