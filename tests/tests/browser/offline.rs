//! After the first load the site needs no network.

use serde_json::json;
use tests::browser::page::visit;
use tests::browser::{Page, Profile, Terminal, TestSite};

#[test]
fn without_a_server_everything_still_works() {
    works_offline(TestSite::at_root().unwrap());
}

#[test]
fn without_a_server_everything_still_works_below_a_path() {
    works_offline(TestSite::under_a_path().unwrap());
}

#[test]
fn the_site_can_be_installed() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        Terminal::find(page).check("PING", "PONG");
        let manifest = page.devtools("Page.getAppManifest", json!({}));
        assert_eq!(manifest["errors"], json!([]), "{manifest}");
        let errors = page.devtools("Page.getInstallabilityErrors", json!({}));
        assert_eq!(errors["installabilityErrors"], json!([]), "{errors}");
    });
}

fn works_offline(site: TestSite) {
    let urls = ["", "learn/which-structure", "embed?cmd=PING", "learn"].map(|path| site.url(path));
    let profile = Profile::create().unwrap();
    let page = Page::open(&profile, &urls[0]).unwrap();
    Terminal::find(&page).check("SET k v", "OK");
    let ready = "const worker = (await navigator.serviceWorker.getRegistration())?.active;
        return worker?.state === 'activated';";
    page.own(ready, json!([]));
    page.own("return (await stored()).journal.includes('SET')", json!([]));
    drop(site);
    page.reload();
    Terminal::find(&page).check("GET k", "\"v\"");
    Terminal::find(&page).check("EVAL \"return redis.call('GET', KEYS[1])\" 1 k", "\"v\"");
    page.go(&urls[1]);
    Terminal::find(&page).check("STRLEN board:json", "(integer) 65");
    page.go(&urls[2]);
    page.press("Run");
    Terminal::find(&page).wait_for("PONG");
    page.go(&urls[3]);
    page.find_containing("link", "TTL tiers");
    page.close();
}
