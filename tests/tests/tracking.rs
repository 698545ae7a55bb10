//! Client-side caching on both servers: what every client reads after each step, byte for byte.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use server::{Running, Settings};
use tests::real::{Directory, RealServer};
use tests::wire;

/// Clients by name; those with a 3 in it speak RESP3.
const CLIENTS: [&str; 5] = ["a3", "b3", "c2", "d2", "w2"];

/// One line a step: who says what; several commands in one go stand between bars. `{c2}` is a client's number. Each
/// script starts with new clients and no data.
const SCRIPTS: &[&[&str]] = &[
    &["a3: CLIENT TRACKINGINFO", "c2: CLIENT TRACKINGINFO", "a3: CLIENT GETREDIR", "a3: CLIENT CACHING YES"],
    // Once for each key, whoever changes it, in any database.
    &[
        "a3: CLIENT TRACKING ON",
        "a3: GET k",
        "a3: SET k 1",
        "a3: SET k 2",
        "a3: GET k",
        "w2: SET k 3",
        "w2: SET k 4",
        "a3: MGET x y",
        "b3: MSET y 1 x 2",
        "a3: GET x",
        "w2: SELECT 3|SET x 1|SELECT 0",
        "a3: HGET k f",
        "w2: RENAME k l",
        "a3: EXISTS e",
        "w2: SET e 1 PX 60000",
        "a3: GET e",
        "w2: PEXPIRE e 0",
        "a3: STRLEN s",
        "w2: APPEND s x",
        "a3: TYPE s",
        "w2: COPY s t|DEL s",
        "a3: DBSIZE",
        "a3: XRANGE st - +",
        "w2: XADD st 1-1 f v",
        "a3: XLEN st",
        "w2: XGROUP CREATE st g $",
        "w2: XDEL st 1-1",
    ],
    // The end of everything, and databases that change places.
    &[
        "a3: CLIENT TRACKING ON",
        "a3: GET k",
        "w2: FLUSHALL",
        "a3: FLUSHDB",
        "w2: SET k 1",
        "a3: GET k",
        "w2: SWAPDB 0 1",
        "w2: SWAPDB 0 1",
        "w2: SET k 2",
        "c2: CLIENT TRACKING ON|GET k",
        "w2: FLUSHALL",
    ],
    // In a transaction the client reads its own after EXEC.
    &[
        "a3: CLIENT TRACKING ON",
        "a3: MGET k l",
        "a3: MULTI|SET k 1|SET l 2|GET k|EXEC",
        "a3: SET k 3",
        "b3: CLIENT TRACKING ON|GET z",
        "w2: MULTI|SET z 1|SET z 2|DISCARD",
        "w2: MULTI|SET z 1|SET z 2|EXEC",
        "a3: MULTI|GET q|EXEC",
        "w2: SET q 1",
    ],
    // OPTIN and OPTOUT, for a command or a transaction.
    &[
        "a3: CLIENT TRACKING ON OPTIN",
        "a3: GET k",
        "w2: SET k 1",
        "a3: CLIENT CACHING YES|CLIENT TRACKINGINFO|GET k|GET l",
        "w2: MSET k 2 l 2",
        "a3: CLIENT CACHING YES|MULTI|GET k|GET l|EXEC|GET m",
        "w2: MSET k 3 l 3 m 3",
        "a3: CLIENT CACHING YES|NOSUCH|GET k",
        "w2: SET k 4",
        "a3: CLIENT CACHING NO",
        "a3: CLIENT CACHING MAYBE",
        "b3: CLIENT TRACKING ON OPTOUT",
        "b3: GET k",
        "b3: CLIENT CACHING NO|CLIENT TRACKINGINFO|GET l",
        "w2: MSET k 5 l 5",
        "b3: CLIENT CACHING YES",
        "b3: CLIENT TRACKING ON OPTIN",
        "a3: CLIENT TRACKING ON OPTOUT",
        "a3: CLIENT TRACKING ON",
        "a3: CLIENT TRACKINGINFO",
    ],
    // NOLOOP.
    &[
        "a3: CLIENT TRACKING ON NOLOOP",
        "a3: GET k",
        "a3: SET k 1",
        "w2: SET k 2",
        "a3: GET k",
        "w2: SET k 3",
        "a3: FLUSHALL",
        "a3: CLIENT TRACKINGINFO",
    ],
    // BCAST: by prefix, gathered, in order.
    &[
        "a3: CLIENT TRACKING ON BCAST PREFIX b PREFIX a PREFIX c1",
        "w2: MSET b1 1 a2 1 a1 2 c1 3 d 4",
        "a3: SET a1 1",
        "w2: SET a1 1|SET b9 1|SET a1 2|DEL a2",
        "a3: CLIENT TRACKINGINFO",
        "a3: CLIENT TRACKING ON BCAST PREFIX d NOLOOP",
        "a3: CLIENT TRACKINGINFO",
        "a3: SET d1 1",
        "w2: SET d2 1",
        "a3: SET d3 1|SET a7 1",
        "w2: FLUSHALL",
        "a3: GET d1",
        "a3: CLIENT TRACKING OFF",
        "w2: SET d1 1",
        "b3: CLIENT TRACKING ON BCAST",
        "w2: SET any 1",
        "b3: CLIENT TRACKINGINFO",
    ],
    // What a script changes is told by prefix to its own caller too, and otherwise not to one with NOLOOP.
    &[
        "a3: CLIENT TRACKING ON BCAST NOLOOP",
        "a3: EVAL return{redis.call('SET','k',1),redis.call('SET','l',1)} 0",
        "a3: SET k 2",
        "b3: CLIENT TRACKING ON NOLOOP",
        "b3: GET k",
        "b3: EVAL return(redis.call('SET','k',1)) 0",
        "w2: SET k 3",
    ],
    // To another client: in RESP2 as a message, if it listens; in RESP3 as a push.
    &[
        "c2: CLIENT TRACKING ON REDIRECT {d2}",
        "c2: GET k",
        "w2: SET k 1",
        "d2: SUBSCRIBE __redis__:invalidate",
        "c2: GET k",
        "w2: SET k 1",
        "c2: GET k|SET k 2",
        "w2: FLUSHALL",
        "c2: CLIENT GETREDIR",
        "c2: CLIENT TRACKING ON REDIRECT {b3}",
        "c2: GET k",
        "w2: SET k 1",
        "w2: FLUSHDB",
        "a3: CLIENT TRACKING ON REDIRECT {d2}|GET k",
        "w2: SET k 1",
        "w2: FLUSHALL",
        "a3: CLIENT TRACKING ON BCAST REDIRECT {d2}",
        "a3: CLIENT TRACKING OFF",
        "a3: CLIENT TRACKING ON BCAST REDIRECT {d2}",
        "w2: MSET m 1 n 2",
    ],
    // Two who are told through a third: whoever causes it comes last.
    &[
        "a3: CLIENT TRACKING ON REDIRECT {b3}",
        "c2: CLIENT TRACKING ON REDIRECT {b3}",
        "a3: MGET k l",
        "c2: MGET k l",
        "a3: MSET k 1 l 2",
        "a3: FLUSHALL",
        "c2: FLUSHALL",
    ],
    // A client to redirect to that has gone.
    &[
        "a3: CLIENT TRACKING ON REDIRECT {c2}|MGET k l",
        "b3: CLIENT TRACKING ON REDIRECT {c2}",
        "c2: QUIT",
        "w2: MSET k 1 l 1",
        "a3: CLIENT TRACKINGINFO",
        "a3: CLIENT GETREDIR",
        "w2: FLUSHALL",
        "a3: CLIENT TRACKING ON",
        "a3: CLIENT TRACKINGINFO",
        "a3: GET k",
        "w2: SET k 2",
    ],
    // Refusals.
    &[
        "a3: CLIENT TRACKING",
        "a3: CLIENT TRACKING MAYBE",
        "a3: CLIENT TRACKING ON PREFIX a",
        "a3: CLIENT TRACKING ON BCAST OPTIN",
        "a3: CLIENT TRACKING ON BCAST OPTOUT",
        "a3: CLIENT TRACKING ON OPTIN OPTOUT",
        "a3: CLIENT TRACKING ON REDIRECT 999",
        "a3: CLIENT TRACKING ON REDIRECT x",
        "a3: CLIENT TRACKING ON REDIRECT",
        "a3: CLIENT TRACKING ON REDIRECT 0",
        "a3: CLIENT TRACKING ON REDIRECT {c2} REDIRECT {d2}",
        "a3: CLIENT TRACKING ON PREFIX",
        "a3: CLIENT TRACKING ON FOO",
        "a3: CLIENT TRACKING ON BCAST PREFIX a PREFIX ab",
        "a3: CLIENT TRACKING ON BCAST PREFIX a PREFIX b",
        "a3: CLIENT TRACKING ON BCAST PREFIX abc",
        "a3: CLIENT TRACKING ON",
        "a3: CLIENT TRACKING OFF FOO",
        "a3: CLIENT TRACKING OFF REDIRECT 999",
        "a3: CLIENT TRACKING OFF",
        "a3: CLIENT TRACKINGINFO",
        "a3: CLIENT CACHING NO",
    ],
    // Without tracking any more, what was read is not told.
    &[
        "a3: CLIENT TRACKING ON|GET k",
        "a3: CLIENT TRACKING OFF",
        "w2: SET k 1",
        "a3: CLIENT TRACKING ON|GET k",
        "a3: RESET",
        "w2: SET k 2",
        "a3: CLIENT TRACKINGINFO",
        "b3: CLIENT TRACKING ON|GET k|CLIENT REPLY SKIP|SET k 3",
        "w2: GET k",
    ],
    // Waiting, and being served.
    &[
        "a3: CLIENT TRACKING ON",
        "a3: LRANGE l 0 -1",
        "w2: RPUSH l x",
        "a3: LRANGE l 0 -1",
        "a3: BLPOP l 0",
        "a3: LLEN l|BLPOP l 0",
        "w2: RPUSH l y",
        "w2: RPUSH l z",
        "a3: LLEN l",
        "w2: RPUSH l y",
    ],
];

