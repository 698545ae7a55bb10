use super::*;

/// A compact rendering of the tree, for reading in tests.
fn show(text: &str) -> String {
    parse(text, 1).unwrap().iter().map(show_block).collect::<Vec<_>>().join("\n")
}

fn show_block(block: &Block) -> String {
    match block {
        Block::Fence(fence) => format!("fence {} @{} {:?}", fence.info, fence.line, fence.text),
        Block::Prose(Prose::Heading { level, id, text, .. }) => format!("h{level} #{id} {}", show_text(text)),
        Block::Prose(Prose::Paragraph(text)) => format!("p {}", show_text(text)),
        Block::Prose(Prose::List { ordered, items }) => {
            format!("{} {}", if *ordered { "ol" } else { "ul" }, show_texts(items))
        }
        Block::Prose(Prose::Table { header, rows }) => {
            let rows: Vec<String> = rows.iter().map(|row| show_texts(row)).collect();
            format!("table {} / {}", show_texts(header), rows.join(" / "))
        }
        Block::Prose(Prose::Note(paragraphs)) => format!("note {}", show_texts(paragraphs)),
    }
}

fn show_texts(texts: &[Text]) -> String {
    texts.iter().map(|text| show_text(text)).collect::<Vec<_>>().join(" | ")
}

fn show_text(text: &[Inline]) -> String {
    text.iter()
        .map(|inline| match inline {
            Inline::Text(text) => text.clone(),
            Inline::Code(code) => format!("<code {code}>"),
            Inline::Emphasis(inner) => format!("<em {}>", show_text(inner)),
            Inline::Strong(inner) => format!("<strong {}>", show_text(inner)),
            Inline::Link { target, text } => format!("<a {target:?} {}>", show_text(text)),
        })
        .collect()
}

fn problem(text: &str) -> String {
    parse(text, 1).unwrap_err().to_string()
}

#[test]
fn blocks() {
    assert_eq!(
        show("## What *we* keep\n\nOne\ntwo.\n\nThree."),
        "h2 #what-we-keep What <em we> keep\np One two.\np Three."
    );
    assert_eq!(show("- a\n- b\n  goes on\n\ntext"), "ul a | b goes on\np text");
    assert_eq!(show("1. a\n2. b"), "ol a | b");
    assert_eq!(show("> A note\n> goes on.\n>\n> Second."), "note A note goes on. | Second.");
    assert_eq!(show("Text\n- a\n## H"), "p Text\nul a\nh2 #h H");
    assert_eq!(show("| a | `b` |\n|---|---|\n| 1 \\| 2 | |\n"), "table a | <code b> / 1 | 2 | ");
    assert_eq!(show("```redis check\n> PING\n```\n"), "fence redis check @1 \"> PING\\n\"");
    assert_eq!(show("````\n```\n````"), "fence  @1 \"```\\n\"");
    assert_eq!(show("\u{feff}"), "p \u{feff}");
    assert_eq!(show(""), "");
}

#[test]
fn inline_marks() {
    assert_eq!(show("a `b*c` *d* **e *f* g**"), "p a <code b*c> <em d> <strong e <em f> g>");
    assert_eq!(show("*a **b** c*"), "p <em a <strong b> c>");
    assert_eq!(
        show("KEYS * is 2 * 3, \\*not\\*, user_id, a < b, R&D"),
        "p KEYS * is 2 * 3, *not*, user_id, a < b, R&D"
    );
    assert_eq!(show("`` a`b `` and ``` `` ```"), "p <code a`b> and <code ``>");
    assert_eq!(
        show(
            "[docs](https://redis.io/docs) [next](/learn/ttl-tiers) [try](/?workload=mix=GET:1,SET:1+zipf=1) [up](#top)"
        ),
        "p <a Web(\"https://redis.io/docs\") docs> <a Site(\"/learn/ttl-tiers\") next> <a Site(\"/?workload=mix=GET:1,SET:1+zipf=1\") try> <a Heading(\"top\") up>"
    );
    assert_eq!(
        plain(match &parse("a **b `c`** [d](/e)", 1).unwrap()[0] {
            Block::Prose(Prose::Paragraph(text)) => text,
            _ => panic!(),
        }),
        "a b c d"
    );
}

