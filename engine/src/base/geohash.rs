//! Positions on the earth as integers of 52 bits whose order keeps neighbours together, distances between them, and
//! which cells a search has to look at. As in Redis, whose scores, distances and order of results these are: latitude
//! and longitude are halved 26 times each and their bits interleaved (Niemeyer's geohash, Morton order), over the
//! latitudes of the web's Mercator projection.

/// How often each of latitude and longitude is halved at most.
pub const MOST_STEPS: u32 = 26;
pub const MOST_LONGITUDE: f64 = 180.0;
/// What EPSG:900913 covers.
pub const MOST_LATITUDE: f64 = 85.051_128_78;
/// The range of latitudes of the geohashes that are exchanged as text.
const TEXT_LATITUDE: f64 = 90.0;

/// The quadratic mean radius of the earth in WGS-84.
const EARTH_RADIUS_M: f64 = 6_372_797.560_856;
/// Half of the projection's width in metres.
const MERCATOR_M: f64 = 20_037_726.37;
const RADIANS: f64 = core::f64::consts::PI / 180.0;

const LONGITUDE_BITS: u64 = 0xaaaa_aaaa_aaaa_aaaa;
const LATITUDE_BITS: u64 = 0x5555_5555_5555_5555;

/// A place in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    pub longitude: f64,
    pub latitude: f64,
}

impl Point {
    /// Whether it can be encoded.
    pub fn is_valid(self) -> bool {
        self.longitude.abs() <= MOST_LONGITUDE && self.latitude.abs() <= MOST_LATITUDE
    }

    /// The score of a member of a sorted set that stands for this place: its cell after all 26 steps.
    pub fn score(self) -> u64 {
        Cell::of(self, MOST_STEPS, MOST_LATITUDE).bits
    }

    /// The middle of the cell that a score stands for; scores of other sorted sets are somewhere, too.
    pub fn of_score(score: f64) -> Point {
        let area = Cell { bits: as_unsigned(score), steps: MOST_STEPS }.area();
        Point {
            longitude: ((area.west + area.east) / 2.0).clamp(-MOST_LONGITUDE, MOST_LONGITUDE),
            latitude: ((area.south + area.north) / 2.0).clamp(-MOST_LATITUDE, MOST_LATITUDE),
        }
    }

    /// The geohash of eleven characters that other programs understand; ours has no bits for the last.
    pub fn text(self) -> [u8; 11] {
        const ALPHABET: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";
        let bits = Cell::of(self, MOST_STEPS, TEXT_LATITUDE).bits;
        core::array::from_fn(|index| {
            let shift = (2 * MOST_STEPS).checked_sub(5 * (index as u32 + 1));
            let character = shift.map_or(0, |shift| bits >> shift & 31);
            ALPHABET.get(character as usize).copied().unwrap_or(b'0')
        })
    }

    /// Metres along the great circle (haversine formula).
    #[inline]
    pub fn distance(self, other: Point) -> f64 {
        let across = ((other.longitude * RADIANS - self.longitude * RADIANS) / 2.0).sin();
        if across == 0.0 {
            return self.distance_in_latitude(other);
        }
        let (latitude, other_latitude) = (self.latitude * RADIANS, other.latitude * RADIANS);
        let along = ((other_latitude - latitude) / 2.0).sin();
        let part = along * along + latitude.cos() * other_latitude.cos() * across * across;
        2.0 * EARTH_RADIUS_M * part.sqrt().asin()
    }

    /// Metres from one's parallel to the other's.
    #[inline]
    fn distance_in_latitude(self, other: Point) -> f64 {
        EARTH_RADIUS_M * (other.latitude * RADIANS - self.latitude * RADIANS).abs()
    }
}

/// C's conversion of a double to 64 unsigned bits as x86-64 does it, which decides where odd scores lie.
fn as_unsigned(score: f64) -> u64 {
    const HALF: f64 = 9_223_372_036_854_775_808.0;
    let signed = |value: f64| if (-HALF..HALF).contains(&value) { value as i64 } else { i64::MIN };
    if score < HALF { signed(score).cast_unsigned() } else { signed(score - HALF).cast_unsigned() ^ 1 << 63 }
}

/// A rectangle in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Area {
    west: f64,
    east: f64,
    south: f64,
    north: f64,
}

/// One of the `4^steps` cells of the earth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cell {
    bits: u64,
    steps: u32,
}

impl Cell {
    /// The cell of a place, over the latitudes up to `most_latitude`.
    fn of(point: Point, steps: u32, most_latitude: f64) -> Cell {
        let part = |value: f64, most: f64| ((value + most) / (most + most) * (1u64 << steps) as f64) as u32;
        let (latitude, longitude) = (part(point.latitude, most_latitude), part(point.longitude, MOST_LONGITUDE));
        Cell { bits: spread(latitude) | spread(longitude) << 1, steps }
    }

