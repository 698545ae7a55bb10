//! What panels look at: keys, values, measurements.

use super::*;

#[test]
fn the_key_tree_follows_every_change() {
    let mut page = Page::open(None, None);
    assert_eq!(page.keys(0), Vec::<String>::new());
    page.run("MSET user:1 a user:2 b x y\nHSET h f v");
    assert_eq!(page.keys(0), ["h hash", "user: 2", "x string"]);
    page.send(ToWorker::Keys(KeysOrder::Open { folder: ByteBuf::from(*b"user:"), open: true }));
    page.run("DEL user:2 x\nRENAME h user:h\nSET user:1 again\nSET user:z 1 PX 10");
    assert_eq!(page.keys(0), ["user: 3", " 1 string", " h hash", " z string"]);
    page.wait(20.0);
    assert_eq!(page.keys(0), ["user: 2", " 1 string", " h hash"]);
    page.run("SELECT 1\nSET elsewhere 1\nSWAPDB 0 1");
    assert_eq!(page.keys(0), ["elsewhere string"]);
    // In another database the folders start closed.
    assert_eq!(page.keys(1), ["user: 2"]);
    page.run("FLUSHALL");
    assert_eq!(page.keys(1), Vec::<String>::new());
}

#[test]
fn a_stream_shows_what_others_read_and_acknowledge_though_nobody_is_notified() {
    let mut page = Page::open(None, None);
    page.run("XADD log 1-1 f v\nXADD log 2-1 f v\nXGROUP CREATE log readers 0");
    let question = ValueQuestion { key: ByteBuf::from(*b"log"), ..ValueQuestion::default() };
    page.send(FromPanel::ShowValue(Some(question)));
    let pending = |page: &mut Page, line: &str| {
        page.heard.clear();
        page.send(ToWorker::Lines { client: OTHER, lines: line.to_owned() });
        page.last(|message| match message {
            FromWorker::Panel(ToPanel::Value(view)) => match &view.value.as_ref()?.content {
                ValueContent::Stream { groups, .. } => groups.first().map(|group| (group.consumers, group.pending)),
                _ => None,
            },
            _ => None,
        })
    };
    page.meanwhile("PING");
    page.run("CONFIG SET notify-keyspace-events AKE\nWATCH log\nMULTI\nPING");
    assert_eq!(pending(&mut page, "XREADGROUP GROUP readers ann STREAMS log >"), (1, 2));
    assert_eq!(pending(&mut page, "XACK log readers 1-1"), (1, 1));
    assert_eq!(pending(&mut page, "XGROUP CREATECONSUMER log readers bob"), (2, 1));
    assert_eq!(pending(&mut page, "XCLAIM log readers bob 0 2-1"), (2, 1));
    assert_eq!(pending(&mut page, "XAUTOCLAIM log readers cleo 0 0"), (3, 1));
    assert_eq!(pending(&mut page, "XGROUP DELCONSUMER log readers cleo"), (2, 0));
    assert_eq!(pending(&mut page, "XGROUP SETID log readers 0"), (2, 0));
    // Those who watch the stream are not told, nor those who listen.
    assert!(page.run("EXEC").ends_with("1) PONG\n"));
    page.run("PSUBSCRIBE __keyspace@0__:*");
    let told = page.meanwhile("XREADGROUP GROUP readers ann STREAMS log >\nXACK log readers 1-1 2-1\nSET k v");
    assert_eq!(told.matches("pmessage").count(), 1, "{told}");
    // An estimate that PFCOUNT leaves is seen by those who watch, as in Redis.
    page.interrupt();
    page.run("PFADD visits a\nWATCH visits");
    page.meanwhile("PFCOUNT visits");
    assert!(page.run("MULTI\nPING\nEXEC").ends_with("(nil)\n"));
}

