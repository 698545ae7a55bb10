use super::*;
use crate::base::Time;
use crate::command::Access;

/// A node with few commands.
struct Few;

const FEW: &[(&str, Categories)] = &[
    ("get", Categories::READ.with(Categories::STRING)),
    ("set", Categories::WRITE.with(Categories::STRING)),
    ("config", Categories::SLOW),
    ("config|get", Categories::ADMIN),
    ("config|set", Categories::ADMIN.with(Categories::WRITE)),
    ("auth", Categories::FAST),
];

impl Commands for Few {
    fn find(&self, name: &[u8]) -> Option<usize> {
        FEW.iter().position(|(known, _)| known.as_bytes().eq_ignore_ascii_case(name))
    }

    fn name(&self, number: usize) -> &str {
        FEW[number].0
    }

    fn categories(&self, number: usize) -> Categories {
        FEW[number].1
    }

    fn is_member(&self, number: usize) -> bool {
        FEW[number].0.contains('|')
    }

    fn count(&self) -> usize {
        FEW.len()
    }
}

fn set(acl: &mut Acl, name: &str, rules: &str) -> Result<(), String> {
    let rules: Vec<&[u8]> = rules.split(' ').map(str::as_bytes).collect();
    acl.set(name.as_bytes(), &rules, &Few).map(drop).map_err(|error| String::from_utf8(error.text()).unwrap())
}

/// What ACL LIST shows of a user with these rules.
#[track_caller]
fn check(rules: &str, shown: &str) {
    let mut acl = Acl::default();
    set(&mut acl, "u", rules).unwrap();
    let text = String::from_utf8(acl.get(b"u").unwrap().describe()).unwrap();
    assert_eq!(text, shown, "{rules}");
    // What is shown makes the same user.
    set(&mut acl, "v", &text).unwrap();
    assert_eq!(acl.get(b"v").unwrap().describe(), text.as_bytes(), "{rules}");
}

#[track_caller]
fn refused(rules: &str, why: &str) {
    let mut acl = Acl::default();
    let error = set(&mut acl, "u", rules).unwrap_err();
    assert!(error.ends_with(why), "{rules}: {error}");
    assert!(acl.get(b"u").is_none());
}

#[test]
fn rules_are_shown_as_they_act() {
    let nothing = "off sanitize-payload resetchannels -@all";
    check("", nothing);
    check("on nopass ~* &* +@all", "on nopass sanitize-payload ~* &* +@all");
    check("ON NoPass allkeys allchannels allcommands", "on nopass sanitize-payload ~* &* +@all");
    check("on nopass ~* &* +@all (+get ~x) reset", nothing);
    check("skip-sanitize-payload", "off skip-sanitize-payload resetchannels -@all");
    check("~a %R~b %W~c %rw~d %R~a %R~e %W~e", "off sanitize-payload ~a %R~b %W~c ~d ~e resetchannels -@all");
    check("&a &b &a", "off sanitize-payload resetchannels &a &b -@all");
    // In the order given, each once; a whole command takes the rules about its parts along.
    check("+get -set +@read -get", "off sanitize-payload resetchannels -@all -set +@read -get");
    check("+config|get +config +CONFIG|SET", "off sanitize-payload resetchannels -@all +config +config|set");
    check("+config|get +config|set -config", "off sanitize-payload resetchannels -@all -config");
    check("+@all -get +get|X", "off sanitize-payload resetchannels +@all -get +get|x");
    check("+get -@all +set", "off sanitize-payload resetchannels -@all +set");
    check(
        "(+get %R~x) ( ~y +@write )",
        &format!("{nothing} (%R~x resetchannels -@all +get) (~y resetchannels -@all +@write)"),
    );
    check("(+get) clearselectors", nothing);
}

#[test]
fn rules_that_cannot_be_change_nothing() {
    refused("+nosuch", "'+nosuch': Unknown command or category name in ACL");
    refused("+@nosuch", "Unknown command or category name in ACL");
    refused("-get|x", "Unknown command or category name in ACL");
    refused("+config|nosuch", "Unknown command or category name in ACL");
    refused("on +config|get|x", "Allowing first-arg of a subcommand is not supported");
    refused("+get|", "Syntax error");
    refused("nosuch", "'nosuch': Syntax error");
    refused("%~x", "Syntax error");
    refused("%RX~x", "Syntax error");
    refused("~* ~x", "Try 'resetkeys' to start with an empty list of patterns");
    refused("&* &x", "Try 'resetchannels' to start with an empty list of channels");
    refused("<x", "The password you are trying to remove from the user does not exist");
    refused("#abc", "must be exactly 64 characters and contain only lowercase hexadecimal characters");
    refused("(+get ~x", "ERR Unmatched parenthesis in acl selector starting at '(+get'.");
    refused("(on)", "'(on)': Syntax error");
}

#[test]
fn passwords_are_kept_as_digests() {
    let mut acl = Acl::default();
    set(&mut acl, "u", ">one >two >one").unwrap();
    assert!(!acl.accepts(b"u", b"one"), "it is off");
    set(&mut acl, "u", "on").unwrap();
    assert!(acl.accepts(b"u", b"one") && acl.accepts(b"u", b"two") && !acl.accepts(b"u", b"three"));
    assert_eq!(acl.get(b"u").unwrap().passwords().len(), 2);
    set(&mut acl, "u", &format!("!{}", sha256_hex(b"one").escape_ascii())).unwrap();
    set(&mut acl, "u", "<two").unwrap();
    assert!(!acl.accepts(b"u", b"one") && !acl.accepts(b"u", b""));
    set(&mut acl, "u", "nopass").unwrap();
    assert!(acl.accepts(b"u", b"anything") && !acl.accepts(b"nobody", b""));
    assert!(!acl.needs_authentication());
    acl.require_password(b"secret");
    assert!(acl.needs_authentication() && acl.accepts(b"default", b"secret") && !acl.accepts(b"default", b""));
    acl.require_password(b"");
    assert!(!acl.needs_authentication());
}

