//! The rows beyond what redis-benchmark knows: streams, messages, ranges, intersections, estimates, places, expiry and
//! eviction. Each is a row of pieces of a hundred commands that are sent over one connection to both servers, and fed
//! to the engine in this process.

use crate::report::median;
use crate::servers::{Servers, Side, line};
use crate::workload::{BATCH, encode};
use ::tests::Client;
use engine::base::Random;
use engine::{ClientId, Engine, Options, Output, Time};
use serde_json::{Value, json};
use std::io::Read;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How many clients listen while PUBLISH is measured.
const LISTENERS: usize = 10;

/// One row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub name: &'static str,
    /// How many of these commands take as long as ten SETs, about.
    pub share: usize,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Xadd,
    Xreadgroup,
    Publish,
    Zrangebyscore,
    Sinter,
    Pfadd,
    Geosearch,
    Expire,
    Evict,
}

const fn row(name: &'static str, share: usize, kind: Kind) -> Row {
    Row { name, share, kind }
}

/// In the order they are run.
pub const ROWS: [Row; 9] = [
    row("XADD", 10, Kind::Xadd),
    row("XREADGROUP + XACK", 10, Kind::Xreadgroup),
    row("PUBLISH to 10", 5, Kind::Publish),
    row("ZRANGEBYSCORE of 100", 2, Kind::Zrangebyscore),
    row("SINTER of 10,000s", 0, Kind::Sinter),
    row("PFADD", 10, Kind::Pfadd),
    row("GEOSEARCH 100 km", 1, Kind::Geosearch),
    row("SET with PX", 10, Kind::Expire),
    row("SET, evicting", 10, Kind::Evict),
];

impl Row {
    /// How many commands to run where a SET would be run so often; at least one piece.
    pub fn commands(&self, sets: usize) -> usize {
        let scaled = if self.share == 0 { sets / 2_000 } else { sets * self.share / 10 };
        scaled.next_multiple_of(BATCH)
    }

    /// Settings of the node for this row.
    fn settings(&self) -> &'static [(&'static str, &'static str)] {
        match self.kind {
            // Room for about a tenth of the keys that are written.
            Kind::Evict => &[("maxmemory", "20000000"), ("maxmemory-policy", "allkeys-lru")],
            _ => &[],
        }
    }

    /// What must be there first.
    fn prepare(&self, commands: usize) -> Pieces {
        let mut pieces = Pieces::default();
        let mut random = Random::new(7);
        match self.kind {
            Kind::Xreadgroup => {
                for number in 1..=commands / 2 {
                    pieces.add(&["XADD", "mystream", &format!("1-{number}"), "field", "VXK"]);
                }
                pieces.add(&["XGROUP", "CREATE", "mystream", "group", "0"]);
            }
            Kind::Zrangebyscore => {
                for number in 0..10_000 {
                    pieces.add(&["ZADD", "myzset", &number.to_string(), &format!("element:{number:012}")]);
                }
            }
            Kind::Sinter => {
                for number in 0..10_000 {
                    pieces.add(&["SADD", "one", &format!("element:{number:012}")]);
                    pieces.add(&["SADD", "other", &format!("element:{:012}", number + 5_000)]);
                }
            }
            Kind::Geosearch => {
                for number in 0..10_000 {
                    let (longitude, latitude) = (place(&mut random, 10.0), place(&mut random, 10.0));
                    pieces.add(&["GEOADD", "places", &longitude, &latitude, &format!("place:{number}")]);
                }
            }
            _ => {}
        }
        pieces
    }

    /// The commands that are measured.
    fn pieces(&self, commands: usize) -> Pieces {
        let mut random = Random::new(1);
        let mut pieces = Pieces::default();
        for number in 0..commands {
            self.write(&mut random, number, &mut pieces);
        }
        pieces
    }

    fn write(&self, random: &mut Random, number: usize, pieces: &mut Pieces) {
        let value = "x".repeat(64);
        match self.kind {
            Kind::Xadd => pieces.add(&["XADD", "mystream", "*", "field", "VXK"]),
            Kind::Xreadgroup if number.is_multiple_of(2) => {
                pieces.add(&["XREADGROUP", "GROUP", "group", "me", "COUNT", "1", "STREAMS", "mystream", ">"]);
            }
            Kind::Xreadgroup => pieces.add(&["XACK", "mystream", "group", &format!("1-{}", number / 2 + 1)]),
            Kind::Publish => pieces.add(&["PUBLISH", "news", "a message of some words"]),
            Kind::Zrangebyscore => {
                let from = random.below(9_900);
                pieces.add(&["ZRANGEBYSCORE", "myzset", &from.to_string(), &(from + 99).to_string()]);
            }
            Kind::Sinter => pieces.add(&["SINTER", "one", "other"]),
            Kind::Pfadd => pieces.add(&["PFADD", "visitors", &format!("visitor:{}", random.below(1_000_000))]),
            Kind::Geosearch => {
                let (longitude, latitude) = (place(random, 10.0), place(random, 10.0));
                pieces.add(&["GEOSEARCH", "places", "FROMLONLAT", &longitude, &latitude, "BYRADIUS", "100", "km"]);
            }
            Kind::Expire => {
                let key = format!("key:{:012}", random.below(100_000));
                pieces.add(&["SET", &key, "VXK", "PX", &(1 + random.below(500)).to_string()]);
            }
            Kind::Evict => pieces.add(&["SET", &format!("key:{:012}", random.below(1_000_000)), &value]),
        }
    }
}

