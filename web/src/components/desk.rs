//! The playground's panels and what they share: whose terminal is used, which key is looked at, what is shown.
//!
//! On a wide screen keys, terminals and one tool stand side by side; with less room keys and tools take turns, and on
//! a narrow screen everything does. The same elements serve all three: only the style sheet knows the widths.

use leptos::prelude::*;

use super::command_help::CommandHelp;
use super::files::Importer;
use super::key_panel::KeyPanel;
use super::keys::Chosen;
use super::terminals::{Clients, Terminals};
use crate::browser;
use crate::later::{self, entry};
use crate::session::{Client, Session};

/// What a panel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panel {
    Terminals,
    Keys,
    Value,
    Charts,
    Workload,
}

/// Where keys and tools take turns.
const TIGHT: &str = "(max-width: 1180px)";
/// Where panels take turns with the terminals.
const NARROW: &str = "(max-width: 800px)";

/// All of them, in the order of the switch.
pub const PANELS: [Panel; 5] = [Panel::Terminals, Panel::Keys, Panel::Value, Panel::Charts, Panel::Workload];

impl Panel {
    /// What the switch calls it.
    pub fn label(self) -> &'static str {
        match self {
            Panel::Terminals => "Terminal",
            Panel::Keys => "Keys",
            Panel::Value => "Value",
            Panel::Charts => "Charts",
            Panel::Workload => "Workload",
        }
    }

    /// Whether it is one of those that take turns even on a wide screen.
    fn is_tool(self) -> bool {
        !matches!(self, Panel::Terminals | Panel::Keys)
    }

    /// How the style sheet calls it.
    fn name(self) -> &'static str {
        match self {
            Panel::Terminals => "terminals",
            Panel::Keys => "keys",
            _ => "tools",
        }
    }
}

/// What the panels share.
#[derive(Clone, Copy)]
pub struct Desk {
    pub session: Session,
    pub terminals: Terminals,
    /// Whose terminal is used: its database is the one whose keys are shown.
    pub client: RwSignal<Client>,
    /// The key that is looked at.
    pub chosen: Chosen,
    /// What was asked for last.
    shown: RwSignal<Panel>,
    /// The tool among it.
    tool: RwSignal<Panel>,
}

impl Desk {
    pub fn new(session: Session, terminals: Terminals) -> Desk {
        Desk {
            session,
            terminals,
            client: terminals.used,
            chosen: RwSignal::new(None),
            shown: RwSignal::new(if browser::matches(NARROW) { Panel::Terminals } else { Panel::Keys }),
            tool: RwSignal::new(Panel::Value),
        }
    }

    /// Brings a panel to the front.
    pub fn show(self, panel: Panel) {
        if panel.is_tool() {
            self.tool.set(panel);
        }
        self.shown.set(panel);
    }

    /// Whether this tool can be seen at the window's present width: what it costs to keep it up to date is not spent
    /// otherwise.
    pub fn is_seen(self, panel: Panel) -> bool {
        self.tool.get() == panel && (self.shown.get() == panel || !browser::matches(TIGHT))
    }
}

/// All panels.
#[component]
pub fn Workbench(desk: Desk, importer: Importer) -> impl IntoView {
    let Desk { session, terminals, client, chosen, shown, tool } = desk;
    // Who chooses a key wants to see it.
    Effect::new(move |before: Option<bool>| {
        let is_chosen = chosen.with(Option::is_some);
        if is_chosen && before.is_some() {
            desk.show(Panel::Value);
        }
        is_chosen
    });
    let entry = move |panel: Panel| {
        // A tool stays the shown one while keys or terminals are used beside it.
        let pressed = move || if panel.is_tool() { tool.get() == panel } else { shown.get() == panel };
        view! {
            <button
                type="button"
                class=panel.name()
                aria-pressed=move || pressed().to_string()
                on:click=move |_| desk.show(panel)
            >
                {panel.label()}
            </button>
        }
    };
    let files = importer.commands;
    let was_chosen = later::latch(move || chosen.with(Option::is_some));
    let is_hidden = move |panel: Panel| move || tool.get() != panel;
    view! {
        <div class="desk" data-shown=move || shown.get().name()>
            <div class="switch tab-strip" role="group" aria-label="Show">{PANELS.map(entry).collect_view()}</div>
            <div class="pane keys"><KeyPanel client=client importer chosen/></div>
            <div class="pane terminals">
                <Clients terminals/>
                {later::once(move || files.is_busy(), move |here| entry::file_run(here, files))}
                <CommandHelp client/>
                {later::once(move || files.asks(), move |here| entry::file_consent(here, files, client))}
            </div>
            <div class="pane tools">
                <div class="tool" hidden=is_hidden(Panel::Value)>
                    {move || match was_chosen.get() {
                        true => later::view(move |here| entry::value(here, session, chosen, client.into())),
                        false => nothing_chosen().into_any(),
                    }}
                </div>
                <div class="tool" hidden=is_hidden(Panel::Charts)>
                    {later::once(move || tool.get() == Panel::Charts, move |here| entry::charts(here, desk))}
                </div>
                <div class="tool" hidden=is_hidden(Panel::Workload)>
                    {later::once(move || tool.get() == Panel::Workload, move |here| entry::workload(here, desk))}
                </div>
            </div>
        </div>
    }
}

/// What is said in place of a value.
pub fn nothing_chosen() -> impl IntoView {
    view! { <section class="value" aria-label="Value"><p class="muted empty-value">"Choose a key to see its value."</p></section> }
}
