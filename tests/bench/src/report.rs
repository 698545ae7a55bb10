//! The figures as a table for people and as JSON for comparisons over time.

use crate::memory::{Memory, PerElement};
use crate::more;
use crate::servers::Figures;
use crate::sizes::{self, Size};
use crate::workload::Workload;
use serde_json::{Value, json};
use std::fmt::Write;

/// The depths of the pipeline that both servers are measured at.
pub const PIPELINES: [usize; 3] = [1, 16, 100];

/// All repetitions of one workload.
pub struct Row {
    pub workload: Workload,
    /// The engine in process.
    pub native: Vec<f64>,
    /// The engine in the page's worker.
    pub wasm: Vec<f64>,
    /// Our server, by [`PIPELINES`].
    pub ours: [Vec<Figures>; 3],
    /// The real one.
    pub real: [Vec<Figures>; 3],
}

impl Row {
    pub fn new(workload: Workload) -> Row {
        let none = || [Vec::new(), Vec::new(), Vec::new()];
        Row { workload, native: Vec::new(), wasm: Vec::new(), ours: none(), real: none() }
    }
}

/// Everything that was measured.
pub struct Report {
    pub rows: Vec<Row>,
    /// What redis-benchmark does not know.
    pub more: Vec<more::Figures>,
    /// How many elements of each shape were filled in.
    pub elements: u64,
    pub memory: Vec<Memory>,
    pub sizes: Vec<Size>,
    /// First and later visits, in milliseconds.
    pub first_command: (Vec<f64>, Vec<f64>),
    /// What Redis and the browser call themselves.
    pub redis: String,
    pub browser: String,
}

/// The middle one; of an even number the mean of the two in the middle.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
    match sorted.len() {
        0 => f64::NAN,
        length if length.is_multiple_of(2) => (at(length / 2 - 1) + at(length / 2)) / 2.0,
        length => at(length / 2),
    }
}

/// `1234567` as `1.23 M`.
fn short(value: f64) -> String {
    match value {
        _ if value.is_nan() => "-".into(),
        _ if value >= 1e6 => format!("{:.2} M", value / 1e6),
        _ => format!("{:.1} k", value / 1e3),
    }
}

fn times(ratio: f64) -> String {
    if ratio.is_nan() { "-".into() } else { format!("{ratio:.2}") }
}

impl Report {
    /// The table.
    pub fn text(&self) -> String {
        let mut text = format!("Operations a second, medians; {} beside it; {}.\n\n", self.redis, self.browser);
        let head = "|in process||in the tab||server -P 1|||server -P 16|||server -P 100|||CPU, us|";
        let names = "|native|x|wasm|x|ours|redis|x|ours|redis|x|ours|redis|x|ours|redis";
        let cells = |line: &str| line.split('|').map(String::from).collect::<Vec<_>>();
        let mut lines = vec![cells(head), cells(names)];
        lines.extend(self.rows.iter().map(Row::cells));
        text += &table(&lines);
        text += "\nx: how many times as many as the real redis-server (native and wasm: as it at -P 100).\n\
                 CPU: what the server computed for each request at -P 16.\n";
        self.write_more(&mut text);
        self.write_memory(&mut text);
        if !self.sizes.is_empty() {
            self.write_sizes(&mut text);
        }
        self.write_goals(&mut text);
        text
    }

    fn write_more(&self, text: &mut String) {
        let mut lines = vec![["Pieces of 100", "native", "x", "ours", "redis", "x"].map(String::from).to_vec()];
        for figures in &self.more {
            let [native, ours, real] = figures.medians();
            lines.push(vec![
                figures.row.name.to_string(),
                short(native),
                times(native / real),
                short(ours),
                short(real),
                times(ours / real),
            ]);
        }
        let _ = write!(text, "\n{}", table(&lines));
    }

