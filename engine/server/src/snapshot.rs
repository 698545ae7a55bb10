//! Files as a whole: written beside themselves and renamed, so that a crash leaves the old one or the new one.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

/// Stores a snapshot as `name` in this folder.
///
/// # Errors
/// When it could not be stored; the old file is as it was.
pub fn store(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    replace(&folder.join(plain(name)?), bytes)
}

/// Replaces a file as a whole.
///
/// # Errors
/// When it could not be written; the old file is as it was.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = folder.join(format!("temp-{}-{name}", std::process::id()));
    let written = write_through(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written?;
    // The rename itself is only durable once the folder is; not every system can do that.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// Writes a file and waits until it is on the disk.
///
/// # Errors
/// When it could not be written.
pub fn write_through(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// The stored snapshot; `None` when there is no such file.
///
/// # Errors
/// When it is there and cannot be read.
pub fn load(folder: &Path, name: &str) -> io::Result<Option<Vec<u8>>> {
    match fs::read(folder.join(plain(name)?)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Clients can set the name, so it must not lead to another folder.
fn plain(name: &str) -> io::Result<&str> {
    let wrong = name.is_empty() || name.contains(['/', '\\', ':', '\0']) || name == "." || name == "..";
    if wrong { Err(io::Error::other(format!("`{name}` is not a file name"))) } else { Ok(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_is_loaded_and_nothing_else_is_left() {
        let folder = std::env::temp_dir().join(format!("server-snapshot-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("folder");
        assert_eq!(load(&folder, "dump.rdb").expect("readable"), None);
        for bytes in [b"one".as_slice(), b"another"] {
            store(&folder, "dump.rdb", bytes).expect("stored");
            assert_eq!(load(&folder, "dump.rdb").expect("readable").as_deref(), Some(bytes));
        }
        for name in ["../dump.rdb", "", "..", "a\\b"] {
            assert!(store(&folder, name, b"x").is_err() && load(&folder, name).is_err(), "{name}");
        }
        assert_eq!(fs::read_dir(&folder).expect("folder").count(), 1);
        fs::remove_dir_all(&folder).expect("removed");
        assert!(store(&folder, "dump.rdb", b"x").is_err());
    }
}
