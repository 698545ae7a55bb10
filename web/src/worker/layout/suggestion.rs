//! A command to try: one that adds entries until the encoding changes.

use engine::resp::quote;
use engine::value::Value;
use engine::value::layout::{Form, Layout, Unit};

/// More entries than this are not added for a try.
const MOST: usize = 5000;
/// What an element of this many bytes takes in a listpack is two or three bytes more.
const ELEMENT_BYTES: usize = 100;

/// A line for the terminal; none where no number of entries changes the encoding.
pub fn line(key: &[u8], value: &Value, layout: &Layout<'_>) -> Option<String> {
    if !matches!(layout.form, Form::Listpack(_) | Form::Intset { .. }) {
        return None;
    }
    let limit = layout.limits.iter().find(|limit| limit.unit != Unit::LongestBytes)?;
    let left = limit.most.checked_sub(limit.reached)?;
    let entries = if limit.unit == Unit::NodeBytes { left / ELEMENT_BYTES } else { left }.saturating_add(1);
    let call = match (value, &layout.form) {
        (Value::Hash(_), _) => "'HSET', KEYS[1], 'more:' .. i, i",
        (Value::Set(_), Form::Intset { .. }) => "'SADD', KEYS[1], 1000 + i",
        (Value::Set(_), _) => "'SADD', KEYS[1], 'more:' .. i",
        (Value::ZSet(_), _) => "'ZADD', KEYS[1], i, 'more:' .. i",
        (Value::List(_), _) => "'RPUSH', KEYS[1], string.rep('x', 100)",
        _ => return None,
    };
    let key = String::from_utf8(quote(key)).ok()?;
    (entries <= MOST).then(|| format!("EVAL \"for i = 1, {entries} do redis.call({call}) end\" 1 {key}"))
}
