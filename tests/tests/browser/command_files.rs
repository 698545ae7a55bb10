//! Files of commands in the browser: as `redis-cli --pipe` takes them, stopped half-way, waiting, and what is told of them.

use serde_json::json;
use std::fs;
use std::process::{Command, Stdio};
use tests::browser::page::{Page, visit, visit_as, wait_for};
use tests::browser::{Profile, Terminal, TestSite};
use tests::compare;
use tests::side::Real;
use tests::wire::encode;

/// Runs a file after its question; what it came to, in words.
fn run_file(page: &Page, profile: &Profile, name: &str, bytes: &[u8]) -> String {
    begin(page, profile, name, bytes);
    result(page, name)
}

fn begin(page: &Page, profile: &Profile, name: &str, bytes: &[u8]) {
    page.choose_file_for("File of commands", &profile.file(name, bytes).unwrap());
    let dialog = page.find("dialog", &format!("Run {name}?"));
    page.click(&page.find_in(&dialog, "button", "Run"));
}

fn result(page: &Page, name: &str) -> String {
    let told = page.find("status", "Result of the file");
    page.wait_for_text(&told, name);
    page.text(&told)
}

/// Three of its commands are refused.
fn resp_file() -> Vec<u8> {
    let mut file = Vec::new();
    let mut command = |words: &[&[u8]]| encode(words, &mut file);
    for number in 0..2000u32 {
        let (key, value) = (format!("k:{number}"), number.to_string());
        command(&[b"SET", key.as_bytes(), value.as_bytes()]);
    }
    command(&[b"SET", b"bytes \r\n\x00\xff", b"*1\r\n$4\r\nPING\r\n"]);
    command(&[b"LPUSH", b"k:1", b"wrong type"]);
    command(&[b"NOSUCHCOMMAND", b"<b>1</b>"]);
    command(&[b"HSET", b"h", b"f"]);
    command(&[b"EVAL", b"for i=1,5 do redis.call('RPUSH', KEYS[1], i) end", b"1", b"l"]);
    file
}

#[test]
fn a_file_in_resp_does_what_redis_cli_does_with_it() {
    let site = TestSite::at_root().unwrap();
    let profile = Profile::create().unwrap();
    let mut real = Real::start().unwrap();
    let file = resp_file();
    let path = profile.file("real.resp", &file).unwrap();
    let mut pipe = Command::new("redis-cli");
    pipe.args(["-p", &real.port().to_string(), "--pipe"]).stdin(Stdio::from(fs::File::open(path).unwrap()));
    let said = String::from_utf8(pipe.output().unwrap().stdout).unwrap();
    assert!(said.contains("errors: 3, replies: 2005"), "{said}");
    visit_as(&profile, &site, "", |page| {
        let told = run_file(page, &profile, "data.resp", &file);
        assert!(told.contains("2,005 commands in ") && told.contains(", 3 errors."), "{told}");
        let errors = page.find("group", "Errors of the file");
        for part in ["WRONGTYPE", "2,002", "NOSUCHCOMMAND", "<b>1</b>", "2,003", "wrong number of arguments", "2,004"] {
            page.wait_for_text(&errors, part);
        }
        page.press("Export");
        let dump = profile.downloads().join("dump.rdb");
        let dump = wait_for("dump.rdb", || fs::read(&dump).ok().filter(|bytes| !bytes.is_empty()));
        let mut ours = Real::start().unwrap();
        ours.load(&dump).unwrap();
        let difference = compare::data(&mut real, &mut ours).unwrap();
        assert!(difference.is_none(), "{difference:?}");
        // What is no RESP any more ends it; what came before stays.
        let mut broken = Vec::new();
        encode(&["SET", "before", "1"], &mut broken);
        broken.extend_from_slice(b"*2\r\n$3\r\nGET\r\n$x\r\n");
        let told = run_file(page, &profile, "broken.resp", &broken);
        assert!(told.contains("What follows could not be read: "), "{told}");
        Terminal::find(page).check("GET before", "\"1\"");
    });
}

#[test]
fn a_file_is_stopped_and_what_was_done_is_kept_and_told() {
    let site = TestSite::at_root().unwrap();
    let profile = Profile::create().unwrap();
    visit_as(&profile, &site, "", |page| {
        let terminal = Terminal::find(page);
        let file = "INCR n\n".repeat(2_000_000);
        begin(page, &profile, "long.txt", file.as_bytes());
        let bar = page.find("progressbar", "Progress of the file");
        page.own("return Number(values[0].ariaValueNow) > 0", json!([bar.argument()]));
        // Other terminals are answered meanwhile.
        terminal.check("ECHO here", "\"here\"");
        page.press("Stop the file");
        let told = result(page, "long.txt");
        let done = told.split_once("Stopped after line ").expect("it says where it stopped").1;
        let done: u64 = done.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap();
        assert!(0 < done && done < 2_000_000, "{told}");
        assert!(told.contains(", no error."), "{told}");
        terminal.check("GET n", &format!("\"{done}\""));
        // The next one may run.
        let told = run_file(page, &profile, "next.txt", b"SET n 0\n");
        assert!(told.contains("1 command in "), "{told}");
        terminal.check("GET n", "\"0\"");
    });
}

#[test]
fn a_file_waits_with_its_command_until_another_client_brings_it() {
    let site = TestSite::at_root().unwrap();
    let profile = Profile::create().unwrap();
    visit_as(&profile, &site, "", |page| {
        let terminal = Terminal::find(page);
        begin(page, &profile, "waits.txt", b"SET a 1\nBLPOP jobs 0\nSET b 2\n");
        page.wait_for_text(&page.find("region", "File"), "line 2 waits for its reply");
        terminal.check("EXISTS a b", "(integer) 1");
        terminal.check("RPUSH jobs one", "(integer) 1");
        let told = result(page, "waits.txt");
        assert!(told.contains("3 commands in "), "{told}");
        terminal.check("GET b", "\"2\"");
        begin(page, &profile, "again.txt", b"BLPOP jobs 0\nSET b 3\n");
        page.wait_for_text(&page.find("region", "File"), "line 1 waits for its reply");
        page.press("Stop the file");
        result(page, "again.txt");
        terminal.check("GET b", "\"2\"");
    });
}

#[test]
fn a_file_is_pasted_and_nothing_runs_without_consent() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        let paste = "const data = new DataTransfer();
            data.items.add(new File([values[1]], 'pasted.txt'));
            values[0].dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
            return true;";
        page.own(paste, json!([terminal.log.argument(), "SET a 1\nSET b 2\n"]));
        let dialog = page.find("dialog", "Run pasted.txt?");
        page.click(&page.find_in(&dialog, "button", "Do not run"));
        terminal.check("DBSIZE", "(integer) 0");
        page.own(paste, json!([terminal.log.argument(), "SET a 1\nSET b 2\n"]));
        let dialog = page.find("dialog", "Run pasted.txt?");
        page.click(&page.find_in(&dialog, "button", "Run"));
        result(page, "pasted.txt");
        terminal.check("DBSIZE", "(integer) 2");
    });
}
