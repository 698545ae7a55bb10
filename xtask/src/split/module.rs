//! A wasm module, taken apart as far as splitting needs it.

use super::bytes::Reader;
use std::ops::Range;

pub const MAGIC: &[u8] = b"\0asm\x01\0\0\0";

pub const FUNCTION: u8 = 0;
pub const TABLE: u8 = 1;
pub const MEMORY: u8 = 2;
pub const GLOBAL: u8 = 3;

/// What is not described further is kept as the bytes it was read from.
#[derive(Default)]
pub struct Module<'a> {
    /// Whole entries of the section of types.
    pub types: Vec<&'a [u8]>,
    pub imports: Vec<Import<'a>>,
    /// The type of each function that is defined here.
    pub function_types: Vec<u32>,
    pub tables: Vec<Table<'a>>,
    /// Whole entries.
    pub memories: Vec<&'a [u8]>,
    pub globals: Vec<Global<'a>>,
    pub exports: Vec<Export<'a>>,
    /// What the first table holds from which place on.
    pub elements: Vec<(i32, Vec<u32>)>,
    /// The body of each function that is defined here.
    pub code: Vec<&'a [u8]>,
    /// The section of data.
    pub data: &'a [u8],
    /// The names of functions, where the file has them.
    pub names: Vec<(u32, &'a str)>,
    /// Other sections, by name.
    custom: Vec<(&'a str, &'a [u8])>,
    /// The section of code.
    code_section: &'a [u8],
}

/// A stretch of the data that memory begins with.
pub struct Segment<'a> {
    pub address: u32,
    pub bytes: &'a [u8],
    /// Where the bytes begin in the section of data.
    pub place: u32,
}

pub struct Import<'a> {
    pub bytes: &'a [u8],
    pub module: &'a str,
    pub name: &'a str,
    pub function_type: u32,
}

pub struct Table<'a> {
    pub holds: &'a [u8],
    pub least: u32,
    pub most: Option<u32>,
}

pub struct Global<'a> {
    /// The type of its value, and whether that changes.
    pub kind: &'a [u8],
    pub start: &'a [u8],
}

pub struct Export<'a> {
    pub name: &'a str,
    pub kind: u8,
    pub index: u32,
}

impl<'a> Module<'a> {
    /// `None` when the file is no module, or has what splitting knows nothing about.
    pub fn read(file: &'a [u8]) -> Option<Module<'a>> {
        let mut module = Module::default();
        let mut reader = Reader::new(file.strip_prefix(MAGIC)?);
        while !reader.rest.is_empty() {
            let kind = reader.byte()?;
            let mut section = Reader::new(reader.sized()?);
            let section = &mut section;
            match kind {
                0 => match section.text()? {
                    "name" => module.names = names(section)?,
                    name => module.custom.push((name, std::mem::take(&mut section.rest))),
                },
                1 => module.types = section.list(|reader| reader.spanned(skip_type))?,
                2 => module.imports = section.list(import)?,
                3 => module.function_types = section.list(Reader::number)?,
                4 => module.tables = section.list(table)?,
                5 => module.memories = section.list(|reader| reader.spanned(|reader| limits(reader).map(drop)))?,
                6 => module.globals = section.list(global)?,
                7 => module.exports = section.list(export)?,
                9 => module.elements = section.list(elements)?,
                // How many pieces of data there are, for code that copies them, which is refused elsewhere.
                12 => drop(section.number()?),
                10 => {
                    module.code_section = section.rest;
                    module.code = section.list(Reader::sized)?;
                }
                11 => module.data = std::mem::take(&mut section.rest),
                _ => return None,
            }
            if !section.rest.is_empty() {
                return None;
            }
        }
        (module.function_types.len() == module.code.len()).then_some(module)
    }

    /// The number of functions that come from outside; those defined here are numbered after them.
    pub fn imported(&self) -> u32 {
        self.imports.len() as u32
    }

    /// The type of any function.
    pub fn type_of(&self, function: u32) -> Option<u32> {
        match function.checked_sub(self.imported()) {
            Some(defined) => self.function_types.get(defined as usize).copied(),
            None => self.imports.get(function as usize).map(|import| import.function_type),
        }
    }

    /// A section that has no meaning of its own.
    pub fn custom(&self, name: &str) -> Option<&'a [u8]> {
        self.custom.iter().find(|(other, _)| *other == name).map(|(_, bytes)| *bytes)
    }

