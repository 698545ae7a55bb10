use super::*;

/// Runs a file against replies that stand behind each command, and tells what came of it.
fn run(file: &[u8], mut answer: impl FnMut(&[u8]) -> Option<&'static [u8]>) -> Outcome {
    let mut batch = Batch::new(ClientId(1), file.to_vec(), 0.0);
    loop {
        match batch.step() {
            Todo::Again => {}
            Todo::Wait | Todo::Done => return batch.outcome(5.0),
            Todo::Send(bytes) => {
                let reply = answer(&bytes);
                let answered = reply.is_some_and(|reply| batch.receive(reply));
                batch.sent(answered, reply.is_none());
            }
        }
    }
}

fn ok(_: &[u8]) -> Option<&'static [u8]> {
    Some(b"+OK\r\n")
}

#[test]
fn lines_run_one_by_one_and_errors_are_gathered() {
    let file = b"SET a 1\r\n\nSET b \"x\ny\nEVAL \"return\n1\" 0\nNO 1\nNO 2\nSUBSCRIBE news\nGET a";
    let mut seen = Vec::new();
    let outcome = run(file, |bytes| {
        seen.push(bytes.to_vec());
        if bytes.starts_with(b"*2\r\n$2\r\nNO") { Some(b"-ERR unknown command 'NO'\r\n") } else { Some(b"+OK\r\n") }
    });
    assert_eq!(seen.len(), 6);
    assert!(seen[2].windows(8).any(|part| part == b"return\n1"));
    let kinds: Vec<(&str, u64, &[u64])> =
        outcome.kinds.iter().map(|it| (it.text.as_str(), it.count, it.places.as_slice())).collect();
    assert_eq!(
        kinds,
        [
            ("Invalid argument(s)", 1, &[3][..]),
            ("ERR unknown command 'NO'", 2, &[7, 8]),
            ("SUBSCRIBE cannot run in a file", 1, &[9]),
        ]
    );
    assert_eq!((outcome.progress.commands, outcome.progress.errors, outcome.stopped), (8.0, 4.0, None));
}

#[test]
fn resp_as_for_pipe() {
    let file = b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$3\r\n1\n2\r\n*1\r\n$4\r\nPING\r\n";
    let outcome = run(file, ok);
    assert_eq!((outcome.progress.commands, outcome.is_resp, outcome.stopped), (2.0, true, None));
    let outcome = run(b"*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nPI", ok);
    assert!(matches!(outcome.stopped, Some(Stopped::Unreadable(_))));
    assert_eq!(outcome.progress.commands, 1.0);
    let outcome = run(b"*1\r\n$4\r\nPING\r\n*x\r\n", ok);
    assert_eq!(outcome.stopped, Some(Stopped::Unreadable("ERR Protocol error: invalid multibulk length".to_owned())));
}

#[test]
fn a_command_that_waits_is_named() {
    let outcome = run(b"PING\nBLPOP q 0\nPING", |bytes| if bytes.starts_with(b"*3") { None } else { ok(bytes) });
    assert_eq!(outcome.progress.waits_at, Some(2.0));
    assert_eq!(outcome.progress.commands, 2.0);
}
