//! The journal's files: what our server writes the real one loads, and the other way round; what is cut off or damaged
//! is treated alike; and a disk that says no stops the writes.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use engine::encoding::Element;
use engine::value::Value;
use engine::{Engine, Options};
use server::{Running, Settings};
use tests::process::free_port;
use tests::real::Directory;
use tests::side::now;
use tests::stream::{self, FAMILIES, Plan};
use tests::{Client, RealServer, wire};

/// Our server in this folder, with more lines of configuration.
fn start_ours(folder: &Path, lines: &str) -> Result<(Running, Client), String> {
    let port = free_port()?;
    let dir = folder.display();
    let text = format!("port {port}\nbind 127.0.0.1\ndir {dir}\nappendonly yes\nsave \"\"\n{lines}\n");
    let settings = Settings::read(text.as_bytes()).map_err(|error| error.to_string())?;
    let server = Running::start(settings)?;
    let client = Client::connect(port).map_err(|error| error.to_string())?;
    Ok((server, client))
}

/// The real server in this folder.
fn start_real(folder: &Path, more: &[&str]) -> Result<RealServer, String> {
    let dir = folder.to_string_lossy();
    RealServer::start_with(&[&["--dir", &dir, "--appendonly", "yes"], more].concat(), None)
}

/// Everything in an RDB file, in a form that does not depend on how it is kept.
fn data(rdb: &[u8]) -> BTreeMap<(usize, Vec<u8>), (u64, Vec<String>)> {
    let mut engine = Engine::new(Options::default(), now()).unwrap();
    engine.restore(rdb, now()).unwrap();
    let mut data = BTreeMap::new();
    for (number, database) in engine.keyspace().databases() {
        for (key, object) in database.iter() {
            data.insert((number, key.to_vec()), (object.expire_at_ms, contents(&object.value)));
        }
    }
    data
}

fn contents(value: &Value) -> Vec<String> {
    let show = |element: Element| element.to_vec().escape_ascii().to_string();
    let mut lines = match value {
        Value::String(string) => vec![string.to_vec().escape_ascii().to_string()],
        Value::List(list) => return list.iter().map(show).collect(),
        Value::Set(set) => set.iter().map(show).collect(),
        Value::Hash(hash) => hash.iter().map(|(field, value)| format!("{} {}", show(field), show(value))).collect(),
        Value::ZSet(zset) => zset.iter().map(|(member, score)| format!("{:?} {}", score + 0.0, show(member))).collect(),
        #[allow(unreachable_patterns, reason = "types that the streams below do not make")]
        other => vec![other.type_name().to_owned()],
    };
    lines.sort_unstable();
    lines
}

/// Commands that both versions know, without those that leave what differs by chance.
fn commands(seed: u64) -> Vec<wire::Command> {
    let mut all = Vec::new();
    for family in FAMILIES.iter().filter(|family| ["strings", "lists", "sets", "zsets", "keys"].contains(&family.name))
    {
        let allowed = |name: &str| !["FLUSHALL", "FLUSHDB", "SWAPDB", "ZRANGESTORE", "ZREMRANGEBYLEX"].contains(&name);
        all.extend(stream::generate(&Plan { family, seed, length: 150, allowed: &allowed }));
    }
    all.push(wire::words("HSET hash a 1 b 2 c 3"));
    all.push(wire::words("SET volatile v PXAT 4102444800000"));
    let many: Vec<String> = (0..500).map(|number| format!("element-{number}")).collect();
    for name in ["RPUSH list-of-many", "SADD set-of-many"] {
        all.push(wire::words(&format!("{name} {}", many.join(" "))));
    }
    all
}

fn run(client: &mut Client, port: u16, commands: &[wire::Command]) {
    for command in commands {
        // Some commands close the connection, on purpose.
        if client.call(command).is_err() {
            *client = Client::connect(port).unwrap();
        }
    }
}

/// Waits for a field of INFO, as long as it takes.
fn wait_for(client: &mut Client, field: &str) {
    while !String::from_utf8_lossy(&client.line("INFO persistence").unwrap()).contains(field) {
        std::thread::yield_now();
    }
}