    /// Where the functions' bodies stand in the section of code.
    pub fn bodies(&self) -> Option<Vec<Range<u32>>> {
        let mut reader = Reader::new(self.code_section);
        let total = self.code_section.len();
        reader.list(|reader| {
            let length = reader.sized()?.len();
            let end = total - reader.rest.len();
            Some((end - length) as u32..end as u32)
        })
    }

    /// What memory begins with. `None` when it is put there otherwise than at once and at a constant address.
    pub fn segments(&self) -> Option<Vec<Segment<'a>>> {
        let mut reader = Reader::new(self.data);
        let total = self.data.len();
        reader.list(|reader| {
            (reader.bytes(2)? == [0, 0x41]).then_some(())?;
            let address = u32::try_from(reader.signed()?).ok()?;
            (reader.byte()? == 0x0b).then_some(())?;
            let bytes = reader.sized()?;
            Some(Segment { address, bytes, place: (total - reader.rest.len() - bytes.len()) as u32 })
        })
    }

    /// How many parameters a function of this type takes.
    pub fn parameters(&self, of: u32) -> Option<u32> {
        let mut reader = Reader::new(self.types.get(of as usize)?);
        reader.byte()?;
        reader.number()
    }
}

fn skip_type(reader: &mut Reader<'_>) -> Option<()> {
    if reader.byte()? != 0x60 {
        return None;
    }
    reader.list(Reader::byte)?;
    reader.list(Reader::byte).map(drop)
}

fn import<'a>(reader: &mut Reader<'a>) -> Option<Import<'a>> {
    let (mut module, mut name, mut function_type) = ("", "", 0);
    let bytes = reader.spanned(|reader| {
        (module, name) = (reader.text()?, reader.text()?);
        let kind = reader.byte()?;
        function_type = reader.number()?;
        (kind == FUNCTION).then_some(())
    })?;
    Some(Import { bytes, module, name, function_type })
}

fn limits(reader: &mut Reader<'_>) -> Option<(u32, Option<u32>)> {
    match reader.byte()? {
        0 => Some((reader.number()?, None)),
        1 => Some((reader.number()?, Some(reader.number()?))),
        _ => None,
    }
}

fn table<'a>(reader: &mut Reader<'a>) -> Option<Table<'a>> {
    let holds = reader.bytes(1)?;
    let (least, most) = limits(reader)?;
    Some(Table { holds, least, most })
}

/// Its first value is a constant; other expressions are not looked into.
fn global<'a>(reader: &mut Reader<'a>) -> Option<Global<'a>> {
    let kind = reader.bytes(2)?;
    let start = reader.spanned(|reader| {
        match reader.byte()? {
            0x41 | 0x42 => reader.skip_number()?,
            _ => return None,
        }
        (reader.byte()? == 0x0b).then_some(())
    })?;
    Some(Global { kind, start })
}

fn export<'a>(reader: &mut Reader<'a>) -> Option<Export<'a>> {
    Some(Export { name: reader.text()?, kind: reader.byte()?, index: reader.number()? })
}

/// A piece of the first table, at a place that is a constant.
fn elements(reader: &mut Reader<'_>) -> Option<(i32, Vec<u32>)> {
    if reader.bytes(2)? != [0, 0x41] {
        return None;
    }
    let at = reader.signed()?;
    (reader.byte()? == 0x0b).then_some(())?;
    Some((at, reader.list(Reader::number)?))
}

fn names<'a>(section: &mut Reader<'a>) -> Option<Vec<(u32, &'a str)>> {
    let mut found = Vec::new();
    while !section.rest.is_empty() {
        let kind = section.byte()?;
        let mut part = Reader::new(section.sized()?);
        if kind == 1 {
            found = part.list(|reader| Some((reader.number()?, reader.text()?)))?;
        }
    }
    Some(found)
}
