//! The kinds of arguments that forms name: mostly ordinary, always from small pools so that things meet, and now
//! and then at an edge.

use super::scripts;
use engine::base::Random;
use engine::base::sha1::sha1_hex;
use engine::persist::rdb;
use engine::value::{Hash, Limits, List, Set, Side, StringValue, Value, ZSet};

pub struct Arguments<'a> {
    pub random: &'a mut Random,
    /// How often the last counted repetition was drawn.
    pub last_count: usize,
    /// The first letters of this family's own keys.
    keys: &'static str,
}

/// What numbers look like when they are not quite numbers, and where they end.
const NASTY: &[&[u8]] = &[
    b"",
    b"0",
    b"-1",
    b"-0",
    b"+1",
    b"01",
    b" 1",
    b"1 ",
    b"1.0",
    b"1e3",
    b"0x10",
    b"abc",
    b"nan",
    b"inf",
    b"-inf",
    b"(1",
    b"[a",
    b"-",
    b"+",
    b"2147483647",
    b"2147483648",
    b"-2147483649",
    b"4294967296",
    b"9223372036854775806",
    b"9223372036854775807",
    b"9223372036854775808",
    b"-9223372036854775807",
    b"-9223372036854775808",
    b"-9223372036854775809",
    b"18446744073709551615",
    b"18446744073709551616",
    b"99999999999999999999999999",
    b"\x00",
    b"\xff\xfe\r\n\x00",
    b"1\x00",
    b"a b",
    b"\"quoted\"",
    b"*",
];

const FLOATS: &[&str] = &[
    "0",
    "-0",
    "0.0",
    "-0.0",
    "1",
    "1.5",
    "-1.5",
    "3.0",
    "0.1",
    "0.2",
    "0.3",
    "3.14159",
    "100.25",
    "1e3",
    "1E3",
    "5.0e3",
    "1e-3",
    "1e17",
    "1e21",
    "123456789012345678",
    "0.1234567890123456789",
    "1.7976931348623157e308",
    "1e308",
    "-1e308",
    "1e309",
    "4.9e-324",
    "1e-400",
    "inf",
    "+inf",
    "-inf",
    "INF",
    "Infinity",
    "nan",
    "NaN",
    "-nan",
    "0x1p3",
    "0x10",
    ".5",
    "5.",
    "1e",
    "e1",
    "1.5.5",
    "--1",
    " 1.5",
    "1.5 ",
    "",
    "abc",
    "1,5",
    "+1.5",
    "00.5",
    "9007199254740993",
    "2.5e15",
    "1e16",
    "0.00001",
    "123456.789e-2",
    "17179869184.000001",
];

const WORDS: &[&str] = &[
    "a",
    "b",
    "c",
    "d",
    "e",
    "f",
    "foo",
    "bar",
    "foobar",
    "hello",
    "A",
    "B",
    "aa",
    "ab",
    "abc",
    "abcd",
    "x y",
    "it's",
    "mynewtext",
    "ohmytext",
    "\\d",
    "a*c",
];

const PATTERNS: &[&str] = &[
    "*", "*", "?", "s*", "h?", "[sh]*", "*1", "a*", "[a-c]", "[^a]*", "\\*", "*2*", "", "s1", "[", "[a", "[]", "\\",
    "**", "?*?", "[c-a]", "m[0-9]", "foo*", "[\\]]*", "k*",
];

