//! What addresses ask for: commands for `/embed`, a workload for the playground.
//!
//! Knows nothing of the browser; takes the part after `?`. Anything that cannot be is answered with what is wrong.
//! What an address brings never runs by itself.

use crate::load::Plan;

/// The parameter that carries a workload's text.
const WORKLOAD: &str = "workload";

/// How many commands an address may hold.
pub const MAX_COMMANDS: usize = 100;
/// How many bytes of commands an address may hold, decoded.
pub const MAX_BYTES: usize = 16 * 1024;

/// The commands of the `cmd` parameters in order; other parameters are none of this page's business.
pub fn embedded_commands(query: &str) -> Result<Vec<String>, String> {
    let query = query.strip_prefix('?').unwrap_or(query);
    let mut commands = Vec::new();
    let mut bytes = 0usize;
    for pair in query.split('&') {
        let Some(("cmd", value)) = pair.split_once('=') else { continue };
        let decoded = decode(value)?;
        for line in decoded.lines().filter(|line| !line.trim().is_empty()) {
            bytes = bytes.saturating_add(line.len());
            commands.push(line.to_owned());
        }
        if commands.len() > MAX_COMMANDS {
            return Err(format!("The address holds more than {MAX_COMMANDS} commands."));
        }
        if bytes > MAX_BYTES {
            return Err(format!("The address holds more than {} KB of commands.", MAX_BYTES / 1024));
        }
    }
    Ok(commands)
}

/// Whether the playground's address carries a workload.
pub fn has_workload(query: &str) -> bool {
    value_of(query).is_some()
}

/// The workload that the playground's address carries, if it does.
pub fn workload(query: &str) -> Option<Result<Plan, String>> {
    Some(decode(value_of(query)?).and_then(|text| Plan::parse(&text)))
}

fn value_of(query: &str) -> Option<&str> {
    let query = query.strip_prefix('?').unwrap_or(query);
    query.split('&').find_map(|pair| pair.strip_prefix(WORKLOAD)?.strip_prefix('='))
}

/// The query that carries a workload: [`workload`] reads it. Of what an address cannot hold, a plan's text has only
/// spaces.
pub fn workload_query(plan: &Plan) -> String {
    format!("{WORKLOAD}={}", plan.to_string().replace(' ', "+"))
}

/// Decodes one value of a form: `+` is a space and `%41` a byte.
fn decode(value: &str) -> Result<String, String> {
    let mut decoded = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'+' => decoded.push(b' '),
            b'%' => {
                let (digits, after) = rest.split_at_checked(2).ok_or_else(|| bad(value))?;
                let digits = std::str::from_utf8(digits).map_err(|_| bad(value))?;
                if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                    return Err(bad(value));
                }
                decoded.push(u8::from_str_radix(digits, 16).map_err(|_| bad(value))?);
                rest = after;
            }
            _ => decoded.push(byte),
        }
    }
    String::from_utf8(decoded).map_err(|_| "What the address holds is not UTF-8 text.".to_owned())
}

fn bad(value: &str) -> String {
    let shown: String = value.chars().take(60).collect();
    format!("What the address holds is not encoded well: {shown}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, expected: &[&str]) {
        assert_eq!(embedded_commands(query).unwrap(), expected, "{query}");
    }

    #[test]
    fn commands_come_in_order() {
        check("", &[]);
        check("?cmd=SET+k+v&cmd=GET+k", &["SET k v", "GET k"]);
        check("?theme=dark&cmd=PING&x", &["PING"]);
        check("cmd=SET%20k%20%22a%2Bb%22&cmd=", &["SET k \"a+b\""]);
        check("cmd=SET+a+1%0ASET+b+2%0D%0A&cmd=GET+%C3%A9", &["SET a 1", "SET b 2", "GET é"]);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for query in ["cmd=%", "cmd=%4", "cmd=%zz", "cmd=%+1", "cmd=%ff"] {
            assert!(embedded_commands(query).is_err(), "{query}");
        }
        assert!(embedded_commands(&"cmd=PING&".repeat(MAX_COMMANDS)).is_ok());
        assert!(embedded_commands(&"cmd=PING&".repeat(MAX_COMMANDS + 1)).is_err());
        assert!(embedded_commands(&format!("cmd={}", "a".repeat(MAX_BYTES + 1))).is_err());
    }

    #[test]
    fn the_workloads_of_lessons_can_be_read() {
        let texts = lessons::course::FILES.iter().map(|(_, text)| text);
        let links = texts.flat_map(|text| text.split("](/").skip(1)).filter_map(|rest| rest.split(')').next());
        let plans: Vec<_> = links.filter(|link| link.starts_with('?')).map(workload).collect();
        assert!(!plans.is_empty() && plans.iter().all(|plan| matches!(plan, Some(Ok(_)))), "{plans:?}");
    }

    #[test]
    fn a_workload_comes_back_as_it_went() {
        let texts = ["", "mix=GET:5,XADD:1 reads=70 zipf=0.5 ttl=5-30 prefix=load:", "prefix=a-b_c.d: fill=off"];
        for plan in texts.map(|text| Plan::parse(text).unwrap()) {
            let query = workload_query(&plan);
            assert!(query.is_ascii() && !query.contains([' ', '&', '#']), "{query}");
            assert_eq!(workload(&format!("?theme=dark&{query}&x=1")), Some(Ok(plan)));
        }
        assert_eq!(workload("?cmd=PING"), None);
        assert!(workload("?workload=keys=no").unwrap().is_err());
        assert!(workload("?workload=%f").unwrap().is_err());
    }
}