    fn area(self) -> Area {
        let cells = (1u64 << self.steps) as f64;
        let edge = |index: u32, most: f64| -most + (f64::from(index) / cells) * (most + most);
        let (latitude, longitude) = (gather(self.bits), gather(self.bits >> 1));
        Area {
            west: edge(longitude, MOST_LONGITUDE),
            east: edge(longitude.wrapping_add(1), MOST_LONGITUDE),
            south: edge(latitude, MOST_LATITUDE),
            north: edge(latitude.wrapping_add(1), MOST_LATITUDE),
        }
    }

    /// The cell so many columns to the east and rows to the north, -1 to 1 each, around the earth.
    fn neighbour(self, east: i32, north: i32) -> Cell {
        let shift = 64 - self.steps * 2;
        let (longitude_bits, latitude_bits) = (LONGITUDE_BITS >> shift, LATITUDE_BITS >> shift);
        // The bits of the other coordinate carry over what is added to this one.
        let step = |bits: u64, others: u64, own: u64, by: i32| match by {
            0 => bits,
            1.. => bits.wrapping_add(others + 1) & own,
            _ => (bits | others).wrapping_sub(others + 1) & own,
        };
        let longitude = step(self.bits & LONGITUDE_BITS, latitude_bits, longitude_bits, east);
        let latitude = step(self.bits & LATITUDE_BITS, longitude_bits, latitude_bits, north);
        Cell { bits: longitude | latitude, ..self }
    }

    /// The scores of the places in this cell: at least the first and below the second.
    fn scores(self) -> (f64, f64) {
        let shift = 2 * (MOST_STEPS - self.steps.min(MOST_STEPS));
        ((self.bits << shift) as f64, (self.bits.wrapping_add(1) << shift) as f64)
    }
}

/// The bits of a number, one apart each.
fn spread(number: u32) -> u64 {
    let mut bits = u64::from(number);
    bits = (bits | bits << 16) & 0x0000_ffff_0000_ffff;
    bits = (bits | bits << 8) & 0x00ff_00ff_00ff_00ff;
    bits = (bits | bits << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    bits = (bits | bits << 2) & 0x3333_3333_3333_3333;
    (bits | bits << 1) & LATITUDE_BITS
}

/// The number whose bits were spread.
fn gather(bits: u64) -> u32 {
    let mut bits = bits & LATITUDE_BITS;
    bits = (bits | bits >> 1) & 0x3333_3333_3333_3333;
    bits = (bits | bits >> 2) & 0x0f0f_0f0f_0f0f_0f0f;
    bits = (bits | bits >> 4) & 0x00ff_00ff_00ff_00ff;
    bits = (bits | bits >> 8) & 0x0000_ffff_0000_ffff;
    (bits | bits >> 16) as u32
}

/// What a search covers, in metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    Circle { radius: f64 },
    Box { width: f64, height: f64 },
}

/// A shape around a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Search {
    pub center: Point,
    pub shape: Shape,
}

impl Search {
    /// How far a place is from the centre, when it lies within.
    #[inline]
    pub fn distance_within(&self, point: Point) -> Option<f64> {
        match self.shape {
            Shape::Circle { radius } => {
                let distance = self.center.distance(point);
                // As a distance that cannot be told is not above any radius.
                if distance > radius { None } else { Some(distance) }
            }
            Shape::Box { width, height } => {
                if point.distance_in_latitude(self.center) > height / 2.0 {
                    return None;
                }
                let on_parallel = Point { latitude: point.latitude, ..self.center };
                if point.distance(on_parallel) > width / 2.0 { None } else { Some(self.center.distance(point)) }
            }
        }
    }

