//! Export and Import, with the real redis-server at the other end.

use serde_json::json;
use std::fs;
use tests::browser::page::{Page, visit_as, wait_for};
use tests::browser::{Profile, Terminal, TestSite};
use tests::compare;
use tests::side::{Real, Side};
use tests::wire::{self, Command};

/// One key of each type in more than one encoding, in two databases, with and without a time to live.
const DATA: &[&str] = &[
    "SET text hello",
    "SET number 12345",
    "SET binary \"\\x00\\xff\\r\\n\"",
    "SETRANGE long 3000 end",
    "SET session x EXAT 4102444800",
    "RPUSH list a b 3 \"\\x00\"",
    "HSET hash name Ada born 1815",
    "EXPIREAT hash 4102444801",
    "SADD numbers 1 2 3 70000",
    "SADD words one two three",
    "ZADD board 1.5 ada -inf low 3 grace",
    "SELECT 9",
    "SET other database",
];

/// What pushes values into their larger encodings.
fn large_data() -> Vec<String> {
    let words = |what: &str| (0..700).map(|number| format!(" {what}{number}")).collect::<String>();
    let pairs = |first: &str, second: &str| {
        (0..700).map(|number| format!(" {first}{number} {second}{number}")).collect::<String>()
    };
    vec![
        "SELECT 0".to_owned(),
        format!("RPUSH large:list{}", words("element-of-some-length-")),
        format!("HSET large:hash{}", pairs("field", "value")),
        format!("SADD large:set{}", words("member")),
        format!("ZADD large:zset{}", pairs("", "member")),
    ]
}

fn all_data() -> Vec<String> {
    DATA.iter().map(|line| (*line).to_owned()).chain(large_data()).collect()
}

/// A real server that ran these lines itself.
fn real_with(lines: &[String]) -> Real {
    let mut real = Real::start().unwrap();
    let commands: Vec<Command> = lines.iter().map(|line| engine::resp::split_line(line).unwrap()).collect();
    for (reply, line) in real.run(&commands).unwrap().iter().zip(lines) {
        assert!(!reply.starts_with(b"-"), "{line}: {}", wire::show(reply));
    }
    real
}

/// Presses Export; the file that comes.
fn export(page: &Page, profile: &Profile) -> Vec<u8> {
    page.press("Export");
    let path = profile.downloads().join("dump.rdb");
    // Until it is whole, an empty file keeps its name.
    let bytes = wait_for("dump.rdb", || fs::read(&path).ok().filter(|bytes| !bytes.is_empty()));
    fs::remove_file(&path).unwrap();
    bytes
}

#[test]
fn an_export_holds_the_same_for_the_real_server() {
    let site = TestSite::at_root().unwrap();
    let profile = Profile::create().unwrap();
    let lines = all_data();
    visit_as(&profile, &site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.paste(&(lines.join("\n") + "\n"));
        terminal.wait_for("(integer) 700\n127.0.0.1:6379> ZADD large:zset");
        terminal.check("DBSIZE", "(integer) 14");
        let dump = export(page, &profile);
        let mut written = real_with(&lines);
        let mut loaded = Real::start().unwrap();
        loaded.load(&dump).unwrap();
        let difference = compare::data(&mut written, &mut loaded).unwrap();
        assert!(difference.is_none(), "{difference:?}");
    });
}

#[test]
fn an_import_of_the_real_servers_dump_comes_out_again_the_same() {
    let site = TestSite::at_root().unwrap();
    let profile = Profile::create().unwrap();
    let mut real = real_with(&all_data());
    let dump = profile.file("from-redis.rdb", &real.save().unwrap()).unwrap();
    visit_as(&profile, &site, "", |page| {
        let terminal = Terminal::find(page);
        page.find("button", "Import");
        page.choose_file(&dump);
        page.wait_for_text(&page.find("status", "Messages"), "Imported 15 keys from from-redis.rdb");
        terminal.check("HGET hash name", "\"Ada\"");
        terminal.check("ZRANGE board 0 -1", "1) \"low\"\n2) \"ada\"\n3) \"grace\"");
        // What was imported is kept.
        page.own("return (await stored()).snapshots.length > 0", json!([]));
        page.reload();
        Terminal::find(page).check("DBSIZE", "(integer) 14");
        let mut loaded = Real::start().unwrap();
        loaded.load(&export(page, &profile)).unwrap();
        let difference = compare::data(&mut real, &mut loaded).unwrap();
        assert!(difference.is_none(), "{difference:?}");
    });
}