    fn write_memory(&self, text: &mut String) {
        let title = format!("Bytes for each of {}", self.elements);
        let mut lines = vec![vec![title, "ours".into(), "redis".into(), "resident: ours".into(), "redis".into()]];
        let bytes = |value: f64| format!("{value:.1}");
        let resident = |of: &PerElement| of.resident.map_or("-".into(), bytes);
        for Memory { shape, ours, real } in &self.memory {
            let name = shape.name.to_string();
            lines.push(vec![name, bytes(ours.counted), bytes(real.counted), resident(ours), resident(real)]);
        }
        let _ = write!(text, "\n{}", table(&lines));
    }

    fn write_sizes(&self, text: &mut String) {
        let kilobytes = |bytes: usize| format!("{:.1}", bytes as f64 / 1000.0);
        let mut lines = vec![["File, kB", "raw", "gzip", "brotli"].map(String::from).to_vec()];
        for size in &self.sizes {
            lines.push(vec![size.name.clone(), kilobytes(size.raw), kilobytes(size.gzip), kilobytes(size.brotli)]);
        }
        let sum = |of: fn(&Size) -> usize| kilobytes(self.sizes.iter().map(of).sum());
        lines.push(vec!["together".into(), sum(|size| size.raw), sum(|size| size.gzip), sum(|size| size.brotli)]);
        let _ = write!(text, "\n{}", table(&lines));
        let mut lines = vec![["Route, kB of brotli", "first", "later"].map(String::from).to_vec()];
        for route in sizes::routes(&self.sizes) {
            lines.push(vec![route.name.into(), kilobytes(route.first), kilobytes(route.later)]);
        }
        let _ = write!(text, "\n{}", table(&lines));
        let (first, later) = &self.first_command;
        let _ = writeln!(
            text,
            "\nFrom navigation to the answer of a first command: {:.0} ms, on later visits {:.0} ms",
            median(first),
            median(later)
        );
    }

    fn write_goals(&self, text: &mut String) {
        text.push_str("\nGoals\n");
        for (goal, reached, met) in self.goals() {
            let _ = writeln!(text, "  {} {goal}: {reached}", if met { "met   " } else { "missed" });
        }
    }

    /// What was aimed at, what came out, and whether that is enough. The least of all rows counts.
    fn goals(&self) -> Vec<(&'static str, String, bool)> {
        let least = |of: &dyn Fn(&Row) -> f64| {
            let ratios = self.rows.iter().map(|row| (of(row), row.workload.name));
            ratios.filter(|(ratio, _)| !ratio.is_nan()).min_by(|one, other| one.0.total_cmp(&other.0))
        };
        let mut goals = Vec::new();
        let mut ratio = |goal, aim: f64, least: Option<(f64, &str)>| {
            let said = least.map_or("not measured".into(), |(ratio, name)| format!("{ratio:.2} ({name})"));
            goals.push((goal, said, least.is_some_and(|(ratio, _)| ratio >= aim)));
        };
        ratio("native engine at least 2 times redis at -P 100", 2.0, least(&|row| row.ratio(&row.native)));
        let has_page = !self.sizes.is_empty();
        if has_page {
            ratio("engine in the tab at least redis at -P 100", 1.0, least(&|row| row.ratio(&row.wasm)));
        }
        ratio("our server at least redis at -P 16", 1.0, least(&|row| row.server_ratio(1)));
        let slowest = self.more.iter().map(|figures| {
            let [native, _, real] = figures.medians();
            (native / real, figures.row.name)
        });
        if let Some((ratio, name)) = slowest.min_by(|one, other| one.0.total_cmp(&other.0)) {
            let goal = "native engine at least redis on every further row";
            goals.push((goal, format!("{ratio:.2} ({name})"), ratio >= 1.0));
        }
        let share = |memory: &Memory| memory.ours.counted / memory.real.counted;
        if let Some(largest) = self.memory.iter().max_by(|one, other| share(one).total_cmp(&share(other))) {
            let (ours, real, name) = (largest.ours.counted, largest.real.counted, largest.shape.name);
            let goal = "bytes an element at most those of redis";
            goals.push((goal, format!("{ours:.1} to {real:.1} ({name})"), ours <= real));
        }
        if has_page {
            let brotli: usize = self.sizes.iter().map(|size| size.brotli).sum();
            goals.push((
                "all files together at most 600 kB",
                format!("{:.0} kB brotli", brotli as f64 / 1e3),
                brotli <= 600_000,
            ));
            let first = sizes::routes(&self.sizes).first().map_or(0, |route| route.first);
            goals.push((
                "the first route at most 450 kB with the engine",
                format!("{:.0} kB brotli", first as f64 / 1e3),
                first <= 450_000,
            ));
            let first = median(&self.first_command.0);
            goals.push(("first command within 1500 ms", format!("{first:.0} ms"), first <= 1_500.0));
        }
        goals
    }

