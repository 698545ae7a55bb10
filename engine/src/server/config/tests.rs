use std::collections::BTreeSet;

use super::scope::{ONE_VALUE, WITHOUT_EFFECT};
use super::*;

fn set(name: &str, value: &str) -> Result<String, String> {
    let mut config = Config::default();
    config.set(Config::find(name.as_bytes()).unwrap(), value.as_bytes())?;
    Ok(config.get(name).to_string())
}

#[test]
fn every_name_is_there_once_and_every_default_is_in_normal_form() {
    let mut names = BTreeSet::new();
    for setting in SETTINGS {
        for name in core::iter::once(setting.name).chain(setting.alias) {
            assert!(names.insert(name), "{name} twice");
        }
        let mut config = Config::default();
        if config.set(setting, setting.default.as_bytes()).is_ok() {
            assert_eq!(config.get(setting.name), setting.default, "{}", setting.name);
        } else {
            // No value at all is no primary, and no folder was entered yet.
            assert!(matches!(setting.kind, Kind::Primary), "{}", setting.name);
        }
    }
    let listed = WITHOUT_EFFECT.iter().flat_map(|(_, names)| *names).chain(ONE_VALUE.iter().map(|(name, ..)| name));
    let mut once = BTreeSet::new();
    for name in listed {
        assert!(SETTINGS.iter().any(|setting| setting.name == *name), "there is no {name}");
        assert!(once.insert(name), "{name} is listed twice");
    }
}

#[test]
fn sizes_have_units_and_shares_a_sign() {
    assert_eq!(set("maxmemory", "1GB").unwrap(), "1073741824");
    assert_eq!(set("maxmemory", "1g").unwrap(), "1000000000");
    assert_eq!(set("maxmemory", "").unwrap(), "0");
    assert_eq!(set("maxmemory", "18446744073709551615").unwrap(), "18446744073709551615");
    assert_eq!(set("maxmemory-clients", "7%").unwrap(), "7%");
    assert_eq!(set("maxmemory-clients", "0%").unwrap(), "0");
    assert_eq!(set("maxmemory-clients", "18446744073709551611").unwrap(), "5%");
    assert!(set("maxmemory-clients", "101%").is_err());
    let mut config = Config::default();
    config.set(Config::find(b"maxmemory").unwrap(), b"18446744073709551615").unwrap();
    assert_eq!(config.size("maxmemory"), usize::MAX);
}

#[test]
fn values_of_several_words() {
    assert_eq!(set("save", "900 1 300 10").unwrap(), "900 1 300 10");
    assert_eq!(set("save", "").unwrap(), "");
    assert!(set("save", "900  1").is_err() && set("save", "0 1").is_err());
    assert_eq!(set("shutdown-on-sigterm", "now SAVE").unwrap(), "save now");
    assert_eq!(set("notify-keyspace-events", "AKE").unwrap(), "AKE");
    assert_eq!(
        set("client-output-buffer-limit", "replica 1mb 2 3").unwrap(),
        "normal 0 0 0 slave 1048576 2 3 pubsub 33554432 8388608 60"
    );
    assert_eq!(set("latency-tracking-info-percentiles", "100 0 99.120").unwrap(), "100 0 99.12");
}

#[test]
fn what_a_single_node_cannot_be_is_refused_with_the_reason() {
    assert!(set("cluster-enabled", "yes").unwrap_err().contains("single node"));
    assert!(set("replicaof", "localhost 6379").unwrap_err().contains("single node"));
    assert_eq!(set("replicaof", "no one").unwrap(), "");
    assert!(set("databases", "2147483647").unwrap_err().contains("10000"));
    assert_eq!(set("databases", "40").unwrap(), "40");
}

fn read(text: &str) -> Result<Config, String> {
    file::read(text.as_bytes()).map(|startup| startup.config).map_err(|error| error.to_string())
}

