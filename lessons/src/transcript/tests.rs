use super::*;

fn steps(text: &str) -> Vec<Step> {
    parse(text, 1).unwrap()
}

fn problem(text: &str) -> String {
    parse(text, 10).unwrap_err().to_string()
}

/// Judges the reply to the one command of a transcript; the difference is shown as text, "" for none.
fn judged(reply: &str, printed: &str) -> String {
    let text = format!("> COMMAND\n{reply}");
    let steps = steps(&text);
    steps.last().unwrap().judge(Some(printed)).err().map(|difference| difference.to_string()).unwrap_or_default()
}

fn in_any_order(reply: &str, printed: &str) -> bool {
    steps(&format!("@ any-order\n> COMMAND\n{reply}")).last().unwrap().judge(Some(printed)).is_ok()
}

#[test]
fn a_transcript_is_commands_and_replies() {
    let steps = steps("> SET k \"a b\"\nOK\n\nalice> GET k\n\"a b\"\n@ +10s\n> LRANGE l 0 -1\n1) \"x\"\n2) \"y\"\n");
    assert_eq!(
        steps.iter().map(Step::text).collect::<Vec<_>>(),
        ["> SET k \"a b\"", "alice> GET k", "@ +10s", "> LRANGE l 0 -1"]
    );
    assert_eq!(steps.iter().map(|step| step.line).collect::<Vec<_>>(), [1, 4, 6, 7]);
    let Action::Command(command) = &steps[0].action else { panic!() };
    assert_eq!(command.words, [b"SET".to_vec(), b"k".to_vec(), b"a b".to_vec()]);
    assert_eq!(steps[0].judge(Some("OK")), Ok(()));
    assert!(steps[0].judge(None).is_err());
    assert!(turns_the_clock(&steps));
}

#[test]
fn what_a_waiting_client_gets_later() {
    let steps = steps("alice> BLPOP q 0\n> LPUSH q a\n(integer) 1\nalice<\n1) \"q\"\n2) \"a\"\nalice<\n");
    assert_eq!(steps[0].judge(None), Ok(()));
    assert!(steps[0].judge(Some("(nil)")).unwrap_err().to_string().contains("(nil)"));
    assert!(steps[2].judge(None).unwrap_err().to_string().contains("nothing was printed"));
    assert_eq!(steps[2].judge(Some("1) \"q\"\n2) \"a\"\n")), Ok(()));
    assert_eq!(steps[3].judge(None), Ok(()));
    assert!(steps[3].judge(Some("more")).is_err());
    assert!(problem("bob> PING\nalice<\nx").contains("has not sent a command"));
}

#[test]
fn a_command_without_reply_lines_may_print_anything_but_an_error() {
    let steps = steps("> FLUSHALL\n> PING");
    assert_eq!(steps[0].judge(Some("OK")), Ok(()));
    assert_eq!(
        steps[0].judge(Some("(error) ERR no")).unwrap_err().to_string(),
        "an error was printed:\n  + (error) ERR no"
    );
}

#[test]
fn replies_are_compared_line_by_line() {
    assert_eq!(judged("OK", "OK\n"), "");
    assert_eq!(judged("1) \"a\"\n2) \"b\"", "1) \"a\"\n2) \"b\"\n\n"), "");
    assert_eq!(
        judged("1) \"a\"\n2) \"b\"\n3) \"c\"", "1) \"a\"\n2) \"x\"\n3) \"c\""),
        "the reply differs (- expected, + printed):\n    1) \"a\"\n  - 2) \"b\"\n  - 3) \"c\"\n  + 2) \"x\"\n  + 3) \"c\""
    );
    assert!(judged("1) \"a\"\n2) \"b\"", "1) \"a\"").contains("too early"));
    assert!(judged("1) \"a\"", "1) \"a\"\n2) \"b\"").contains("goes on"));
}

#[test]
fn wildcards_in_replies() {
    assert_eq!(judged("(integer) [..]", "(integer) 72"), "");
    assert_eq!(
        judged("# Server\n...\nredis_version:[..]\n...", "# Server\r\na:1\r\nredis_version:7.4.1\r\nb:2\r\n"),
        ""
    );
    assert_eq!(judged("...\na\n...\nb", "b\na\na\nc\nb"), "");
    assert_ne!(judged("...\na\n...\nb", "b\na\nc"), "");
    assert_eq!(judged("...", ""), "");
    assert_eq!(judged("a\n\nb", "a\n\nb"), "");
    assert_ne!(judged("a\n\nb", "a\nb"), "");
}

