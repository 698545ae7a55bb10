//! A newer build on the host: what was loaded goes on with its own files, and a person decides when the new one comes.

use serde_json::json;
use std::fs;
use std::path::Path;
use tests::browser::{Page, Profile, Terminal};
use tests::real::Directory;
use xtask::{page, site::Site};

const NEXT: &str = "0123456789abcdef";

/// Puts another build in the place of the one that is there: other contents, and the version that follows from them.
fn put_next(folder: &Path) {
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let index = read("index.html");
    let version = index.split("data-version=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    for name in ["index.html", "service-worker.js"] {
        let text = read(name);
        assert!(text.contains(&version), "{name} does not name its version");
        fs::write(folder.join(name), text.replace(&version, NEXT)).unwrap();
    }
    let boot = format!("document.documentElement.dataset.build = 'next';\n{}", read("boot.js"));
    fs::write(folder.join("boot.js"), boot).unwrap();
}

pub fn copy_all(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let copy = to.join(path.file_name().unwrap());
        if path.is_dir() {
            fs::create_dir(&copy).unwrap();
            copy_all(&path, &copy);
        } else {
            fs::copy(&path, copy).unwrap();
        }
    }
}

#[test]
fn an_update_comes_when_the_person_says_so() {
    let built = page::for_tests("/").unwrap();
    let folder = Directory::create().unwrap();
    copy_all(&built, &folder.0);
    let site = Site::start(&folder.0, "/", 0).unwrap();
    let profile = Profile::create().unwrap();
    let page = Page::open(&profile, &site.url()).unwrap();
    Terminal::find(&page).check("SET k v", "OK");
    let ready = "return (await navigator.serviceWorker.getRegistration())?.active?.state === 'activated'";
    page.own(ready, json!([]));
    page.own("return (await stored()).journal.includes('SET')", json!([]));
    put_next(&folder.0);
    page.reload();
    // Still all of the old build, from its cache; the new one waits.
    Terminal::find(&page).check("GET k", "\"v\"");
    assert_eq!(page.own("return document.documentElement.dataset.build ?? 'first'", json!([])), "first");
    page.press("Load it");
    page.own("return document.documentElement.dataset.build === 'next'", json!([]));
    Terminal::find(&page).check("GET k", "\"v\"");
    // Each file's address names its build, so no cache on the way can mix two. A hash is written without its leading zeros.
    let unnamed = page.own(
        "return performance.getEntriesByType('resource').map((it) => it.name)
            .filter((name) => !/-[0-9a-f]{12,16}[._]|[?]v=[0-9a-f]{12,16}$/.test(name))",
        json!([]),
    );
    assert_eq!(unnamed, json!([]));
    page.close();
}