#[test]
fn an_import_over_data_asks_first_and_can_be_undone() {
    let site = TestSite::at_root().unwrap();
    let profile = Profile::create().unwrap();
    let real = real_with(&["SET from redis".to_owned()]);
    let dump = profile.file("other.rdb", &real.save().unwrap()).unwrap();
    visit_as(&profile, &site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("SET mine 1", "OK");
        page.choose_file(&dump);
        page.find("dialog", "Replace what is in the store?");
        page.press("Keep the store");
        terminal.check("MGET mine from", "1) \"1\"\n2) (nil)");
        page.choose_file(&dump);
        page.find("dialog", "Replace what is in the store?");
        page.press("Replace");
        page.wait_for_text(&page.find("status", "Messages"), "1 key went away");
        terminal.check("MGET mine from", "1) (nil)\n2) \"redis\"");
        page.press("Undo");
        let back = "127.0.0.1:6379> MGET mine from\n1) \"1\"\n2) (nil)\n";
        page.wait_for_text(&page.find("tree", "Keys"), "mine");
        let from = terminal.enter("MGET mine from");
        terminal.expect(from, back);
    });
}

#[test]
fn a_file_can_be_dropped_on_the_page() {
    let site = TestSite::at_root().unwrap();
    let profile = Profile::create().unwrap();
    let real = real_with(&["SET dropped here".to_owned()]);
    let dump = real.save().unwrap();
    visit_as(&profile, &site, "", |page| {
        let terminal = Terminal::find(page);
        let drop = "const files = new DataTransfer();
            files.items.add(new File([new Uint8Array(values[1])], 'dump.rdb'));
            for (const kind of ['dragenter', 'dragover', 'drop']) {
                const event = new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: files });
                values[0].dispatchEvent(event);
                if (kind !== 'dragenter' && !event.defaultPrevented) return null;
            }
            return true;";
        page.own(drop, json!([terminal.log.argument(), dump]));
        page.wait_for_text(&page.find("status", "Messages"), "Imported 1 key");
        terminal.check("GET dropped", "\"here\"");
    });
}

#[test]
fn a_bad_file_is_answered_with_what_is_wrong_and_changes_nothing() {
    let site = TestSite::at_root().unwrap();
    let profile = Profile::create().unwrap();
    let good = real_with(&DATA.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>()).save().unwrap();
    let mut damaged = good.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0xff;
    let mut too_new = good.clone();
    too_new[5..9].copy_from_slice(b"0099");
    let files: [(&str, &[u8], &[&str]); 5] = [
        ("damaged.rdb", &damaged, &[]),
        ("cut.rdb", &good[..good.len() - 20], &[]),
        ("too-new.rdb", &too_new, &["99"]),
        ("picture.png", b"\x89PNG\r\n\x1a\n", &["RDB"]),
        ("nothing.rdb", b"", &[]),
    ];
    visit_as(&profile, &site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("SET mine 1", "OK");
        for (name, bytes, words) in files {
            page.choose_file(&profile.file(name, bytes).unwrap());
            let messages = page.find("status", "Messages");
            page.wait_for_text(&messages, &format!("{name} was not imported: "));
            let told = page.text(&messages);
            let (_, told) = told.rsplit_once(&format!("{name} was not imported: ")).unwrap();
            println!("{name}: {told}");
            assert!(told.contains("Nothing was changed."), "{told}");
            assert!(words.iter().all(|word| told.contains(word)), "{told}");
            terminal.check("KEYS *", "1) \"mine\"");
        }
    });
}
