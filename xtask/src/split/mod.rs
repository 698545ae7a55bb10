//! Splits a built page's wasm in two: what a visit begins with, and what is loaded after that.
//!
//! | module | what it is |
//! |---|---|
//! | [`graph`] | what functions and data refer to |
//! | [`plan`] | which of them are loaded later |
//! | [`layout`] | the two parts, written out |
//! | [`data`] | what memory begins with, in two parts |
//! | [`module`] | a wasm file, taken apart |
//! | [`watch`] | which functions a visit begins with |
//! | [`code`] | the functions that instructions name |
//! | [`bytes`] | the numbers of the format |
//!
//! Both parts work on one memory, one table of functions and one set of globals, all of which the first part has and the
//! later part imports, with the functions of the first part that it calls. In the other direction, each function of the
//! later part that the first one can call has a place in the table, and a *door*: a function of the same type that has
//! the later part loaded if it is not there yet, and goes on through the table. The later part writes its functions into
//! their places when it is instantiated.
//!
//! What always holds: the code means what it meant before, whichever functions are named as later ones; naming the wrong
//! ones only loads the later part too early. The worker's code knows nothing of its parts. The page may not wait in the
//! middle of its code, so what it enters the later part by says that it waits (`web::later`), and only that is listed.

mod bytes;
mod code;
mod data;
mod graph;
mod layout;
mod module;
mod plan;
pub mod watch;

use crate::Result;
use crate::stamp::Hash;
use crate::workspace::{self, say};
use graph::Graph;
use layout::{LOADER, Layout};
use module::Module;
pub use plan::Later;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// How the names of the files end: of the whole module and then of its first part, of the later part, of the script.
const FIRST_FILE: &str = "_bg.wasm";
const LATER_FILE: &str = "_later.wasm";
const SCRIPT_FILE: &str = ".js";
/// The place in a script of wasm-bindgen's where it lists what the module imports.
const IMPORTS: &str = ": import0,\n";

/// How the names of the modules that are split begin, and where the list of what comes later is, below `web/later`.
const LISTS: &[(&str, &str)] = &[("web", "page.txt"), ("worker", "worker.txt")];
/// Where the modules are that Trunk gave to wasm-bindgen, below the target folder.
const LINKED: &str = "wasm32-unknown-unknown/wasm-release";

/// A module in two parts.
pub struct Parts {
    pub first: Vec<u8>,
    pub later: Vec<u8>,
    /// How many functions stand in each, and how many doors lead from one to the other.
    pub functions: [usize; 2],
    pub doors: usize,
}

/// Splits the modules of a built page that have a list in `web/later`.
pub fn split_page(folder: &Path) -> Result<()> {
    for (begins, list) in LISTS {
        let list = workspace::root().join("web/later").join(list);
        let text = fs::read_to_string(&list).map_err(|error| format!("cannot read {}: {error}", list.display()))?;
        let linked = workspace::target()?.join(LINKED).join(format!("{begins}.wasm"));
        split_file(&found(folder, begins)?, &linked, &Later::read(&text))?;
    }
    Ok(())
}

/// The module whose file's name begins so; Trunk puts a hash behind it.
fn found(folder: &Path, begins: &str) -> Result<PathBuf> {
    let failed = |error| format!("cannot read {}: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        if name.starts_with(begins) && name.ends_with(FIRST_FILE) {
            return Ok(folder.join(name));
        }
    }
    Err(format!("{} has no {begins}{FIRST_FILE}", folder.display()))
}

fn split_file(file: &Path, linked: &Path, list: &Later) -> Result<()> {
    let began = Instant::now();
    let failed = |error| format!("cannot split {}: {error}", file.display());
    let beside = |ending: &str| PathBuf::from(file.to_string_lossy().replace(FIRST_FILE, ending));
    let (whole, linked) = (fs::read(file).map_err(failed)?, fs::read(linked).map_err(failed)?);
    let parts = split(&whole, &linked, list).map_err(|error| format!("{}: {error}", file.display()))?;
    let script = beside(SCRIPT_FILE);
    let text = fs::read_to_string(&script).map_err(failed)?;
    let text = with_loader(&text).ok_or_else(|| format!("{} has no place for the loader", script.display()))?;
    fs::write(script, text).map_err(failed)?;
    fs::write(file, &parts.first).map_err(failed)?;
    fs::write(beside(LATER_FILE), &parts.later).map_err(failed)?;
    let ([first, later], doors) = (parts.functions, parts.doors);
    say(&format!(
        "split {} in {}: {first} functions first, {later} later, {doors} doors",
        file.file_name().unwrap_or_default().display(),
        workspace::clock(began.elapsed())
    ));
    Ok(())
}

/// The script of wasm-bindgen's, giving its module the start-up script's loader too.
fn with_loader(script: &str) -> Option<String> {
    let (module, name) = LOADER;
    let entry = format!("{IMPORTS}        {module}: {{ {name}: () => globalThis.loadLater(wasm) }},\n");
    (script.matches(IMPORTS).count() == 1).then(|| script.replacen(IMPORTS, &entry, 1))
}

/// Splits a module. `linked` is what wasm-bindgen made it of, with the linker's notes.
pub fn split(file: &[u8], linked: &[u8], list: &Later) -> Result<Parts> {
    let module = Module::read(file).ok_or("the wasm file has something that is not known here")?;
    if module.names.is_empty() {
        return Err("the wasm file does not name its functions".into());
    }
    for path in list.idle(&module) {
        say(&format!("no function is named by {path}, which is to be loaded later"));
    }
    let linked = Module::read(linked).ok_or("the linked wasm file has something that is not known here")?;
    let graph = Graph::read(&module, &linked).ok_or("the linker's notes do not fit the wasm file")?;
    let plan = plan::plan(&module, &graph, list);
    let mut hash = Hash::default();
    hash.add(file);
    hash.add(&plan.functions.iter().chain(&plan.data).map(|later| u8::from(*later)).collect::<Vec<_>>());
    let layout = Layout::new(&module, hash.name(), &graph, &plan);
    let layout = layout.ok_or("the functions of the wasm file do not fit together")?;
    let refused = "a function that is loaded later is referred to in a way that is not known here";
    Ok(Parts {
        first: layout.first().ok_or(refused)?,
        later: layout.later().ok_or(refused)?,
        functions: [false, true]
            .map(|kind| plan.functions.iter().skip(module.imports.len()).filter(|later| **later == kind).count()),
        doors: layout.doors(),
    })
}

#[cfg(test)]
mod tests;
