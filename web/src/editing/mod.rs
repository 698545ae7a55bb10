//! Values as tables, and the commands that change them: plain data that the page draws and sends.
//!
//! Knows nothing of drawing or sending. What always holds: a command names keys and elements by their exact bytes,
//! never by what is shown of them; an element of which not all bytes are here offers nothing that needs them.

mod hash;
mod key;
mod list;
mod set;
mod sorted;
mod stream;
mod string;
#[cfg(test)]
mod tests;

pub use key::{expire, remove, rename};
pub use sorted::add_place;
pub use string::{edit_text, hex_view, hyperloglog_actions, set_any_bit, set_bit};

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::protocol::{Element, ValueContent, ValueLook, ValuePage};
use crate::visible::{self, Draft};

/// How much of an element is shown in a table.
const CELL_CHARACTERS: usize = 1000;
/// How much of an element stands in the name of a button.
const NAME_CHARACTERS: usize = 40;

/// A value as tables, with what can be done to it as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    pub tables: Vec<Table>,
    pub actions: Vec<Action>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub caption: &'static str,
    pub headers: Vec<&'static str>,
    pub rows: Vec<Row>,
    /// What is said in place of no rows.
    pub empty: &'static str,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub cells: Vec<Cell>,
    pub actions: Vec<Action>,
}

impl Row {
    /// Two rows with equal numbers look the same and do the same.
    pub fn identity(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for cell in &self.cells {
            match cell {
                Cell::Text(text) | Cell::Number(text) => text.hash(&mut hasher),
                Cell::Until(at) => at.map(f64::to_bits).hash(&mut hasher),
                Cell::Since(at) => at.to_bits().hash(&mut hasher),
            }
        }
        for action in &self.actions {
            action.name.hash(&mut hasher);
            match &action.act {
                Act::Run(command) => command.words.hash(&mut hasher),
                Act::Open(form) => {
                    form.words.hash(&mut hasher);
                    form.inputs.iter().for_each(|input| input.draft.text.hash(&mut hasher));
                }
                Act::Look(_) => {}
            }
        }
        hasher.finish()
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Text(String),
    /// An index, a rank, a count.
    Number(String),
    /// What is left until then, if it ends at all.
    Until(Option<f64>),
    /// How long ago it was.
    Since(f64),
}

/// A button.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    pub label: &'static str,
    /// What a screen reader calls it; begins with the label.
    pub name: String,
    pub act: Act,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    Run(Command),
    Open(Form),
    Look(ValueLook),
}

/// A command and what to say when it has run.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    pub words: Vec<Vec<u8>>,
    pub said: String,
}

/// What a person fills in to make a command.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    pub title: String,
    /// What the button says.
    pub button: &'static str,
    pub inputs: Vec<Input>,
    pub words: Vec<Word>,
    pub said: String,
    pub note: &'static str,
    /// Where the value of the last input comes from, so that it can be seen when it changes meanwhile.
    pub source: Option<Source>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Input {
    pub label: &'static str,
    pub draft: Draft,
    pub kind: Kind,
}

/// What a person may enter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Any bytes, also of several lines.
    #[default]
    Bytes,
    /// A long text.
    Text,
    /// A line without escapes.
    Line,
    /// A whole number above 0.
    Positive,
    /// Bytes as pairs of hexadecimal digits.
    Hex,
}

/// A part of the command.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Word {
    Fixed(Vec<u8>),
    /// What was entered in this input.
    Input(usize),
    /// What was entered there, as several words with redis-cli's quoting.
    Several(usize),
}

/// Where an edited value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    String,
    Field(Vec<u8>),
    Index(u32),
    Score(Vec<u8>),
    /// So many bytes of a string from an offset on.
    Bytes(usize, usize),
}

impl Source {
    /// What a draft stands for, as [`Source::now`] tells it.
    pub fn as_stored(&self, draft: &Draft) -> Vec<u8> {
        match self {
            Source::Bytes(..) => string::from_hex(&draft.text).unwrap_or_default(),
            _ => draft.bytes(),
        }
    }

    /// What stands there, as a draft.
    pub fn draft(&self, bytes: &[u8]) -> Draft {
        match self {
            Source::Bytes(..) => string::hex_draft(bytes),
            _ => Draft::of(bytes),
        }
    }

