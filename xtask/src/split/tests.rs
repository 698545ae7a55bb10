//! Splitting a module of a few functions, which the tests write themselves.

use super::bytes::{Reader, put_number, put_sized};
use super::module::{FUNCTION, MAGIC, Module};
use super::*;

/// A section of entries.
fn section(kind: u8, entries: &[&[u8]]) -> Vec<u8> {
    let mut body = Vec::new();
    put_number(&mut body, entries.len() as u32);
    entries.iter().for_each(|entry| body.extend_from_slice(entry));
    let mut out = vec![kind];
    put_sized(&mut out, &body);
    out
}

/// One import and four functions, `(i32) -> i32` but for the import: `start` calls the import, `often` and `rarely`;
/// `rarely` calls `helper`, `often` and the import; the table holds `often`, `rarely` and `often` again. `start` is
/// exported. Memory begins with 24 bytes that `start` reads and 16 that only `helper` reads. The linker's notes are there
/// too, so that this is the linked module as well.
fn example() -> Vec<u8> {
    let calls = |functions: &[u8]| {
        let mut body = vec![0, 0x20, 0];
        for function in functions {
            body.extend([0x10, *function]);
        }
        body.push(0x0b);
        let mut out = Vec::new();
        put_sized(&mut out, &body);
        out
    };
    let mut names = vec![4];
    names.extend(b"name");
    let list: Vec<u8> = [
        &[5][..],
        b"\x00\x01i",
        b"\x01\x0bapp::start1",
        b"\x02\x0aapp::often",
        b"\x03\x0bapp::rarely",
        b"\x04\x0bapp::helper",
    ]
    .concat();
    names.push(1);
    put_sized(&mut names, &list);
    let mut custom = vec![0];
    put_sized(&mut custom, &names);
    let mut other = |name: &str, body: &[u8]| {
        let mut section = Vec::new();
        put_sized(&mut section, name.as_bytes());
        section.extend_from_slice(body);
        custom.push(0);
        put_sized(&mut custom, &section);
    };
    // Two pieces of data as symbols: name, segment, offset, size.
    let symbols = [2, 1, 0, 1, b'a', 0, 0, 24, 1, 0, 1, b'b', 0, 24, 16];
    let mut linking = vec![2, 8];
    put_sized(&mut linking, &symbols);
    other("linking", &linking);
    // The addresses are taken in the first byte of `start` and of `helper`.
    other("reloc.CODE", &[10, 2, 4, 2, 0, 0, 4, 29, 1, 0]);
    other("reloc.DATA", &[11, 0]);
    let data: Vec<u8> = [&[0, 0x41, 16, 0x0b, 40][..], &[b'a'; 24], &[b'b'; 16]].concat();
    [
        MAGIC,
        &section(1, &[&[0x60, 1, 0x7f, 1, 0x7f]]),
        &section(2, &[&[1, b'e', 1, b'i', 0, 0]]),
        &section(3, &[&[0u8] as &[u8]; 4]),
        &section(4, &[&[0x70, 1, 4, 4]]),
        &section(5, &[&[0, 2]]),
        &section(6, &[&[0x7f, 1, 0x41, 7, 0x0b]]),
        &section(7, &[&[5, b's', b't', b'a', b'r', b't', 0, 1], &[1, b'm', 2, 0]]),
        &section(9, &[&[0, 0x41, 1, 0x0b, 3, 2, 3, 2]]),
        &section(10, &[&calls(&[0, 2, 3]), &calls(&[]), &calls(&[4, 2, 0]), &calls(&[])]),
        &section(11, &[&data]),
        &custom,
    ]
    .concat()
}

fn of_example(list: &str) -> Result<Parts> {
    split(&example(), &example(), &Later::read(list))
}

/// The functions that each function of a part calls.
fn calls(module: &Module<'_>) -> Vec<Vec<u32>> {
    module.code.iter().map(|body| code::mentioned(body).expect("known instructions")).collect()
}

