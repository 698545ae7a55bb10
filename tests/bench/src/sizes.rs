//! How large the page's files are, raw and as a host would send them.

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// One file.
pub struct Size {
    pub name: String,
    pub raw: usize,
    pub gzip: usize,
    pub brotli: usize,
}

impl Size {
    pub fn json(&self) -> Value {
        json!({ "file": self.name, "raw": self.raw, "gzip": self.gzip, "brotli": self.brotli })
    }
}

/// The page's WebAssembly, scripts, styles and markup, largest first.
pub fn measure(folder: &Path) -> Result<Vec<Size>, String> {
    let failed = |error: io::Error| format!("{}: {error}", folder.display());
    let mut sizes = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        // Most files are in a folder that is named by the build's version.
        if path.is_dir() {
            sizes.extend(measure(&path)?);
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if [".wasm", ".js", ".css", ".html"].iter().any(|ending| name.ends_with(ending)) {
            let bytes = fs::read(&path).map_err(failed)?;
            let (gzip, brotli) = (gzip(&bytes).map_err(failed)?, brotli(&bytes).map_err(failed)?);
            sizes.push(Size { name, raw: bytes.len(), gzip, brotli });
        }
    }
    sizes.sort_by_key(|size| std::cmp::Reverse(size.raw));
    Ok(sizes)
}

/// What a visit to one of the page's routes sends, in bytes of brotli.
pub struct Route {
    pub name: &'static str,
    /// Until it can be used.
    pub first: usize,
    /// After that, in the background or when it is asked for.
    pub later: usize,
}

impl Route {
    pub fn json(&self) -> Value {
        json!({ "route": self.name, "first": self.first, "later": self.later })
    }
}

/// Every route begins with the page and the first part of the engine; the rest of the engine comes in the background.
/// The page of a command loads its text besides, and a map its outline.
pub fn routes(sizes: &[Size]) -> Vec<Route> {
    let sum = |of: &dyn Fn(&str) -> bool| sizes.iter().filter(|size| of(&size.name)).map(|size| size.brotli).sum();
    let later = |name: &str| ["_later.wasm", "service-worker.js", "world.txt"].iter().any(|end| name.ends_with(end));
    vec![Route { name: "every route", first: sum(&|name| !later(name)), later: sum(&later) }]
}

fn gzip(bytes: &[u8]) -> io::Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

/// How many bytes a host sends for these.
pub fn brotli(bytes: &[u8]) -> io::Result<usize> {
    let mut packed = Vec::new();
    let best = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 24, ..Default::default() };
    brotli::BrotliCompress(&mut &*bytes, &mut packed, &best)?;
    Ok(packed.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_begin_with_the_first_part() {
        let size = |name: &str, brotli| Size { name: name.into(), raw: 0, gzip: 0, brotli };
        let sizes = [
            size("web-1_bg.wasm", 1),
            size("worker_bg.wasm", 10),
            size("worker_later.wasm", 100),
            size("service-worker.js", 1_000),
        ];
        let sums: Vec<_> = routes(&sizes).iter().map(|route| (route.first, route.later)).collect();
        assert_eq!(sums, [(11, 1_100)]);
    }

    #[test]
    fn packs_better_with_brotli_than_with_gzip() {
        let text: String = (0..2_000).map(|number| format!("line {number} of a text, ")).collect();
        let (gzip, brotli) = (gzip(text.as_bytes()).expect("memory"), brotli(text.as_bytes()).expect("memory"));
        assert!(0 < brotli && brotli < gzip && gzip < text.len(), "{brotli} {gzip} {}", text.len());
    }
}
