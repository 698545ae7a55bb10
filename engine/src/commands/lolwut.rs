//! LOLWUT: a picture, and the node's version.

use crate::command::{Args, Error, Flags, Group};
use crate::dispatch::{Call, Command};

use super::REDIS_VERSION;

family![LOLWUT];

const LOLWUT: Command = Command {
    name: "LOLWUT",
    syntax: "[VERSION version<integer>]",
    summary: "Draws a range of hills under stars, another one each time.",
    since: "5.0.0",
    complexity: "O(N), N = characters of the picture",
    group: Group::Server,
    flags: Flags::READONLY.with(Flags::FAST),
    arity: Some(-1),
    run: Some(lolwut),
    ..Command::DEFAULT
};

/// The widest and the highest picture, in characters.
const MAX_COLUMNS: i64 = 160;
const MAX_ROWS: i64 = 60;

/// The picture's size may follow the version, as it does in the versions that draw; of 5 and 6 it must be numbers.
fn lolwut(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let draws =
        if args.remaining() > 1 && args.keyword("VERSION") { (5..=6).contains(&args.integer()?) } else { false };
    let mut size = [66, 16];
    if draws {
        for slot in &mut size {
            if !args.is_empty() {
                *slot = args.integer()?;
            }
        }
    }
    let [columns, rows] = [size[0].clamp(1, MAX_COLUMNS) as usize, size[1].clamp(1, MAX_ROWS) as usize];
    let mut text = picture(call, columns, rows);
    text.push_str(&format!("\nRedis ver. {REDIS_VERSION}\n"));
    call.reply.verbatim(b"txt", text.as_bytes());
    Ok(())
}

/// Three ranges of hills, the nearest the darkest. The height of each wanders from column to column.
fn picture(call: &mut Call, columns: usize, rows: usize) -> String {
    const SHADES: [char; 3] = ['░', '▒', '▓'];
    let random = &mut call.server.random;
    let mut sky: Vec<Vec<char>> = Vec::new();
    for _ in 0..rows {
        sky.push((0..columns).map(|_| if random.below(40) == 0 { '.' } else { ' ' }).collect());
    }
    for (layer, shade) in SHADES.into_iter().enumerate() {
        // The further away, the higher.
        let highest = rows.saturating_mul(SHADES.len().saturating_sub(layer)) / 4;
        let mut height = random.index(highest.saturating_add(1));
        for column in 0..columns {
            height = match random.below(3) {
                0 => height.saturating_sub(1).max(1),
                1 => height.saturating_add(1).min(highest.max(1)),
                _ => height,
            };
            for row in sky.iter_mut().rev().take(height) {
                if let Some(place) = row.get_mut(column) {
                    *place = shade;
                }
            }
        }
    }
    sky.into_iter().map(|row| row.into_iter().collect::<String>().trim_end().to_string() + "\n").collect()
}
