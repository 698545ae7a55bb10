//! How long the page draws nothing while much happens: measured inside the page, where a person would see it.

use super::page::Page;
use super::{Terminal, WITHIN};
use serde_json::{Value, json};
use std::path::Path;

/// What was measured while something ran.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frames {
    pub longest_ms: f64,
    pub frames: u64,
    pub took_ms: f64,
}

impl Frames {
    fn of(seen: &Value) -> Option<Frames> {
        Some(Frames {
            longest_ms: seen["longest"].as_f64()?,
            frames: seen["frames"].as_u64()?,
            took_ms: seen["ended"].as_f64()? - seen["began"].as_f64()?,
        })
    }
}

/// Notes how long frames take from when a condition first holds until another does. The conditions are looked at once a
/// frame and have to be cheap; a frame that is missed shows as a long one.
fn watch(page: &Page, values: Value, begins: &str, ends: &str) {
    let script = format!(
        "const seen = window.framesSeen = {{ longest: 0, frames: 0 }};
        const begins = () => {begins}, ends = () => {ends};
        let before = performance.now();
        const frame = () => {{
            const now = performance.now();
            if (!seen.began && begins()) seen.began = now;
            if (seen.began && now > seen.began) {{
                seen.longest = Math.max(seen.longest, now - before);
                seen.frames += 1;
            }}
            if (seen.began && ends()) seen.ended = now;
            else requestAnimationFrame(frame);
            before = now;
        }};
        requestAnimationFrame(frame);
        return true;"
    );
    page.own(&script, values);
}

fn outcome(page: &Page, patience: std::time::Duration) -> Option<Frames> {
    let seen = page.own_within("return window.framesSeen.ended ? window.framesSeen : null", json!([]), patience)?;
    Frames::of(&seen)
}

/// A file of this many commands, as people have them: short writes of several types, and some reads.
pub fn commands(count: usize) -> String {
    let line = |number: usize| match number % 5 {
        0 => format!("SET file:string:{number} value:{number}\n"),
        1 => format!("HSET file:hash:{} field:{number} {number}\n", number % 1000),
        2 => format!("ZADD file:board {number} member:{number}\n"),
        3 => format!("INCR file:counter:{}\n", number % 100),
        _ => format!("GET file:string:{}\n", number - 4),
    };
    (0..count).map(line).collect()
}

/// The page while a file of commands runs, from the consent to its result.
pub fn while_a_file_runs(page: &Page, file: &Path) -> Result<Frames, String> {
    Terminal::find(page);
    page.choose_file_for("File of commands", file);
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let dialog = page.find("dialog", &format!("Run {name}?"));
    let run = page.find_in(&dialog, "button", "Run");
    watch(
        page,
        json!([dialog.argument()]),
        "!values[0].open",
        "document.querySelector('[role=status][aria-label=\"Result of the file\"]') !== null",
    );
    page.click(&run);
    outcome(page, WITHIN * 4).ok_or_else(|| "the file did not come to its end".to_owned())
}

/// The page while a million keys stream into its tree, from the paste of what writes them until all are counted.
pub fn while_a_million_keys_come(page: &Page) -> Result<Frames, String> {
    let terminal = Terminal::find(page);
    let panel = page.find("region", "Store");
    watch(page, json!([panel.argument()]), "true", "values[0].querySelector('h2').textContent.includes('1,000,000')");
    // By scripts, whose echo is short: what is measured is the tree and not the transcript.
    let line = |part: u32| {
        let body = "for i=0,4999 do local n=ARGV[1]*5000+i redis.call('SET','user:'..(n%100)..':'..n,'v') end";
        format!("EVAL \"{body}\" 0 {part}\n")
    };
    terminal.paste(&(0..200).map(line).collect::<String>());
    outcome(page, WITHIN * 4).ok_or_else(|| "not all keys were counted".to_owned())
}