#[test]
fn what_is_named_and_what_only_it_calls_goes_to_the_later_part() {
    let parts = of_example("app::rarely\n").expect("parts");
    assert_eq!((parts.functions, parts.doors), ([2, 2], 1));
    let first = Module::read(&parts.first).expect("the first part");
    // The import and the loader; then `start`, `often`, what loads the later part if need be, the door of `rarely`.
    let imports: Vec<_> = first.imports.iter().map(|import| (import.module, import.name)).collect();
    assert_eq!(imports, [("e", "i"), LOADER]);
    assert_eq!(calls(&first), [vec![0, 3, 5], vec![], vec![1], vec![4]]);
    assert_eq!(first.elements, [(1, vec![3, 5, 3])]);
    assert_eq!(first.tables.iter().map(|table| (table.least, table.most)).collect::<Vec<_>>(), [(4, Some(4))]);
    let export = first.exports.iter().find(|export| export.name == "start").expect("the export");
    assert_eq!((export.kind, export.index), (FUNCTION, 2));
    assert_eq!(first.data, [&[1, 0, 0x41, 16, 0x0b, 24][..], &[b'a'; 24]].concat());
    // The door goes on through the second place of the table.
    assert_eq!(first.code.last(), Some(&&[0, 0x10, 4, 0x20, 0, 0x41, 2, 0x11, 0, 0, 0x0b][..]));
}

#[test]
fn a_called_function_that_is_in_no_table_gets_a_place() {
    let parts = of_example("app::rarely\napp::often\n").expect("parts");
    assert_eq!((parts.functions, parts.doors), ([1, 3], 2));
    let whole = of_example("app::helper\n").expect("parts");
    let first = Module::read(&whole.first).expect("the first part");
    assert_eq!(first.tables.iter().map(|table| (table.least, table.most)).collect::<Vec<_>>(), [(5, Some(5))]);
    assert_eq!(first.code.last(), Some(&&[0, 0x10, 5, 0x20, 0, 0x41, 4, 0x11, 0, 0, 0x0b][..]));
}

#[test]
fn the_later_part_brings_its_functions_to_their_places() {
    let parts = of_example("app::rarely\n").expect("parts");
    // Its imports are more than functions, which a whole module's are not.
    let mut reader = Reader::new(parts.later.strip_prefix(MAGIC).expect("a module"));
    let mut sections = Vec::new();
    while !reader.rest.is_empty() {
        sections.push((reader.byte().expect("a kind"), reader.sized().expect("a section")));
    }
    let body = |kind: u8| sections.iter().find(|(other, _)| *other == kind).expect("the section").1;
    let mut imports = Reader::new(body(2));
    let count = imports.number();
    assert_eq!(count, Some(6), "memory, table, two globals, two functions");
    // Two imports of functions, then `rarely`, `helper` and what says that they are there.
    assert_eq!(body(8), [4]);
    assert_eq!(body(9), [1, 0, 0x41, 2, 0x0b, 1, 2]);
    let code = Reader::new(body(10)).list(Reader::sized).expect("code");
    assert_eq!(
        code,
        [&[0, 0x20, 0, 0x10, 3, 0x10, 1, 0x10, 0, 0x0b][..], &[0, 0x20, 0, 0x0b], &[0, 0x41, 1, 0x24, 1, 0x0b]]
    );
    assert_eq!(body(11), [&[1, 0, 0x41, 40, 0x0b, 16][..], &[b'b'; 16]].concat());
}

#[test]
fn what_cannot_be_split_is_refused() {
    let list = Later::read("app::rarely");
    assert!(split(b"<html>", &example(), &list).is_err());
    assert!(split(&example(), b"<html>", &list).is_err());
    let without = |name: &[u8]| -> Vec<u8> {
        let whole = example();
        let at = whole.windows(name.len()).position(|window| window == name).expect("the section's name");
        [whole.get(..at).expect("a prefix"), b"?", whole.get(at + 1..).expect("the rest")].concat()
    };
    for name in ["name", "linking", "reloc.CODE", "reloc.DATA"] {
        let broken = without(&[&[name.len() as u8], name.as_bytes()].concat()[1..]);
        assert!(split(&broken, &broken, &list).is_err(), "{name}");
    }
}

#[test]
fn the_script_of_the_module_gets_the_loader() {
    let script = "    return {\n        \"./worker_bg.js\": import0,\n    };\n";
    let with = with_loader(script).expect("a place");
    assert!(with.contains(": import0,\n        later: { load: () => globalThis.loadLater(wasm) },\n    };"), "{with}");
    assert_eq!(with_loader("return {};"), None);
}
