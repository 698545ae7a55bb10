//! A newer build on the host: what was loaded goes on with its own files, and a person decides when the new one comes.

use serde_json::json;
use std::fs;
use std::path::Path;
use tests::browser::{Page, Profile, Terminal, TestSite};

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

const READY: &str = "return (await navigator.serviceWorker.getRegistration())?.active?.state === 'activated'";
const BUILD: &str = "return document.documentElement.dataset.build ?? 'first'";

/// A page that its service worker keeps, with something in its store.
fn visited(site: &TestSite, profile: &Profile) -> Page {
    let page = Page::open(profile, &site.url("")).unwrap();
    Terminal::find(&page).check("SET k v", "OK");
    page.own(READY, json!([]));
    page.own("return (await stored()).journal.includes('SET')", json!([]));
    page
}

#[test]
fn an_update_comes_when_the_person_says_so() {
    let site = TestSite::copied().unwrap();
    let profile = Profile::create().unwrap();
    let page = visited(&site, &profile);
    put_next(site.folder());
    page.reload();
    // Still all of the old build, from its cache; the new one waits.
    Terminal::find(&page).check("GET k", "\"v\"");
    assert_eq!(page.own(BUILD, json!([])), "first");
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

#[test]
fn an_update_is_told_of_on_every_route_and_no_file_of_it_is_used_before() {
    let site = TestSite::copied().unwrap();
    let profile = Profile::create().unwrap();
    let page = visited(&site, &profile);
    put_next(site.folder());
    // What the new build does not have any more is still there for the old one.
    for file in fs::read_dir(site.folder()).unwrap().map(|entry| entry.unwrap().path()) {
        if file.extension().is_some_and(|extension| extension == "wasm" || extension == "txt") {
            fs::write(file, "of the next build").unwrap();
        }
    }
    for (path, heading) in [("learn", "Learn Redis by doing"), ("commands", "Commands"), ("commands/ZADD", "ZADD")] {
        page.go(&site.url(path));
        page.find("heading", heading);
        assert_eq!(page.own(BUILD, json!([])), "first", "{path}");
        page.wait_for_text(&page.find("status", "Messages"), "A new version of Rediscover is ready.");
    }
    // Two caches by now, of which the old page uses its own only: the parts that are loaded late as well.
    page.own("return (await caches.keys()).length === 2", json!([]));
    page.go(&site.url(""));
    let terminal = Terminal::find(&page);
    terminal.check("EVAL \"return redis.call('GET', KEYS[1])\" 1 k", "\"v\"");
    terminal.check("GEOADD places 13.4 52.5 Berlin", "(integer) 1");
    page.click_containing("treeitem", "places");
    page.press("Map");
    page.own("return document.querySelector('.map .land')?.getAttribute('d').length > 5000", json!([]));
    assert_eq!(page.own(BUILD, json!([])), "first");
    page.close();
}
