//! The `redis` crate against our server and the real one: a program on a pool, with pipelines, transactions, messages
//! and streams. What it finds must be the same on both.

use redis::streams::{StreamReadOptions, StreamReadReply};
use redis::{Commands, ConnectionLike, RedisResult, TypedCommands, Value};
use server::{Running, Settings};
use std::time::Duration;
use tests::RealServer;

/// Everything that the program found, one line each.
struct Found(Vec<String>);

impl Found {
    fn add(&mut self, what: &str, found: impl std::fmt::Debug) {
        self.0.push(format!("{what}: {found:?}"));
    }
}

fn strings(found: &mut Found, connection: &mut redis::Connection) -> RedisResult<()> {
    found.add("set", Commands::set::<_, _, Value>(connection, "k", "v")?);
    found.add("get", Commands::get::<_, String>(connection, "k")?);
    found.add("none", Commands::get::<_, Option<String>>(connection, "none")?);
    found.add("incr", Commands::incr::<_, _, i64>(connection, "n", 5)?);
    found.add("wrong", Commands::lpush::<_, _, i64>(connection, "k", 1).map_err(|error| error.to_string()));
    found.add("typed", TypedCommands::get(connection, "k")?);
    Ok(())
}

fn collections(found: &mut Found, connection: &mut redis::Connection) -> RedisResult<()> {
    found.add("hset", Commands::hset_multiple::<_, _, _, Value>(connection, "h", &[("a", 1), ("b", 2)])?);
    found.add("hgetall", Commands::hgetall::<_, std::collections::BTreeMap<String, i64>>(connection, "h")?);
    found.add("rpush", Commands::rpush::<_, _, i64>(connection, "l", &["x", "y", "z"])?);
    found.add("lrange", Commands::lrange::<_, Vec<String>>(connection, "l", 0, -1)?);
    found.add("zadd", Commands::zadd::<_, _, _, i64>(connection, "z", "one", 1)?);
    found.add("zrange", Commands::zrange_withscores::<_, Vec<(String, f64)>>(connection, "z", 0, -1)?);
    let mut keys: Vec<String> = Commands::scan::<String>(connection)?.collect::<RedisResult<_>>()?;
    keys.sort();
    found.add("scan", keys);
    found.add("blpop", Commands::blpop::<_, (String, String)>(connection, &["nothing", "l"], 1.0)?);
    Ok(())
}

fn pipelines(found: &mut Found, connection: &mut redis::Connection) -> RedisResult<()> {
    let mut pipeline = redis::pipe();
    for number in 0..1_000 {
        pipeline.set(format!("p{number}"), number).ignore();
        pipeline.get(format!("p{number}"));
    }
    let replies: Vec<i64> = pipeline.query(connection)?;
    found.add("pipeline", (replies.len(), replies.iter().sum::<i64>()));
    let mut atomic = redis::pipe();
    atomic.atomic().incr("n", 1);
    atomic.get("n");
    found.add("atomic", atomic.query::<(i64, i64)>(connection)?);
    Ok(())
}

/// Two clients count up one number; each try is a transaction that a change by the other one breaks.
fn transactions(found: &mut Found, client: &redis::Client) -> RedisResult<()> {
    let count = |client: redis::Client| {
        std::thread::spawn(move || -> RedisResult<()> {
            let mut connection = client.get_connection()?;
            for _ in 0..100 {
                redis::transaction(&mut connection, &["counter"], |connection, pipeline| {
                    let value: i64 = Commands::get::<_, Option<i64>>(connection, "counter")?.unwrap_or(0);
                    pipeline.set("counter", value + 1);
                    pipeline.query::<Option<(Value,)>>(connection)
                })?;
            }
            Ok(())
        })
    };
    let threads = [count(client.clone()), count(client.clone())];
    for thread in threads {
        thread.join().expect("no panic")?;
    }
    found.add("counted", Commands::get::<_, i64>(&mut client.get_connection()?, "counter")?);
    Ok(())
}

