//! Numbers as people read them: sizes, durations, counts.

/// A number with commas between its thousands.
pub fn grouped(number: f64) -> String {
    let digits = format!("{:.0}", number.max(0.0));
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 key`, `2 keys`.
pub fn counted(number: f64, singular: &str) -> String {
    let plural = if number == 1.0 { "" } else { "s" };
    format!("{} {singular}{plural}", grouped(number))
}

/// A number of bytes in the unit that keeps it short.
pub fn bytes(number: f64) -> String {
    const UNITS: [(&str, f64); 3] = [("GB", 1073741824.0), ("MB", 1048576.0), ("KB", 1024.0)];
    match UNITS.iter().find(|(_, unit)| number >= *unit) {
        Some((name, unit)) if number / unit >= 100.0 => format!("{:.0} {name}", number / unit),
        Some((name, unit)) => format!("{:.1} {name}", number / unit),
        None => format!("{number:.0} B"),
    }
}

/// A share as a whole percentage; what is there is never said to be nothing.
pub fn percent(share: f64) -> String {
    match share * 100.0 {
        percent if percent > 0.0 && percent < 1.0 => "<1%".to_owned(),
        percent => format!("{percent:.0}%"),
    }
}

/// How long somebody means by `90`, `10s`, `5m`, `2h` or `1d`, in whole seconds of at least one.
pub fn seconds(typed: &str) -> Option<u64> {
    let typed = typed.trim();
    let unit = match typed.bytes().last()? {
        b'd' => 86_400,
        b'h' => 3_600,
        b'm' => 60,
        _ => 1,
    };
    let number = typed.strip_suffix(['s', 'm', 'h', 'd']).unwrap_or(typed).trim();
    number.parse::<u64>().ok()?.checked_mul(unit).filter(|&seconds| seconds > 0)
}

/// How long something still lasts, in its two largest units; the second is rounded up so that it ends at 0.
pub fn duration(ms: f64) -> String {
    const UNITS: [(&str, u64); 4] = [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)];
    let seconds = (ms / 1000.0).ceil().max(0.0) as u64;
    let Some(largest) = UNITS.iter().position(|(_, unit)| seconds >= *unit) else { return "0s".to_owned() };
    let mut rest = seconds;
    let parts = UNITS.iter().skip(largest).take(2).map(|(name, unit)| {
        let count = rest / unit;
        rest %= unit;
        (count, name)
    });
    let parts: Vec<String> =
        parts.filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count}{name}")).collect();
    parts.join(" ")
}

/// A type in three letters or so, for a narrow column.
pub fn short_type(type_name: &str) -> &str {
    match type_name {
        "string" => "str",
        other => other,
    }
}

/// How long a command took, with as many digits as tell something: browsers blur their clocks to a tenth of a
/// millisecond.
pub fn latency(ms: f64) -> String {
    if ms < 0.1 { "less than 0.1 ms".to_owned() } else { short_latency(ms) }
}

/// The same where there is little room.
pub fn short_latency(ms: f64) -> String {
    match ms {
        _ if ms < 0.1 => "< 0.1 ms".to_owned(),
        _ if ms < 10.0 => format!("{ms:.1} ms"),
        _ => format!("{ms:.0} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_read_them() {
        assert_eq!(grouped(0.0), "0");
        assert_eq!(grouped(1234567.0), "1,234,567");
        assert_eq!(counted(1.0, "key"), "1 key");
        assert_eq!(counted(2000.0, "key"), "2,000 keys");
        assert_eq!(bytes(999.0), "999 B");
        assert_eq!(bytes(1536.0), "1.5 KB");
        assert_eq!(bytes(314572800.0), "300 MB");
    }

    #[test]
    fn shares_and_seconds() {
        assert_eq!(percent(0.0), "0%");
        assert_eq!(percent(0.001), "<1%");
        assert_eq!(percent(0.456), "46%");
        let typed = ["90", "10s", " 5m", "2 h", "1d", "0", "-1", "", "m", "x"];
        let expected = [Some(90), Some(10), Some(300), Some(7200), Some(86_400), None, None, None, None, None];
        assert_eq!(typed.map(seconds), expected);
    }

    #[test]
    fn durations_in_two_units() {
        assert_eq!(duration(-5.0), "0s");
        assert_eq!(duration(1.0), "1s");
        assert_eq!(duration(59_001.0), "1m");
        assert_eq!(duration(90_000.0), "1m 30s");
        assert_eq!(duration(3_600_000.0), "1h");
        assert_eq!(duration(2_592_000_000.0), "30d");
        assert_eq!(duration(93_784_000.0), "1d 2h");
    }

    #[test]
    fn latencies_promise_no_more_than_the_clock_gives() {
        for (ms, text) in [(0.0, "less than 0.1 ms"), (0.1, "0.1 ms"), (9.94, "9.9 ms"), (41.6, "42 ms")] {
            assert_eq!(latency(ms), text);
        }
        assert_eq!(short_latency(0.05), "< 0.1 ms");
    }
}