fn check_aof(folder: &Path) {
    let manifest = folder.join("appendonlydir").join("appendonly.aof.manifest");
    let checked = Command::new("redis-check-aof").arg(manifest).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
}

#[test]
fn what_we_write_the_real_server_loads() {
    for (seed, lines) in [
        (1, "appendfsync always"),
        (2, "appendfsync no\naof-use-rdb-preamble no"),
        (3, "appenddirname appendonlydir\nauto-aof-rewrite-min-size 2kb\nauto-aof-rewrite-percentage 10"),
    ] {
        let folder = Directory::create().unwrap();
        let (server, mut client) = start_ours(&folder.0, lines).unwrap();
        let port = server.address().port();
        let commands = commands(seed);
        let (before, after) = commands.split_at(commands.len() / 2);
        run(&mut client, port, before);
        client = Client::connect(port).unwrap();
        if !lines.contains("auto") {
            assert!(
                client.line("BGREWRITEAOF").unwrap().starts_with(b"+Background append only file rewriting started")
            );
        }
        run(&mut client, port, after);
        client = Client::connect(port).unwrap();
        wait_for(&mut client, "aof_rewrite_in_progress:0\r\n");
        let info = String::from_utf8_lossy(&client.line("INFO persistence").unwrap()).into_owned();
        assert!(!info.contains("aof_rewrites:0\r\n") && info.contains("aof_last_bgrewrite_status:ok"), "{info}");
        client.line("WAITAOF 1 0 0").unwrap();
        client.line("SAVE").unwrap();
        let saved = std::fs::read(folder.0.join("dump.rdb")).unwrap();
        server.stop().unwrap();
        check_aof(&folder.0);
        let real = start_real(&folder.0, &[]).unwrap();
        real.client().unwrap().line("SAVE").unwrap();
        let loaded = std::fs::read(folder.0.join("dump.rdb")).unwrap();
        assert!(data(&saved).len() > 10);
        assert_eq!(data(&loaded), data(&saved), "{lines}");
    }
}

#[test]
fn what_the_real_server_writes_we_load() {
    for (seed, more) in [(4, &[][..]), (5, &["--aof-use-rdb-preamble", "no", "--aof-timestamp-enabled", "yes"])] {
        let folder = Directory::create().unwrap();
        let real = start_real(&folder.0, more).unwrap();
        let mut client = real.client().unwrap();
        let commands = commands(seed);
        let (before, after) = commands.split_at(commands.len() / 2);
        run(&mut client, real.port(), before);
        client = real.client().unwrap();
        assert!(client.line("BGREWRITEAOF").unwrap().starts_with(b"+"));
        run(&mut client, real.port(), after);
        client = real.client().unwrap();
        wait_for(&mut client, "aof_rewrite_in_progress:0\r\n");
        client.line("SAVE").unwrap();
        let saved = std::fs::read(folder.0.join("dump.rdb")).unwrap();
        // It ends without a reply; everything is on the disk then.
        let _ = client.line("SHUTDOWN NOSAVE");
        drop(real);
        let (server, mut client) = start_ours(&folder.0, "").unwrap();
        client.line("SAVE").unwrap();
        let loaded = std::fs::read(folder.0.join("dump.rdb")).unwrap();
        assert_eq!(data(&loaded), data(&saved), "{more:?}");
        server.stop().unwrap();
        check_aof(&folder.0);
    }
}

/// A folder with a journal of two commands; the path of its increment.
fn two_commands() -> (Directory, std::path::PathBuf) {
    let folder = Directory::create().unwrap();
    let (server, mut client) = start_ours(&folder.0, "").unwrap();
    client.line("SET a 1").unwrap();
    client.line("SET b 22").unwrap();
    server.stop().unwrap();
    let increment = folder.0.join("appendonlydir").join("appendonly.aof.1.incr.aof");
    (folder, increment)
}

