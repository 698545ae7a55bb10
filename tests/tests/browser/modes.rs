//! The modes of redis-cli as commands of a terminal, beside the real redis-cli on a real server.

use std::process::Command;
use tests::browser::page::{key, visit};
use tests::browser::{Terminal, TestSite};
use tests::real::RealServer;

/// One key of each type: with fewer, redis-cli's own table of types is not yet in its final order.
const DATA: [&str; 6] = ["RPUSH l a b", "HSET h f v", "SADD s a", "ZADD z 1 a", "SET t 1", "XADD x 1-1 f v"];

/// What the real redis-cli prints with these options.
fn real_cli(server: &RealServer, options: &[&str]) -> String {
    let output = Command::new("redis-cli")
        .args(["-p", &server.port().to_string()])
        .arg("--no-raw")
        .args(options)
        .output()
        .unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

/// Every number as one sign: times and sizes differ.
fn without_numbers(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character.is_ascii_digit() || (character == '.' && out.ends_with('#')) {
            true if out.ends_with('#') => {}
            true => out.push('#'),
            false => out.push(character),
        }
    }
    out
}

#[test]
fn the_walks_over_all_keys_print_what_redis_cli_prints() {
    let site = TestSite::at_root().unwrap();
    let server = RealServer::start().unwrap();
    let mut client = server.client().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        for line in DATA {
            terminal.line(line);
            client.line(line).unwrap();
        }
        let both = |mode: &str| {
            let real = real_cli(&server, &[mode]);
            let is_whole = |printed: &str| printed.lines().count() == real.lines().count() && printed.ends_with('\n');
            let ours = terminal.reply(mode, |printed| match is_whole(printed) {
                true => Ok(()),
                false => Err(format!("beside\n{real}")),
            });
            (ours, real)
        };
        // What is found on the way comes in the order of SCAN, which is anyone's.
        let summary = |text: &str| text.split_once("-------- summary").expect("a summary").1.to_owned();
        let (ours, real) = both("--bigkeys");
        assert_eq!(summary(&ours), summary(&real));
        let (ours, real) = both("--scan");
        let sorted = |text: &str| text.lines().map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
        assert_eq!(sorted(&ours), sorted(&real));
        assert_eq!(ours.lines().count(), DATA.len());
        let (ours, real) = both("--memkeys");
        assert_eq!(without_numbers(&summary(&ours)), without_numbers(&summary(&real)));
        // Without counters of use there is nothing to tell, and the error says what to do.
        let (ours, real) = both("--hotkeys");
        assert_eq!(without_numbers(&ours), without_numbers(&real));
        assert!(real.contains("LFU maxmemory policy is not selected"), "{real}");
        terminal.check("CONFIG SET maxmemory-policy allkeys-lfu", "OK");
        client.line("CONFIG SET maxmemory-policy allkeys-lfu").unwrap();
        for line in ["DEL h s z t x", "LLEN l"] {
            terminal.line(line);
            client.line(line).unwrap();
        }
        let (ours, real) = both("--hotkeys");
        assert_eq!(without_numbers(&ours), without_numbers(&real));
        assert!(real.contains("hot key found with counter"), "{real}");
        // Patterns choose; nothing is nothing.
        terminal.check("--scan --pattern nothing*", "");
        terminal.check("PING", "PONG");
    });
}

#[test]
fn what_goes_on_until_it_is_stopped_is_live_and_leaves_a_line() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        let stop = || page.send_keys(&terminal.input, &format!("{}c{}", key::CONTROL, key::CONTROL));
        let client = page.find("region", "Client 1");
        terminal.enter("--latency-history -i 1");
        page.wait_for_text(&client, "min: ");
        terminal.wait_for(" samples) -- 1.");
        terminal.wait_for(" seconds range\n");
        stop();
        terminal.check("PING", "PONG");
        terminal.enter("--stat");
        terminal.wait_for("------- data ------ --------------------- load -------------------- - child -");
        terminal.wait_for("keys       mem      clients blocked requests            connections");
        stop();
        terminal.check("PING", "PONG");
        let printed = terminal.reply("--intrinsic-latency 1", |printed| match printed.contains("Worst run took") {
            true => Ok(()),
            false => Err("not over".to_owned()),
        });
        assert!(printed.contains("Max latency so far: "), "{printed}");
        assert!(printed.contains(" total runs (avg latency: "), "{printed}");
        terminal.check("-r 3 -i 0.01 INCR n", "(integer) 1\n(integer) 2\n(integer) 3");
        // Without end, until Ctrl-C.
        terminal.enter("-r -1 -i 0.01 INCR n");
        terminal.wait_for("(integer) 9\n");
        stop();
        terminal.check("ECHO over", "\"over\"");
    });
}
