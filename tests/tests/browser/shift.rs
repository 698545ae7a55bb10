//! Nothing moves by itself while a page loads: on every route, on a first visit over a slow line and on the next one.

use serde_json::json;
use tests::browser::routes::ROUTES;
use tests::browser::{Page, Profile, Terminal, TestSite};

/// Notes what moves, from before the page begins.
const NOTE: &str = "window.shifts = [];
    new PerformanceObserver((list) => {
        for (const { value, hadRecentInput, startTime, sources } of list.getEntries()) {
            if (hadRecentInput) continue;
            const what = sources.map(({ node, previousRect, currentRect }) => {
                const html = (node?.outerHTML ?? node?.textContent ?? '?').slice(0, 120);
                return `${html} from ${previousRect.y},${previousRect.x} to ${currentRect.y},${currentRect.x}`;
            });
            window.shifts.push({ value, at: Math.round(startTime), what });
        }
    }).observe({ type: 'layout-shift', buffered: true });";

/// What comes late comes within this time after the route is there: a second visit draws keys, a first one an answer.
const SETTLED: &str = "window.thereAt ??= performance.now(); return performance.now() - window.thereAt > 1200";

/// Far less than a person could notice: the rating called good ends at 0.1.
const MOST: f64 = 0.005;

/// How much moved on what is being loaded, with what it was.
fn shifts(page: &Page, role: &str, name: &str) -> (f64, String) {
    page.find(role, name);
    page.own(SETTLED, json!([]));
    let shifts = page.own("return window.shifts", json!([]));
    let moved = shifts.as_array().into_iter().flatten().filter_map(|shift| shift["value"].as_f64()).sum();
    (moved, shifts.to_string())
}

#[test]
fn nothing_moves_while_any_route_loads() {
    let site = TestSite::at_root().unwrap();
    let mut wrong = Vec::new();
    for (width, height) in [(1440, 900), (390, 844)] {
        for (path, role, name) in ROUTES {
            let profile = Profile::create().unwrap();
            let page = Page::open(&profile, "about:blank").unwrap();
            page.before_page(NOTE);
            page.resize(width, height);
            page.slow_network(60, 1_500_000);
            let mut look = |visit: &str| {
                let (moved, what) = shifts(&page, role, name);
                println!("{width} px, /{path}, {visit}: {moved:.4}");
                if moved > MOST {
                    wrong.push(format!("{width} px, /{path}, {visit}: {moved:.4}: {what}"));
                }
            };
            page.go(&site.url(path));
            look("cold");
            page.wait_until_kept();
            page.reload();
            look("warm");
            page.close();
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_moves_while_a_filled_store_comes_back() {
    let site = TestSite::at_root().unwrap();
    let profile = Profile::create().unwrap();
    let page = Page::open(&profile, "about:blank").unwrap();
    page.before_page(NOTE);
    page.go(&site.url(""));
    let terminal = Terminal::find(&page);
    terminal.check("MSET user:1 a user:2 b", "OK");
    terminal.check("SELECT 1", "OK");
    terminal.check_at("127.0.0.1:6379[1]> ", "SET other 1", "OK");
    page.press("New client");
    page.press("Side by side");
    page.own("return (await stored()).journal.includes('other')", json!([]));
    page.reload();
    page.find_containing("treeitem", "user");
    let (moved, what) = shifts(&page, "button", "New client");
    assert!(moved < MOST, "things moved by {moved}: {what}");
    page.close();
}