    /// What stands there now; none where this page of the value does not tell.
    pub fn now(&self, page: &ValuePage) -> Option<Vec<u8>> {
        let whole = |element: &Element| element.is_whole().then(|| element.bytes.to_vec());
        match (self, &page.content) {
            (Source::String, ValueContent::Bytes { bytes, .. }) if bytes.len() == page.total as usize => {
                Some(bytes.to_vec())
            }
            (Source::Bytes(offset, len), ValueContent::Bytes { bytes, .. }) => {
                let at = offset.checked_sub(page.from as usize)?;
                bytes.get(at..at.checked_add(*len)?).map(<[u8]>::to_vec)
            }
            (Source::Field(field), ValueContent::Hash(fields)) => {
                whole(&fields.iter().find(|row| row.field.is_whole() && *row.field.bytes == *field)?.value)
            }
            (Source::Index(index), ValueContent::List(elements)) => {
                whole(elements.get(index.checked_sub(page.from)? as usize)?)
            }
            (Source::Score(member), ValueContent::Sorted(members)) => {
                let member = members.iter().find(|row| row.member.is_whole() && *row.member.bytes == *member)?;
                Some(score(member.score).into_bytes())
            }
            _ => None,
        }
    }
}

impl Form {
    /// The command that the inputs make.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn command(&self, drafts: &[Draft]) -> Result<Command, String> {
        for (input, draft) in self.inputs.iter().zip(drafts) {
            let is_positive = draft.text.trim().parse::<u64>().is_ok_and(|number| number > 0);
            if input.kind == Kind::Positive && !is_positive {
                return Err(format!("{} has to be a whole number above 0.", input.label));
            }
        }
        let mut words = Vec::new();
        for word in &self.words {
            let draft = |at: &usize| drafts.get(*at).cloned().unwrap_or_default();
            match word {
                Word::Fixed(bytes) => words.push(bytes.clone()),
                Word::Input(at) => {
                    let draft = draft(at);
                    words.push(match self.inputs.get(*at).map(|input| input.kind) {
                        Some(Kind::Line | Kind::Positive) => draft.text.trim().as_bytes().to_vec(),
                        Some(Kind::Hex) => {
                            string::from_hex(&draft.text).ok_or("Bytes are pairs of the digits 0 to 9 and a to f.")?
                        }
                        _ => draft.bytes(),
                    });
                }
                Word::Several(at) => {
                    let text = draft(at).text.replace('\n', " ");
                    words.extend(engine::resp::split_line(text).map_err(|_| "A quote is not closed.".to_owned())?);
                }
            }
        }
        Ok(Command { words, said: self.said.clone() })
    }
}

/// The tables of a value that is a collection, and what can be done to it.
pub fn view(key: &[u8], page: &ValuePage) -> View {
    match &page.content {
        ValueContent::Hash(fields) => hash::view(key, fields),
        ValueContent::List(elements) => list::view(key, page, elements),
        ValueContent::Set(members) => set::view(key, members),
        ValueContent::Sorted(members) => sorted::view(key, members),
        ValueContent::Stream { entries, groups } => stream::view(key, entries, groups),
        ValueContent::Group(group) => stream::group_view(key, group),
        ValueContent::Bytes { .. } | ValueContent::Registers(_) => View::default(),
    }
}

// --- What the types share --------------------------------------------------------------------------------------------

/// An element as a table shows it.
fn cell(element: &Element) -> Cell {
    Cell::Text(visible::shortened(&element.bytes, element.len as usize, CELL_CHARACTERS))
}

fn number(number: impl ToString) -> Cell {
    Cell::Number(number.to_string())
}

/// An element as the name of a button calls it.
fn called(element: &Element) -> String {
    let shown = visible::shortened(&element.bytes, element.bytes.len(), NAME_CHARACTERS);
    shown.split("… (").next().unwrap_or_default().to_owned()
}

fn fixed(words: &[&[u8]]) -> Vec<Word> {
    words.iter().map(|word| Word::Fixed(word.to_vec())).collect()
}

fn run(label: &'static str, name: String, words: &[&[u8]], said: String) -> Action {
    let words = words.iter().map(|word| word.to_vec()).collect();
    Action { label, name, act: Act::Run(Command { words, said }) }
}

fn open(label: &'static str, form: Form) -> Action {
    Action { label, name: form.title.clone(), act: Act::Open(form) }
}

fn input(label: &'static str, kind: Kind) -> Input {
    Input { label, draft: Draft::default(), kind }
}

/// A form that adds something: the inputs in this order after the fixed words.
fn adding(title: &str, words: &[&[u8]], inputs: Vec<Input>, said: &str) -> Form {
    let mut words = fixed(words);
    words.extend((0..inputs.len()).map(Word::Input));
    let (title, said) = (title.to_owned(), said.to_owned());
    Form { title, button: "Add", inputs, words, said, note: "", source: None }
}

/// A score as ZADD takes it.
pub fn score(score: f64) -> String {
    String::from_utf8_lossy(&engine::base::numbers::format_f64(score)).into_owned()
}