#[test]
fn replies_in_any_order() {
    assert!(in_any_order("1) \"a\"\n2) \"b\"", "1) \"b\"\n2) \"a\""));
    assert!(!in_any_order("1) \"a\"\n2) \"b\"", "1) \"b\"\n2) \"b\""));
    assert!(!in_any_order("1) \"a\"", "1) \"a\"\n2) \"a\""));
    assert!(in_any_order(" 1) \"a\"\n10) (integer) [1..5]", " 1) (integer) 4\n 2) \"a\""));
    assert!(in_any_order("1) \"0\"\n2) 1) \"x\"\n   2) \"y\"", "1) \"0\"\n2) 1) \"y\"\n   2) \"x\""));
    assert!(in_any_order(
        "1# \"a\" => (integer) 1\n2# \"b\" => (integer) 2",
        "1# \"b\" => (integer) 2\n2# \"a\" => (integer) 1"
    ));
    let step = &steps("@ any-order\n> SMEMBERS s\n1) \"a\"")[0];
    let Action::Command(Command { expected: Expected::Lines(lines), .. }) = &step.action else { panic!() };
    assert_eq!((lines.text(), lines.any_order()), ("1) \"a\"", true));
}

#[test]
fn escaped_lines_are_literal() {
    assert_eq!(judged("\\> PING", "> PING"), "");
    assert_eq!(judged("\\[..]", "[..]"), "");
    assert_ne!(judged("\\[..]", "x"), "");
    assert_eq!(judged("\\", ""), "");
    assert_ne!(judged("\\", "x"), "");
    for printed in [
        "> x", "a> x", "alice<", "@ x", "? x", "...", "[..]", "[1..2]", "\\x", "", "```", "OK", "# Server", "x > y",
        "@all", "1) \"a\"",
    ] {
        assert_eq!(judged(&escape_reply_line(printed), printed), "", "{printed:?}");
    }
    assert_eq!(escape_reply_line("(integer) 1"), "(integer) 1");
}

#[test]
fn hints_belong_to_the_command_above() {
    let steps = steps("> TYPE k\nzset\n? Which command adds a member with a score?\n\n> PING\nPONG");
    assert_eq!(steps[0].hint.as_deref(), Some("Which command adds a member with a score?"));
    assert_eq!(steps[1].hint, None);
    assert!(problem("? too early").contains("after the command"));
    assert!(problem("> PING\n? one\n? two").contains("already has a hint"));
    assert!(problem("> PING\n?").contains("empty"));
    assert!(problem("> PING\n? hint\nPONG").contains("a hint is one line"));
}

#[test]
fn problems_name_their_line_in_plain_words() {
    assert_eq!(
        problem("\n\nPONG\n"),
        "line 12: a transcript begins with a command (\"> PING\"), not with this: \"PONG\""
    );
    assert_eq!(problem("> GET 'a"), "line 10: the quotes of this command do not balance");
    assert_eq!(problem(">"), "line 10: there is no command on this line");
    assert!(problem("@ +10 parsecs").starts_with("line 10: a length of time"));
    assert!(problem("@ tomorrow").starts_with("line 10: a clock line is"));
    assert!(problem("@ fill many SET k v").starts_with("line 10: a fill is"));
    assert!(problem("@ +1s\nOK").contains("nothing is printed by a line that begins with @"));
    assert!(problem("@ any-order").contains("right before a command"));
    assert!(problem("@ any-order\n@ +1s").contains("right before a command"));
    assert!(problem("@ any-order\nOK").contains("a command must follow"));
    assert!(problem("@ any-order\n> PING").contains("needs the lines of the reply"));
    assert!(problem("@ any-order\n> SMEMBERS s\n...").contains("must name all its lines"));
    assert!(problem("> PING\n[9..1]").contains("empty range"));
    assert!(problem(&format!("> SET k {}", "x".repeat(MAX_LINE_BYTES))).contains("longer than"));
    assert!(problem(&"> PING\n".repeat(MAX_STEPS + 1)).contains("more than 2000 steps"));
}

/// Short random texts over the characters the grammar gives a meaning: nothing may panic, whatever is judged.
#[test]
fn hostile_transcripts_never_panic() {
    const PIECES: [&str; 24] = [
        "> ",
        "\n",
        "a",
        "<",
        "@ ",
        "? ",
        "\\",
        "[",
        "]",
        "..",
        "...",
        "1",
        "-",
        "fill ",
        "{n}",
        "{random:",
        "}",
        "\"",
        "'",
        "\r",
        "é",
        "any-order",
        "+",
        "\u{0}",
    ];
    let mut state = 7_u64;
    let mut draw = |most: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as usize) % most
    };
    for _ in 0..20_000 {
        let text: String = (0..draw(30)).map(|_| PIECES[draw(PIECES.len())]).collect();
        let printed: String = (0..draw(10)).map(|_| PIECES[draw(PIECES.len())]).collect();
        for step in parse(&text, usize::MAX - 3).unwrap_or_default() {
            let _ = step.judge(Some(&printed)).map_err(|difference| difference.to_string());
        }
    }
}