#[test]
fn a_journal_that_is_cut_off_is_loaded_if_that_is_allowed() {
    let (folder, increment) = two_commands();
    let whole = std::fs::read(&increment).unwrap();
    std::fs::write(&increment, &whole[..whole.len() - 3]).unwrap();
    let error = start_ours(&folder.0, "aof-load-truncated no").err().unwrap();
    let real = start_real(&folder.0, &["--aof-load-truncated", "no"]).err().unwrap();
    assert!(
        error.starts_with("Unexpected end of file reading the append only file appendonly.aof.1.incr.aof. You can:")
    );
    assert!(real.contains(&error), "{real}\n{error}");
    let (server, mut client) = start_ours(&folder.0, "").unwrap();
    assert_eq!(client.line("MGET a b").unwrap(), b"*2\r\n$1\r\n1\r\n$-1\r\n");
    // What comes next follows the last whole command.
    client.line("SET c 3").unwrap();
    server.stop().unwrap();
    check_aof(&folder.0);
    let (_server, mut client) = start_ours(&folder.0, "aof-load-truncated no").unwrap();
    assert_eq!(client.line("MGET a b c").unwrap(), b"*3\r\n$1\r\n1\r\n$-1\r\n$1\r\n3\r\n");
}

#[test]
fn a_damaged_journal_is_refused_at_its_offset() {
    let (folder, increment) = two_commands();
    let whole = std::fs::read(&increment).unwrap();
    std::fs::write(&increment, [&whole, &b"xx"[..]].concat()).unwrap();
    let error = start_ours(&folder.0, "").err().unwrap();
    let real = start_real(&folder.0, &[]).err().unwrap();
    let (text, offset) = error.split_once(" (at byte ").unwrap();
    assert!(text.starts_with("Bad file format reading the append only file appendonly.aof.1.incr.aof: make a backup"));
    assert!(real.contains(text), "{real}\n{error}");
    assert_eq!(offset, format!("{})", whole.len()));
    // The last increment alone may be cut off.
    std::fs::write(&increment, &whole[..whole.len() - 3]).unwrap();
    let manifest = folder.0.join("appendonlydir").join("appendonly.aof.manifest");
    let mut list = std::fs::read_to_string(&manifest).unwrap();
    list.push_str("file appendonly.aof.2.incr.aof seq 2 type i\n");
    std::fs::write(&manifest, list).unwrap();
    std::fs::write(folder.0.join("appendonlydir").join("appendonly.aof.2.incr.aof"), b"").unwrap();
    assert!(start_ours(&folder.0, "").err().unwrap().contains("appendonly.aof.1.incr.aof"));
    std::fs::write(&manifest, "bad\n").unwrap();
    assert!(start_ours(&folder.0, "").err().unwrap().starts_with("Invalid AOF manifest file format"));
}

#[test]
fn a_journal_of_one_file_is_taken_over() {
    let (folder, increment) = two_commands();
    let commands = std::fs::read(&increment).unwrap();
    std::fs::remove_dir_all(folder.0.join("appendonlydir")).unwrap();
    std::fs::write(folder.0.join("appendonly.aof"), commands).unwrap();
    let (server, mut client) = start_ours(&folder.0, "").unwrap();
    assert_eq!(client.line("GET b").unwrap(), b"$2\r\n22\r\n");
    client.line("SET c 3").unwrap();
    server.stop().unwrap();
    assert!(!folder.0.join("appendonly.aof").exists());
    let real = start_real(&folder.0, &[]).unwrap();
    assert_eq!(real.client().unwrap().line("MGET a b c").unwrap(), b"*3\r\n$1\r\n1\r\n$2\r\n22\r\n$1\r\n3\r\n");
}

