//! The last touch on a built page: a version over all its files, and the list of them for the service worker,
//! which serves the page without a network.
//!
//! The files move into a folder that is named by the version, so that a page of another build, loaded before the host
//! was given this one, finds nothing instead of something that does not fit. What has to be found under the same name in
//! each build has the version inside.

use crate::Result;
use std::fs;
use std::path::Path;

const SERVICE_WORKER: &str = "service-worker.js";
const INDEX: &str = "index.html";
/// What the sources hold where the build writes the version and the files.
const VERSION_BEFORE: &str = "const VERSION = \"unstamped\";";
const FILES_BEFORE: &str = "const FILES = [];";
const SCRIPT_BEFORE: &str = "<script type=\"module\"";
const BOOT: &str = "boot.js";
const MANIFEST: &str = "manifest.webmanifest";
/// How the addresses of pictures end.
const ICON: &str = ".png";

/// Writes the version into the page and its scripts, moves the other files into the version's folder, and writes all
/// names into the service worker.
pub fn stamp(folder: &Path) -> Result<()> {
    let mut names = Vec::new();
    collect(folder, "", &mut names)?;
    names.sort();
    let version = version(folder, &names)?;
    for name in &mut names {
        if !stays(name) {
            let to = format!("{version}/{name}");
            rename(folder, name, &to)?;
            *name = to;
        }
    }
    let moved: Vec<&str> = names.iter().filter_map(|name| name.strip_prefix(&version)).collect();
    edit(&folder.join(INDEX), |text| stamped_page(text, &version, &moved))?;
    edit(&folder.join(MANIFEST), |text| named(text, ICON, &version))?;
    edit(&folder.join(BOOT), |text| versioned(text, &version))?;
    edit(&folder.join(SERVICE_WORKER), |text| stamped_worker(text, &version, &names))
}

/// Whether a file has the same name in each build. Whoever puts the site up, or on a home screen, knows it by that.
fn stays(name: &str) -> bool {
    [INDEX, SERVICE_WORKER, BOOT, MANIFEST].contains(&name) || name.ends_with(ICON)
}

fn rename(folder: &Path, name: &str, to: &str) -> Result<()> {
    let (from, to) = (folder.join(name), folder.join(to));
    let moved = to.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::rename(&from, &to));
    moved.map_err(|error| format!("cannot move {} to {}: {error}", from.display(), to.display()))?;
    // A folder whose last file has gone goes too.
    if let Some(left) = from.parent().filter(|left| *left != folder) {
        let _ = fs::remove_dir(left);
    }
    Ok(())
}

/// The page asks for the moved files where they are, and its script learns its version. The addresses of files that stay
/// name the version too: no cache can hand them out beside a page of another build.
fn stamped_page(text: &str, version: &str, moved: &[&str]) -> Option<String> {
    let with_version = format!("{SCRIPT_BEFORE} data-version=\"{version}\"");
    let text = text.contains(SCRIPT_BEFORE).then(|| text.replacen(SCRIPT_BEFORE, &with_version, 1))?;
    let text = moved.iter().fold(text, |text, file| text.replace(&format!("{file}\""), &format!("/{version}{file}\"")));
    [BOOT, MANIFEST, ICON].iter().try_fold(text, |text, file| named(&text, file, version))
}

/// The text with the version in every address that ends so; none if there is no such address.
fn named(text: &str, ending: &str, version: &str) -> Option<String> {
    let (before, after) = (format!("{ending}\""), format!("{ending}?v={version}\""));
    text.contains(&before).then(|| text.replace(&before, &after))
}

/// A script with its version.
fn versioned(text: &str, version: &str) -> Option<String> {
    text.contains(VERSION_BEFORE).then(|| text.replacen(VERSION_BEFORE, &format!("const VERSION = \"{version}\";"), 1))
}

/// The page itself is asked for by its folder; the service worker is not among what it keeps.
fn stamped_worker(text: &str, version: &str, names: &[String]) -> Option<String> {
    let files = names.iter().filter(|name| *name != SERVICE_WORKER);
    let files: String =
        files.map(|name| format!("  \"{}\",\n", if name == INDEX { "./" } else { name.as_str() })).collect();
    let text =
        text.contains(FILES_BEFORE).then(|| text.replacen(FILES_BEFORE, &format!("const FILES = [\n{files}];"), 1))?;
    versioned(&text, version)
}

fn edit(path: &Path, change: impl Fn(&str) -> Option<String>) -> Result<()> {
    let failed = |error| format!("cannot finish {}: {error}", path.display());
    let text = fs::read_to_string(path).map_err(failed)?;
    let text = change(&text).ok_or_else(|| format!("{} has no place for the build's version", path.display()))?;
    fs::write(path, text).map_err(failed)
}

