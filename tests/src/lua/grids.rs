//! Programs made by combining: each is one row of a grid, and prints a line per column.

use super::Program;

fn program(name: impl Into<String>, source: impl Into<Vec<u8>>) -> Program {
    Program { name: name.into(), source: source.into() }
}

/// A row that prints what each of these expressions gives, or its error.
fn row(name: &str, expressions: impl IntoIterator<Item = String>) -> Program {
    let lines: String = expressions
        .into_iter()
        .map(|expression| format!("print(pcall(function() return {expression} end))\n"))
        .collect();
    program(name, lines)
}

const OPERANDS: [&str; 26] = [
    "nil",
    "true",
    "false",
    "0",
    "-0",
    "1",
    "-1",
    "2",
    "0.5",
    "-2.5",
    "3e10",
    "1e308",
    "math.huge",
    "-math.huge",
    "(0/0)",
    "'10'",
    "'0x10'",
    "' 7 '",
    "'abc'",
    "''",
    "{}",
    "{1,2}",
    "print",
    "setmetatable({}, {__add = function() return 'm' end})",
    "undefined",
    "undefinedtable.x",
];

/// Every operator with every pair of operands: a program per operator and left operand.
pub fn operators() -> Vec<Program> {
    let mut programs = Vec::new();
    for operator in ["+", "-", "*", "/", "%", "^", "..", "==", "~=", "<", "<=", ">", ">=", "and", "or"] {
        for left in OPERANDS {
            let rights = OPERANDS.iter().map(|right| match operator {
                // Tables print as addresses, and comparing two is enough.
                "and" | "or" => format!("type({left} {operator} {right})"),
                _ => format!("({left}) {operator} ({right})"),
            });
            programs.push(row(&format!("{left} {operator}"), rights));
        }
    }
    for operator in ["-", "not ", "#"] {
        programs.push(row(operator, OPERANDS.iter().map(|operand| format!("{operator} ({operand})"))));
    }
    // Variables: the messages name them.
    for kind in ["local a, b = %s, %s", "a, b = %s, %s", "local t = {a = %s, b = %s} local a, b"] {
        for operator in ["+", "..", "<", "^"] {
            for left in OPERANDS {
                let lines: String = OPERANDS
                    .iter()
                    .map(|right| {
                        let variables = kind.replacen("%s", left, 1).replacen("%s", right, 1);
                        let (a, b) = if kind.contains('{') { ("t.a", "t.b") } else { ("a", "b") };
                        format!("print(pcall(function() {variables} return {a} {operator} {b} end))\n")
                    })
                    .collect();
                programs.push(program(format!("{kind} {left} {operator}"), lines));
            }
        }
    }
    for name in FUNCTIONS {
        let arguments = OPERANDS.iter().map(|operand| format!("type({name}({operand}))"));
        programs.push(row(&format!("{name}(x)"), arguments));
        let arguments = OPERANDS.iter().map(|operand| format!("type({name}('5', {operand}))"));
        programs.push(row(&format!("{name}('5', x)"), arguments));
        let arguments = OPERANDS.iter().map(|operand| format!("type({name}({{1, 2}}, {operand}))"));
        programs.push(row(&format!("{name}({{1, 2}}, x)"), arguments));
        programs.push(row(&format!("{name}()"), [format!("type({name}())")]));
    }
    programs
}

/// Functions that may be called with anything.
const FUNCTIONS: [&str; 58] = [
    "string.byte",
    "string.char",
    "string.find",
    "string.format",
    "string.gmatch",
    "string.gsub",
    "string.len",
    "string.lower",
    "string.match",
    "string.reverse",
    "string.sub",
    "string.upper",
    "table.concat",
    "table.insert",
    "table.maxn",
    "table.remove",
    "table.sort",
    "table.getn",
    "table.foreach",
    "math.abs",
    "math.acos",
    "math.asin",
    "math.atan",
    "math.atan2",
    "math.ceil",
    "math.cos",
    "math.deg",
    "math.exp",
    "math.floor",
    "math.fmod",
    "math.frexp",
    "math.ldexp",
    "math.log",
    "math.log10",
    "math.max",
    "math.min",
    "math.modf",
    "math.pow",
    "math.rad",
    "math.sin",
    "math.sqrt",
    "math.tan",
    "assert",
    "error",
    "getmetatable",
    "ipairs",
    "next",
    "pairs",
    "rawequal",
    "rawget",
    "select",
    "tonumber",
    "tostring",
    "type",
    "unpack",
    "coroutine.status",
    "coroutine.wrap",
    "coroutine.resume",
];

