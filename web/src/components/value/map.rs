//! Members of a sorted set as points on the earth. The table below the map says the same in words.

use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::prelude::*;
use leptos::svg::Svg;

use super::body::page_memo;
use super::editor::Editor;
use crate::browser;
use crate::editing;
use crate::map::{WORLD, Window, label, outline};
use crate::protocol::ValueContent;
use crate::visible;

/// With more points Tab would never get to the end: they are reached in the table.
const MAX_STOPS: usize = 40;

/// A point and its name.
type Place = (f64, f64, String);

#[component]
pub fn Map(editor: Editor) -> impl IntoView {
    let places = page_memo(editor, |page| match &page.content {
        ValueContent::Sorted(members) => {
            let place = |member: &crate::protocol::MemberView| {
                let (longitude, latitude) = member.place?;
                let name = visible::shortened(&member.member.bytes, member.member.len as usize, 60);
                Some((longitude, latitude, name))
            };
            members.iter().filter_map(place).collect()
        }
        _ => Vec::new(),
    });
    let places: Memo<Vec<Place>> = Memo::new(move |_| places.get().unwrap_or_default());
    let fitting = move || {
        let points: Vec<(f64, f64)> = places.get().iter().map(|(x, y, _)| (*x, *y)).collect();
        Window::around(&points)
    };
    // What the person turned the map to; before that all places are seen.
    let turned = RwSignal::new(None::<Window>);
    let window = Memo::new(move |_| turned.get().unwrap_or_else(fitting));
    let named = RwSignal::new(String::new());
    let land = RwSignal::new(String::new());
    browser::fetch_text("world.txt".to_owned(), move |text| {
        if let Ok(text) = text {
            land.try_set(outline(&text));
        }
    });
    let svg = NodeRef::<Svg>::new();
    let on_click = move |event: MouseEvent| {
        let Some(svg) = svg.get_untracked() else { return };
        let area = svg.get_bounding_client_rect();
        if area.width() <= 0.0 || area.height() <= 0.0 {
            return;
        }
        let window = window.get_untracked();
        let right = (f64::from(event.client_x()) - area.left()) / area.width();
        let down = (f64::from(event.client_y()) - area.top()) / area.height();
        let (x, y) = (window.west + right * window.width, window.north - down * window.width / 2.0);
        editor.open(editing::add_place(&editor.key(), Some((x, y))));
    };
    let turn = move |to: fn(Window) -> Window| turned.set(Some(to(window.get_untracked())));
    let on_key = move |event: KeyboardEvent| {
        let to: fn(Window) -> Window = match event.key().as_str() {
            "ArrowLeft" => |window| window.moved(-0.2, 0.0),
            "ArrowRight" => |window| window.moved(0.2, 0.0),
            "ArrowUp" => |window| window.moved(0.0, 0.2),
            "ArrowDown" => |window| window.moved(0.0, -0.2),
            "+" => |window| window.zoomed(0.5),
            "-" => |window| window.zoomed(2.0),
            _ => return,
        };
        event.prevent_default();
        turn(to);
    };
    view! {
        <figure class="map">
            <div class="actions">
                <button type="button" on:click=move |_| turn(|window| window.zoomed(0.5))>"Nearer"</button>
                <button type="button" on:click=move |_| turn(|window| window.zoomed(2.0))>"Farther"</button>
                <button type="button" on:click=move |_| turned.set(None)>"All places"</button>
                <button type="button" on:click=move |_| turned.set(Some(WORLD))>"World"</button>
            </div>
            <svg
                role="group"
                aria-label="Map; the arrow keys move it, plus and minus zoom"
                tabindex="0"
                node_ref=svg
                viewBox=move || window.get().view_box()
                on:click=on_click
                on:keydown=on_key
            >
                <path class="land" fill-rule="evenodd" d=move || land.get()></path>
                {move || grid(window.get())}
                {move || {
                    let (places, width) = (places.get(), window.get().width);
                    let stops = places.len() <= MAX_STOPS;
                    places.into_iter().map(|place| point(place, width, stops, named)).collect_view()
                }}
            </svg>
            <figcaption role="status" aria-label="Place">
                {move || {
                    let named = named.get();
                    if named.is_empty() { "A click on the map adds a place there. The outline is a rough sketch.".to_owned() } else { named }
                }}
            </figcaption>
        </figure>
    }
}

fn grid(window: Window) -> AnyView {
    let step = window.grid_step();
    let (meridians, parallels) = window.grid();
    let size = window.width / 45.0;
    let (west, east) = (window.west, window.west + window.width);
    let (top, bottom) = (-window.north, -window.north + window.width / 2.0);
    let meridian = move |x: f64| {
        view! {
            <line x1=x y1=top x2=x y2=bottom></line>
            <text x=x + size * 0.2 y=bottom - size * 0.3 font-size=size>{label(x, step, 'E', 'W')}</text>
        }
    };
    let parallel = move |y: f64| {
        view! {
            <line x1=west y1=-y x2=east y2=-y></line>
            <text x=west + size * 0.2 y=-y - size * 0.2 font-size=size>{label(y, step, 'N', 'S')}</text>
        }
    };
    view! {
        <g class="grid" aria-hidden="true">
            {meridians.into_iter().map(meridian).collect_view()}
            {parallels.into_iter().map(parallel).collect_view()}
        </g>
    }
    .into_any()
}

fn point(place: Place, width: f64, stops: bool, named: RwSignal<String>) -> AnyView {
    let (x, y, name) = place;
    let text = format!("{name}: {x:.5}, {y:.5}");
    let (label, seen, entered) = (text.clone(), text.clone(), text);
    view! {
        <circle
            class="place"
            cx=x
            cy=-y
            r=width / 90.0
            role="img"
            aria-label=label
            tabindex=if stops { "0" } else { "-1" }
            on:focus=move |_| named.set(seen.clone())
            on:pointerenter=move |_| named.set(entered.clone())
            on:click=move |event: MouseEvent| event.stop_propagation()
        ></circle>
    }
    .into_any()
}
