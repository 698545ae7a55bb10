//! How a person has arranged their terminals: the layout, which are open in which order, and which is used.
//!
//! Knows nothing of where it is kept; [`Arrangement::to_text`] and [`Arrangement::from_text`] are the form it is kept
//! in: the layout and the used terminal on the first line, then a line for each terminal. What makes no sense there is
//! left out. Never holds more than [`MAX_TERMINALS`] terminals.

/// More would not fit beside each other.
pub const MAX_TERMINALS: usize = 8;
/// Longer names are of no use in a tab.
const MAX_NAME_CHARACTERS: usize = 64;

/// How several terminals share the room, where there is room for several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    #[default]
    Tabs,
    Columns,
    Rows,
}

impl Layout {
    pub const ALL: [Layout; 3] = [Layout::Tabs, Layout::Columns, Layout::Rows];

    /// As it is kept, and as the style sheet calls it.
    pub fn name(self) -> &'static str {
        match self {
            Layout::Tabs => "tabs",
            Layout::Columns => "columns",
            Layout::Rows => "rows",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Layout::Tabs => "Tabs",
            Layout::Columns => "Side by side",
            Layout::Rows => "Stacked",
        }
    }

    /// The one after it; after the last comes the first.
    pub fn next(self) -> Layout {
        match self {
            Layout::Tabs => Layout::Columns,
            Layout::Columns => Layout::Rows,
            Layout::Rows => Layout::Tabs,
        }
    }
}

/// A terminal as it is found again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its number on the page.
    pub label: u32,
    /// Its connection's name; empty without.
    pub name: String,
    pub resp3: bool,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrangement {
    pub layout: Layout,
    /// The label of the one that is used.
    pub used: u32,
    /// In order.
    pub places: Vec<Place>,
}

impl Arrangement {
    pub fn to_text(&self) -> String {
        let mut text = format!("{} {}", self.layout.name(), self.used);
        for Place { label, name, resp3 } in &self.places {
            text.push_str(&format!("\n{label} {} {name}", if *resp3 { 3 } else { 2 }));
        }
        text
    }

    pub fn from_text(text: &str) -> Arrangement {
        let mut lines = text.lines();
        let (layout, used) = lines.next().and_then(|line| line.split_once(' ')).unwrap_or_default();
        let layout = Layout::ALL.into_iter().find(|known| known.name() == layout).unwrap_or_default();
        let mut places: Vec<Place> = Vec::new();
        for place in lines.filter_map(read_place) {
            if places.len() < MAX_TERMINALS && places.iter().all(|other| other.label != place.label) {
                places.push(place);
            }
        }
        Arrangement { layout, used: used.parse().unwrap_or_default(), places }
    }
}

fn read_place(line: &str) -> Option<Place> {
    let mut parts = line.splitn(3, ' ');
    let label = parts.next()?.parse().ok().filter(|label| (1..1_000_000).contains(label))?;
    let resp3 = parts.next()? == "3";
    Some(Place { label, resp3, name: usable_name(parts.next().unwrap_or_default()) })
}

/// A name that CLIENT SETNAME takes, as close to what was typed as that allows: no spaces, only plain characters.
pub fn usable_name(typed: &str) -> String {
    let plain = |character: char| match character {
        '!'..='~' => Some(character),
        ' ' => Some('-'),
        _ => None,
    };
    typed.trim().chars().filter_map(plain).take(MAX_NAME_CHARACTERS).collect()
}

/// `items` with the one at `from` moved to `to`, the others keeping their order.
pub fn moved<T>(items: &mut Vec<T>, from: usize, to: usize) {
    if from < items.len() && to < items.len() {
        let item = items.remove(from);
        items.insert(to, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(label: u32, name: &str, resp3: bool) -> Place {
        Place { label, name: name.to_owned(), resp3 }
    }

    #[test]
    fn comes_back_as_it_was_kept() {
        let places = vec![place(3, "", false), place(1, "jobs", true)];
        let arrangement = Arrangement { layout: Layout::Rows, used: 1, places };
        assert_eq!(arrangement.to_text(), "rows 1\n3 2 \n1 3 jobs");
        assert_eq!(Arrangement::from_text(&arrangement.to_text()), arrangement);
    }

    #[test]
    fn what_makes_no_sense_is_left_out() {
        assert_eq!(Arrangement::from_text(""), Arrangement::default());
        let read = Arrangement::from_text("diagonal x\n1 2 a b\n1 3 twice\nnonsense\n0 2 zero\n2 3 é\u{7}c");
        assert_eq!(read.places, [place(1, "a-b", false), place(2, "c", true)]);
        assert_eq!((read.layout, read.used), (Layout::Tabs, 0));
        let many: String = (1..100).map(|label| format!("\n{label} 2 ")).collect();
        assert_eq!(Arrangement::from_text(&format!("tabs 1{many}")).places.len(), MAX_TERMINALS);
    }

    #[test]
    fn moving_keeps_the_others_in_order() {
        let check = |from, to, expected: &str| {
            let mut letters: Vec<char> = "abcd".chars().collect();
            moved(&mut letters, from, to);
            assert_eq!(letters.iter().collect::<String>(), expected);
        };
        check(0, 2, "bcad");
        check(3, 0, "dabc");
        check(1, 1, "abcd");
        check(1, 9, "abcd");
    }
}
