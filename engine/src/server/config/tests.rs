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
    assert!(set("databases", "2147483647").unwrap_err().contains("100000"));
    assert_eq!(set("databases", "40").unwrap(), "40");
}
