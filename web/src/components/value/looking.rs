//! As what a value is looked at, and which part of it: what the worker is asked to show.

use leptos::prelude::*;

use crate::bytes::ByteBuf;
use crate::components::keys::Chosen;
use crate::protocol::{ValueLook, ValuePage, ValueQuestion};
use crate::session::Session;

/// As what a value is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lens {
    Text,
    Json,
    Hex,
    Bits,
    Registers,
    Elements,
    Map,
}

impl Lens {
    pub fn label(self) -> &'static str {
        match self {
            Lens::Text => "Text",
            Lens::Json => "JSON",
            Lens::Hex => "Hex",
            Lens::Bits => "Bits",
            Lens::Registers => "HyperLogLog",
            Lens::Elements => "Members",
            Lens::Map => "Map",
        }
    }

    /// Those that a value can be seen through.
    pub fn of(page: &ValuePage) -> &'static [Lens] {
        match page.type_name.as_str() {
            "string" if page.is_hyperloglog => &[Lens::Registers, Lens::Text, Lens::Json, Lens::Hex, Lens::Bits],
            "string" => &[Lens::Text, Lens::Json, Lens::Hex, Lens::Bits],
            "zset" => &[Lens::Elements, Lens::Map],
            _ => &[Lens::Elements],
        }
    }

    /// How many elements or bytes a page holds at most.
    pub fn page_size(self) -> u32 {
        match self {
            Lens::Text | Lens::Json | Lens::Hex | Lens::Registers => 4096,
            Lens::Bits => 128,
            Lens::Map => 500,
            Lens::Elements => crate::protocol::VALUE_PAGE as u32,
        }
    }
}

/// What is looked at.
#[derive(Clone, Copy)]
pub struct Looking {
    pub from: RwSignal<u32>,
    /// What the person chose; before that the value decides.
    pub wanted: RwSignal<Option<Lens>>,
    /// What is drawn.
    pub lens: Memo<Lens>,
    pub reversed: RwSignal<bool>,
    pub start: RwSignal<String>,
    pub end: RwSignal<String>,
    /// A group of a stream.
    pub group: RwSignal<Option<Vec<u8>>>,
}

impl Looking {
    pub fn new(session: Session, chosen: Chosen) -> Looking {
        let wanted = RwSignal::new(None::<Lens>);
        let lens = Memo::new(move |_| {
            let wanted = wanted.get();
            session.values.shown.with(|view| {
                let lenses = view.as_ref().and_then(|view| view.value.as_ref()).map_or(&[][..], Lens::of);
                let wanted = wanted.filter(|lens| lenses.contains(lens));
                wanted.or(lenses.first().copied()).unwrap_or(Lens::Text)
            })
        });
        let looking = Looking {
            from: RwSignal::new(0),
            wanted,
            lens,
            reversed: RwSignal::new(false),
            start: RwSignal::new(String::new()),
            end: RwSignal::new(String::new()),
            group: RwSignal::new(None),
        };
        Effect::new(move |before: Option<Option<(u32, Vec<u8>)>>| {
            let now = chosen.get();
            if before.as_ref() != Some(&now) {
                looking.begin();
            }
            session.values.show(now.clone().map(|(database, key)| looking.question(database, key)));
            now
        });
        looking
    }

    /// From the start of a value of which nothing is known.
    fn begin(self) {
        self.from.set(0);
        self.wanted.set(None);
        self.reversed.set(false);
        self.start.set(String::new());
        self.end.set(String::new());
        self.group.set(None);
    }

    pub fn look_through(self, lens: Lens) {
        self.from.set(0);
        self.wanted.set(Some(lens));
    }

    pub fn look_at_group(self, group: Option<Vec<u8>>) {
        self.from.set(0);
        self.group.set(group);
    }

    fn question(self, database: u32, key: Vec<u8>) -> ValueQuestion {
        let look = match (self.group.get(), self.lens.get()) {
            (Some(group), _) => ValueLook::Group(ByteBuf::from(group)),
            (None, Lens::Text | Lens::Json) => ValueLook::Whole,
            (None, Lens::Bits) => ValueLook::Bits,
            (None, Lens::Registers) => ValueLook::Registers,
            (None, Lens::Map) => ValueLook::Places,
            (None, Lens::Hex | Lens::Elements) => ValueLook::Plain,
        };
        ValueQuestion {
            database,
            key: ByteBuf::from(key),
            from: self.from.get(),
            look,
            reversed: self.reversed.get(),
            start: self.start.get(),
            end: self.end.get(),
        }
    }
}