    pub fn json(&self) -> Value {
        let rows: Vec<Value> = self.rows.iter().map(Row::json).collect();
        let sizes: Vec<Value> = self.sizes.iter().map(Size::json).collect();
        let goals: Vec<Value> = self
            .goals()
            .into_iter()
            .map(|(goal, reached, met)| json!({ "goal": goal, "reached": reached, "met": met }))
            .collect();
        json!({
            "redis": self.redis,
            "browser": self.browser,
            "operations_per_second": rows,
            "further_rows": self.more.iter().map(more::Figures::json).collect::<Vec<_>>(),
            "bytes_per_element": self.memory.iter().map(|memory| json!({
                "what": memory.shape.name,
                "elements": self.elements,
                "ours": memory.ours.json(),
                "redis": memory.real.json(),
            })).collect::<Vec<_>>(),
            "sizes": sizes,
            "routes": sizes::routes(&self.sizes).iter().map(sizes::Route::json).collect::<Vec<_>>(),
            "first_command_ms": { "first_visit": self.first_command.0, "later_visit": self.first_command.1 },
            "goals": goals,
        })
    }
}

impl Row {
    /// How many times the real server's median at -P 100.
    fn ratio(&self, values: &[f64]) -> f64 {
        let [.., deepest] = &self.real;
        median(values) / median(&speeds(deepest))
    }

    /// Our server to the real one at the given place of [`PIPELINES`].
    fn server_ratio(&self, at: usize) -> f64 {
        let of = |all: &[Vec<Figures>; 3]| all.get(at).map_or(f64::NAN, |figures| median(&speeds(figures)));
        of(&self.ours) / of(&self.real)
    }

    fn cells(&self) -> Vec<String> {
        let mut cells = vec![self.workload.name.to_string()];
        for values in [&self.native, &self.wasm] {
            cells.extend([short(median(values)), times(self.ratio(values))]);
        }
        for (at, (ours, real)) in self.ours.iter().zip(&self.real).enumerate() {
            cells.extend([short(median(&speeds(ours))), short(median(&speeds(real))), times(self.server_ratio(at))]);
        }
        let ([_, ours, _], [_, real, _]) = (&self.ours, &self.real);
        cells.extend([times(median(&cpu(ours))), times(median(&cpu(real)))]);
        cells
    }

    fn json(&self) -> Value {
        let by_depth = |all: &[Vec<Figures>; 3], of: fn(&[Figures]) -> Vec<f64>| {
            let one = |(depth, figures): (&usize, &Vec<Figures>)| (format!("P{depth}"), json!(of(figures)));
            PIPELINES.iter().zip(all).map(one).collect::<Value>()
        };
        json!({
            "command": self.workload.name,
            "native": self.native,
            "wasm": self.wasm,
            "server": by_depth(&self.ours, speeds),
            "redis": by_depth(&self.real, speeds),
            "server_cpu_us": by_depth(&self.ours, cpu),
            "redis_cpu_us": by_depth(&self.real, cpu),
            "native_to_redis_P100": self.ratio(&self.native),
            "wasm_to_redis_P100": self.ratio(&self.wasm),
            "server_to_redis": [self.server_ratio(0), self.server_ratio(1), self.server_ratio(2)],
        })
    }
}

