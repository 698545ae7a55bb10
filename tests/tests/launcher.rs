//! The launcher and the client themselves, on the real server alone.

use tests::{RealServer, wire};

#[test]
fn runs_commands_and_pipelines() {
    let server = RealServer::start().unwrap();
    let mut client = server.client().unwrap();
    assert_eq!(client.line("PING").unwrap(), b"+PONG\r\n");
    let commands: Vec<_> = ["RPUSH l a b", "LRANGE l 0 -1", "GET l"].map(wire::words).to_vec();
    let replies = client.pipeline(&commands).unwrap();
    assert_eq!(replies[0], b":2\r\n");
    assert_eq!(replies[1], b"*2\r\n$1\r\na\r\n$1\r\nb\r\n");
    assert!(replies[2].starts_with(b"-WRONGTYPE"));
}

#[test]
fn saves_and_loads_dumps() {
    let server = RealServer::start().unwrap();
    let mut client = server.client().unwrap();
    client.line("SET k v").unwrap();
    let dump = server.save().unwrap();
    client.line("FLUSHALL").unwrap();
    server.load(&dump).unwrap();
    assert_eq!(client.line("GET k").unwrap(), b"$1\r\nv\r\n");

    let other = RealServer::start_with(&["--maxmemory", "100mb"], Some(&dump)).unwrap();
    assert_eq!(other.client().unwrap().line("GET k").unwrap(), b"$1\r\nv\r\n");
}

#[test]
fn says_why_a_dump_is_refused() {
    let error = RealServer::start_with(&[], Some(b"REDIS0010\xfa\x05nope")).err().unwrap();
    assert!(error.contains("rdb"), "{error}");
}
