//! Every entry of the known differences is shown to be one: both replies are as recorded, and they differ.

use tests::RealServer;
use tests::known::{COUNTED, KNOWN, KNOWN_BETWEEN, KNOWN_STARTS};
use tests::several::{Heard, OurStage, RealStage, Stage};
use tests::shrink;
use tests::side::{Ours, Real, Side};
use tests::wire::{self, Command};

#[test]
fn every_known_difference_is_as_recorded() {
    let mut real = Real::start().unwrap();
    let mut ours = Ours::new(1).unwrap();
    for known in KNOWN {
        let commands: Vec<Command> =
            known.commands.iter().map(|line| engine::resp::split_line(line).expect("balanced quotes")).collect();
        let last = |side: &mut dyn Side| {
            side.reset().unwrap();
            wire::show(&side.run(&commands).unwrap().pop().expect("at least one command"))
        };
        let what = known.commands.join("; ");
        assert_eq!(last(&mut real), wire::show(known.real.as_bytes()), "the real server: {what}");
        assert_eq!(last(&mut ours), wire::show(known.ours.as_bytes()), "the engine: {what}");
        assert_ne!(known.real, known.ours, "no difference: {what}");
        assert!(!known.reason.is_empty());
    }
}

/// An entry that streams accept must accept its own example, or it excuses nothing.
#[test]
fn accepted_entries_accept_their_own_example() {
    for known in KNOWN {
        let Some(accept) = known.accept else { continue };
        let command = engine::resp::split_line(known.commands.last().unwrap()).unwrap();
        // The type of the key as the first command made it.
        let kind: &[u8] = match known.commands[0].split(' ').next() {
            Some("RPUSH") => b"list",
            Some("SADD") => b"set",
            Some("ZADD") => b"zset",
            Some("XADD") => b"stream",
            _ => b"",
        };
        assert!(
            accept(&command, kind, known.real.as_bytes(), known.ours.as_bytes()),
            "{} does not accept its own example",
            shrink::typed(&command)
        );
    }
}

#[test]
fn what_only_begins_alike_is_as_recorded() {
    let mut wrong = Vec::new();
    for known in KNOWN_STARTS {
        let server = RealServer::start().unwrap();
        let mut client = server.client().unwrap();
        let commands: Vec<Command> =
            known.commands.iter().map(|line| engine::resp::split_line(line).expect("balanced quotes")).collect();
        let (last, before) = commands.split_last().expect("at least one command");
        for command in before {
            client.call(command).unwrap();
        }
        let mut bytes = Vec::new();
        wire::encode(last, &mut bytes);
        client.send(&bytes).unwrap();
        // While it makes a snapshot for a replica it keeps the connection alive with empty lines.
        let mut real = client.read_some().unwrap_or_default();
        while !real.is_empty() && real.iter().all(|byte| *byte == b'\n') {
            real = client.read_some().unwrap_or_default();
        }
        let mut ours = Ours::new(1).unwrap();
        let ours = ours.run(&commands).unwrap().pop().expect("at least one command");
        let what = known.commands.join("; ");
        let (real, ours) = (String::from_utf8_lossy(&real), String::from_utf8_lossy(&ours));
        if !real.starts_with(known.real) || real.is_empty() != known.real.is_empty() {
            wrong.push(format!("the real server: {what}: {real}"));
        }
        if !ours.starts_with(known.ours) || real == ours || known.reason.is_empty() {
            wrong.push(format!("the engine: {what}: {ours}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Lets one client after another do something; what was heard after the last step, and the lookups that it counted.
fn steps<'s>(stage: &mut dyn Stage, steps: impl IntoIterator<Item = &'s str>) -> (Heard, (u64, u64)) {
    stage.clear().unwrap();
    let mut last = (Heard::new(), (0, 0));
    for step in steps {
        let step = engine::resp::split_line(step).expect("balanced quotes");
        let (client, command) = step.split_first().expect("a client and a command");
        let before = stage.lookups().unwrap();
        let heard = stage.step(&String::from_utf8_lossy(client), command).unwrap();
        let after = stage.lookups().unwrap();
        last = (heard, (after.0 - before.0, after.1 - before.1));
    }
    last
}

#[test]
fn every_known_count_of_lookups_is_as_recorded() {
    let (mut real, mut ours) = (RealStage::start().unwrap(), OurStage::new(1).unwrap());
    for counted in COUNTED {
        let lines: Vec<String> = counted.commands.iter().map(|line| format!("a {line}")).collect();
        let what = lines.join("; ");
        let lines = || lines.iter().map(String::as_str);
        assert_eq!(steps(&mut real, lines()).1, counted.real, "the real server: {what}");
        assert_eq!(steps(&mut ours, lines()).1, counted.ours, "the engine: {what}");
        assert_ne!(counted.real, counted.ours, "no difference: {what}");
        let last = engine::resp::split_line(counted.commands.last().unwrap()).unwrap();
        assert!((counted.accept)(&last) && !counted.reason.is_empty(), "{what}");
    }
}

#[test]
fn every_known_difference_between_clients_is_as_recorded() {
    let (mut real, mut ours) = (RealStage::start().unwrap(), OurStage::new(1).unwrap());
    for known in KNOWN_BETWEEN {
        let what = known.steps.join("; ");
        let heard = |stage: &mut dyn Stage| {
            let (heard, lookups) = steps(stage, known.steps.iter().copied());
            (wire::show(heard.get(known.client).map_or(&[][..], Vec::as_slice)), lookups)
        };
        let real = heard(&mut real);
        let ours = heard(&mut ours);
        assert_eq!(real, (wire::show(known.real.as_bytes()), known.real_lookups), "the real server: {what}");
        assert_eq!(ours, (wire::show(known.ours.as_bytes()), known.our_lookups), "the engine: {what}");
        assert!(real != ours && !known.reason.is_empty(), "no difference: {what}");
    }
}