/// Commands in pieces of [`BATCH`], each with the number of its commands.
#[derive(Default)]
pub struct Pieces(Vec<(Vec<u8>, usize)>);

impl Pieces {
    /// Adds one command.
    pub fn add(&mut self, words: &[&str]) {
        match self.0.last_mut() {
            Some((bytes, count)) if *count < BATCH => {
                encode(bytes, words);
                *count += 1;
            }
            _ => {
                let mut bytes = Vec::new();
                encode(&mut bytes, words);
                self.0.push((bytes, 1));
            }
        }
    }

    /// Sends piece after piece, each after the replies to the one before.
    ///
    /// # Errors
    /// When the connection breaks, or a reply is an error.
    pub fn send(&self, client: &mut Client) -> Result<(), String> {
        for (bytes, count) in &self.0 {
            client.send(bytes).map_err(|error| error.to_string())?;
            for _ in 0..*count {
                let reply = client.read_reply().map_err(|error| error.to_string())?;
                if reply.first() == Some(&b'-') {
                    return Err(::tests::wire::show(&reply));
                }
            }
        }
        Ok(())
    }
}

/// A coordinate between 0 and `most` degrees.
fn place(random: &mut Random, most: f64) -> String {
    format!("{:.6}", random.below(1_000_000) as f64 / 1e6 * most)
}

/// All repetitions of one row, in commands a second.
pub struct Figures {
    pub row: Row,
    pub native: Vec<f64>,
    pub ours: Vec<f64>,
    pub real: Vec<f64>,
}

impl Figures {
    pub fn new(row: Row) -> Figures {
        Figures { row, native: Vec::new(), ours: Vec::new(), real: Vec::new() }
    }

    /// The medians of the engine in process, our server and the real one.
    pub fn medians(&self) -> [f64; 3] {
        [&self.native, &self.ours, &self.real].map(|speeds| median(speeds))
    }

    pub fn json(&self) -> Value {
        json!({ "what": self.row.name, "native": self.native, "server": self.ours, "redis": self.real })
    }
}

/// Measures one row once, on all three sides; neither server always goes first.
pub fn measure(servers: &Servers, figures: &mut Figures, sets: usize, repetition: usize) -> Result<(), String> {
    let row = figures.row;
    let commands = row.commands(sets);
    figures.native.push(in_process(&row, commands)?);
    let mut sides = [(servers.ours.side(), &mut figures.ours), (servers.real, &mut figures.real)];
    if repetition.is_multiple_of(2) {
        sides.reverse();
    }
    for (side, speeds) in sides {
        speeds.push(on_server(&row, side, commands)?);
    }
    Ok(())
}

