//! What counts as a use of a key: random commands on both servers under a policy that counts uses, and with settings
//! under which every use counts.

use tests::side::{Ours, Real, Side};
use tests::stream::{self, Plan, name};
use tests::wire::{self, Command};

/// Commands after which the two servers may hold different data, or have other settings; scans, whose cursors the
/// versions read differently; and SORT, since we do not count the keys that its patterns name.
const LEFT_OUT: [&str; 15] = [
    "SCAN",
    "HSCAN",
    "SSCAN",
    "ZSCAN",
    "SORT",
    "SORT_RO",
    "SPOP",
    "RANDOMKEY",
    "CONFIG SET",
    "CLIENT NO-TOUCH",
    "SWAPDB",
    "SELECT",
    "RESET",
    "QUIT",
    "HELLO",
];

const FAMILIES: [&str; 6] = ["strings", "hashes", "lists", "sets", "zsets", "keys"];

/// Keys that the streams of a family use.
fn keys() -> Vec<String> {
    ["s", "h", "l", "t", "z"].iter().flat_map(|kind| (1..4).map(move |number| format!("{kind}{number}"))).collect()
}

#[test]
fn the_same_looks_at_a_key_count_as_on_the_real_server() {
    let (mut real, mut ours) = (Real::start().unwrap(), Ours::new(1).unwrap());
    let (mut compared, mut wrong) = (0, Vec::new());
    for family in FAMILIES {
        let family = stream::family(family).unwrap();
        for seed in 1..60 {
            let allowed = |name: &str| !LEFT_OUT.contains(&name);
            let stream = stream::generate(&Plan { family, seed, length: 50, allowed: &allowed });
            // A limit, if one that is never reached, keeps the real server from sharing small integers among keys.
            let mut commands = vec![wire::words(
                "CONFIG SET maxmemory 100gb maxmemory-policy allkeys-lfu lfu-log-factor 0 lfu-decay-time 0",
            )];
            let mut looks = Vec::new();
            for command in stream.into_iter().filter(|command| !LEFT_OUT.contains(&&*name(command))) {
                commands.push(command);
                looks.push(commands.len()..commands.len() + keys().len());
                commands.extend(keys().iter().map(|key| wire::words(&format!("OBJECT FREQ {key}"))));
            }
            real.reset().unwrap();
            ours.reset().unwrap();
            let (theirs, own) = (real.run(&commands).unwrap(), ours.run(&commands).unwrap());
            for look in looks {
                let command: &Command = &commands[look.start - 1];
                if theirs[look.clone()] != own[look.clone()] {
                    let show = |replies: &[Vec<u8>]| {
                        let counters = keys().into_iter().zip(replies).filter(|(_, reply)| *reply != b"$-1\r\n");
                        let shown = counters.map(|(key, reply)| format!("{key}{}", wire::show(reply).trim_end()));
                        shown.collect::<Vec<_>>().join(" ")
                    };
                    let typed = tests::shrink::typed(command);
                    let (theirs, own) = (show(&theirs[look.clone()]), show(&own[look]));
                    wrong.push(format!("{} {seed}: {typed:.200}\n  {theirs}\n  {own}", family.name));
                    break;
                }
                compared += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{} streams differ\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared > 10_000, "only {compared} looks");
}
