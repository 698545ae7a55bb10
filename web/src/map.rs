//! The map on which places are drawn: degrees as they are (an equirectangular map), twice as wide as high, so that a
//! pixel and a degree are the same thing in both directions.
//!
//! The outline of the continents, `static/world.txt`, was drawn by hand for this page from a few hundred points: one
//! polygon a line, longitude and latitude in turn. It shows where on earth a place is, and no more than that.

use std::fmt::Write as _;

/// The narrowest view; a degree is about 111 km at the equator.
const LEAST_WIDTH: f64 = 0.02;
const WORLD_WIDTH: f64 = 360.0;
/// Free space around places, as a share of the width.
const MARGIN: f64 = 0.15;
/// About how many lines of longitude are drawn.
const LINES: f64 = 6.0;

/// What can be seen; the height is half the width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    pub west: f64,
    pub north: f64,
    pub width: f64,
}

pub const WORLD: Window = Window { west: -180.0, north: 90.0, width: WORLD_WIDTH };

impl Window {
    /// Around places; the world for none.
    pub fn around(places: &[(f64, f64)]) -> Window {
        let Some(first) = places.first() else { return WORLD };
        let start = (first.0, first.0, first.1, first.1);
        let (west, east, south, north) = places.iter().fold(start, |(west, east, south, north), (x, y)| {
            (west.min(*x), east.max(*x), south.min(*y), north.max(*y))
        });
        // One place alone is seen with its surroundings.
        let least = if places.len() == 1 { 20.0 } else { LEAST_WIDTH };
        let width = ((east - west).max(2.0 * (north - south)) * (1.0 + 2.0 * MARGIN)).max(least);
        Window { west: (west + east - width) / 2.0, north: (south + north) / 2.0 + width / 4.0, width }.within_world()
    }

    /// Nearer for a factor below 1, around the middle.
    pub fn zoomed(self, factor: f64) -> Window {
        let (x, y) = (self.west + self.width / 2.0, self.north - self.width / 4.0);
        let width = (self.width * factor).clamp(LEAST_WIDTH, WORLD_WIDTH);
        Window { west: x - width / 2.0, north: y + width / 4.0, width }.within_world()
    }

    /// Moved by shares of the width and the height.
    pub fn moved(self, right: f64, up: f64) -> Window {
        let moved = Window { west: self.west + right * self.width, north: self.north + up * self.width / 2.0, ..self };
        moved.within_world()
    }

    fn within_world(self) -> Window {
        let width = self.width.min(WORLD_WIDTH);
        Window {
            west: self.west.clamp(-180.0, 180.0 - width),
            north: self.north.clamp(-90.0 + width / 2.0, 90.0),
            width,
        }
    }

    /// As SVG wants it, where down is more.
    pub fn view_box(self) -> String {
        format!("{} {} {} {}", self.west, -self.north, self.width, self.width / 2.0)
    }

    /// The degrees between two lines of the grid.
    pub fn grid_step(self) -> f64 {
        const STEPS: [f64; 14] = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0];
        STEPS.into_iter().find(|step| self.width / step <= LINES).unwrap_or(60.0)
    }

    /// The longitudes and the latitudes of the grid.
    pub fn grid(self) -> (Vec<f64>, Vec<f64>) {
        let step = self.grid_step();
        let lines = |from: f64, to: f64| -> Vec<f64> {
            let (first, last) = ((from / step).ceil() as i64, (to / step).floor() as i64);
            (first..=last).map(|line| line as f64 * step).collect()
        };
        (lines(self.west, self.west + self.width), lines(self.north - self.width / 2.0, self.north))
    }
}

