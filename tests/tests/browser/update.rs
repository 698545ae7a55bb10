//! A newer build on the host: what was loaded goes on with its own files, and a person decides when the new one comes.

use serde_json::json;
use std::fs;
use tests::browser::{Page, Profile, Terminal, TestSite};

const NEXT: &str = "0123456789abcdef";

/// Puts another build in the place of the one that is there: other contents, and the version that follows from them.
fn put_next(site: &TestSite) {
    let version = site.version();
    assert_eq!(version.len(), 16, "only a finished build has a version");
    fs::rename(site.folder().join(&version), site.folder().join(NEXT)).unwrap();
    for name in ["index.html", "service-worker.js", "boot.js", "manifest.webmanifest"] {
        site.edit(name, |text| text.replace(&version, NEXT)).unwrap();
    }
    site.edit("boot.js", |text| format!("document.documentElement.dataset.build = 'next';\n{text}")).unwrap();
}

const BUILD: &str = "return document.documentElement.dataset.build ?? 'first'";

/// A page that its service worker keeps, with something in its store.
fn visited(site: &TestSite, profile: &Profile) -> Page {
    let page = Page::open(profile, &site.url("")).unwrap();
    Terminal::find(&page).check("SET k v", "OK");
    page.wait_until_kept();
    page.own("return (await stored()).journal.includes('SET')", json!([]));
    page
}

#[test]
fn an_update_comes_when_the_person_says_so() {
    let site = TestSite::copied().unwrap();
    let profile = Profile::create().unwrap();
    let page = visited(&site, &profile);
    put_next(&site);
    page.reload();
    // Still all of the old build, from its cache; the new one waits.
    Terminal::find(&page).check("GET k", "\"v\"");
    assert_eq!(page.own(BUILD, json!([])), "first");
    page.press("Load it");
    page.own("return document.documentElement.dataset.build === 'next'", json!([]));
    Terminal::find(&page).check("GET k", "\"v\"");
    // Each file's address names its build, so no cache on the way can mix two.
    let unnamed = page.own(
        "return performance.getEntriesByType('resource').map((it) => it.name)
            .filter((name) => !/[/][0-9a-f]{16}[/]|[?]v=[0-9a-f]{16}$/.test(name))",
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
    put_next(&site);
    // What the new build does not have is still there for the old one.
    for file in fs::read_dir(site.folder().join(NEXT)).unwrap().map(|entry| entry.unwrap().path()) {
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

/// A first visit as long as no service worker has come, and the page is not at rest: the time in which a newer build on
/// the host could come between. `register` is what registers one then.
const FIRST_VISIT: &str = "window.requestIdleCallback = () => 0;
    window.register = navigator.serviceWorker.register.bind(navigator.serviceWorker);
    navigator.serviceWorker.register = () => new Promise(() => {});";

#[test]
fn a_page_from_before_an_update_gets_nothing_of_the_new_build_and_offers_it() {
    let site = TestSite::copied().unwrap();
    let later = fs::read(site.folder().join(site.own("worker_later.wasm"))).unwrap();
    fs::remove_file(site.folder().join(site.own("worker_later.wasm"))).unwrap();
    let page = Page::open(&Profile::create().unwrap(), "about:blank").unwrap();
    page.before_page(FIRST_VISIT);
    page.go(&site.url(""));
    let terminal = Terminal::find(&page);
    terminal.check("SET k v", "OK");
    page.own("return (await stored()).journal.includes('SET')", json!([]));
    let first = site.version();
    put_next(&site);
    fs::write(site.folder().join(site.own("worker_later.wasm")), later).unwrap();
    // What came goes on.
    terminal.check("GET k", "\"v\"");
    page.click_containing("treeitem", "k");
    page.wait_for_text(&page.find("status", "Messages"), "A new version of Rediscover is ready.");
    // What needs the missing part of the engine fails, and links nothing else in its place.
    terminal.enter("EVAL 'return 1' 0");
    page.find("heading", "The engine stopped");
    page.press("Load it");
    page.own("return document.documentElement.dataset.build === 'next'", json!([]));
    let terminal = Terminal::find(&page);
    terminal.check("EVAL \"return redis.call('GET', KEYS[1])\" 1 k", "\"v\"");
    // Files of the first build that are missing stand in the console, as they should.
    page.close_with_errors(&first);
}

#[test]
fn a_page_that_an_update_overtakes_at_its_start_says_so() {
    let site = TestSite::copied().unwrap();
    for name in ["index.html", "boot.js"] {
        fs::copy(site.folder().join(name), site.folder().join(format!("old_{name}"))).unwrap();
    }
    // One page has its script still, from a cache say; the other gets that of the new build.
    site.edit("old_index.html", |text| text.replace("/boot.js", "/old_boot.js")).unwrap();
    fs::copy(site.folder().join("index.html"), site.folder().join("mixed.html")).unwrap();
    put_next(&site);
    let page = Page::open(&Profile::create().unwrap(), "about:blank").unwrap();
    for name in ["old_index.html", "mixed.html"] {
        page.go(&site.url(name));
        let said = "return document.querySelector('[role=alert]')?.textContent
            === 'A new version of Rediscover came while this page was loading. Reload the page to get it.'";
        page.own(said, json!([]));
    }
    page.go(&site.url(""));
    Terminal::find(&page).check("PING", "PONG");
    page.close_with_errors("");
}

#[test]
fn a_page_whose_script_does_not_come_is_not_left_blank() {
    let site = TestSite::copied().unwrap();
    let (script, away) = (site.folder().join("boot.js"), site.folder().join("away.js"));
    fs::rename(&script, &away).unwrap();
    let page = Page::open(&Profile::create().unwrap(), &site.url("")).unwrap();
    let seen = "return document.body.innerText.includes('reload the page')";
    assert_eq!(page.session().script(seen, &[]).unwrap(), json!(false), "it is said before anyone has waited");
    page.own(seen, json!([]));
    fs::rename(&away, &script).unwrap();
    page.reload();
    Terminal::find(&page).check("PING", "PONG");
    page.own("return !document.querySelector('.starting')", json!([]));
    page.close_with_errors("boot.js");
}

#[test]
fn a_service_worker_keeps_files_of_its_own_build_only() {
    let site = TestSite::copied().unwrap();
    let page = Page::open(&Profile::create().unwrap(), "about:blank").unwrap();
    page.before_page(FIRST_VISIT);
    page.go(&site.url(""));
    Terminal::find(&page).check("PING", "PONG");
    // The host is in the middle of an update.
    let version = site.version();
    site.edit("index.html", |text| text.replace(&version, NEXT)).unwrap();
    let refused = "const { installing } = await register('/service-worker.js');
        await new Promise((done) => { installing.onstatechange = done; });
        return installing.state === 'redundant'";
    assert_eq!(page.session().script_to_its_end(refused, &[]).unwrap(), json!(true));
    page.close();
}