#[test]
fn html_is_refused() {
    for text in [
        "a <b>c</b>",
        "</p>",
        "<!-- x -->",
        "<script>alert(1)</script>",
        "&lt;b&gt;",
        "&#x3c;",
        "x\n\n- <img src=x>",
        "| <i> |\n|---|",
    ] {
        let message = problem(text);
        assert!(message.contains("HTML"), "{text}: {message}");
    }
}

#[test]
fn links_lead_only_where_they_may() {
    for target in [
        "http://x.org",
        "javascript:alert(1)",
        "JAVASCRIPT:x",
        "//evil.example",
        "/a/../b",
        "data:text/html,x",
        "",
        "#",
        "https://",
        "https:///x",
        "https://x.org/\"onclick=1",
        "https://x.org/ y",
        "learn/x",
        "https://é.org",
        "\\\\x",
    ] {
        assert!(problem(&format!("[x]({target})")).contains("a link leads to"), "{target}");
    }
    assert!(problem("[x](https://a").contains("a link is [words](target)"));
    assert!(problem("[](https://a.b)").contains("without words"));
    assert!(problem("a [b c").contains("never closed"));
    assert!(problem("![x](/y)").contains("images"));
}

#[test]
fn problems_name_their_line() {
    assert_eq!(problem("a\n\n```redis\n> PING\n"), "line 3: this code fence is never closed");
    assert_eq!(problem("a\n\n####"), "line 3: a heading is \"# \", \"## \" or \"### \" and its words");
    assert!(problem("#nospace").starts_with("line 1: a heading"));
    assert!(problem("x\n\n    code").starts_with("line 3: a line outside a list must not begin with a space"));
    assert!(problem("x\n\n---\n").starts_with("line 3: rules"));
    assert!(problem("* a").starts_with("line 1: a list item begins"));
    assert!(problem("- a\n  - b").starts_with("line 2: a list inside a list"));
    assert!(problem("| a | b |\n|---|\n").starts_with("line 1: a table is"));
    assert!(problem("| a |").starts_with("line 1: a table is"));
    assert!(problem("| a |\n|---|\n| 1 | 2 |").starts_with("line 3: this row has 2 cells"));
    assert!(problem("`a").contains("a backtick is never closed"));
    assert!(problem("*a").contains("never closed"));
    assert!(problem("*a **b *c **d *e **f").contains("nested more than"));
    assert!(problem(">").contains("a note without words"));
    assert!(problem("> a\n>b").starts_with("line 2: a line of a note"));
    assert!(problem("~~~\n~~~").contains("backticks"));
    assert!(problem(&"x".repeat(MAX_FILE_BYTES + 1)).contains("larger than"));
    assert!(problem(&"# a\n".repeat(MAX_BLOCKS + 1)).contains("more than 5000 blocks"));
}

#[test]
fn hostile_text_never_panics() {
    const PIECES: [&str; 22] = [
        "a", " ", "\n", "\n\n", "#", "- ", "1. ", "> ", "|", "|---|", "```", "`", "*", "**", "[", "](", ")", "<", "&",
        "\\", "é", "\r\n",
    ];
    let mut state = 3_u64;
    let mut draw = |most: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as usize) % most
    };
    let mut accepted = 0;
    for _ in 0..30_000 {
        let text: String = (0..draw(25)).map(|_| PIECES[draw(PIECES.len())]).collect();
        accepted += usize::from(parse(&text, usize::MAX - 2).is_ok());
    }
    assert!(accepted > 1_000, "{accepted}");
}