struct Peer {
    stream: TcpStream,
    id: String,
}

impl Peer {
    fn connect(port: u16) -> Peer {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        Peer { stream, id: String::new() }
    }

    fn send(&mut self, line: &str) {
        let mut bytes = Vec::new();
        for command in line.split('|') {
            wire::encode(&wire::words(command), &mut bytes);
        }
        // Whoever has said QUIT is not there any more.
        let _ = self.stream.write_all(&bytes);
    }

    /// What arrived. The answer to a first PING shows that all before it has been done; what the server tells at the
    /// end of the same turn may come behind that answer, but not behind the one to a second PING.
    fn read(&mut self) -> String {
        let text = self.read_to("that-is-all") + &self.read_to("and-no-more");
        wire::show(text.as_bytes())
    }

    /// What arrived around the answer to a PING with this word, which is left out.
    fn read_to(&mut self, word: &str) -> String {
        self.send(&format!("PING {word}"));
        let answer = format!("$11\r\n{word}\r\n");
        let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
        while !bytes.windows(answer.len()).any(|window| window == answer.as_bytes()) {
            match self.stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => bytes.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break,
                Err(error) => panic!("{error}; so far {}", wire::show(&bytes)),
            }
        }
        // A client of RESP2 that listens is answered with an array.
        let text = String::from_utf8_lossy(&bytes).into_owned();
        text.replace(&format!("*2\r\n$4\r\npong\r\n{answer}"), "").replace(&answer, "")
    }
}