/// A longitude or latitude beside its line.
pub fn label(degrees: f64, step: f64, positive: char, negative: char) -> String {
    let decimals = if step >= 1.0 { 0 } else { 3 };
    let text = format!("{:.decimals$}", degrees.abs());
    let text = if decimals > 0 { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    let side = match degrees {
        0.0 => String::new(),
        degrees if degrees > 0.0 => positive.to_string(),
        _ => negative.to_string(),
    };
    format!("{text}°{side}")
}

/// The outline as an SVG path. Lines that are no polygons are left out.
pub fn outline(text: &str) -> String {
    let mut path = String::with_capacity(2 * text.len());
    for line in text.lines() {
        let numbers: Vec<f64> = line.split_whitespace().filter_map(|number| number.parse().ok()).collect();
        for (at, point) in numbers.chunks_exact(2).enumerate() {
            if let [longitude, latitude] = point {
                let _ = write!(path, "{}{longitude} {}", if at == 0 { 'M' } else { 'L' }, -latitude);
            }
        }
        if numbers.len() > 1 {
            path.push('Z');
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = include_str!("../static/world.txt");

    #[test]
    fn the_outline_is_polygons_on_the_earth() {
        let mut points = 0;
        for line in FILE.lines() {
            let numbers: Vec<f64> = line.split(' ').map(|number| number.parse().unwrap()).collect();
            assert!(numbers.len() >= 6 && numbers.len().is_multiple_of(2), "{line}");
            for point in numbers.chunks(2) {
                assert!(point[0].abs() <= 180.0 && point[1].abs() <= 90.0, "{point:?}");
                points += 1;
            }
        }
        assert!(points > 400, "{points}");
        assert_eq!(outline("0 1 2 3 4 5\n"), "M0 -1L2 -3L4 -5Z");
    }

    /// Well-known places on land and at sea, by counting how often a line to the east leaves the land.
    #[test]
    fn the_outline_has_land_where_there_is_land() {
        let is_land = |x: f64, y: f64| {
            let mut crossings = 0;
            for line in FILE.lines() {
                let numbers: Vec<f64> = line.split(' ').map(|number| number.parse().unwrap()).collect();
                let points: Vec<(f64, f64)> = numbers.chunks(2).map(|point| (point[0], point[1])).collect();
                for (at, &(x1, y1)) in points.iter().enumerate() {
                    let (x2, y2) = points[(at + 1) % points.len()];
                    if (y1 > y) != (y2 > y) && x < (x2 - x1) * (y - y1) / (y2 - y1) + x1 {
                        crossings += 1;
                    }
                }
            }
            crossings % 2 == 1
        };
        for (name, x, y) in [
            ("Madrid", -3.7, 40.4),
            ("Berlin", 13.4, 52.5),
            ("Moscow", 37.6, 55.8),
            ("Delhi", 77.2, 28.6),
            ("Beijing", 116.4, 39.9),
            ("Nairobi", 36.8, -1.3),
            ("Chad", 18.0, 15.0),
            ("Denver", -105.0, 39.7),
            ("Brasilia", -47.9, -15.8),
            ("Alice Springs", 133.9, -23.7),
            ("Birmingham", -1.9, 52.5),
            ("Riyadh", 46.7, 24.6),
            ("Ankara", 32.9, 39.9),
        ] {
            assert!(is_land(x, y), "{name}");
        }
        for (name, x, y) in [
            ("Atlantic", -40.0, 30.0),
            ("Pacific", -150.0, 0.0),
            ("Indian Ocean", 80.0, -20.0),
            ("Bay of Bengal", 88.0, 15.0),
            ("Gulf of Mexico", -90.0, 25.0),
            ("Hudson Bay", -85.0, 60.0),
            ("Mediterranean", 18.0, 35.0),
            ("Black Sea", 34.0, 43.3),
            ("Caspian Sea", 51.0, 42.0),
            ("Red Sea", 38.0, 21.0),
            ("North Sea", 3.0, 56.0),
        ] {
            assert!(!is_land(x, y), "{name}");
        }
    }

    #[test]
    fn the_window_holds_the_places_and_stays_on_the_earth() {
        assert_eq!(Window::around(&[]), WORLD);
        for places in [
            vec![(13.361389, 38.115556), (15.087269, 37.502669)],
            vec![(179.9, 85.0)],
            vec![(-180.0, -85.0), (180.0, 85.0)],
        ] {
            let window = Window::around(&places);
            for (x, y) in places {
                assert!(x >= window.west && x <= window.west + window.width, "{window:?}");
                assert!(y <= window.north && y >= window.north - window.width / 2.0, "{window:?}");
            }
            assert!(window.west >= -180.0 && window.west + window.width <= 180.0 + 1e-9);
        }
        assert_eq!(WORLD.zoomed(2.0), WORLD);
        assert!(WORLD.zoomed(0.5).width < 181.0);
        assert_eq!(label(-0.25, 0.05, 'E', 'W'), "0.25°W");
        assert_eq!(label(30.0, 30.0, 'N', 'S'), "30°N");
        assert_eq!(label(0.0, 30.0, 'N', 'S'), "0°");
    }
}