/// Numbers to text and back, in many ways.
pub fn numbers() -> Vec<Program> {
    let mut programs = Vec::new();
    let values = "local values = {0, -0, 1, -1, 42, 255, -256, 0.5, 1.5, 2.5, -2.5, 0.1, 1/3, 2/3, 99.995, 0.045, 1e15, 123456789.125, \
                  1e14 - 1, 1e16, 2^31, 2^32, 2^53, 2^63, 2^64, -2^63, -2^64, 1e100, -1e100, 1e300, 1e-5, 1e-4, 1.234e-7, 5e-324, \
                  1.7976931348623157e308, 0/0, -(0/0), 1/0, -1/0, 9.995, 9.9999999, 0.00099999999, 123456.5, 1e21} ";
    for conversion in ["d", "i", "u", "o", "x", "X", "c", "e", "E", "f", "g", "G", "s"] {
        for flags in ["", "-", "+", " ", "#", "0", "+0", "-#", " #0", "+-0"] {
            for sizes in ["", "12", "3", ".0", ".1", ".3", "20.10", ".", "25.17", ".40"] {
                let format = format!("%{flags}{sizes}{conversion}");
                let source = format!(
                    "{values} for _, v in ipairs(values) do print(pcall(string.format, \"[{format}]\", v)) end"
                );
                programs.push(program(format!("format {format}"), source));
            }
        }
    }
    // Random doubles, of random bits and of random decimal lengths.
    for seed in 1..=40 {
        let source = format!(
            "local x = {seed} local function r() x = (x * 16807) % 2147483647 return x end for i = 1, 10 do r() end \
             for i = 1, 60 do local v = math.ldexp(r() + r() / 2147483647, r() % 2100 - 1080) \
             print(v, -v, (\"%.17g %.3e %.0f %g\"):format(v, v, v % 1e15, v)) print(tonumber((\"%.17g\"):format(v)) == v, \
             tonumber((\"%.15g\"):format(v)), tonumber((\"%.30e\"):format(v)) == v) \
             local d = r() % 100000 / 10 ^ (r() % 9) print(d, d * 3, d / 7, (\"%.2f %.5f %.1f %.0f\"):format(d, d, d, d)) end"
        );
        programs.push(program(format!("random numbers {seed}"), source));
    }
    let texts = [
        "",
        " ",
        "0",
        "00",
        "-0",
        "+0",
        "1",
        "-1",
        "+1",
        "--1",
        "01",
        "1 ",
        " 1",
        "\\t1\\n",
        "1 1",
        "1a",
        "a1",
        "1e1",
        "1e",
        "1e+",
        "1e-1",
        "1E5",
        "e1",
        ".1",
        "1.",
        ".",
        "-.5",
        "1.2.3",
        "0x",
        "0x1",
        "0X1f",
        "0xg",
        "0x1g",
        "-0x1",
        "0x1p1",
        "0x1p-1",
        "0x.1",
        "0x1.",
        "0x.",
        "0x1.8p1",
        "0x1p",
        "0x1p+",
        "inf",
        "-inf",
        "Infinity",
        "infi",
        "nan",
        "-nan",
        "NAN",
        "nan(1)",
        "nan(",
        "1e308",
        "1e309",
        "1e-324",
        "1e-325",
        "9007199254740993",
        "0x20000000000001",
        "0xffffffffffffffff",
        "123456789012345678901234567890",
        "1\\0",
        "\\0001",
        "1\\0002",
        "zz",
        "ZZ",
        "7",
        "8",
        "ff",
        "FF",
        "0xff",
        "1_0",
        "1,0",
        "\\160 1",
        "10000000000000000000000000000000000000000000000000000000000000",
    ];
    for text in texts {
        let bases = std::iter::once(format!("tonumber('{text}')"))
            .chain((2..=36).map(|base| format!("tonumber('{text}', {base})")))
            .chain(
                [
                    format!("'{text}' + 0"),
                    format!("1 .. ('{text}' * 1)"),
                    format!("('x'):rep('{text}') == nil and 0 or 1"),
                ]
                .into_iter()
                .take(2),
            );
        programs.push(row(&format!("tonumber {text:?}"), bases));
    }
    programs
}