fn speeds(figures: &[Figures]) -> Vec<f64> {
    figures.iter().map(|figure| figure.requests_per_second).collect()
}

fn cpu(figures: &[Figures]) -> Vec<f64> {
    figures.iter().filter_map(|figure| figure.cpu_us).collect()
}

/// Columns as wide as their widest cell, all but the first set to the right.
pub fn table(lines: &[Vec<String>]) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        // A heading may stand over the columns after it.
        let cells = lines.iter().skip(1).filter_map(|line| line.get(column)).map(|cell| cell.chars().count());
        cells.max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for line in lines {
        let mut row = String::new();
        let mut end = 0;
        for (column, (cell, width)) in line.iter().zip(&widths).enumerate() {
            let gap = if column == 0 { 0 } else { 2 };
            end += gap + width;
            let missing = end.saturating_sub(row.chars().count() + cell.chars().count());
            let (before, after) = if column == 0 { (0, missing) } else { (missing, 0) };
            row += &format!("{}{cell}{}", " ".repeat(before), " ".repeat(after));
        }
        text += row.trim_end();
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::WORKLOADS;

    #[test]
    fn the_middle_of_odd_even_and_nothing() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn columns_line_up() {
        let lines = [vec!["", "speed"], vec!["SET", "1.00 M"], vec!["LRANGE", "9.0 k"]];
        let lines: Vec<Vec<String>> =
            lines.iter().map(|line| line.iter().map(|cell| cell.to_string()).collect()).collect();
        assert_eq!(table(&lines), "         speed\nSET     1.00 M\nLRANGE   9.0 k\n");
    }

    fn report() -> Report {
        let [set, get, ..] = WORKLOADS;
        let figures = |requests_per_second| vec![Figures { requests_per_second, cpu_us: Some(0.5) }];
        let row = |workload, native| Row {
            native: vec![native],
            wasm: vec![1.5e6],
            ours: [figures(1e5), figures(9e5), figures(1e6)],
            real: [figures(1e5), figures(1e6), figures(1e6)],
            ..Row::new(workload)
        };
        let per_element = |counted| PerElement { counted, resident: None };
        let [shape, ..] = crate::memory::SHAPES;
        let [further, ..] = more::ROWS;
        Report {
            rows: vec![row(set, 3e6), row(get, 1.9e6)],
            more: vec![more::Figures { row: further, native: vec![3e6], ours: vec![1e6], real: vec![2e6] }],
            elements: 1_000_000,
            memory: vec![Memory { shape, ours: per_element(90.0), real: per_element(120.4) }],
            sizes: vec![Size { name: "a.wasm".into(), raw: 1_500_000, gzip: 700_000, brotli: 600_001 }],
            first_command: (vec![800.0, 900.0, 700.0], vec![300.0]),
            redis: "redis 7.0.15".into(),
            browser: "Chromium 1".into(),
        }
    }

    #[test]
    fn goals_are_judged_by_the_worst_row() {
        let goals: Vec<_> = report().goals().into_iter().map(|(_, reached, met)| (reached, met)).collect();
        let expected = [
            ("1.90 (GET)", false),
            ("1.50 (SET)", true),
            ("0.90 (SET)", false),
            ("1.50 (XADD)", true),
            ("90.0 to 120.4 (small strings)", true),
            ("600 kB brotli", false),
            ("600 kB brotli", false),
            ("800 ms", true),
        ];
        assert_eq!(goals, expected.map(|(reached, met)| (reached.to_string(), met)));
    }

    #[test]
    fn text_and_json_hold_the_same_figures() {
        let report = report();
        let (text, json) = (report.text(), report.json());
        assert!(text.contains("3.00 M  3.00"), "{text}");
        assert_eq!(json.pointer("/operations_per_second/1/native_to_redis_P100"), Some(&json!(1.9)));
        assert_eq!(json.pointer("/operations_per_second/0/redis/P16"), Some(&json!([1e6])));
    }
}