const RULES: &[&str] = &[
    "on",
    "on",
    "ON",
    "off",
    "nopass",
    "nopass",
    "resetpass",
    "reset",
    ">p1",
    ">p1",
    ">p2",
    "<p1",
    "<p3",
    "#6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",
    "!6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",
    "#6B",
    "~*",
    "~*",
    "~s*",
    "~h1",
    "~[lt]*",
    "%R~s*",
    "%W~s*",
    "%rw~l?",
    "%R~h*",
    "%W~*",
    "%RR~x",
    "%~x",
    "~",
    "allkeys",
    "resetkeys",
    "resetkeys",
    "&c1",
    "&*",
    "allchannels",
    "resetchannels",
    "+@all",
    "+@all",
    "allcommands",
    "-@all",
    "nocommands",
    "+@read",
    "+@write",
    "-@write",
    "+@string",
    "-@string",
    "+@hash",
    "+@LIST",
    "-@fast",
    "+@fast",
    "+@slow",
    "-@slow",
    "+@connection",
    "-@dangerous",
    "+@admin",
    "+@nosuch",
    "+get",
    "+GET",
    "-get",
    "+set",
    "-set",
    "+copy",
    "+mset",
    "-del",
    "+acl",
    "-acl",
    "+acl|whoami",
    "-acl|log",
    "+config",
    "-config",
    "+config|get",
    "-config|set",
    "+config|get|x",
    "+config|nosuch",
    "+client|id",
    "-client",
    "+select|0",
    "+select|1",
    "+select",
    "-select",
    "-select|0",
    "+ping|",
    "+nosuch",
    "-nosuch",
    "+",
    "()",
    "(+get ~s*)",
    "(%R~h* +@hash)",
    "(+@all -@write ~*)",
    "(~t*",
    "+@set)",
    "(~s1) (",
    "(on)",
    "((+get))",
    "(+set \"~s 1\")",
    "clearselectors",
    "clearselectors",
    "skip-sanitize-payload",
    "sanitize-payload",
    "nosuch",
];

const TYPES: &[&str] = &["string", "list", "set", "zset", "hash", "stream", "STRING", "none", "nope"];