/// The names of all files, below `folder`, with slashes between folders.
fn collect(folder: &Path, prefix: &str, names: &mut Vec<String>) -> Result<()> {
    let failed = |error| format!("cannot read {}: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name =
            entry.file_name().into_string().map_err(|name| format!("{} is no file name for a page", name.display()))?;
        if name.starts_with('.') {
            continue;
        }
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{prefix}{name}/"), names)?;
        } else {
            names.push(format!("{prefix}{name}"));
        }
    }
    Ok(())
}

/// A name for exactly these files (FNV-1a over names and contents).
fn version(folder: &Path, names: &[String]) -> Result<String> {
    let mut hash = Hash::default();
    for name in names {
        let path = folder.join(name);
        hash.add(name.as_bytes());
        hash.add(&fs::read(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?);
    }
    Ok(hash.name())
}

/// A name for what was added, in that order.
pub struct Hash(u64);

impl Default for Hash {
    fn default() -> Hash {
        Hash(0xcbf2_9ce4_8422_2325)
    }
}

impl Hash {
    pub fn add(&mut self, bytes: &[u8]) {
        for byte in (bytes.len() as u64).to_le_bytes().iter().chain(bytes) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    pub fn name(&self) -> String {
        format!("{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    #[test]
    fn a_page_is_stamped_with_a_version_of_its_own() {
        let folder = std::env::temp_dir().join(format!("xtask-stamp-{}", std::process::id()));
        let source = |name| fs::read_to_string(workspace::root().join("web/static").join(name)).expect("source");
        let (worker, boot) = (source(SERVICE_WORKER), source(BOOT));
        let build = |text: &str| {
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir_all(folder.join("deep")).expect("folder");
            let page = "<link href=\"manifest.webmanifest\"><link href=\"i.png\"><link href=\"/below/a.css\">\
                        <script type=\"module\" src=\"/below/boot.js\" data-wasm=\"/below/x_bg.wasm\"></script>";
            let manifest = "{\"src\": \"i.png\"}";
            let files = [
                (INDEX, page),
                (MANIFEST, manifest),
                (BOOT, &boot),
                (SERVICE_WORKER, &worker),
                ("a.css", ""),
                ("i.png", ""),
                ("x_bg.wasm", ""),
                ("deep/a.md", text),
                (".hidden", "h"),
            ];
            for (name, text) in files {
                fs::write(folder.join(name), text).expect("file");
            }
            stamp(&folder).expect("stamped");
            let read = |name| fs::read_to_string(folder.join(name)).expect("file");
            (read(INDEX), read(SERVICE_WORKER))
        };
        let (page, stamped) = build("1");
        let version = page.split("data-version=\"").nth(1).and_then(|rest| rest.split('"').next());
        let version = version.expect("a version").to_string();
        assert_eq!(version.len(), 16);
        let tag = format!(
            "<script type=\"module\" data-version=\"{version}\" src=\"/below/boot.js?v={version}\" \
             data-wasm=\"/below/{version}/x_bg.wasm\">"
        );
        assert!(page.contains(&tag), "{page}");
        let links = format!(
            "<link href=\"manifest.webmanifest?v={version}\"><link href=\"i.png?v={version}\">\
             <link href=\"/below/{version}/a.css\">"
        );
        assert!(page.contains(&links), "{page}");
        let read = |name: &str| fs::read_to_string(folder.join(name)).expect("file");
        assert_eq!(read(MANIFEST), format!("{{\"src\": \"i.png?v={version}\"}}"));
        assert_eq!(read(&format!("{version}/deep/a.md")), "1");
        assert!(!folder.join("deep").exists());
        let constant = format!("const VERSION = \"{version}\";\n");
        assert!(read(BOOT).contains(&constant) && stamped.contains(&constant), "{stamped}");
        let files = ["a.css", "boot.js", "deep/a.md", "i.png", "./", "manifest.webmanifest", "x_bg.wasm"];
        let listed = files.map(|name| match name {
            "a.css" | "deep/a.md" | "x_bg.wasm" => format!("  \"{version}/{name}\",\n"),
            name => format!("  \"{name}\",\n"),
        });
        assert!(stamped.contains(&format!("const FILES = [\n{}];\n", listed.concat())), "{stamped}");
        assert_eq!(build("1").0, page);
        assert_ne!(build("2").0, page);
        assert!(stamp(&folder).is_err(), "a page is stamped once");
        fs::remove_dir_all(&folder).expect("removed");
    }
}
