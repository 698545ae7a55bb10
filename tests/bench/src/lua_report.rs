//! The figures of `cargo xtask bench lua` as tables and as JSON.

use crate::report::{median, table};
use serde_json::{Value, json};
use std::fmt::Write;

/// What a native run may take of the reference's time, and a run in the page.
const NATIVE_AIM: f64 = 1.5;
const WASM_AIM: f64 = 2.5;

/// All repetitions of one program, in milliseconds.
#[derive(Default)]
pub struct Program {
    pub name: &'static str,
    /// `lua5.1`, or the real server where the program needs it.
    pub reference: Vec<f64>,
    pub native: Vec<f64>,
    pub wasm: Vec<f64>,
}

/// All repetitions of one script with commands, in calls a second.
#[derive(Default)]
pub struct Script {
    pub name: &'static str,
    /// The engine in process.
    pub native: Vec<f64>,
    /// The engine in the page's worker.
    pub wasm: Vec<f64>,
    /// Our server and the real one, a hundred calls at a time.
    pub ours: Vec<f64>,
    pub real: Vec<f64>,
}

pub struct Report {
    pub programs: Vec<Program>,
    pub scripts: Vec<Script>,
}

/// A ratio with two digits, or nothing where it was not measured.
fn times(ratio: f64) -> String {
    if ratio.is_nan() { "-".into() } else { format!("{ratio:.2}") }
}

fn number(value: f64, digits: usize) -> String {
    if value.is_nan() { "-".into() } else { format!("{value:.digits$}") }
}

impl Report {
    pub fn text(&self) -> String {
        let mut lines =
            vec![["Milliseconds, medians", "lua5.1", "native", "x", "wasm", "x"].map(String::from).to_vec()];
        for program in &self.programs {
            let [reference, native, wasm] = [&program.reference, &program.native, &program.wasm].map(|all| median(all));
            lines.push(vec![
                program.name.to_string(),
                number(reference, 1),
                number(native, 1),
                times(native / reference),
                number(wasm, 1),
                times(wasm / reference),
            ]);
        }
        let mut text = table(&lines);
        text += "\nx: how many times as long as lua5.1, or as the real server for cjson.\n\n";
        let head = ["Calls a second", "native", "x", "wasm", "x", "server", "x", "redis"];
        let mut lines = vec![head.map(String::from).to_vec()];
        for script in &self.scripts {
            let real = median(&script.real);
            let mut line = vec![script.name.to_string()];
            for speeds in [&script.native, &script.wasm, &script.ours] {
                line.extend([number(median(speeds), 0), times(median(speeds) / real)]);
            }
            line.push(number(real, 0));
            lines.push(line);
        }
        text += &table(&lines);
        text += "\nx: how many times as many as the real redis-server; 100 calls at a time.\n\nGoals\n";
        for (goal, reached, met) in self.goals() {
            let _ = writeln!(text, "  {} {goal}: {reached}", if met { "met   " } else { "missed" });
        }
        text
    }

    fn goals(&self) -> Vec<(String, String, bool)> {
        let worst = |of: fn(&Program) -> &Vec<f64>| {
            let ratios =
                self.programs.iter().map(|program| (median(of(program)) / median(&program.reference), program.name));
            ratios.filter(|(ratio, _)| !ratio.is_nan()).max_by(|one, other| one.0.total_cmp(&other.0))
        };
        let mut goals = Vec::new();
        for (what, aim, worst) in [
            ("native", NATIVE_AIM, worst(|program| &program.native)),
            ("wasm", WASM_AIM, worst(|program| &program.wasm)),
        ] {
            if let Some((ratio, name)) = worst {
                let goal = format!("every program in {what} within {aim} times lua5.1");
                goals.push((goal, format!("{ratio:.2} ({name})"), ratio <= aim));
            }
        }
        let scripts = self.scripts.iter().map(|script| (median(&script.native) / median(&script.real), script.name));
        if let Some((ratio, name)) = scripts.min_by(|one, other| one.0.total_cmp(&other.0)) {
            let goal = "scripts in process at least as fast as redis at -P 100".to_string();
            goals.push((goal, format!("{ratio:.2} ({name})"), ratio >= 1.0));
        }
        goals
    }

    pub fn json(&self) -> Value {
        let programs = self.programs.iter().map(|program| {
            json!({
                "what": program.name, "unit": "ms",
                "lua5.1": program.reference, "native": program.native, "wasm": program.wasm,
            })
        });
        let scripts = self.scripts.iter().map(|script| {
            json!({
                "what": script.name, "unit": "calls/s", "native": script.native, "wasm": script.wasm,
                "server": script.ours, "redis": script.real,
            })
        });
        let goals = self
            .goals()
            .into_iter()
            .map(|(goal, reached, met)| json!({ "goal": goal, "reached": reached, "met": met }));
        json!({
            "programs": programs.collect::<Vec<_>>(), "scripts": scripts.collect::<Vec<_>>(), "goals": goals.collect::<Vec<_>>(),
        })
    }
}