#[test]
fn a_text_is_read_line_by_line() {
    let config =
        read("# a comment\n\n  PORT 6380\r\nrequirepass \"a \\\"b\\\"\\x41\"\nslave-read-only 'no'\nmaxmemory 1gb");
    let config = config.unwrap();
    assert_eq!((config.get("port"), config.get("requirepass")), ("6380", "a \"b\"A"));
    assert_eq!((config.get("replica-read-only"), config.get("maxmemory")), ("no", "1073741824"));
    assert_eq!(config.get("save"), "3600 1 300 100 60 10000");
    assert_eq!(read("save 900 1\nsave 300 10 60 100\n").unwrap().get("save"), "900 1 300 10 60 100");
    assert_eq!(read("save 900 1\nsave \"\"\nsave 5 6").unwrap().get("save"), "5 6");
    assert_eq!(read("save \"\"").unwrap().get("save"), "");
    let startup = file::read(b"port 1\nuser bob on >x ~*\n").unwrap();
    assert_eq!(startup.users, [(2, ["bob", "on", ">x", "~*"].map(|word| word.as_bytes().to_vec()).to_vec())]);
}

#[test]
fn a_mistake_is_named_with_its_line() {
    let report = file::read(b"# c\nfoo bar \nport 1").unwrap_err().report("7.4.1");
    assert_eq!(
        report,
        "\n*** FATAL CONFIG FILE ERROR (Redis 7.4.1) ***\nReading the configuration file, at line 2\n>>> 'foo bar'\n\
         Bad directive or wrong number of arguments\n"
    );
    for (text, reason) in [
        ("port", "wrong number of arguments"),
        ("port 1 2", "wrong number of arguments"),
        ("port x", "argument couldn't be parsed into an integer"),
        ("dbfilename \"a", "Unbalanced quotes in configuration line"),
        ("save 900", "Invalid save parameters"),
        ("include other.conf", "include is not possible here: put the other file's lines in its place"),
        ("replicaof localhost 6379", "this is a single node; it cannot follow another one"),
        ("sentinel monitor", "sentinel directive while not in sentinel mode"),
        ("a.b", "Module config specified without value"),
        ("lua-replicate-commands", "Bad directive or wrong number of arguments"),
    ] {
        let error = read(text).unwrap_err();
        assert_eq!(error, format!("line 1, '{text}': {reason}"));
    }
    assert!(read("lua-replicate-commands yes\nreplicaof no one").is_ok());
}

#[test]
fn a_rewritten_text_reads_as_what_was_set() {
    let old = "# top\nport 6380\n\n\n\nslave-read-only no\ntimeout 5\ntimeout 6\nnosuch 1\ninclude x\n# end";
    let mut config = read("port 6380\nslave-read-only no\ntimeout 6").unwrap();
    for (name, value) in [("maxmemory", "100mb"), ("requirepass", "a \"bä"), ("save", "9 8 7 6"), ("timeout", "7")] {
        config.set(Config::find(name.as_bytes()).unwrap(), value.as_bytes()).unwrap();
    }
    let new = rewrite::rewrite(&config, Some(&[b"user default on".to_vec()]), old.as_bytes());
    let new = String::from_utf8(new).unwrap();
    let (kept, added) = new.split_once("# Generated by CONFIG REWRITE\n").unwrap();
    assert_eq!(kept, "# top\nport 6380\n\nreplica-read-only no\ntimeout 7\n\n# ??? nosuch 1\ninclude x\n# end\n");
    for line in ["maxmemory 100mb", "requirepass \"a \\\"b\\xc3\\xa4\"", "save 9 8", "save 7 6", "user default on"] {
        assert!(added.lines().any(|added| added == line), "{line} in {added}");
    }
    let again = file::read(new.replace("include x\n", "").as_bytes()).unwrap();
    for setting in SETTINGS {
        assert_eq!(again.config.bytes(setting.name), config.bytes(setting.name), "{}", setting.name);
    }
    // The end of the last line counts as an empty one from the second time on, as in Redis.
    let twice = rewrite::rewrite(&config, Some(&[b"user default on".to_vec()]), new.as_bytes());
    assert_eq!(String::from_utf8(twice.clone()).unwrap(), format!("{new}\n"));
    assert_eq!(rewrite::rewrite(&config, Some(&[b"user default on".to_vec()]), &twice), twice);
}

#[test]
fn output_limits_are_those_of_the_class() {
    let mut config = Config::default();
    let limit = |hard_bytes, soft_bytes, soft_seconds| OutputLimit { hard_bytes, soft_bytes, soft_seconds };
    assert_eq!(config.output_limit(false), limit(0, 0, 0));
    assert_eq!(config.output_limit(true), limit(33_554_432, 8_388_608, 60));
    config.set(Config::find(b"client-output-buffer-limit").unwrap(), b"normal 1mb 512kb 9").unwrap();
    assert_eq!(config.output_limit(false), limit(1_048_576, 524_288, 9));
}