#[test]
fn a_journal_can_be_turned_on_and_off() {
    let folder = Directory::create().unwrap();
    let (server, mut client) = start_ours(&folder.0, "appendonly no").unwrap();
    client.line("SET before 1").unwrap();
    assert_eq!(client.line("WAITAOF 1 0 0").unwrap()[0], b'-');
    assert_eq!(client.line("CONFIG SET appendonly yes").unwrap(), b"+OK\r\n");
    client.line("SET after 2").unwrap();
    wait_for(&mut client, "aof_rewrite_in_progress:0\r\n");
    assert_eq!(client.line("WAITAOF 1 0 0").unwrap(), b"*2\r\n:1\r\n:0\r\n");
    client.line("CONFIG SET appendonly no").unwrap();
    client.line("SET unseen 3").unwrap();
    client.line("CONFIG SET appendonly yes").unwrap();
    wait_for(&mut client, "aof_rewrites:2\r\n");
    client.line("SET last 4").unwrap();
    server.stop().unwrap();
    check_aof(&folder.0);
    let real = start_real(&folder.0, &[]).unwrap();
    let reply = real.client().unwrap().line("MGET before after unseen last").unwrap();
    assert_eq!(wire::show(&reply), wire::show(b"*4\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n$1\r\n4\r\n"));
}

/// What the journal does not hold is gone; what it holds is there as it was, and is not written again.
#[test]
fn a_journal_is_loaded_while_the_server_runs() {
    let steps = |client: &mut Client| -> Vec<String> {
        let first = ["SET k v", "RPUSH l a b", "HSET h f 1", "SELECT 3", "SADD s 1 2", "SELECT 0", "BGREWRITEAOF"];
        let code = "#!lua name=own\nredis.register_function('twice', function(keys, args) return args[1] * 2 end)";
        assert_eq!(client.call(&wire::command(&["FUNCTION", "LOAD", code])).unwrap(), b"$3\r\nown\r\n");
        first.iter().for_each(|line| drop(client.line(line).unwrap()));
        wait_for(client, "aof_rewrite_in_progress:0\r\n");
        let lines = [
            "SET k w",
            "INCR n",
            "SELECT 3",
            "SREM s 1",
            "SET gone 1 PXAT 1",
            "SELECT 0",
            "DEBUG POPULATE 2",
            "DBSIZE",
            "DEBUG LOADAOF",
            "DBSIZE",
            "MGET k n key:0",
            "LRANGE l 0 -1",
            "HGETALL h",
            "SELECT 3",
            "SMEMBERS s",
            "GET gone",
            "INCR after",
            "DEBUG LOADAOF",
            "GET after",
            "DEBUG LOADAOF x",
        ];
        lines.iter().map(|line| format!("{line}: {}", wire::show(&client.line(line).unwrap()))).collect()
    };
    let (our_folder, real_folder) = (Directory::create().unwrap(), Directory::create().unwrap());
    let real = start_real(&real_folder.0, &["--enable-debug-command", "yes"]).unwrap();
    let (ours, mut client) = start_ours(&our_folder.0, "enable-debug-command yes").unwrap();
    assert_eq!(steps(&mut client), steps(&mut real.client().unwrap()), "ours, then the real server");
    // The functions come from the file as well; in a transaction nobody can wait for it.
    assert_eq!(client.line("FCALL twice 0 21").unwrap(), b":42\r\n");
    for line in ["MULTI", "DEBUG LOADAOF"] {
        client.line(line).unwrap();
    }
    let refused = String::from_utf8_lossy(&client.line("EXEC").unwrap()).into_owned();
    assert!(refused.contains("cannot be waited for"), "{refused}");
    ours.stop().unwrap();
    check_aof(&our_folder.0);
}

/// LATENCY knows what of the journal's writing took long: twenty megabytes, and until they are on the disk.
#[test]
fn slow_writes_of_the_journal_are_noted() {
    let events = |client: &mut Client| -> Vec<String> {
        client.line("CONFIG SET latency-monitor-threshold 1").unwrap();
        let value = vec![b'x'; 20 << 20];
        client.call(&wire::command(&[&b"SET"[..], b"k", &value])).unwrap();
        let latest = String::from_utf8_lossy(&client.line("LATENCY LATEST").unwrap()).into_owned();
        let mut events: Vec<String> =
            latest.lines().filter(|line| line.starts_with("aof-")).map(str::to_owned).collect();
        events.sort();
        events
    };
    let (our_folder, real_folder) = (Directory::create().unwrap(), Directory::create().unwrap());
    let real = start_real(&real_folder.0, &["--appendfsync", "always", "--save", ""]).unwrap();
    let (ours, mut client) = start_ours(&our_folder.0, "appendfsync always").unwrap();
    let real = events(&mut real.client().unwrap());
    assert_eq!(events(&mut client), real);
    // A disk that is memory is never waited for.
    assert!(real.ends_with(&["aof-write".to_owned(), "aof-write-alone".to_owned()]), "{real:?}");
    ours.stop().unwrap();
}