#[test]
fn a_value_is_shown_by_its_type_and_followed() {
    let mut page = Page::open(None, None);
    page.run("ZADD z 1 a 2.5 b\nRPUSH l x y\nHSET h f v\nSADD s m\nHSET e f v g w\nHEXPIREAT e 33177117420 FIELDS 1 g\nSET t \"a\\nb\\x00\\xff\"");
    page.run("XADD log 1-1 f v g w\nXADD log 2-1 f x\nXGROUP CREATE log readers 0");
    page.run("XREADGROUP GROUP readers me COUNT 1 STREAMS log >");
    let mut content = |key: &str| {
        let question = ValueQuestion { key: ByteBuf::from(key), ..ValueQuestion::default() };
        page.send(FromPanel::ShowValue(Some(question)));
        page.last(|message| match message {
            FromWorker::Panel(ToPanel::Value(view)) => Some(view.value.as_ref().map(|page| page.content.clone())),
            _ => None,
        })
    };
    let element = |text: &str| Element { bytes: ByteBuf::from(text), len: text.len() as u32 };
    let member = |text: &str, score, rank| MemberView { member: element(text), score, rank, place: None };
    let field = |field: &str, value: &str, expires_at_ms| FieldView {
        field: element(field),
        value: element(value),
        expires_at_ms,
    };
    assert_eq!(content("z"), Some(ValueContent::Sorted(vec![member("a", 1.0, 0), member("b", 2.5, 1)])));
    assert_eq!(content("l"), Some(ValueContent::List(vec![element("x"), element("y")])));
    assert_eq!(content("h"), Some(ValueContent::Hash(vec![field("f", "v", None)])));
    assert_eq!(content("s"), Some(ValueContent::Set(vec![element("m")])));
    assert_eq!(content("t"), Some(ValueContent::Bytes { bytes: ByteBuf::from(b"a\nb\x00\xff"), ones: None }));
    let entry = |id: &str, fields: &[(&str, &str)]| EntryView {
        id: id.to_owned(),
        fields: fields.iter().map(|(name, value)| (element(name), element(value))).collect(),
    };
    assert_eq!(
        content("log"),
        Some(ValueContent::Stream {
            entries: vec![entry("1-1", &[("f", "v"), ("g", "w")]), entry("2-1", &[("f", "x")])],
            groups: vec![GroupView {
                name: element("readers"),
                consumers: 1,
                pending: 1,
                last_id: "1-1".into(),
                lag: Some(1.0),
            }],
        })
    );
    assert_eq!(
        content("e"),
        Some(ValueContent::Hash(vec![field("g", "w", Some(33_177_117_420_000.0)), field("f", "v", None)]))
    );
    assert_eq!(content("none"), None);
    page.run("SET none now");
    page.host.refresh(START_MS);
}

#[test]
fn a_value_page_stays_inside_a_value_that_shrinks() {
    let mut page = Page::open(None, None);
    let elements: Vec<String> = (0..250).map(|number| number.to_string()).collect();
    page.run(&format!("RPUSH l {}", elements.join(" ")));
    let question = ValueQuestion { key: ByteBuf::from(*b"l"), from: 200, ..ValueQuestion::default() };
    page.send(FromPanel::ShowValue(Some(question)));
    page.send(ToWorker::Lines { client: CLIENT, lines: "LTRIM l 0 119".to_owned() });
    let (from, count) = page.last(|message| match message {
        FromWorker::Panel(ToPanel::Value(view)) => view.value.as_ref().map(|page| (page.from, page.count)),
        _ => None,
    });
    assert_eq!((from, count), (100, 20));
}

#[test]
fn nothing_is_measured_that_nobody_looks_at() {
    let mut page = Page::open(None, None);
    page.run("SET a 1");
    assert_eq!(page.host.measure_in(), None);
    page.send(FromPanel::Measure(true));
    assert_eq!(page.host.measure_in(), Some(crate::worker::metrics::SAMPLE_MS));
    page.send(FromPanel::Measure(false));
    assert_eq!(page.host.measure_in(), None);
}

#[test]
fn a_workload_runs_beside_the_terminals_and_ends() {
    let mut page = Page::open(None, None);
    let plan = Plan::parse("mix=INCR:1 keys=1 ops=50 rate=0 delay=0").unwrap();
    page.send(FromPanel::Load(LoadOrder::Start { plan: plan.clone(), database: 3 }));
    while page.host.run_load(page.real_ms, 1.0).is_some() {
        page.run("PING");
    }
    assert!(page.run("SELECT 3\nGET load:counter:1").ends_with("\"50\"\n"));
    assert!(!page.run("CLIENT LIST").contains("name=workload"));
    page.send(FromPanel::Load(LoadOrder::Start { plan: Plan { operations: 0, delay_ms: 9, ..plan }, database: 3 }));
    page.host.run_load(page.real_ms, 1.0);
    assert!(page.run("CLIENT LIST").contains("name=workload"));
    page.send(FromPanel::Load(LoadOrder::Stop));
    let report = page.last(|message| match message {
        FromWorker::Panel(ToPanel::Load(report)) => Some(report.clone()),
        _ => None,
    });
    assert!(!report.running && report.run == 2 && report.total.errors == 0.0, "{report:?}");
    assert_eq!(page.host.run_load(page.real_ms, 1.0), None);
    assert!(!page.run("CLIENT LIST").contains("name=workload"));
}