    /// The ranges of scores that hold everything within: each from the first up to but not including the second,
    /// in the order in which Redis looks at them.
    pub fn score_ranges(&self) -> Vec<(f64, f64)> {
        let bounds = self.bounds();
        let mut steps = self.estimated_steps();
        let mut cell = Cell::of(self.center, steps, MOST_LATITUDE);
        // Near an edge of its cell, the shape may reach beyond the neighbours.
        let beyond = cell.neighbour(0, 1).area().north < bounds.north
            || cell.neighbour(0, -1).area().south > bounds.south
            || cell.neighbour(1, 0).area().east < bounds.east
            || cell.neighbour(-1, 0).area().west > bounds.west;
        if steps > 1 && beyond {
            steps -= 1;
            cell = Cell::of(self.center, steps, MOST_LATITUDE);
        }
        let area = cell.area();
        let is_needed = |east: i32, north: i32| {
            steps < 2
                || !(north < 0 && area.south < bounds.south
                    || north > 0 && area.north > bounds.north
                    || east < 0 && area.west < bounds.west
                    || east > 0 && area.east > bounds.east)
        };
        const AROUND: [(i32, i32); 9] = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1)];
        let mut cells: Vec<Cell> = Vec::with_capacity(AROUND.len());
        for (east, north) in AROUND {
            let next = cell.neighbour(east, north);
            // Where cells are huge, one may be a neighbour on both sides.
            let again = cells.len() > 1 && cells.last() == Some(&next);
            if is_needed(east, north) && !again {
                cells.push(next);
            }
        }
        cells.into_iter().map(Cell::scores).collect()
    }

    /// A rectangle around the shape. Parallels get shorter towards the poles, so the shape's side that is nearer to
    /// the pole decides.
    fn bounds(&self) -> Area {
        let (half_width, half_height) = match self.shape {
            Shape::Circle { radius } => (radius, radius),
            Shape::Box { width, height } => (width / 2.0, height / 2.0),
        };
        let Point { longitude, latitude } = self.center;
        let up = half_height / EARTH_RADIUS_M / RADIANS;
        let nearer_to_pole = if latitude < 0.0 { latitude - up } else { latitude + up };
        let across = half_width / EARTH_RADIUS_M / (nearer_to_pole * RADIANS).cos() / RADIANS;
        Area { west: longitude - across, east: longitude + across, south: latitude - up, north: latitude + up }
    }

    /// How small cells may be so that the shape fits into one and its neighbours.
    fn estimated_steps(&self) -> u32 {
        let mut range_m = match self.shape {
            Shape::Circle { radius } => radius,
            // Not `hypot`, which rounds otherwise.
            Shape::Box { width, height } => (width / 2.0 * (width / 2.0) + height / 2.0 * (height / 2.0)).sqrt(),
        };
        if range_m == 0.0 {
            return MOST_STEPS;
        }
        let mut steps: u32 = 1;
        while range_m < MERCATOR_M && steps < 64 {
            range_m *= 2.0;
            steps += 1;
        }
        let towards_poles = match self.center.latitude.abs() {
            ..=66.0 => 0,
            ..=80.0 => 1,
            _ => 2,
        };
        steps.saturating_sub(2 + towards_poles).clamp(1, MOST_STEPS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Random;

    const PALERMO: Point = Point { longitude: 13.361389, latitude: 38.115556 };
    const CATANIA: Point = Point { longitude: 15.087269, latitude: 37.502669 };

    #[test]
    fn encodes_as_redis_does() {
        assert_eq!((PALERMO.score(), CATANIA.score()), (3_479_099_956_230_698, 3_479_447_370_796_909));
        let palermo = Point::of_score(PALERMO.score() as f64);
        assert_eq!(
            format!("{:.17} {:.17}", palermo.longitude, palermo.latitude),
            "13.36138933897018433 38.11555639549629859"
        );
        assert_eq!(&palermo.text(), b"sqc8b49rny0");
        let catania = Point::of_score(CATANIA.score() as f64);
        assert_eq!(format!("{:.4}", palermo.distance(catania)), "166274.1516");
        for score in [0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, -1e300, 9.3e18] {
            assert!(Point::of_score(score).is_valid(), "{score}");
        }
    }

    #[test]
    fn bits_are_spread_and_gathered() {
        let mut random = Random::new(1);
        for _ in 0..1000 {
            let (a, b) = (random.next_u32(), random.next_u32());
            let bits = spread(a) | spread(b) << 1;
            assert_eq!((gather(bits), gather(bits >> 1)), (a, b));
        }
    }

    /// Away from the poles and the date line, where Redis itself misses some.
    #[test]
    fn a_search_misses_nothing() {
        let mut random = Random::new(2);
        for _ in 0..2000 {
            let place = |random: &mut Random, near: f64| Point {
                longitude: (random.unit() - 0.5) * near,
                latitude: (random.unit() - 0.5) * near,
            };
            let center = place(&mut random, 100.0);
            let size = 10f64.powf(random.unit() * 6.0);
            let shape = if random.below(2) == 0 {
                Shape::Circle { radius: size }
            } else {
                Shape::Box { width: size, height: size * random.unit() }
            };
            let search = Search { center, shape };
            let ranges = search.score_ranges();
            for _ in 0..20 {
                let offset = place(&mut random, size / 40_000.0);
                let point = Point {
                    longitude: center.longitude + offset.longitude,
                    latitude: center.latitude + offset.latitude,
                };
                let score = point.score() as f64;
                let found = ranges.iter().filter(|(first, end)| *first <= score && score < *end).count();
                if search.distance_within(Point::of_score(score)).is_some() {
                    assert_eq!(found, 1, "{search:?} {point:?}");
                }
            }
        }
    }
}
