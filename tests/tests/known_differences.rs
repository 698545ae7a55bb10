//! Every entry of the known differences is shown to be one: both replies are as recorded, and they differ.

use tests::known::KNOWN;
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
