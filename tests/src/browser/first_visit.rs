//! What people do when they first come: the part of the engine that is loaded first has to be enough for it.

use super::Terminal;

/// What people try first.
const FIRST: &[(&str, &str)] = &[
    ("SET greeting hello", "OK"),
    ("GET greeting", "\"hello\""),
    ("INCR counter", "(integer) 1"),
    ("APPEND greeting !", "(integer) 6"),
    ("MSET a 1 b 2", "OK"),
    ("MGET a b", "1) \"1\"\n2) \"2\""),
    ("EXPIRE a 100", "(integer) 1"),
    ("TTL b", "(integer) -1"),
    ("TYPE b", "string"),
    ("DEL a b", "(integer) 2"),
    ("RPUSH l 1 2 3", "(integer) 3"),
    ("LPOP l", "\"1\""),
    ("LRANGE l 0 -1", "1) \"2\"\n2) \"3\""),
    ("HSET h f v", "(integer) 1"),
    ("HGETALL h", "1) \"f\"\n2) \"v\""),
    ("SADD s a", "(integer) 1"),
    ("SMEMBERS s", "1) \"a\""),
    ("ZADD z 1.5 a 2 b", "(integer) 2"),
    ("ZRANGE z 0 -1 WITHSCORES", "1) \"a\"\n2) \"1.5\"\n3) \"b\"\n4) \"2\""),
    ("ZINCRBY z 2 a", "\"3.5\""),
    ("DBSIZE", "(integer) 6"),
    ("MULTI", "OK"),
    ("GET counter", "QUEUED"),
    ("EXEC", "1) \"1\""),
    ("PING", "PONG"),
    ("LPUSH greeting x", "(error) WRONGTYPE Operation against a key holding the wrong kind of value"),
    ("LPUSH", "(error) ERR wrong number of arguments for 'lpush' command"),
];

/// Tries all of it on an empty store.
#[track_caller]
pub fn run(terminal: &Terminal<'_>) {
    for (line, reply) in FIRST {
        let prompt = if matches!(*line, "EXEC" | "GET counter") { "127.0.0.1:6379(TX)> " } else { "127.0.0.1:6379> " };
        terminal.check_at(prompt, line, reply);
    }
}