const SUBJECTS: &str = "local subjects = {'', 'a', 'b', 'ab', 'aab', 'aaab', 'abc', 'hello world', 'THE (quick) fox', 'key = value', \
    '  trim me  ', 'a.b.c', 'f(a(b)c)d', '((x)', '\"q\" \\'r\\'', 'x-y_z', '[a]b]', '2024-01-15', '%d %s', 'a\\0b', '\\n\\t ', 'caf\\195\\169', \
    'aXbYcZ', '0x1F 10', '^a$', ('ab'):rep(20), 'one;two;;four', 'a,b,c'} ";

const PATTERNS: [&str; 108] = [
    "",
    "a",
    "b",
    ".",
    "..",
    ".*",
    ".-",
    ".+",
    ".?",
    "a*",
    "a+",
    "a-",
    "a?",
    "a*b",
    "a+b",
    "a-b",
    "a?b",
    "^a",
    "a$",
    "^a$",
    "^",
    "$",
    "^$",
    "^^a",
    "a^",
    "$a",
    "a$b",
    "%a",
    "%A",
    "%d",
    "%D",
    "%l",
    "%u",
    "%s",
    "%S",
    "%w",
    "%W",
    "%p",
    "%P",
    "%c",
    "%x",
    "%X",
    "%z",
    "%Z",
    "%%",
    "%.",
    "%-",
    "%a+",
    "%d+",
    "%w+",
    "%s+",
    "%S+",
    "[abc]",
    "[^abc]",
    "[a-c]+",
    "[^a-c]+",
    "[%a_]+",
    "[%w%-]+",
    "[]]",
    "[^]]",
    "[]a]",
    "[a-]",
    "[-a]",
    "[a%-z]",
    "[%]]",
    "[^%s]+",
    "[a-z]*",
    "[%d-x]",
    "[0-9]+%-[0-9]+",
    "(a)",
    "(a)(b)",
    "((a)(b))",
    "(a*)(b*)",
    "(.)(.)",
    "()",
    "()a()",
    "(a)%1",
    "(.)%1",
    "(%a)%1",
    "(.-)%s",
    "%b()",
    "%b\"\"",
    "%bab",
    "%bxx",
    "%f[%a]%a+",
    "%f[%A]",
    "%f[%z]",
    "(%w+)%s*=%s*(%w+)",
    "^%s*(.-)%s*$",
    "([^;]*);",
    "%((%a+)%)",
    "a.-b.-c",
    "(((((a)))))",
    "%",
    "[",
    "[a",
    "[^",
    "[]",
    "[a%",
    "(",
    ")",
    "(a",
    "a)",
    "%1",
    "%b",
    "%f",
    "%g",
    "(a%1)",
];

/// Every pattern on every subject, in every function that matches.
pub fn patterns() -> Vec<Program> {
    let mut programs = Vec::new();
    for pattern in PATTERNS {
        let quoted = format!("'{}'", pattern.replace('\'', "\\'"));
        for (name, call) in [
            ("find", format!("print(pcall(string.find, s, {quoted}))")),
            (
                "find from",
                format!(
                    "print(pcall(string.find, s, {quoted}, 2)) print(pcall(string.find, s, {quoted}, -2)) print(pcall(string.find, s, {quoted}, 1, true))"
                ),
            ),
            ("match", format!("print(pcall(string.match, s, {quoted})) print(pcall(string.match, s, {quoted}, 3))")),
            (
                "gsub",
                format!(
                    "print(pcall(string.gsub, s, {quoted}, '<%0>')) print(pcall(string.gsub, s, {quoted}, '%1', 2))"
                ),
            ),
            (
                "gsub function",
                format!(
                    "print(pcall(string.gsub, s, {quoted}, function(...) return select('#', ...) .. tostring((...)) end))"
                ),
            ),
            ("gsub table", format!("print(pcall(string.gsub, s, {quoted}, {{a = 'A', b = 2, x = false}}))")),
            (
                "gmatch",
                format!(
                    "print(pcall(function() local n = 0 for a, b in s:gmatch({quoted}) do n = n + 1 print(n, a, b) end end))"
                ),
            ),
        ] {
            programs.push(program(
                format!("{name} {pattern}"),
                format!("{SUBJECTS} for _, s in ipairs(subjects) do {call} end"),
            ));
        }
    }
    programs
}

