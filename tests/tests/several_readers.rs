//! XREAD and XREADGROUP that wait, transactions and events, over several connections to the real server and to ours: the
//! same replies to the same clients. Each step begins when the server says that everybody waits who should.
//!
//! Since 7.2 a command that waited is run again as a whole. So that the versions agree, no client waits here while a
//! second stream of its own has something for it, an entry is not trimmed away at once, and no group disappears: what
//! that gives stands in `transcripts/streams.md`.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use server::{Running, Settings};
use tests::{Client, RealServer, wire};

/// One step a line: `client> command` is answered at once, `client! command` waits, `client<` gets what it waited
/// for, `client?` a message. A new part begins with empty data and new connections.
const SCRIPT: &str = "
# `$` is the last ID at the time of the call
main> XADD s 1-1 f 1
a! XREAD BLOCK 0 STREAMS s $
b! XREAD BLOCK 0 COUNT 1 STREAMS none s 0 $
main> XDEL s 1-1
main> XTRIM s MAXLEN 0
main> XADD s 3-1 f 3
a<
b<
a! XREAD BLOCK 0 STREAMS s $
main> XADD s 4-1 f 4
a<

# a stream that comes to be in any way
a! XREAD BLOCK 0 STREAMS s 0
main> SET s v
main> DEL s
main> RPUSH s x
main> DEL s
main> XADD t 1-1 f v
main> RENAME t s
a<
a! XREAD BLOCK 0 STREAMS u 0
main> COPY s u
a<
a! XREAD BLOCK 0 STREAMS v 0
main> SELECT 1
main> XADD v 5-5 f v
main> MOVE v 0
a<
a! XREAD BLOCK 0 STREAMS w 0
main> XADD w 6-6 f v
main> SWAPDB 0 1
a<

# entries of a transaction come together
a! XREAD BLOCK 0 STREAMS s $
main> MULTI
main> XADD s 1-1 f 1
main> XADD s 2-1 f 2
main> EXEC
a<
main> MULTI
main> XREAD BLOCK 0 STREAMS s $
main> XREADGROUP GROUP g c BLOCK 0 STREAMS s >
main> EXEC

# a group serves first who came first
main> XGROUP CREATE s g $ MKSTREAM
a! XREADGROUP GROUP g a BLOCK 0 STREAMS s >
b! XREADGROUP GROUP g b BLOCK 0 STREAMS s >
c! XREADGROUP GROUP g c BLOCK 0 NOACK STREAMS s >
d! XREAD BLOCK 0 STREAMS s 0
main> XADD s 1-1 f 1
a<
d<
main> XADD s 2-1 f 2
b<
main> XADD s 3-1 f 3
c<
main> XPENDING s g
a> XREADGROUP GROUP g a BLOCK 0 STREAMS s 0
a> XREADGROUP GROUP g nobody BLOCK 0 STREAMS s 0

# in a transaction the first takes all that it asked for
main> XGROUP CREATE s g $ MKSTREAM
a! XREADGROUP GROUP g a COUNT 2 BLOCK 0 STREAMS s >
b! XREADGROUP GROUP g b BLOCK 0 STREAMS s >
main> MULTI
main> XADD s 1-1 f 1
main> XADD s 2-1 f 2
main> XADD s 3-1 f 3
main> EXEC
a<
b<
main> XPENDING s g

# a group that is set back serves nobody before something is added
main> XADD s 1-1 f v
main> XGROUP CREATE s g $
a! XREADGROUP GROUP g a BLOCK 0 STREAMS s >
main> XGROUP SETID s g 0
main> XPENDING s g
main> XADD s 2-2 f v
a<
main> XPENDING s g

# several keys
main> XGROUP CREATE s g $ MKSTREAM
main> XGROUP CREATE t g $ MKSTREAM
a! XREADGROUP GROUP g a BLOCK 0 STREAMS s t > >
main> XADD t 7-7 f v
a<
a! XREADGROUP GROUP g a BLOCK 0 STREAMS s t > >
main> XADD s 9-9 f v
a<

# what a WATCH sees
main> WATCH s
a> XADD s 1-1 f v
main> MULTI
main> PING
main> EXEC
main> WATCH s
a> XGROUP CREATE s g 0
main> MULTI
main> PING
main> EXEC
main> WATCH s
a> XREADGROUP GROUP g c STREAMS s >
a> XCLAIM s g d 0 1-1
a> XACK s g 1-1
main> MULTI
main> PING
main> EXEC
main> WATCH s
a> XGROUP CREATECONSUMER s g e
a> XGROUP DELCONSUMER s g e
a> XGROUP SETID s g 0
a> XSETID s 5-5
a> XGROUP DESTROY s g
main> MULTI
main> PING
main> EXEC
main> WATCH s
a> XDEL s 9-9
main> MULTI
main> PING
main> EXEC
main> WATCH s
a> XDEL s 1-1
main> MULTI
main> PING
main> EXEC
main> WATCH s
a> XTRIM s MAXLEN 0
main> MULTI
main> PING
main> EXEC
main> WATCH s
a> XADD s 6-6 f v
main> MULTI
main> PING
main> EXEC
main> WATCH s
a> XTRIM s MAXLEN 0
main> MULTI
main> PING
main> EXEC
main> WATCH n
a> XGROUP CREATE n g 0 MKSTREAM
main> MULTI
main> PING
main> EXEC