/// What all clients read after each step of a script.
fn play(port: u16, script: &[&str]) -> Vec<String> {
    let mut peers: BTreeMap<&str, Peer> = BTreeMap::new();
    for name in CLIENTS {
        let mut peer = Peer::connect(port);
        peer.send("CLIENT ID");
        peer.id = peer.read().trim_start_matches(':').chars().take_while(char::is_ascii_digit).collect();
        if name.ends_with('3') {
            peer.send("HELLO 3");
            peer.read();
        }
        peers.insert(name, peer);
    }
    let ids: Vec<(String, String)> =
        peers.iter().map(|(name, peer)| (format!("{{{name}}}"), peer.id.clone())).collect();
    let mut waiting = Vec::new();
    let mut seen = Vec::new();
    for step in script.iter().chain(&["w2: FLUSHALL"]) {
        let (name, line) = step.split_once(": ").unwrap();
        let line = ids.iter().fold(line.to_string(), |line, (name, id)| line.replace(name, id));
        peers.get_mut(name).unwrap().send(&line);
        if line.contains("BLPOP") {
            waiting.push(name);
        }
        if name == "w2" {
            waiting.clear();
        }
        let mut read = format!("{step}\n");
        // The one that acted first: when it has answered, the others have been told.
        for peer in core::iter::once(name).chain(CLIENTS.into_iter().filter(|other| *other != name)) {
            if waiting.contains(&peer) {
                continue;
            }
            let text = peers.get_mut(peer).unwrap().read();
            let text = with_names(&text, &ids, line.contains("GETREDIR"));
            read.push_str(&format!("  {peer} {text}\n"));
        }
        seen.push(read);
    }
    seen
}

/// The text with names for the clients' numbers, where such stand.
fn with_names(text: &str, ids: &[(String, String)], everywhere: bool) -> String {
    let places: &[&str] = if everywhere { &[":"] } else { &["redir-broken\\r\\n:", "redirect\\r\\n:"] };
    ids.iter().fold(text.to_string(), |text, (name, id)| {
        places.iter().fold(text, |text, place| text.replace(&format!("{place}{id}\\r"), &format!("{place}{name}\\r")))
    })
}

#[test]
fn clients_are_told_the_same_by_both_servers() {
    let real = RealServer::start().unwrap();
    let folder = Directory::create().unwrap();
    let config = vec![("save".to_string(), String::new())];
    let settings = Settings { port: 0, dir: folder.0.clone(), config, ..Settings::default() };
    let ours = Running::start(settings).unwrap();
    let mut different = Vec::new();
    for script in SCRIPTS {
        let (real, ours) = (play(real.port(), script), play(ours.address().port(), script));
        let differing = ours.iter().zip(&real).find(|(ours, real)| ours != real);
        different.extend(differing.map(|(ours, real)| format!("ours\n{ours}\nthe real server\n{real}")));
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}