/// What a user with these rules is refused of a command with one key, or one channel.
#[track_caller]
fn denied(rules: &str, call: &str, access: Access) -> Option<Denied> {
    let mut acl = Acl::default();
    set(&mut acl, "u", rules).unwrap();
    let words: Vec<&[u8]> = call.split(' ').map(str::as_bytes).collect();
    let command = Few.find(words[0]).unwrap();
    let keys = [(1, access)];
    let request = Request { command, for_everybody: false, words: &words, keys: &keys, channels: &[] };
    acl.get(b"u").unwrap().check(&request).err()
}

#[test]
fn permissions_follow_the_rules() {
    let (reads, writes) = (Access::RO_ACCESS, Access::RW_INSERT);
    assert_eq!(denied("+get ~a*", "get abc", reads), None);
    assert_eq!(denied("+get ~a*", "get b", reads), Some(Denied::Key(1)));
    assert_eq!(denied("+@read ~*", "set a 1", writes), Some(Denied::Command));
    assert_eq!(denied("+@all -@write ~*", "set a 1", writes), Some(Denied::Command));
    assert_eq!(denied("+@all -@write +set ~*", "set a 1", writes), None);
    assert_eq!(denied("+set %R~a", "set a 1", writes), Some(Denied::Key(1)));
    assert_eq!(denied("+set %W~a", "set a 1", writes), None);
    assert_eq!(denied("+set %W~a", "set a 1", Access::RW_ACCESS_UPDATE), Some(Denied::Key(1)));
    // Looking whether a key exists neither reads nor writes it.
    assert_eq!(denied("+get %W~a", "get a", Access::RO), None);
    assert_eq!(denied("+get|yes ~*", "get yes", reads), None);
    assert_eq!(denied("+get|yes ~*", "get no", reads), Some(Denied::Command));
    assert_eq!(denied("+get|yes -get ~*", "get yes", reads), Some(Denied::Command));
    // Each selector stands for itself; what came nearest tells why not.
    assert_eq!(denied("+get ~a (+set ~b)", "set b 1", writes), None);
    assert_eq!(denied("+get ~a (+set ~b)", "set a 1", writes), Some(Denied::Key(1)));
    assert_eq!(denied("-config|set +config ~*", "config|set x", reads), None);
    assert_eq!(denied("+config -config|set ~*", "config|set x", reads), Some(Denied::Command));
}

#[test]
fn channels_match_but_patterns_must_be_the_same() {
    let mut acl = Acl::default();
    set(&mut acl, "u", "+get ~* &a* &b").unwrap();
    let check = |channel: &str, is_pattern: bool| {
        let words = [b"get".as_slice(), channel.as_bytes()];
        let channels = [Channel { word: 1, is_pattern }];
        let request = Request { command: 0, for_everybody: false, words: &words, keys: &[], channels: &channels };
        acl.get(b"u").unwrap().check(&request)
    };
    assert_eq!(check("abc", false), Ok(()));
    assert_eq!(check("c", false), Err(Denied::Channel(1)));
    assert_eq!(check("a*", true), Ok(()));
    assert_eq!(check("ab*", true), Err(Denied::Channel(1)));
}

#[test]
fn the_log_counts_what_is_alike() {
    let mut log = Log::default();
    log.max_entries = 3;
    let mut add = |object: &str, at: u64| {
        let (object, now) = (Bytes::new(object.as_bytes()), Time(at));
        let (reason, context) = (Reason::Key, Context::TopLevel);
        let (user, client) = (Bytes::new(b"u"), String::new());
        log.add(Entry { count: 1, reason, context, object, user, client, id: 0, created: now, updated: now });
        log.entries()
            .map(|entry| format!("{}:{}x{}", entry.id, entry.object.escape_ascii(), entry.count))
            .collect::<Vec<_>>()
    };
    add("a", 0);
    add("b", 1);
    assert_eq!(add("a", 60_000), ["0:ax2", "1:bx1"]);
    assert_eq!(add("b", 60_002), ["2:bx1", "0:ax2", "1:bx1"]);
    assert_eq!(add("c", 60_002), ["3:cx1", "2:bx1", "0:ax2"]);
}

#[test]
fn a_file_is_taken_whole_or_not_at_all() {
    let mut acl = Acl::default();
    set(&mut acl, "u", "on >x ~a (+get ~b) +@read").unwrap();
    let file = acl.to_file();
    let mut again = Acl::default();
    assert_eq!(again.load(&file, "users.acl", &Few), Ok(()));
    assert_eq!(again.to_file(), file);
    let bad = b"user a on\r\n\nuser a off\nnobody\nuser b +nosuch ~* ~x &* &y\nuser d (+get\n";
    let error = String::from_utf8(again.load(bad, "f", &Few).unwrap_err()).unwrap();
    assert_eq!(
        error,
        format!(
            "WARNING: Duplicate user 'a' found on line 3. f:4 should start with user keyword followed by the username. \
             f:5: Error in applying operation '+nosuch': Unknown command or category name in ACL. f:5: {}. \
             f:6: Unmatched parenthesis in selector definition.WARNING: ACL errors detected, no change to the \
             previously active ACL rules was performed",
            RuleError::KeysAfterAll.text()
        )
    );
    assert_eq!(again.to_file(), file);
    // A file without the default user leaves it as it is at first.
    assert_eq!(again.load(b"user z on", "f", &Few), Ok(()));
    assert!(again.get(b"default").unwrap().root().is_all_powerful() && again.get(b"u").is_none());
}