fn messages(found: &mut Found, client: &redis::Client) -> RedisResult<()> {
    let mut listening = client.get_connection()?;
    // A message that never comes must fail the test, not hang it.
    listening.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut listener = listening.as_pubsub();
    listener.subscribe("news")?;
    listener.psubscribe("we*")?;
    let mut publisher = client.get_connection()?;
    found.add("heard by", Commands::publish::<_, _, i64>(&mut publisher, "news", "first")?);
    found.add("heard by", Commands::publish::<_, _, i64>(&mut publisher, "weather", "rain")?);
    for _ in 0..2 {
        let message = listener.get_message()?;
        let (channel, text) = (message.get_channel_name().to_string(), message.get_payload::<String>()?);
        found.add("message", (channel, text, message.from_pattern()));
    }
    Ok(())
}

fn streams(found: &mut Found, connection: &mut redis::Connection) -> RedisResult<()> {
    for number in 1..=5 {
        let id: String = Commands::xadd(connection, "s", format!("1-{number}"), &[("field", number)])?;
        found.add("xadd", id);
    }
    found.add("group", Commands::xgroup_create::<_, _, _, Value>(connection, "s", "g", "0")?);
    let options = StreamReadOptions::default().group("g", "me").count(3);
    let read: StreamReadReply = Commands::xread_options(connection, &["s"], &[">"], &options)?;
    let ids: Vec<String> = read.keys.iter().flat_map(|key| key.ids.iter().map(|entry| entry.id.clone())).collect();
    found.add("read", &ids);
    found.add("acknowledged", Commands::xack::<_, _, _, i64>(connection, "s", "g", &ids[..2])?);
    let pending: Value = redis::cmd("XPENDING").arg("s").arg("g").query(connection)?;
    found.add("pending", pending);
    Ok(())
}

fn pool(found: &mut Found, client: &redis::Client) -> RedisResult<()> {
    let pool = r2d2::Pool::builder().max_size(4).build(client.clone()).expect("a pool");
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let pool = pool.clone();
            std::thread::spawn(move || -> RedisResult<()> {
                for _ in 0..50 {
                    let mut connection = pool.get().expect("a connection");
                    let _: i64 = Commands::incr(&mut *connection, "pooled", 1)?;
                }
                Ok(())
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("no panic")?;
    }
    let mut connection = pool.get().expect("a connection");
    found.add("pooled", Commands::get::<_, i64>(&mut *connection, "pooled")?);
    found.add("is open", connection.is_open());
    Ok(())
}

/// The whole program, in RESP2 or RESP3.
fn program(port: u16, protocol: &str) -> RedisResult<Vec<String>> {
    let client = redis::Client::open(format!("redis://127.0.0.1:{port}/?protocol={protocol}"))?;
    let mut connection = client.get_connection()?;
    let mut found = Found(Vec::new());
    strings(&mut found, &mut connection)?;
    collections(&mut found, &mut connection)?;
    pipelines(&mut found, &mut connection)?;
    transactions(&mut found, &client)?;
    messages(&mut found, &client)?;
    streams(&mut found, &mut connection)?;
    pool(&mut found, &client)?;
    Ok(found.0)
}

#[test]
fn a_program_finds_the_same_on_both_servers() {
    for protocol in ["resp2", "resp3"] {
        let config = vec![("save".to_string(), String::new())];
        let ours = Running::start(Settings { port: 0, config, ..Settings::default() }).expect("our server");
        let real = RealServer::start().expect("the real server");
        let found = program(ours.address().port(), protocol).expect("no error from our server");
        let expected = program(real.port(), protocol).expect("no error from the real server");
        assert_eq!(found, expected, "{protocol}");
        assert!(found.contains(&"counted: 200".to_string()), "{found:#?}");
        ours.stop().expect("a good end");
    }
}