impl<'a> Arguments<'a> {
    pub fn new(random: &'a mut Random, keys: &'static str) -> Arguments<'a> {
        Arguments { random, last_count: 1, keys }
    }

    /// An argument of the kind that a form names.
    pub fn of(&mut self, kind: &str) -> Vec<u8> {
        // One in forty is something else altogether.
        if self.random.below(40) == 0 && !matches!(kind, "offset" | "cursor" | "timeout") {
            return self.nasty();
        }
        match kind {
            "key" => self.key(),
            // Sorted sets whose members all have one score: only these have ranges of members.
            "even-zset" => self.pick(&["x1", "x2", "x3"]),
            "no-zset" => self.pick(&["y1", "y2"]),
            "value" => self.value(),
            "element" | "member" | "field" => self.member(),
            "int" => self.int(),
            "index" => self.between(-8, 8),
            "count" => self.between(-3, 12),
            "positive" => self.between(1, 9),
            "big" => self.between(10, 700),
            "offset" => self.between(0, 80),
            // HyperLogLogs, whole and damaged. No run is cut off: the real server reads beyond the string then.
            "sketch" => {
                let mut text = b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80".to_vec();
                match self.random.below(10) {
                    0 => text[4] = self.random.below(3) as u8,
                    1 => text[15] = 0,
                    2 => text.truncate(self.random.index(text.len())),
                    _ => {}
                }
                text.extend(self.runs());
                text.extend([0x7f, if self.random.below(2) == 0 { 0xff } else { 0xf9 }]);
                text
            }
            "runs" => self.runs(),
            "header-bit" => self.between(0, 127),
            "longitude" => match self.random.below(10) {
                0 => self.pick(&["180", "-180", "180.1", "-181", "0", "-0", "179.9999999", "1e3", "inf", "nan", "x"]),
                1..4 => self.between(-180, 180),
                4 => format!("{}", (self.random.unit() - 0.5) * 360.0).into_bytes(),
                // Near each other, where a search has to look closely.
                _ => format!("{:.4}", 13.0 + self.random.unit() * 2.0).into_bytes(),
            },
            "latitude" => match self.random.below(10) {
                0 => {
                    self.pick(&["85.05112878", "-85.05112878", "85.06", "-86", "0", "-0", "67", "81", "90", "inf", "x"])
                }
                1..4 => self.between(-85, 85),
                4 => format!("{}", (self.random.unit() - 0.5) * 170.0).into_bytes(),
                _ => format!("{:.4}", 37.0 + self.random.unit() * 2.0).into_bytes(),
            },
            "radius" => match self.random.below(10) {
                0 => self.pick(&["0", "-1", "1e-300", "1e300", "inf", "x", "20037726.37", "5000000", ""]),
                1..4 => self.between(1, 300),
                4..6 => self.between(1000, 300_000),
                _ => format!("{:.3}", 10f64.powf(self.random.unit() * 8.0)).into_bytes(),
            },
            "unit" => self.pick(&["m", "km", "km", "km", "ft", "mi", "M", "KM", "Mi", "mm"]),
            "none" => Vec::new(),
            // Times to live of RESTORE, which reads them in either way.
            "ttl" => match self.random.below(6) {
                0..3 => b"0".to_vec(),
                3 => self.pick(&["1", "-1", "9223372036854775807", "abc", "33177117420000"]),
                _ => self.duration(),
            },
            "payload" => self.payload(),
            "bit" => self.pick(&["0", "1", "0", "1", "0", "1", "2", "-1"]),
            "bit-offset" => match self.random.below(8) {
                0 => self.pick(&["4294967296", "4294967295000", "-1", "9223372036854775807", "70000", "#1"]),
                _ => self.between(0, 200),
            },
            "field-type" => match self.random.below(4) {
                0 => self.pick(&["i64", "u63", "i1", "u1", "u64", "i65", "i0", "u", "x8", "I8", "i8x"]),
                _ => {
                    let width = 1 + self.random.below(40);
                    format!("{}{width}", if self.random.below(2) == 0 { "i" } else { "u" }).into_bytes()
                }
            },
            "field-offset" => match self.random.below(8) {
                0 => self.pick(&["#-1", "#", "#9223372036854775807", "4294967296", "-8", "#300000000000"]),
                1..4 => [b"#".to_vec(), self.between(0, 9)].concat(),
                _ => self.between(0, 150),
            },
            "float" | "weight" | "score" => self.float(),
            "range" => self.score_bound(),
            "lex" => self.lexical_bound(),
            "seconds" | "milliseconds" => self.duration(),
            "unix-seconds" => self.pick(&["33177117420", "33177117421", "4102444800", "1", "0", "-5", "9999999999"]),
            "unix-milliseconds" => {
                self.pick(&["33177117420000", "33177117420123", "4102444800000", "1", "0", "-5", "9999999999999"])
            }
            "caller" => self.pick(scripts::CALLERS),
            "returned" => self.pick(scripts::RETURNING),
            "script" => self.pick(scripts::SCRIPTS),
            "digest" => {
                let known = [scripts::RETURNING, scripts::SCRIPTS][self.random.index(2)];
                match self.random.below(8) {
                    0 => self.pick(&["", "abc", "ffffffffffffffffffffffffffffffffffffffff"]),
                    1 => sha1_hex(&self.pick(known)).to_ascii_uppercase(),
                    _ => sha1_hex(&self.pick(known)).to_vec(),
                }
            }
            "library" => self.pick(scripts::LIBRARIES),
            "library-name" => self.pick(&["one", "two", "three", "ONE", "nosuch"]),
            "function" => self.pick(&["f1", "f2", "F2", "f3", "f4", "nosuch", ""]),
            "user" => self.pick(&["u1", "u2", "u3", "u2", "u1", "U1", ""]),
            "password" => self.pick(&["p1", "p1", "p2", ""]),
            "category" => self.pick(&["read", "WRITE", "string", "all", "nosuch", "@read"]),
            "rule" => self.pick(RULES),
            // IDs close together, so that commands mean entries that are there.
            "stream-id" => self.stream_id(9),
            "low-id" => format!("{}-{}", self.random.below(10), self.random.below(4)).into_bytes(),
            "high-id" => match self.random.below(8) {
                0 => self.stream_id(30),
                1 => format!("{}-*", self.random.below(40)).into_bytes(),
                // Far above, and below what mutations add.
                2 => format!("{}", 1000 + self.random.below(1000)).into_bytes(),
                _ => self.stream_id(200),
            },
            // Above all that XDEL names, where the versions agree.
            "top-id" => format!("{}-{}", 10 + self.random.below(190), self.random.below(3)).into_bytes(),
            "id-bound" => match self.random.below(6) {
                0 => b"-".to_vec(),
                1 => b"+".to_vec(),
                2 => [b"(".to_vec(), self.stream_id(12)].concat(),
                _ => self.stream_id(40),
            },
            "trim-operator" => self.pick(&["=", "~"]),
            // So few that several clients meet at them.
            "near-list" => self.pick(&["l1", "l2", "l3"]),
            "near-zset" => self.pick(&["z1", "z2"]),
            "near-stream" => self.pick(&["q1", "q2"]),
            "near-key" => self.pick(&["l1", "l2", "z1", "q1", "s1"]),
            "near-script" => self.pick(scripts::NEAR_SCRIPTS),
            "near-digest" => match self.random.below(12) {
                0 => self.pick(&["abc", "ffffffffffffffffffffffffffffffffffffffff"]),
                // Few, so that one that was loaded is asked for.
                _ => sha1_hex(&self.pick(&scripts::NEAR_SCRIPTS[..6])).to_vec(),
            },
            "near-loaded" => self.pick(&scripts::NEAR_SCRIPTS[..6]),
            "near-library" => self.pick(scripts::NEAR_LIBRARIES),
            "near-library-name" => self.pick(&["pushing", "popping", "looking", "counting", "failing", "nosuch"]),
            "near-function" => self.pick(&["push", "push", "pop", "look", "count", "fail", "nosuch"]),
            "patience" => self.pick(&["0", "0", "0", "0", "0", "0", "0", "100000", "100000.5", "-1", "abc"]),
            "client-id" => self.pick(&["{a}", "{b}", "{c}", "{d}", "{b}", "{c}", "99999", "0"]),
            "channel" => self.pick(&["c1", "c2", "d1", "__keyspace@0__:s1", "__keyevent@0__:set"]),
            "channel-pattern" => self.pick(&["c*", "?1", "*", "d1", "__key*", "[cd]2"]),
            "group-name" => self.pick(&["g1", "g1", "g2", "g"]),
            "consumer" => self.pick(&["c1", "c2", "c3"]),
            "new-consumer" => self.pick(&["d1", "d2"]),
            "pattern" => self.pick(PATTERNS),
            "by" => self.pick(&["s*", "h*->a", "h*->b", "z*", "nosort", "*", "x", "s*->a", "*->*", "h1->*", "s[*]"]),
            "get" => self.pick(&["#", "s*", "h*->a", "*", "h1->*", "nope*", "s*->", "##", "z*"]),
            "db" => self.pick(&["0", "0", "1", "1", "2", "3", "15", "16", "-1", "9", "abc"]),
            "cursor" => self.pick(&["0", "0", "0", "0", "0", "0", "0", "abc", "-1", "", "18446744073709551616"]),
            "type" => self.pick(TYPES),
            "name" => self.pick(&["alice", "bob", "", "with space", "new\nline", "é", "x-y_z", "\x7f"]),
            "timeout" => self.pick(&["0", "1", "-1", "abc", "1.5"]),
            "limit" => self.pick(&["0", "1", "2", "5", "20", "64", "128", "512", "-1", "-2", "-5", "-6", "1kb", "abc"]),
            other => panic!("no argument kind is called {other}"),
        }
    }

    /// A word of the command itself, in any case.
    pub fn word(&mut self, word: &str) -> Vec<u8> {
        match self.random.below(12) {
            0 => word.to_ascii_lowercase().into_bytes(),
            1 => word.bytes().map(|b| if self.random.below(2) == 0 { b.to_ascii_lowercase() } else { b }).collect(),
            _ => word.as_bytes().to_vec(),
        }
    }

    /// How often a repeated part comes: mostly few, sometimes past a compact encoding's limit.
    pub fn repetitions(&mut self) -> usize {
        match self.random.below(100) {
            0..70 => 1 + self.random.index(3),
            70..92 => 4 + self.random.index(8),
            92..98 => 20 + self.random.index(30),
            _ => 100 + self.random.index(500),
        }
    }

    /// What a count says about `count` repetitions: nearly always the truth.
    pub fn count_for(&mut self, count: usize) -> Vec<u8> {
        match self.random.below(30) {
            0 => self.nasty(),
            1 => self.between(-2, 6),
            _ => count.to_string().into_bytes(),
        }
    }

    /// An argument too many.
    pub fn extra(&mut self) -> Vec<u8> {
        match self.random.below(3) {
            0 => self.pick(&["NX", "XX", "GET", "COUNT", "WITHSCORES", "LIMIT", "EX", "STORE", "KEEPTTL", "REV"]),
            1 => self.key(),
            _ => self.value(),
        }
    }

    pub fn nasty(&mut self) -> Vec<u8> {
        NASTY[self.random.index(NASTY.len())].to_vec()
    }

    fn pick(&mut self, choices: &[&str]) -> Vec<u8> {
        choices[self.random.index(choices.len())].as_bytes().to_vec()
    }

    fn between(&mut self, low: i64, high: i64) -> Vec<u8> {
        (low + self.random.below((high - low + 1) as u64) as i64).to_string().into_bytes()
    }

    /// Mostly this family's keys, sometimes another's, rarely an odd one.
    fn key(&mut self) -> Vec<u8> {
        let letters = match self.random.below(20) {
            0..17 => self.keys,
            17..19 => "shltz",
            _ => return self.pick(&["", "none", "k 1", "\u{0}\u{1}", "user:{1}:x", "a-key-longer-than-inline-bytes"]),
        };
        let letter = letters.as_bytes()[self.random.index(letters.len())];
        vec![letter, b'1' + self.random.index(5) as u8]
    }

    /// An entry's ID in any of its forms.
    fn stream_id(&mut self, most_ms: u64) -> Vec<u8> {
        let (ms, seq) = (self.random.below(most_ms), self.random.below(4));
        match self.random.below(30) {
            0 => self.nasty(),
            1 => self.pick(&["18446744073709551615-18446744073709551615", "0-0", "0", "1-"]),
            2..6 => format!("{ms}").into_bytes(),
            _ => format!("{ms}-{seq}").into_bytes(),
        }
    }

    fn value(&mut self) -> Vec<u8> {
        match self.random.below(100) {
            0..18 => self.between(-20, 200),
            18..23 => self.nasty(),
            23..31 => self.pick(FLOATS),
            31..70 => self.pick(WORDS),
            70..74 => Vec::new(),
            74..80 => (0..1 + self.random.index(12)).map(|_| self.random.next_u32() as u8).collect(),
            80..84 => {
                let number = self.random.next_u64() as i64 >> self.random.index(64);
                number.to_string().into_bytes()
            }
            84..95 => {
                let length = [20, 21, 22, 23, 43, 44, 45, 63, 64, 65, 66][self.random.index(11)];
                self.text(length)
            }
            95..99 => {
                let length = 100 + self.random.index(500);
                self.text(length)
            }
            _ => {
                let length = 4_000 + self.random.index(13_000);
                self.text(length)
            }
        }
    }

    /// Text of a length; half the time of one letter, which compresses.
    fn text(&mut self, length: usize) -> Vec<u8> {
        if self.random.below(2) == 0 {
            return vec![b'a' + self.random.index(26) as u8; length];
        }
        (0..length).map(|_| b'a' + self.random.index(26) as u8).collect()
    }

    /// From a pool small enough that sets intersect and elements repeat.
    fn member(&mut self) -> Vec<u8> {
        match self.random.below(20) {
            0..9 => vec![b'a' + self.random.index(10) as u8],
            9..14 => self.between(0, 30),
            14..17 => format!("m{}", self.random.below(300)).into_bytes(),
            _ => self.value(),
        }
    }

    fn int(&mut self) -> Vec<u8> {
        match self.random.below(6) {
            0 => self.nasty(),
            1 => (self.random.next_u64() as i64 >> self.random.index(64)).to_string().into_bytes(),
            _ => self.between(-10, 100),
        }
    }

    /// Runs of a HyperLogLog that are one byte each.
    fn runs(&mut self) -> Vec<u8> {
        (0..self.random.index(6)).map(|_| [0x80, 0x81, 0x84, 0xff, 0x00, 0x3f][self.random.index(6)]).collect()
    }

    /// What DUMP returns of some small value, now and then damaged so that the checksum tells.
    fn payload(&mut self) -> Vec<u8> {
        let limits = Limits::default();
        let count = 1 + self.random.index(4);
        let value = match self.random.below(5) {
            0 => Value::String(StringValue::from_bytes(&self.value())),
            1 => {
                let mut list = List::new();
                for _ in 0..count {
                    let element = self.member();
                    list.push(Side::Back, std::iter::once(&element[..]), &limits);
                }
                Value::List(Box::new(list))
            }
            2 => {
                let mut hash = Hash::new();
                for _ in 0..count {
                    let (field, value) = (self.member(), self.member());
                    hash.set(&field, &value, &limits);
                }
                Value::Hash(hash)
            }
            3 => {
                let mut set = Set::new();
                let integers = self.random.below(2) == 0;
                for _ in 0..count {
                    let member = if integers { self.between(-99, 99_999) } else { self.member() };
                    set.insert(&member[..], &limits);
                }
                Value::Set(Box::new(set))
            }
            _ => {
                let mut zset = ZSet::new();
                for _ in 0..count {
                    let member = self.member();
                    zset.insert(&member, self.random.index(20) as f64 / 4.0, &limits);
                }
                Value::ZSet(Box::new(zset))
            }
        };
        let mut payload = rdb::dump(&value, self.random.below(2) == 0);
        match self.random.below(12) {
            0 => payload.truncate(self.random.index(payload.len())),
            1 => {
                let at = self.random.index(payload.len());
                payload[at] ^= 1 << self.random.below(8);
            }
            _ => {}
        }
        payload
    }

    fn float(&mut self) -> Vec<u8> {
        match self.random.below(10) {
            0..5 => self.between(-5, 12),
            5 => format!("{}", (self.random.unit() - 0.5) * 2000.0).into_bytes(),
            6 => format!("{:.2}", self.random.unit() * 10.0).into_bytes(),
            7 => format!("{:e}", f64::from_bits(self.random.next_u64())).into_bytes(),
            _ => self.pick(FLOATS),
        }
    }

    fn score_bound(&mut self) -> Vec<u8> {
        match self.random.below(10) {
            0..2 => b"-inf".to_vec(),
            2..4 => b"+inf".to_vec(),
            4..6 => [b"(".to_vec(), self.float()].concat(),
            _ => self.float(),
        }
    }

    fn lexical_bound(&mut self) -> Vec<u8> {
        match self.random.below(10) {
            0..2 => b"-".to_vec(),
            2..4 => b"+".to_vec(),
            4..7 => [b"[".to_vec(), self.member()].concat(),
            7..9 => [b"(".to_vec(), self.member()].concat(),
            _ => self.member(),
        }
    }

    /// A time to live: far enough away, all different (two equal ones a millisecond apart would compare differently
    /// under GT and LT), sometimes past, sometimes too large.
    fn duration(&mut self) -> Vec<u8> {
        match self.random.below(10) {
            0 => self.pick(&["0", "-1", "-1000", "9223372036854775807", "9223372036854775", "-9223372036854775808"]),
            _ => (10_000_000 + self.random.below(4_000_000_000)).to_string().into_bytes(),
        }
    }
}
