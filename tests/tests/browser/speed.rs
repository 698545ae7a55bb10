//! What a person would feel: how soon the page takes a command, and whether it stays alive under a flood.

use serde_json::json;
use tests::browser::page::{visit, visit_as};
use tests::browser::{Profile, Terminal, TestSite, start};

#[test]
fn a_paste_of_ten_thousand_commands_leaves_the_page_responsive() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("SET before 1", "OK");
        let watch = "window.longest = 0;
            let last = performance.now();
            const frame = (now) => {
                window.longest = Math.max(window.longest, now - last);
                last = now;
                requestAnimationFrame(frame);
            };
            requestAnimationFrame(frame);
            return true;";
        page.own(watch, json!([]));
        let lines: String = (0..10_000).map(|number| format!("SET key:{number} value:{number}\n")).collect();
        let began = std::time::Instant::now();
        terminal.paste(&lines);
        // The line can be typed in while the commands run.
        page.send_keys(&terminal.input, "DBSIZE");
        page.wait_for_value(&terminal.input, "DBSIZE");
        let typed = began.elapsed();
        let still_running = page.of(&terminal.log, "attribute/aria-busy") == "true";
        terminal.wait_for("SET key:9999 value:9999\nOK\n");
        let ran = began.elapsed();
        let longest = page.session().script("return window.longest", &[]).unwrap();
        println!(
            "10,000 pasted commands: typing worked after {typed:?} (commands still running: {still_running}), all \
             answered after {ran:?}, longest frame {longest} ms"
        );
        assert!(longest.as_f64().unwrap() < 3000.0, "the page stood still for {longest} ms");
        terminal.check_rest("", "DBSIZE", "(integer) 10001");
        // Every one of them ran, and none twice.
        terminal.check("GET key:5000", "\"value:5000\"");
        let tree = page.find("tree", "Keys");
        page.wait_for_text(&tree, "10,000");
    });
}

#[test]
fn the_first_command_is_accepted_soon() {
    let site = TestSite::at_root().unwrap();
    let profile = Profile::create().unwrap();
    let cold = start::until_accepted(&profile, &site).unwrap();
    let warm = start::until_accepted(&profile, &site).unwrap();
    println!("from navigation to an accepted command: {cold:.0} ms cold, {warm:.0} ms warm");
    visit_as(&profile, &site, "", |page| Terminal::find(page).check("GET accepted", "\"yes\""));
}