/// Commands a second of the engine in this process.
pub fn in_process(row: &Row, commands: usize) -> Result<f64, String> {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(Time(0), |since| Time(since.as_millis() as u64));
    let mut config = vec![("save".to_string(), String::new())];
    config.extend(row.settings().iter().map(|(name, value)| (name.to_string(), value.to_string())));
    let options = Options { seed: 1, config, ..Options::default() };
    let mut engine = Engine::new(options, now()).map_err(|error| error.to_string())?;
    let client = engine.connect(now());
    for _ in 0..if row.kind == Kind::Publish { LISTENERS } else { 0 } {
        let listener = engine.connect(now());
        feed(&mut engine, listener, b"SUBSCRIBE news\r\n", now())?;
    }
    for (piece, _) in &row.prepare(commands).0 {
        feed(&mut engine, client, piece, now())?;
    }
    let pieces = row.pieces(commands);
    let began = Instant::now();
    for (piece, _) in &pieces.0 {
        let time = now();
        feed(&mut engine, client, piece, time)?;
        if engine.deadline().is_some_and(|due| due <= time) {
            engine.tick(time);
        }
    }
    Ok(commands as f64 / began.elapsed().as_secs_f64())
}

fn feed(engine: &mut Engine, client: ClientId, bytes: &[u8], now: Time) -> Result<(), String> {
    engine.receive(client, bytes, now);
    while let Some(output) = engine.poll() {
        if let Output::Reply { bytes, .. } = output
            && bytes.first() == Some(&b'-')
        {
            return Err(String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    Ok(())
}

/// Commands a second of a server, over one connection.
fn on_server(row: &Row, side: Side, commands: usize) -> Result<f64, String> {
    line(side.port, "FLUSHALL")?;
    for (name, value) in row.settings() {
        line(side.port, &format!("CONFIG SET {name} {value}"))?;
    }
    let said = |problem: String| format!("{}: {problem}", row.name);
    let failed = |error: std::io::Error| said(error.to_string());
    let listeners =
        if row.kind == Kind::Publish { Listeners::start(side.port).map_err(failed)? } else { Listeners::none() };
    let mut client = Client::connect(side.port).map_err(failed)?;
    row.prepare(commands).send(&mut client).map_err(said)?;
    let pieces = row.pieces(commands);
    let began = Instant::now();
    pieces.send(&mut client).map_err(said)?;
    let speed = commands as f64 / began.elapsed().as_secs_f64();
    drop(listeners);
    for (name, value) in [("maxmemory", "0"), ("maxmemory-policy", "noeviction")] {
        line(side.port, &format!("CONFIG SET {name} {value}"))?;
    }
    Ok(speed)
}

/// Clients that listen and throw away what they read.
struct Listeners {
    done: Arc<AtomicBool>,
    threads: Vec<std::thread::JoinHandle<()>>,
}

impl Listeners {
    fn none() -> Listeners {
        Listeners { done: Arc::default(), threads: Vec::new() }
    }

    fn start(port: u16) -> std::io::Result<Listeners> {
        let mut listeners = Listeners::none();
        for _ in 0..LISTENERS {
            let mut stream = TcpStream::connect(("127.0.0.1", port))?;
            std::io::Write::write_all(&mut stream, b"SUBSCRIBE news\r\n")?;
            // From the confirmation on it listens.
            stream.read_exact(&mut [0; b"*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n".len()])?;
            let mut buffer = [0; 65_536];
            stream.set_read_timeout(Some(Duration::from_millis(50)))?;
            let done = Arc::clone(&listeners.done);
            listeners.threads.push(std::thread::spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    if stream.read(&mut buffer).is_ok_and(|bytes| bytes == 0) {
                        return;
                    }
                }
            }));
        }
        Ok(listeners)
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A listener that failed has nothing to say that the row does not.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each row is what it says: commands that the engine answers without an error.
    #[test]
    fn every_row_runs_without_an_error() {
        for row in ROWS {
            let outcome = in_process(&row, 1_000).map(|speed| speed > 0.0);
            assert_eq!(outcome, Ok(true), "{}", row.name);
        }
    }
}
