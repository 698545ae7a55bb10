//! Finds out which functions of the engine a visit begins with: `cargo xtask parts`.
//!
//! Opens a page whose worker notes what runs, does what people do first, and lists all else as what is loaded later.

use serde_json::json;
use std::fs;
use std::process::ExitCode;
use tests::browser::{Page, Profile, Terminal, first_visit};
use xtask::split::watch;
use xtask::tools::Toolbox;
use xtask::{page, site::Site, workspace};

const LIST: &str = "web/later/worker.txt";
const HEAD: &str = "\
# What the engine's worker loads after its start: modules, types and functions, as xtask/src/split/plan.rs reads them.
# What only these refer to comes with them. All of it works from the first moment on; only then it is waited for.
# Written by `cargo xtask parts`, which watches a first visit (tests/src/browser/first_visit.rs): do not edit.
";

fn main() -> ExitCode {
    tests::ended::ended(find())
}

fn find() -> Result<(), String> {
    let (folder, watched) = page::build_watched(&Toolbox::prepare()?)?;
    let site = Site::start(&folder, "/", 0)?;
    let page = Page::open(&Profile::create()?, &site.url())?;
    let terminal = Terminal::find(&page);
    first_visit::run(&terminal);
    // What the passing of time brings runs too: an expiry, the journal's way into the store.
    terminal.check("SET short lived PX 900", "OK");
    page.own("return (await stored()).journal.includes('lived')", json!([]));
    page.own(
        "return ![...document.querySelectorAll('[role=treeitem]')].some((row) => row.textContent.includes('short'))",
        json!([]),
    );
    let asked = "const ran = new BroadcastChannel('ran');
        const answer = new Promise((resolve) => (ran.onmessage = ({ data }) => resolve([...data])));
        ran.postMessage([values[0], values[1]]);
        return await answer;";
    let notes = page.own(asked, json!([watched.address, watched.functions.len()]));
    let notes = notes.as_array().ok_or("the worker did not say what ran")?;
    let ran: Vec<bool> = notes.iter().map(|note| *note == json!(1)).collect();
    let paths = watch::later(&watched.functions, &ran);
    println!(
        "{} of {} functions ran; {} paths are loaded later",
        ran.iter().filter(|ran| **ran).count(),
        ran.len(),
        paths.len()
    );
    fs::write(workspace::root().join(LIST), format!("{HEAD}{}\n", paths.join("\n"))).map_err(|error| error.to_string())
}
