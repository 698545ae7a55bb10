//! Every example of the command reference on the real server, each on a server of its own. What a newer server
//! answered (`since=`) is played on our engine only, by a test of the crate `lessons`.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use lessons::play;
use lessons::reference::{Example, Group, Page};
use tests::terminal::Session;

/// Starting servers is mostly waiting.
const AT_ONCE: usize = 4;

fn examples() -> Vec<(String, Example)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lessons/reference");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let group = Group::parse(&std::fs::read_to_string(&path).unwrap());
        let group = group.unwrap_or_else(|problem| panic!("{name}: {problem}"));
        let examples = group.pages.iter().flat_map(Page::examples);
        found.extend(examples.map(|example| (name.clone(), example.clone())));
    }
    found
}

#[test]
fn the_real_server_prints_what_every_example_says() {
    let version = Session::start().unwrap().version().unwrap();
    let mut examples = examples();
    examples.retain(|(_, example)| example.since.is_none_or(|since| since <= version));
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((file, example)) = examples.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let mut session = Session::start().unwrap();
                    if let Err(failure) = play(&example.steps, |step| session.perform(step)) {
                        wrong.lock().unwrap().push(format!("{file}: {failure}"));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} examples differ\n\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(examples.len() > 250, "only {} examples", examples.len());
}