/// Tables filled and emptied at random, without the reference's collector, which lets the order of what follows depend
/// on addresses: what `#`, `next`, `pairs`, `table.maxn` and `table.getn` say of them.
pub fn tables() -> Vec<Program> {
    let keys = [
        "r(12)",
        "r(60)",
        "'k' .. r(40)",
        "r(2) == 1 and r(9) or 'k' .. r(9)",
        "r(40) / 4",
        "r(20) - 10",
        "2 ^ r(40)",
        "('x'):rep(r(50))",
        "r(9) * 1e9",
        "'user:' .. r(1000) .. ':name'",
        "r(3) == 1 and (r(2) == 1) or r(6)",
        "#t + 1",
    ];
    let mut programs = Vec::new();
    for (kind, key) in keys.iter().enumerate() {
        for seed in 1..=25 {
            let source = format!(
                "collectgarbage('stop') local x = {seed} * 7919 + {kind} local function r(n) x = (x * 16807) % 2147483647 return x % n + 1 end \
                 local t = r(2) == 1 and {{}} or {{1, 2, 3, nil, 5, a = 1}} \
                 local function show() local out = {{}} for k, v in pairs(t) do out[#out + 1] = tostring(k) .. '=' .. tostring(v) end \
                 print(#t, table.maxn(t), table.concat(out, ' ')) end \
                 for i = 1, 80 do if r(3) == 1 then local k = next(t) if k and r(2) == 1 then t[k] = nil else t[{key}] = nil end \
                 else t[{key}] = i end if i % 8 == 0 then show() end end \
                 for k in pairs(t) do if r(2) == 1 then t[k] = nil end end show() t.fresh = 1 show() t[1] = 1 t[2] = 2 show() \
                 collectgarbage('restart')"
            );
            programs.push(program(format!("table with keys {key}, seed {seed}"), source));
        }
    }
    programs
}

/// Expressions of Redis's libraries.
pub fn redis() -> Vec<Program> {
    let mut programs = Vec::new();
    let mut add = |source: String| programs.push(program(source.clone(), source));
    let numbers = [
        "0", "1", "-1", "2", "31", "32", "33", "-32", "-33", "127", "128", "255", "256", "65535", "65536", "-128",
        "-129", "-32768", "-32769", "2^31", "2^31-1", "-2^31", "-2^31-1", "2^32", "2^32-1", "2^52", "2^53", "2^63",
        "-2^63", "2^64", "1e20", "0.5", "1.5", "2.5", "-0.5", "-1.5", "0.1", "1/3", "1e300", "1e-300", "1/0", "-1/0",
        "0/0", "'12'", "'0x1f'", "'x'", "nil", "true", "{}",
    ];
    for number in numbers {
        for name in ["tobit", "bnot", "bswap", "tohex"] {
            add(format!("return bit.{name}({number})"));
        }
        for name in ["band", "bor", "bxor", "lshift", "rshift", "arshift", "rol", "ror", "tohex"] {
            for other in ["5", "-1", "0xffff"] {
                add(format!("return bit.{name}({number}, {other})"));
            }
            add(format!("return bit.{name}(0x12345678, {number})"));
        }
        add(format!("return cmsgpack.pack({number})"));
        add(format!("return cmsgpack.unpack(cmsgpack.pack({number}))"));
        add(format!("return cjson.encode({number})"));
        add(format!("return cjson.encode({{{number}, a = {number}}})"));
        for format in [
            "b", "B", "h", "H", "i", "I", "l", "L", "T", "i1", "i2", "i3", "I5", "i8", "i16", "f", "d", "s", "c0", "c2",
        ] {
            for order in ["<", ">"] {
                add(format!(
                    "local p = struct.pack('{order}{format}', {number}) return p, struct.unpack('{order}{format}', p)"
                ));
            }
        }
    }
    programs
}