# the events of the keyspace
main> CONFIG SET notify-keyspace-events Et
n> PSUBSCRIBE __keyevent@0__:*
main> XADD s 1-1 f v
n?
main> XADD s MAXLEN 1 2-1 f v
n?
n?
main> XTRIM s MAXLEN 5
main> XADD s 3-1 f v
n?
main> XDEL s 3-1 9-9
n?
main> XSETID s 9-9
n?
main> XGROUP CREATE s g 0
n?
main> XGROUP CREATECONSUMER s g c
n?
main> XGROUP CREATECONSUMER s g c
main> XREADGROUP GROUP g d STREAMS s >
n?
main> XCLAIM s g e 0 2-1
n?
main> XAUTOCLAIM s g f 0 0
n?
main> XACK s g 2-1
main> XGROUP SETID s g 0
n?
main> XGROUP DELCONSUMER s g c
n?
main> XGROUP DELCONSUMER s g c
main> XGROUP DESTROY s g
n?
main> XGROUP CREATE new g 0 MKSTREAM
n?
main> XTRIM s MAXLEN 0
n?
main> CONFIG SET notify-keyspace-events KA

# RESP3
a> HELLO 3 SETNAME a
a! XREAD BLOCK 0 STREAMS s $
main> XADD s 1-1 f v
a<
a> XREAD BLOCK 10 STREAMS s $
";

struct Player {
    port: u16,
    clients: BTreeMap<String, Client>,
    control: Client,
    waiting: usize,
}

impl Player {
    fn new(port: u16) -> Player {
        Player { port, clients: BTreeMap::new(), control: Client::connect(port).unwrap(), waiting: 0 }
    }

    /// What each step gives.
    fn play(&mut self) -> Vec<String> {
        SCRIPT.lines().map(|line| self.step(line)).collect()
    }

    fn step(&mut self, line: &str) -> String {
        if line.is_empty() || line.starts_with('#') {
            self.clients.clear();
            self.control.line("FLUSHALL").unwrap();
            return String::new();
        }
        let at = line.find(['>', '!', '<', '?']).unwrap();
        let (name, command) = (&line[..at], wire::words(line[at + 1..].trim()));
        let port = self.port;
        let client = self.clients.entry(name.to_owned()).or_insert_with(|| Client::connect(port).unwrap());
        match &line[at..=at] {
            ">" => {
                let reply = client.call(&command).unwrap_or_else(|error| panic!("{line}: {error}"));
                if command[0] == b"HELLO" { String::new() } else { wire::show(&reply) }
            }
            "!" => {
                let mut bytes = Vec::new();
                wire::encode(&command, &mut bytes);
                client.send(&bytes).unwrap();
                self.waiting += 1;
                self.settle();
                String::new()
            }
            answer => {
                self.waiting -= usize::from(answer == "<");
                let reply = client.read_reply().unwrap_or_else(|error| panic!("{line}: {error}"));
                wire::show(&reply)
            }
        }
    }

    /// Until as many clients wait as should.
    fn settle(&mut self) {
        let started = Instant::now();
        let wanted = format!("blocked_clients:{}\r\n", self.waiting);
        loop {
            let info = self.control.line("INFO clients").unwrap();
            if String::from_utf8_lossy(&info).contains(&wanted) {
                return;
            }
            assert!(started.elapsed() < Duration::from_secs(30), "not {wanted}");
            std::thread::yield_now();
        }
    }
}

#[test]
fn readers_are_told_alike() {
    let real = RealServer::start().unwrap();
    let expected = Player::new(real.port()).play();
    let config = vec![("save".to_string(), String::new())];
    let settings = Settings { port: 0, dir: real.directory().to_owned(), config, ..Settings::default() };
    let running = Running::start(settings).unwrap();
    let replies = Player::new(running.address().port()).play();
    for (line, (expected, reply)) in SCRIPT.lines().zip(expected.iter().zip(&replies)) {
        assert_eq!(expected, reply, "{line}: the real server, then ours");
    }
    assert!(expected.iter().filter(|reply| reply.len() > 20).count() > 25);
}
