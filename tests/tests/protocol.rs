//! Bytes that are no proper commands, or only nearly: the engine answers and hangs up as the real server does,
//! whatever pieces they arrive in.

use engine::{Engine, Options, Output};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use tests::RealServer;
use tests::side::now;
use tests::wire;

/// What inputs are made of: whole commands, halves of them, and what breaks them.
const PIECES: &[&[u8]] = &[
    b"PING\r\n",
    b"ping x\n",
    b"ECHO \"a\\x41\\n\"\r\n",
    b"ECHO 'it\\'s'\r\n",
    b"*1\r\n$4\r\nPING\r\n",
    b"*2\r\n$4\r\nECHO\r\n$3\r\na\0b\r\n",
    b"*2\r\n$4\r\nECHO\r\n$12\r\n0123\r\n\r\n4567\r\n",
    b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n",
    b"*0\r\n",
    b"*-1\r\n",
    b"*1\r\n",
    b"*2\r\n",
    b"$4\r\n",
    b"$0\r\n\r\n",
    b"$1\r\nxx\r\n",
    b"*03\r\n",
    b"*x\r\n",
    b"*1\rX",
    b"$-1\r\n",
    b"$536870913\r\n",
    b"*2147483648\r\n",
    b"\r\n",
    b"\n",
    b" ",
    b"\r",
    b"\"",
    b"'",
    b"\\",
    b"*",
    b"$",
    b"\0",
    b"\xff\xfe",
    b"NOSUCH a b\r\n",
];

/// A linear congruential generator: enough to choose pieces.
struct Choice(u64);

impl Choice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

fn input(seed: u64) -> Vec<u8> {
    let mut choice = Choice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let count = 1 + choice.below(8);
    let mut input: Vec<u8> = (0..count).flat_map(|_| PIECES[choice.below(PIECES.len())]).copied().collect();
    if choice.below(3) == 0 {
        let place = choice.below(input.len());
        input[place] = (choice.below(256)) as u8;
    }
    input
}

/// What the real server answers to these bytes and the end of the stream.
fn ask_real(server: &RealServer, input: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(30))).unwrap();
    stream.write_all(input).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut replies = Vec::new();
    // A server that hangs up on bytes it has not read resets the connection; what it said before has arrived.
    if let Err(error) = stream.read_to_end(&mut replies) {
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    }
    replies
}

/// What the engine answers when the bytes arrive in pieces, and whether it hangs up.
fn ask_ours(engine: &mut Engine, input: &[u8], piece: usize) -> (Vec<u8>, bool) {
    let client = engine.connect(now());
    let (mut replies, mut closed) = (Vec::new(), false);
    for chunk in input.chunks(piece) {
        engine.receive(client, chunk, now());
        while let Some(output) = engine.poll() {
            match output {
                Output::Reply { bytes, .. } => replies.extend(bytes),
                Output::Close { .. } => closed = true,
                _ => {}
            }
        }
    }
    engine.disconnect(client, now());
    (replies, closed)
}

#[test]
fn broken_bytes_are_answered_alike() {
    let server = RealServer::start().unwrap();
    let mut engine = Engine::new(Options::default(), now()).unwrap();
    let mut refused = 0;
    for seed in 0..3000 {
        let input = input(seed);
        let expected = ask_real(&server, &input);
        for piece in [usize::MAX, 1, 3] {
            let (replies, closed) = ask_ours(&mut engine, &input, piece);
            let what = format!("seed {seed}, in pieces of {piece}: {}", input.escape_ascii());
            assert_eq!(wire::show(&expected), wire::show(&replies), "{what}");
            let is_refused = expected.windows(14).any(|window| window == b"Protocol error");
            assert_eq!(closed, is_refused, "{what}");
            refused += usize::from(is_refused);
        }
    }
    assert!(refused > 500, "{refused}");
}
