//! The examples of the command reference: each runs on an empty engine that takes the place of the one before.
//!
//! Only where the page said at the start that examples are all this worker is for: nobody's data are ever replaced.

use engine::Engine;
use lessons::transcript;

use super::clock::Clock;
use super::host::Host;
use super::terminal::Terminal;
use crate::printed::Style;
use crate::protocol::{Awaiting, ClientNumber};

impl Host {
    pub(super) fn run_example(&mut self, client: ClientNumber, example: u32, text: &str, real_ms: f64) {
        if !self.examples {
            return self.problem("Examples run in a store of their own.".to_owned());
        }
        let steps = match transcript::parse(text, 1) {
            Ok(steps) => steps,
            Err(problem) => return self.problem(format!("The example makes no sense: {problem}")),
        };
        if !self.terminals.contains_key(&client) {
            return self.unknown(client);
        }
        if let Err(why) = self.start_over(real_ms) {
            return self.problem(why);
        }
        if let Some(terminal) = self.terminals.get_mut(&client) {
            terminal.print(Style::Notice, "A new, empty store.\n");
            terminal.enqueue_block(example, &steps);
        }
    }

    /// An empty engine instead of this one, at the real time. The terminals go on with it as new clients.
    fn start_over(&mut self, real_ms: f64) -> Result<(), String> {
        let numbers: Vec<ClientNumber> = self.terminals.keys().copied().collect();
        for number in &numbers {
            if let Some(terminal) = self.terminals.get_mut(number)
                && (terminal.waiting() > 0 || terminal.awaiting() != Awaiting::Nothing)
            {
                terminal.interrupt();
            }
            self.flush(*number);
        }
        self.clock = Clock::new(real_ms);
        let now = self.clock.now(real_ms);
        self.engine = Engine::new(self.options.clone(), now).map_err(|error| error.to_string())?;
        self.fillings.clear();
        self.side_clients.clear();
        self.owners.clear();
        for number in numbers {
            let id = self.open(number, now);
            self.terminals.insert(number, Terminal::new(number, id, true));
        }
        self.data_replaced();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{FromPanel, FromWorker, Start, StepOutcome, ToPanel, ToWorker, VERSION};

    const REAL_MS: f64 = 1_700_000_000_000.0;
    const READER: ClientNumber = 1;

    fn host(examples: bool) -> Host {
        let start = Start { version: VERSION, workspace: None, seed: 1, lesson: None, examples };
        let mut host = Host::new(&start, REAL_MS, || 0.0).unwrap();
        say(&mut host, ToWorker::Connect { client: READER, name: String::new(), resp3: false });
        host
    }

    fn say(host: &mut Host, message: impl Into<ToWorker>) -> Vec<FromWorker> {
        host.handle(message.into(), REAL_MS);
        while host.work(REAL_MS, 1.0) {}
        host.take_outbox()
    }

    /// What each step of the example came to.
    fn run(host: &mut Host, transcript: &str) -> Vec<(u32, StepOutcome)> {
        let message = FromPanel::RunExample { client: READER, example: 3, transcript: transcript.to_owned() };
        let heard = say(host, message).into_iter();
        heard
            .filter_map(|message| match message {
                FromWorker::Panel(ToPanel::Stepped(report)) => Some((report.step, report.outcome)),
                _ => None,
            })
            .collect()
    }

    const AGREES: StepOutcome = StepOutcome::Agrees;

    #[test]
    fn every_run_starts_on_an_empty_store() {
        let mut host = host(true);
        let example = "> INCR visits\n(integer) 1\n> SELECT 3\nOK\n@ +1h\n> CONFIG SET maxmemory 1mb\nOK\n";
        let agrees: Vec<_> = (0..4).map(|step| (step, AGREES)).collect();
        assert_eq!(run(&mut host, example), agrees);
        assert_eq!(run(&mut host, example), agrees);
        assert_eq!(run(&mut host, "> CONFIG GET maxmemory\n1) \"maxmemory\"\n2) \"0\"\n"), [(0, AGREES)]);
    }

    #[test]
    fn an_example_that_waits_gives_way_to_the_next() {
        let mut host = host(true);
        assert_eq!(run(&mut host, "> BLPOP q 0\n> PING\nPONG\n"), []);
        let next = run(&mut host, "ann> SUBSCRIBE c\n...\n> PUBLISH c m\n(integer) 1\nann<\n...\n");
        // First come the two that will never end.
        let skipped = [(0, StepOutcome::Skipped), (1, StepOutcome::Skipped)];
        assert_eq!(next, [&skipped[..], &[(0, AGREES), (1, AGREES), (2, AGREES)]].concat());
    }

    /// As the page runs and prints them; on the engine alone a test of the crate `lessons` proves them.
    #[test]
    fn every_example_of_the_reference_agrees_on_the_page() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../lessons/reference");
        let mut host = host(true);
        let (mut examples, mut wrong) = (0, Vec::new());
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let group = lessons::reference::Group::parse(&std::fs::read_to_string(&path).unwrap()).unwrap();
            for example in group.pages.iter().flat_map(|page| page.examples()) {
                examples += 1;
                let outcomes: Vec<StepOutcome> = run(&mut host, &example.text).into_iter().map(|(_, it)| it).collect();
                if outcomes != vec![AGREES; example.steps.len()] {
                    wrong.push(format!("{}: {}{outcomes:?}", path.display(), example.text));
                }
            }
        }
        assert!(wrong.is_empty(), "{} examples differ\n{}", wrong.len(), wrong.join("\n\n"));
        assert!(examples > 250, "only {examples} examples");
    }

    #[test]
    fn nothing_else_is_replaced() {
        let mut host = host(false);
        say(&mut host, ToWorker::Lines { client: READER, lines: "SET k v".to_owned() });
        assert_eq!(run(&mut host, "> FLUSHALL\nOK\n"), []);
        assert_eq!(host.keys(), 1);
    }
}