/// LATENCY knows too when it takes long to give the new journal its name: what had that name before, a file that the
/// file system must let go of meanwhile, is two hundred megabytes.
#[test]
fn a_slow_renaming_of_the_journal_is_noted() {
    let latest = |client: &mut Client, folder: &Path| -> String {
        client.line("CONFIG SET latency-monitor-threshold 1").unwrap();
        let base = folder.join("appendonlydir").join("appendonly.aof.2.base.rdb");
        std::fs::write(&base, vec![b'x'; 200 << 20]).unwrap();
        client.line("BGREWRITEAOF").unwrap();
        wait_for(client, "aof_rewrite_in_progress:0\r\n");
        wait_for(client, "aof_last_bgrewrite_status:ok\r\n");
        assert!(std::fs::metadata(base).unwrap().len() < 10_000);
        String::from_utf8_lossy(&client.line("LATENCY LATEST").unwrap()).into_owned()
    };
    let (our_folder, real_folder) = (Directory::create().unwrap(), Directory::create().unwrap());
    let real = start_real(&real_folder.0, &["--save", ""]).unwrap();
    let (ours, mut client) = start_ours(&our_folder.0, "").unwrap();
    for (latest, side) in
        [(latest(&mut real.client().unwrap(), &real_folder.0), "real"), (latest(&mut client, &our_folder.0), "ours")]
    {
        assert!(latest.contains("$10\r\naof-rename\r\n"), "{side}: {latest}");
    }
    ours.stop().unwrap();
}

/// Where no snapshot can be stored nothing is written, until one can be again.
#[test]
fn a_disk_that_says_no_stops_the_writes() {
    let steps = |client: &mut Client, folder: &Path| -> Vec<String> {
        let mut shown = Vec::new();
        let mut say = |client: &mut Client, line: &str| {
            let reply = client.line(line).unwrap();
            shown.push(format!("{line}: {}", wire::show(&reply)));
        };
        // A folder stands where the file is to be.
        std::fs::create_dir(folder.join("dump.rdb")).unwrap();
        say(client, "SET k v");
        say(client, "SAVE");
        say(client, "BGSAVE");
        wait_for(client, "rdb_bgsave_in_progress:0\r\n");
        for line in ["SET k w", "PING", "GET k", "DEL k", "MULTI", "SET k x", "EXEC"] {
            say(client, line);
        }
        say(client, "CONFIG SET stop-writes-on-bgsave-error no");
        say(client, "SET k y");
        say(client, "CONFIG SET stop-writes-on-bgsave-error yes");
        std::fs::remove_dir(folder.join("dump.rdb")).unwrap();
        say(client, "BGSAVE");
        wait_for(client, "rdb_bgsave_in_progress:0\r\n");
        say(client, "SET k z");
        say(client, "CONFIG SET min-replicas-to-write 1");
        say(client, "SET k z");
        say(client, "GET k");
        shown
    };
    let folder = Directory::create().unwrap();
    let (_server, mut client) = start_ours(&folder.0, "appendonly no\nsave 3600 1000000").unwrap();
    let ours = steps(&mut client, &folder.0);
    let real = RealServer::start_with(&["--save", "3600 1000000"], None).unwrap();
    let real = steps(&mut real.client().unwrap(), real.directory());
    for (ours, real) in ours.iter().zip(&real) {
        assert_eq!(ours, real);
    }
    assert_eq!(ours.len(), real.len());
}
