use super::*;
use crate::transcript::Clock;

const FRONT: &str = "---\ntitle: A title\nslug: a-title\nsummary: What it is: short.\nminutes: 10\norder: 3\n---\n";

fn lesson(body: &str) -> Lesson {
    Lesson::parse(&format!("{FRONT}{body}")).unwrap()
}

/// The problem of a body whose first line is line 8.
fn problem(body: &str) -> String {
    Lesson::parse(&format!("{FRONT}{body}")).unwrap_err().to_string()
}

#[test]
fn a_lesson_has_settings_prose_and_transcripts() {
    let lesson = lesson(
        "Hello.\n\n```redis setup\n@ fill 10 SET k:{n} v\n```\n\n```redis\n> GET k:1\n\"v\"\n@ +1h\n```\n\n```python\nr.get('k')\n```\n",
    );
    assert_eq!(
        (lesson.title.as_str(), lesson.slug.as_str(), lesson.minutes, lesson.order),
        ("A title", "a-title", 10, 3)
    );
    assert_eq!(lesson.summary, "What it is: short.");
    assert_eq!(lesson.setup.len(), 1);
    let [Block::Prose(_), Block::Transcript(steps), Block::Code { language, text }] = lesson.blocks.as_slice() else {
        panic!("{:?}", lesson.blocks)
    };
    assert_eq!((steps[0].line, &steps[1].action), (15, &Action::Clock(Clock::Forward(3_600_000))));
    assert_eq!((language.as_str(), text.as_str()), ("python", "r.get('k')\n"));
    assert_eq!(lesson.transcripts().count(), 1);
}

#[test]
fn an_exercise_is_its_neighbouring_fences() {
    let lesson = lesson(
        "Do it.\n\n```hint\nUse `SET`.\n```\n\n```hint\nReally.\n```\n\n```redis solution\n> SET k v\n```\n\n```redis check\n> GET k\n\"v\"\n? Is it `v`?\n```\n\nDone.\n",
    );
    let exercise = lesson.exercises().next().unwrap();
    assert_eq!((exercise.hints.len(), exercise.solution.len(), exercise.line()), (2, 1, 10));
    assert_eq!(exercise.check[0].hint.as_deref(), Some("Is it `v`?"));
    assert!(matches!(lesson.blocks.as_slice(), [Block::Prose(_), Block::Exercise(_), Block::Prose(_)]));
}

#[test]
fn a_workload_is_read() {
    let text = "```workload\ntitle: Shop traffic\nclients: 4\nper second: 200\nwindow: 30s\ncommand: GET user:{random:10}\ncommand: INCR visits:{n}\n```\n";
    let lesson = lesson(text);
    let [Block::Workload(workload)] = lesson.blocks.as_slice() else { panic!() };
    assert_eq!(
        (workload.title.as_str(), workload.clients, workload.per_second, workload.window_ms),
        ("Shop traffic", 4, 200, 30_000)
    );
    assert_eq!(workload.words(0, || 13), [b"GET".to_vec(), b"user:4".to_vec()]);
    assert_eq!(workload.words(3, || 13), [b"INCR".to_vec(), b"visits:3".to_vec()]);
    for (from, to, expected) in [
        ("clients: 4", "clients: 99", "line 10: \"clients\" is a whole number from 1 to 8"),
        ("window: 30s", "window: 1h", "line 12: the window is from 5s to 5m"),
        ("window: 30s", "window: long", "line 12: a length of time"),
        ("command: INCR visits:{n}", "command: 'a", "line 14: the quotes"),
        ("title: Shop traffic\n", "", "line 9: the setting \"title: ...\" is missing"),
        ("title: Shop traffic", "titel: x", "line 9: the setting \"title: ...\" is missing"),
        ("clients: 4", "clients: 4\nclients: 4", "line 11: \"clients\" stands twice"),
        ("clients: 4", "clients: 4\nspeed: 4", "line 11: there is no setting called \"speed\""),
        ("clients: 4", "clients", "line 10: a setting is \"name: value\""),
    ] {
        assert!(problem(&text.replace(from, to)).starts_with(expected), "{}", problem(&text.replace(from, to)));
    }
    assert!(problem("```workload\ntitle: x\nclients: 1\nper second: 1\nwindow: 5s\n```").contains("from 1 to 16"));
}

#[test]
fn the_front_matter_is_complete() {
    let parse = |text: &str| Lesson::parse(text).unwrap_err().to_string();
    assert!(parse("").starts_with("line 1: a lesson begins with a line \"---\""));
    assert!(parse("# Title\n").starts_with("line 1: a lesson begins"));
    assert!(parse("---\ntitle: x\n").starts_with("line 1: a lesson begins"));
    assert!(parse("---\ntitle: x\n---\n").starts_with("line 2: the setting \"slug: ...\" is missing"));
    assert!(parse(&FRONT.replace("a-title", "A Title")).starts_with("line 3: a slug is"));
    assert!(parse(&FRONT.replace("10", "ten")).starts_with("line 5: \"minutes\" is a whole number"));
    assert!(parse(&FRONT.replace("order: 3", "order: 3\nlevel: 2")).starts_with("line 7: there is no setting"));
    assert!(parse(&FRONT.replace("short", &"long ".repeat(60))).starts_with("line 4: the summary is longer"));
    assert_eq!(Lesson::parse(FRONT).map(|lesson| lesson.blocks), Ok(Vec::new()));
}

#[test]
fn what_a_lesson_must_not_do() {
    const CHECK: &str = "```redis check\n> GET k\n\"v\"\n```\n";
    const SOLUTION: &str = "```redis solution\n> SET k v\n```\n";
    for (body, expected) in [
        ("```redis\n```\n".to_owned(), "line 8: there is no command in this block"),
        ("```redis\n> PING\n? hint\n```\n".to_owned(), "line 9: only a check's commands have hints"),
        ("```redis run\n> PING\n```\n".to_owned(), "line 8: a redis fence is"),
        ("```redis\n> PING\n```\n\n```redis setup\n> PING\n```\n".to_owned(), "line 12: the setup stands before"),
        (CHECK.to_owned(), "line 8: this exercise has no \"redis solution\""),
        (SOLUTION.to_owned(), "line 8: this exercise has no \"redis check\""),
        (format!("{CHECK}\nprose\n\n{SOLUTION}"), "line 8: this exercise has no \"redis solution\""),
        (format!("{CHECK}{SOLUTION}{CHECK}"), "line 15: an exercise has one check"),
        (format!("{SOLUTION}```hint\n- a\n```\n{CHECK}"), "line 11: a hint is one paragraph"),
        (format!("{}{SOLUTION}{CHECK}", "```hint\na\n```\n".repeat(6)), "line 23: more than 5 hints"),
        (format!("{SOLUTION}```redis check\n> GET k\n```\n"), "line 12: a check's command needs the reply"),
        (format!("{SOLUTION}```redis check\nbob> GET k\n\"v\"\n```\n"), "line 12: a check is run by one client"),
        (format!("{SOLUTION}```redis check\n@ +1s\n```\n"), "line 12: a check only looks at the store"),
    ] {
        assert!(problem(&body).starts_with(expected), "{body}: {}", problem(&body));
    }
}
