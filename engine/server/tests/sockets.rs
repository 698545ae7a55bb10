//! Real sockets against a running server: pieces, pipelines, crowds, clients that do not read, and the end.

use server::{Running, Settings};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

fn start() -> Running {
    let config = vec![("save".to_string(), String::new())];
    Running::start(Settings { port: 0, config, ..Settings::default() }).expect("a free port")
}

fn connect(server: &Running) -> TcpStream {
    let stream = TcpStream::connect(server.address()).expect("connect");
    stream.set_nodelay(true).expect("nodelay");
    // Far above anything seen; a hanging test should fail.
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("timeout");
    stream
}

fn read(stream: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes).expect("so many bytes");
    bytes
}

fn check(stream: &mut TcpStream, send: &[u8], expected: &[u8]) {
    stream.write_all(send).expect("send");
    let answer = read(stream, expected.len());
    assert_eq!(answer.escape_ascii().to_string(), expected.escape_ascii().to_string());
}

fn command(words: &[&[u8]]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        bytes.extend_from_slice(word);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

#[test]
fn commands_in_pieces_and_in_one_go() {
    let server = start();
    let mut client = connect(&server);
    for byte in b"*1\r\n$4\r\nPING\r" {
        client.write_all(&[*byte]).expect("send");
    }
    check(&mut client, b"\n", b"+PONG\r\n");
    let many = command(&[b"PING"]).repeat(20_000);
    check(&mut client, &many, &b"+PONG\r\n".repeat(20_000));
}

#[test]
fn a_value_larger_than_every_buffer() {
    let server = start();
    let mut client = connect(&server);
    let value: Vec<u8> = (0..20_000_000u32).map(|number| (number % 251) as u8).collect();
    check(&mut client, &command(&[b"SET", b"k", &value]), b"+OK\r\n");
    client.write_all(&command(&[b"GET", b"k"])).expect("send");
    assert!(read(&mut client, 11) == b"$20000000\r\n");
    assert!(read(&mut client, value.len()) == value);
}

#[test]
fn clients_do_not_mix() {
    let server = start();
    let mut clients: Vec<TcpStream> = (0..200).map(|_| connect(&server)).collect();
    for round in 0..20 {
        for (number, client) in clients.iter_mut().enumerate() {
            let words = command(&[b"SET", format!("k{number}").as_bytes(), format!("{round}").as_bytes()]);
            client.write_all(&words).expect("send");
            client.write_all(&command(&[b"GET", format!("k{number}").as_bytes()])).expect("send");
        }
        let round = round.to_string();
        let expected = format!("+OK\r\n${}\r\n{round}\r\n", round.len());
        for client in &mut clients {
            assert_eq!(read(client, expected.len()), expected.as_bytes());
        }
    }
}

/// Whoever sends without reading must neither stop the others nor lose anything.
#[test]
fn a_client_that_does_not_read_waits_alone() {
    const REPLIES: usize = 400;
    let server = start();
    let mut slow = connect(&server);
    let value = vec![b'x'; 100_000];
    check(&mut slow, &command(&[b"SET", b"k", &value]), b"+OK\r\n");
    // 40 MB of replies: more than the sockets hold and more than the server lets pile up.
    let mut sender = slow.try_clone().expect("clone");
    let requests = command(&[b"GET", b"k"]).repeat(REPLIES);
    let sending = std::thread::spawn(move || sender.write_all(&requests));
    check(&mut connect(&server), b"PING\r\n", b"+PONG\r\n");
    for _ in 0..REPLIES {
        assert_eq!(read(&mut slow, 9), b"$100000\r\n");
        assert!(read(&mut slow, 100_002).starts_with(&value));
    }
    sending.join().expect("no panic").expect("all was sent");
    check(&mut slow, b"PING\r\n", b"+PONG\r\n");
}

#[test]
fn what_was_asked_before_hanging_up_is_answered() {
    let server = start();
    let mut client = connect(&server);
    client.write_all(&command(&[b"PING"]).repeat(3)).expect("send");
    client.shutdown(Shutdown::Write).expect("half close");
    let mut answer = String::new();
    client.read_to_string(&mut answer).expect("to the end");
    assert_eq!(answer, "+PONG\r\n+PONG\r\n+PONG\r\n");
}

#[test]
fn a_broken_protocol_is_told_and_the_connection_closed() {
    let server = start();
    let mut client = connect(&server);
    client.write_all(b"*1\r\nnonsense\r\n").expect("send");
    let mut answer = String::new();
    client.read_to_string(&mut answer).expect("to the end");
    assert_eq!(answer, "-ERR Protocol error: expected '$', got 'n'\r\n");
    check(&mut connect(&server), b"PING\r\n", b"+PONG\r\n");
}

#[test]
fn stopping_closes_the_port_and_the_clients() {
    let server = start();
    let mut client = connect(&server);
    check(&mut client, b"PING\r\n", b"+PONG\r\n");
    let address = server.address();
    server.stop().expect("a good end");
    assert!(client.read_to_end(&mut Vec::new()).is_ok_and(|count| count == 0));
    assert_eq!(TcpStream::connect(address).map(drop).map_err(|error| error.kind()), Err(ErrorKind::ConnectionRefused));
}

#[test]
fn a_taken_port_and_an_unknown_setting_are_said_so() {
    let server = start();
    let taken = Settings { port: server.address().port(), ..Settings::default() };
    let message = Running::start(taken).expect_err("taken");
    assert!(message.starts_with(&format!("cannot listen on {}: ", server.address())), "{message}");
    let config = vec![("no-such-setting".to_string(), "1".to_string())];
    let message = Running::start(Settings { port: 0, config, ..Settings::default() }).expect_err("unknown");
    assert_eq!(message, "setting 'no-such-setting': there is no such setting");
}

/// What was written is there after a restart, whether it was saved by a command or by the end.
#[test]
fn data_outlives_the_server() {
    let dir = std::env::temp_dir().join(format!("server-restart-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("folder");
    let start = || Running::start(Settings { port: 0, dir: dir.clone(), ..Settings::default() }).expect("a start");
    let server = start();
    check(&mut connect(&server), &command(&[b"SET", b"saved", b"1"]), b"+OK\r\n");
    check(&mut connect(&server), &command(&[b"SAVE"]), b"+OK\r\n");
    check(&mut connect(&server), &command(&[b"SET", b"unsaved", b"2"]), b"+OK\r\n");
    server.stop().expect("a good end");
    let server = start();
    let mut client = connect(&server);
    check(&mut client, &command(&[b"MGET", b"saved", b"unsaved"]), b"*2\r\n$1\r\n1\r\n$1\r\n2\r\n");
    drop(client);
    server.stop().expect("a good end");
    std::fs::write(dir.join("dump.rdb"), b"REDIS0010 and then nonsense").expect("written");
    let damaged = Running::start(Settings { port: 0, dir: dir.clone(), ..Settings::default() });
    let message = damaged.map(drop).expect_err("damaged");
    assert!(message.starts_with(&format!("cannot load {}: ", dir.join("dump.rdb").display())), "{message}");
    std::fs::remove_dir_all(&dir).expect("removed");
}

/// A key leaves at its time without anyone touching it: DBSIZE counts what is there.
#[test]
fn time_passes_without_commands() {
    let server = start();
    let mut client = connect(&server);
    check(&mut client, &command(&[b"SET", b"k", b"v", b"PX", b"20"]), b"+OK\r\n");
    let begin = Instant::now();
    loop {
        client.write_all(&command(&[b"DBSIZE"])).expect("send");
        match read(&mut client, 4).as_slice() {
            b":0\r\n" => break,
            reply => assert_eq!(reply, b":1\r\n"),
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "the key stays");
    }
}
