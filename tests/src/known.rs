//! The known differences between the real server of the tests (Redis 7.0) and us (7.4): all of them, each with its
//! reason. `tests/known_differences.rs` runs each entry's commands on both sides and asserts both replies; an entry
//! that no longer differs fails there.

use crate::stream::name;
use crate::wire::Command;

pub type Accept = fn(&Command, &[u8], &[u8], &[u8]) -> bool;

pub struct Known {
    pub reason: &'static str,
    /// Commands that show it, in redis-cli's quoting; both replies are to the last one.
    pub commands: &'static [&'static str],
    /// The raw replies.
    pub real: &'static str,
    pub ours: &'static str,
    /// How streams recognise it: by the command, the type of its key (for OBJECT ENCODING) and both replies.
    /// `None`: the streams do not go there.
    pub accept: Option<Accept>,
}

pub const KNOWN: &[Known] = &[
    Known {
        reason: "since 7.2 a number that a script hands to a command is written with as few digits as name it",
        commands: &["EVAL \"return redis.call('echo',0.1)\" 0"],
        real: "$19\r\n0.10000000000000001\r\n",
        ours: "$3\r\n0.1\r\n",
        accept: None,
    },
    Known {
        reason: "since 7.2 a whole number that a script hands to a command is written as one up to half of 2^63",
        commands: &["EVAL \"return redis.call('echo',1e17)\" 0"],
        real: "$5\r\n1e+17\r\n",
        ours: "$18\r\n100000000000000000\r\n",
        accept: None,
    },
    Known {
        reason: "there is no debugger for scripts: the real one needs a process and a connection of its own",
        commands: &["SCRIPT DEBUG YES"],
        real: "+OK\r\n",
        ours: "-ERR SCRIPT DEBUG is not supported: there is no debugger for scripts here\r\n",
        accept: None,
    },
    Known {
        reason: "there is no string.dump: compiled code that somebody made up could never be loaded safely, so none is \
                 given out",
        commands: &["EVAL \"local ok = pcall(string.dump, function() end) return ok and 1 or 0\" 0"],
        real: ":1\r\n",
        ours: ":0\r\n",
        accept: None,
    },
    Known {
        reason: "a string that BITFIELD lengthens without setting anything has changed and goes into the journal; the \
                 real one keeps it out, so that the string is short again after a restart",
        commands: &["EVAL \"local function changes() return tonumber(string.match(redis.call('info', 'persistence'), \
                     'changes_since_last_save:(%d+)')) end redis.call('set', 'k', 'a') local before = changes() \
                     redis.call('bitfield', 'k', 'overflow', 'fail', 'incrby', 'u2', 100, 7) \
                     return {changes() - before, redis.call('strlen', 'k')}\" 0"],
        real: "*2\r\n:0\r\n:13\r\n",
        ours: "*2\r\n:1\r\n:13\r\n",
        accept: None,
    },
    Known {
        reason: "since 7.2 a small list is one listpack; a list is a quicklist only beyond list-max-listpack-size",
        commands: &["RPUSH l a b", "OBJECT ENCODING l"],
        real: "$9\r\nquicklist\r\n",
        ours: "$8\r\nlistpack\r\n",
        accept: Some(|command, kind, real, ours| {
            (&*name(command), kind, real, ours)
                == ("OBJECT ENCODING", b"list", b"$9\r\nquicklist\r\n", b"$8\r\nlistpack\r\n")
        }),
    },
    Known {
        reason: "since 7.2 a small set with members that are no integers is a listpack",
        commands: &["SADD s a b", "OBJECT ENCODING s"],
        real: "$9\r\nhashtable\r\n",
        ours: "$8\r\nlistpack\r\n",
        accept: Some(|command, kind, real, ours| {
            (&*name(command), kind, real, ours)
                == ("OBJECT ENCODING", b"set", b"$9\r\nhashtable\r\n", b"$8\r\nlistpack\r\n")
        }),
    },
    Known {
        reason: "since 7.2 a small set with members that are no integers is a listpack, which has no table",
        commands: &["SADD s a", "DEBUG HTSTATS-KEY s"],
        real: "$248\r\nHash table 0 stats (main hash table):\n table size: 4\n number of elements: 1\n different slots: 1\n \
               max chain length: 1\n avg chain length (counted): 1.00\n avg chain length (computed): 1.00\n Chain length \
               distribution:\n   0: 3 (75.00%)\n   1: 1 (25.00%)\n\r\n",
        ours: "-ERR The value stored at the specified key is not represented using an hash table\r\n",
        accept: Some(|command, _, real, ours| {
            let has_table = real.windows(18).any(|part| part == b"Hash table 0 stats");
            name(command) == "DEBUG HTSTATS-KEY" && has_table && ours.ends_with(b" using an hash table\r\n")
        }),
    },
    Known {
        reason: "since 7.4 a cursor is a number that is not negative; before, the empty text and -1 would do, but not \
                 spaces before it",
        commands: &["SCAN -1"],
        real: "*2\r\n$1\r\n0\r\n*0\r\n",
        ours: "-ERR invalid cursor\r\n",
        accept: Some(|command, _, real, ours| {
            let refusal = b"-ERR invalid cursor\r\n";
            is_odd_cursor(command) && (real == refusal || ours == refusal)
        }),
    },
    Known {
        reason: "since 7.4 there is NOVALUES, and the other scans know it only to refuse it",
        commands: &["SCAN 0 NOVALUES"],
        real: "-ERR syntax error\r\n",
        ours: "-ERR NOVALUES option can only be used in HSCAN\r\n",
        accept: None,
    },
    Known {
        reason: "since 7.2 what one command is about to add decides the encoding, even when it names a field twice",
        commands: &["CONFIG SET hash-max-listpack-entries 1", "HSET h a 1 a 2", "OBJECT ENCODING h"],
        real: "$8\r\nlistpack\r\n",
        ours: "$9\r\nhashtable\r\n",
        accept: None,
    },
    Known {
        reason: "since 7.2 what one command is about to add decides the encoding, even when it names a member twice",
        commands: &["CONFIG SET set-max-intset-entries 1", "SADD s 1 1", "OBJECT ENCODING s"],
        real: "$6\r\nintset\r\n",
        ours: "$8\r\nlistpack\r\n",
        accept: None,
    },
    Known {
        reason: "since 7.2 a timeout that would end after the last representable millisecond is refused",
        commands: &["WAIT 0 9223372036854775807"],
        real: ":0\r\n",
        ours: "-ERR timeout is out of range\r\n",
        accept: Some(|command, _, real, ours| {
            name(command) == "WAIT" && real == b":0\r\n" && ours == b"-ERR timeout is out of range\r\n"
        }),
    },
    Known {
        reason: "since 7.2 ZRANK and ZREVRANK take WITHSCORE, so one argument more is no wrong number of them",
        commands: &["ZRANK z a b"],
        real: "-ERR wrong number of arguments for 'zrank' command\r\n",
        ours: "-ERR syntax error\r\n",
        accept: Some(|command, _, real, ours| {
            matches!(&*name(command), "ZRANK" | "ZREVRANK")
                && command.len() == 4
                && real.starts_with(b"-ERR wrong number of arguments")
                && ours == b"-ERR syntax error\r\n"
        }),
    },
    Known {
        reason: "since 7.2 scores are printed with as few digits as name the number (scores.rs compares them)",
        commands: &["ZADD z 0.1 a", "ZSCORE z a"],
        real: "$19\r\n0.10000000000000001\r\n",
        ours: "$3\r\n0.1\r\n",
        accept: None,
    },
    Known {
        reason: "since 7.2 scores stand in a digest with as few digits as name the number",
        commands: &["ZADD z 0.3 a", "DEBUG DIGEST-VALUE z"],
        real: "*1\r\n+4deb88e1d66369524e3ee18facdf46be733094e4\r\n",
        ours: "*1\r\n+0b35ed6dfdfbde8983e6bb0ca70bc6fb4bf19915\r\n",
        accept: None,
    },
    Known {
        reason: "since 7.2 LPOS refuses the one RANK whose sign cannot be turned; before, it counted as -1",
        commands: &["RPUSH l a", "LPOS l a RANK -9223372036854775808"],
        real: ":0\r\n",
        ours: "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807\r\n",
        accept: Some(|command, _, _, ours| {
            name(command) == "LPOS"
                && command.iter().any(|word| word == b"-9223372036854775808")
                && ours.starts_with(b"-ERR value is out of range, value must between")
        }),
    },
    Known {
        reason: "the real SORT does not clear C's errno: a subnormal score that it reads out of a listpack makes it \
                 refuse members that are numbers",
        commands: &["ZADD z 4.9e-324 1", "SORT z"],
        real: "-ERR One or more scores can't be converted into double\r\n",
        ours: "*1\r\n$1\r\n1\r\n",
        accept: Some(|command, kind, real, ours| {
            matches!(&*name(command), "SORT" | "SORT_RO")
                && kind == b"zset"
                && real == b"-ERR One or more scores can't be converted into double\r\n"
                && !ours.starts_with(b"-")
        }),
    },
    Known {
        reason: "since 7.2 BITCOUNT and BITPOS read their arguments before they look at the key",
        commands: &["BITCOUNT nokey 0 abc"],
        real: ":0\r\n",
        ours: "-ERR value is not an integer or out of range\r\n",
        accept: Some(|command, _, real, ours| {
            matches!(&*name(command), "BITCOUNT" | "BITPOS")
                && (real == b":0\r\n" || real == b":-1\r\n" || real.starts_with(b"-WRONGTYPE"))
                && (ours.starts_with(b"-ERR value is not an integer") || ours == b"-ERR syntax error\r\n")
        }),
    },
    Known {
        reason: "this node connects to no other, and says how else its keys get there",
        commands: &["SET k v", "MIGRATE 127.0.0.1 1 k 0 10"],
        real: "-IOERR error or timeout writing to target instance\r\n",
        ours: "-IOERR this node cannot connect to others: DUMP the keys here and RESTORE them there, or load its RDB file \
               there\r\n",
        accept: Some(|command, _, real, ours| {
            name(command) == "MIGRATE" && real.starts_with(b"-IOERR ") && ours.starts_with(b"-IOERR this node ")
        }),
    },
    Known {
        reason: "of a HyperLogLog whose last run is cut off the real server reads what stands behind the string in memory",
        commands: &[
            r#"SET p "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x7f""#,
            "PFADD p ''",
            "PFDEBUG DECODE p",
        ],
        real: "$20\r\nZ:5938 v:2,1 Z:10190\r\n",
        ours: "$19\r\nZ:5938 v:2,1 Z:9985\r\n",
        accept: None,
    },
    Known {
        reason: "since 7.2 a refusal names the user, and ACL DRYRUN too",
        commands: &["ACL SETUSER u on nopass", "AUTH u x", "GET k"],
        real: "-NOPERM this user has no permissions to run the 'get' command\r\n",
        ours: "-NOPERM User u has no permissions to run the 'get' command\r\n",
        accept: Some(|_, _, real, ours| {
            // `NOPERM this user ...` and, in the reply of ACL DRYRUN, `This user ...`.
            const USER: &[u8] = b"his user has no permissions";
            let why = real.windows(USER.len()).position(|part| part == USER).map(|at| &real[at + b"his user".len()..]);
            why.is_some_and(|why| ours.ends_with(why))
        }),
    },
    Known {
        reason: "since 7.2 a refusal of a key has other words",
        commands: &["ACL SETUSER u on nopass +get", "AUTH u x", "GET k"],
        real: "-NOPERM this user has no permissions to access one of the keys used as arguments\r\n",
        ours: "-NOPERM No permissions to access a key\r\n",
        accept: Some(|_, _, real, ours| {
            real.starts_with(b"-NOPERM this user has no permissions to access one of the keys")
                && ours == b"-NOPERM No permissions to access a key\r\n"
        }),
    },
    Known {
        reason: "since 7.2 a refusal of a channel has other words",
        commands: &["ACL SETUSER u on nopass +publish", "AUTH u x", "PUBLISH c m"],
        real: "-NOPERM this user has no permissions to access one of the channels used as arguments\r\n",
        ours: "-NOPERM No permissions to access a channel\r\n",
        accept: Some(|_, _, real, ours| {
            real.starts_with(b"-NOPERM this user has no permissions to access one of the channels")
                && ours == b"-NOPERM No permissions to access a channel\r\n"
        }),
    },
    Known {
        reason: "since 7.2 ACL DRYRUN shows a whole key, before only up to a NUL",
        commands: &["ACL SETUSER u +get", "ACL DRYRUN u GET \"a\\x00b\""],
        real: "$50\r\nThis user has no permissions to access the 'a' key\r\n",
        ours: "$49\r\nUser u has no permissions to access the 'a\0b' key\r\n",
        accept: Some(|command, _, real, ours| {
            let denied = |reply: &[u8]| String::from_utf8_lossy(reply).contains(" has no permissions to access the '");
            name(command) == "ACL DRYRUN"
                && command.iter().any(|word| word.contains(&0))
                && denied(real)
                && denied(ours)
        }),
    },
    Known {
        reason: "since 7.2 a selector that is opened in another does not begin anew",
        commands: &["ACL SETUSER u ( (~s"],
        real: "-ERR Unmatched parenthesis in acl selector starting at '(~s'.\r\n",
        ours: "-ERR Unmatched parenthesis in acl selector starting at '('.\r\n",
        accept: None,
    },
    Known {
        reason: "since 7.2 the rules about commands are shown in the order in which they were given, and so is the \
                 default of sanitize-payload",
        commands: &["ACL SETUSER u +@string +get", "ACL LIST"],
        real: "*2\r\n$34\r\nuser default on nopass ~* &* +@all\r\n$39\r\nuser u off resetchannels -@all +@string\r\n",
        ours: "*2\r\n$51\r\nuser default on nopass sanitize-payload ~* &* +@all\r\n$61\r\nuser u off sanitize-payload resetchannels -@all +@string +get\r\n",
        accept: None,
    },
    Known {
        reason: "since 7.2 a HELLO that is refused changes nothing",
        commands: &["HELLO 2 SETNAME me AUTH nobody x", "CLIENT GETNAME"],
        real: "$2\r\nme\r\n",
        ours: "$-1\r\n",
        accept: None,
    },
    Known {
        reason: "since 7.2 it is named which command lacks an ID, and XREADGROUP offers > instead of $",
        commands: &["XREAD STREAMS a b 0"],
        real: "-ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.\r\n",
        ours: "-ERR Unbalanced 'xread' list of streams: for each stream key an ID or '$' must be specified.\r\n",
        accept: Some(|command, _, real, ours| {
            matches!(&*name(command), "XREAD" | "XREADGROUP")
                && real.starts_with(b"-ERR Unbalanced XREAD list of streams")
                && ours.starts_with(b"-ERR Unbalanced 'xread")
        }),
    },
    Known {
        reason: "since 7.4 XREAD knows + for the last entry, and XREADGROUP refuses it with a reason",
        commands: &["XADD s 1-1 f v", "XADD s 2-1 f v", "XREAD STREAMS s +"],
        real: "-ERR Invalid stream ID specified as stream command argument\r\n",
        ours: "*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n2-1\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n",
        accept: Some(|command, _, real, _| {
            matches!(&*name(command), "XREAD" | "XREADGROUP")
                && command.iter().any(|word| word == b"+")
                && real == b"-ERR Invalid stream ID specified as stream command argument\r\n"
        }),
    },
    Known {
        reason: "since 7.2 a consumer exists as soon as it asks for entries or claims some; before, when it got one",
        commands: &["XGROUP CREATE s g $ MKSTREAM", "XREADGROUP GROUP g c STREAMS s >", "XGROUP CREATECONSUMER s g c"],
        real: ":1\r\n",
        ours: ":0\r\n",
        accept: Some(|command, _, real, ours| {
            name(command) == "XGROUP CREATECONSUMER" && real == b":1\r\n" && ours == b":0\r\n"
        }),
    },
    Known {
        reason: "since 7.2 XSETID does not go below the highest ID that was removed by name",
        commands: &["XADD s 1-1 f v", "XADD s 5-1 f v", "XDEL s 5-1", "XSETID s 3-1"],
        real: "+OK\r\n",
        ours: "-ERR The ID specified in XSETID is smaller than current max_deleted_entry_id\r\n",
        accept: Some(|command, _, _, ours| {
            name(command) == "XSETID"
                && ours == b"-ERR The ID specified in XSETID is smaller than current max_deleted_entry_id\r\n"
        }),
    },
];

/// A command with which the real server becomes something else, or ends, or tells of its own memory: how each reply
/// begins. The real server is a new one, and no reply at all is the end of the connection.
pub struct KnownStart {
    pub reason: &'static str,
    pub commands: &'static [&'static str],
    pub real: &'static str,
    pub ours: &'static str,
}

const NO_CRASH: &str = "this node does not crash on demand: the page would lose it";

pub const KNOWN_STARTS: &[KnownStart] = &[
    KnownStart {
        reason: "this node connects to no other",
        commands: &["REPLICAOF 127.0.0.1 1"],
        real: "+OK\r\n",
        ours: "-ERR This node stands alone: it cannot follow a master\r\n",
    },
    KnownStart {
        reason: "nothing would be sent to a replica",
        commands: &["PSYNC ? -1"],
        real: "+FULLRESYNC ",
        ours: "-ERR This node stands alone: no replica can follow it\r\n",
    },
    KnownStart {
        reason: "nothing would be sent to a replica",
        commands: &["SYNC"],
        real: "$",
        ours: "-ERR This node stands alone: no replica can follow it\r\n",
    },
    KnownStart {
        reason: "where Redis has an address stands the key's place in its table, the same in every run",
        commands: &["SET k v", "DEBUG OBJECT k"],
        real: "+Value at:0x7",
        ours: "+Value at:0x0 refcount:1 encoding:embstr serializedlength:2 lru:",
    },
    KnownStart {
        reason: "since 7.2 the lengths of chains are shown only if FULL is asked for; ours has none in any case",
        commands: &["SET k v", "DEBUG HTSTATS 0"],
        real: "$357\r\n[Dictionary HT]\nHash table 0 stats (main hash table):\n table size: 4\n number of elements: 1\n \
               different slots: 1\n",
        ours: "$185\r\n[Dictionary HT]\nHash table 0 stats (main hash table):\n table size: 4\n number of elements: 1\n\
               [Expires HT]\n",
    },
    KnownStart { reason: "the structures are others", commands: &["DEBUG STRUCTSIZE"], real: "$", ours: "$" },
    KnownStart {
        reason: "the real server ends itself when there is no journal",
        commands: &["DEBUG LOADAOF"],
        real: "",
        ours: "-ERR DEBUG LOADAOF needs a journal: appendonly is off\r\n",
    },
    KnownStart {
        reason: "checksums are checked",
        commands: &["DEBUG SET-SKIP-CHECKSUM-VALIDATION 1"],
        real: "+OK\r\n",
        ours: "-ERR DEBUG SET-SKIP-CHECKSUM-VALIDATION is not supported: checksums are checked\r\n",
    },
    KnownStart {
        reason: "nothing of this node's memory leaks",
        commands: &["SET k v", "DEBUG LEAK k"],
        real: "+OK\r\n",
        ours: "-ERR DEBUG LEAK is not supported: this node does not leak on demand\r\n",
    },
    KnownStart {
        reason: "this node has no allocator with a control of its own",
        commands: &["DEBUG MALLCTL epoch"],
        real: ":",
        ours: "-ERR unknown subcommand or wrong number of arguments for 'MALLCTL'. Try DEBUG HELP.\r\n",
    },
    KnownStart {
        reason: "there is no cluster whose packets could be dropped",
        commands: &["DEBUG DROP-CLUSTER-PACKET-FILTER 1"],
        real: "+OK\r\n",
        ours: "-ERR unknown subcommand or wrong number of arguments for 'DROP-CLUSTER-PACKET-FILTER'. Try DEBUG HELP.\r\n",
    },
    KnownStart {
        reason: "only its host can start this node",
        commands: &["DEBUG RESTART"],
        // Started by its bare name it does not find itself.
        real: "-ERR failed to restart the server. Check server logs.",
        ours: "-ERR DEBUG RESTART is not supported: only its host can start this node\r\n",
    },
    KnownStart {
        reason: NO_CRASH,
        commands: &["DEBUG SEGFAULT"],
        real: "",
        ours: "-ERR DEBUG SEGFAULT is not supported: this node does not crash on demand\r\n",
    },
    KnownStart {
        reason: NO_CRASH,
        commands: &["DEBUG PANIC"],
        real: "",
        ours: "-ERR DEBUG PANIC is not supported: this node does not crash on demand\r\n",
    },
    KnownStart {
        reason: NO_CRASH,
        commands: &["DEBUG ASSERT"],
        real: "",
        ours: "-ERR DEBUG ASSERT is not supported: this node does not crash on demand\r\n",
    },
    KnownStart {
        reason: NO_CRASH,
        commands: &["DEBUG CRASH-AND-RECOVER"],
        // Started by its bare name it does not find itself.
        real: "-ERR failed to restart the server. Check server logs.",
        ours: "-ERR DEBUG CRASH-AND-RECOVER is not supported: this node does not crash on demand\r\n",
    },
    KnownStart {
        reason: NO_CRASH,
        commands: &["DEBUG OOM"],
        real: "",
        ours: "-ERR DEBUG OOM is not supported: this node does not crash on demand\r\n",
    },
];

/// A command whose lookups of keys INFO counts in another way.
pub struct Counted {
    pub reason: &'static str,
    /// The lookups of the last one are meant.
    pub commands: &'static [&'static str],
    /// Hits and misses.
    pub real: (u64, u64),
    pub ours: (u64, u64),
    /// How streams recognise it.
    pub accept: fn(&[Vec<u8>]) -> bool,
}

pub const COUNTED: &[Counted] = &[
    Counted {
        reason: "since 7.2 SCAN looks at the types of keys without looking the keys up once more",
        commands: &["SET k v", "SCAN 0 TYPE string"],
        real: (1, 0),
        ours: (0, 0),
        accept: |command| name(command) == "SCAN",
    },
    Counted {
        reason: "since 7.2 BITCOUNT and BITPOS read their arguments before they look at the key",
        commands: &["SET k v", "BITCOUNT k 0 abc"],
        real: (1, 0),
        ours: (0, 0),
        accept: reads_arguments_first,
    },
    Counted {
        reason: "since 7.2 LPOS refuses the one RANK whose sign cannot be turned before it looks at the key",
        commands: &["LPOS nokey a RANK -9223372036854775808"],
        real: (0, 1),
        ours: (0, 0),
        accept: |command| name(command) == "LPOS" && command.iter().any(|word| word == b"-9223372036854775808"),
    },
    Counted {
        reason: "a cursor that only one of the versions refuses is followed by a lookup in the other alone",
        commands: &["HSCAN nokey -1"],
        real: (0, 1),
        ours: (0, 0),
        accept: is_odd_cursor,
    },
];

/// A difference that shows only between several clients.
pub struct KnownBetween {
    pub reason: &'static str,
    /// Steps of a scene, see [`crate::several`].
    pub steps: &'static [&'static str],
    /// Who hears something else after the last of them, and what.
    pub client: &'static str,
    pub real: &'static str,
    pub ours: &'static str,
    /// The lookups that the last step counts.
    pub real_lookups: (u64, u64),
    pub our_lookups: (u64, u64),
}

pub const KNOWN_BETWEEN: &[KnownBetween] = &[
    KnownBetween {
        reason: "since 7.2 a command that waited is run again and takes from its first key; before, it was given what \
                 came first",
        steps: &["b BLPOP l1 l2 0", "a MULTI", "a RPUSH l2 second", "a RPUSH l1 first", "a EXEC"],
        client: "b",
        real: "*2\r\n$2\r\nl2\r\n$6\r\nsecond\r\n",
        ours: "*2\r\n$2\r\nl1\r\n$5\r\nfirst\r\n",
        real_lookups: (0, 0),
        our_lookups: (0, 0),
    },
    KnownBetween {
        reason: "of prefixes that overlap behind the first one the real server says so, and OK as well, to nobody's \
                 question",
        steps: &["b CLIENT TRACKING ON BCAST PREFIX s PREFIX l PREFIX l"],
        client: "b",
        real: "-ERR Prefix 'l' overlaps with another provided prefix 'l'. Prefixes for a single client must not \
               overlap.\r\n+OK\r\n",
        ours: "-ERR Prefix 'l' overlaps with another provided prefix 'l'. Prefixes for a single client must not \
               overlap.\r\n",
        real_lookups: (0, 0),
        our_lookups: (0, 0),
    },
    KnownBetween {
        reason: "the real server shows a transaction to its own client, who monitors, between the replies that belong \
                 together",
        steps: &["b MONITOR", "b MULTI", "b ECHO 1", "b ECHO 2", "b EXEC"],
        client: "b",
        real: "*2\r\n$1\r\n1\r\n+T [0 b] \"ECHO\" \"1\"\r\n$1\r\n2\r\n+T [0 b] \"ECHO\" \"2\"\r\n+T [0 b] \"EXEC\"\r\n",
        ours: "*2\r\n$1\r\n1\r\n$1\r\n2\r\n+T [0 b] \"ECHO\" \"1\"\r\n+T [0 b] \"ECHO\" \"2\"\r\n+T [0 b] \"EXEC\"\r\n",
        real_lookups: (0, 0),
        our_lookups: (0, 0),
    },
    KnownBetween {
        reason: "since 7.2 a reader that waited looks its streams up again, twice, which is counted",
        steps: &["b XREAD BLOCK 0 STREAMS q1 q2 $ $", "a XADD q1 1-1 f v"],
        client: "b",
        real: "*1\r\n*2\r\n$2\r\nq1\r\n*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n",
        ours: "*1\r\n*2\r\n$2\r\nq1\r\n*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n",
        real_lookups: (0, 0),
        our_lookups: (2, 2),
    },
];

/// Whether the real server has shown a transaction between the replies to it (see [`KNOWN_BETWEEN`]). Where its reply
/// ends cannot be told then.
pub fn shows_within(command: &[Vec<u8>], reply: &[u8]) -> bool {
    name(command) == "EXEC" && reply.starts_with(b"*") && reply.windows(6).any(|part| part == b"\r\n+T [")
}

/// Whether these two replies differ as an entry says. `kind`: the key's type where the comparison has asked for it.
pub fn accepts(command: &Command, kind: &[u8], real: &[u8], ours: &[u8]) -> bool {
    KNOWN.iter().filter_map(|known| known.accept).any(|accept| accept(command, kind, real, ours))
}

/// Whether an accepted difference leaves other data behind: one side changed it, the other refused to.
pub fn parts(command: &Command, real: &[u8], ours: &[u8]) -> bool {
    name(command) == "XSETID" && real.starts_with(b"-") != ours.starts_with(b"-")
}

/// Whether a command that waited is answered from its first key since 7.2, and before from the key that came first (see
/// [`KNOWN_BETWEEN`]): the versions part there, and so does what follows. Also, the same stream twice is read twice
/// since then.
pub fn looks_again(command: &Command) -> bool {
    let name = name(command);
    match name.as_str() {
        "BLPOP" | "BRPOP" | "BZPOPMIN" | "BZPOPMAX" => command.len() > 3,
        "BLMPOP" | "BZMPOP" => command.len() > 5,
        _ => looks_again_and_counts(command),
    }
}

/// The commands whose look for their keys is counted when they are run again.
pub fn looks_again_and_counts(command: &Command) -> bool {
    matches!(name(command).as_str(), "XREAD" | "XREADGROUP")
}

/// Whether a command is one whose lookups the versions count differently; see [`COUNTED`].
pub fn counts_otherwise(command: &[Vec<u8>]) -> bool {
    COUNTED.iter().any(|counted| (counted.accept)(command))
}

/// Whether BITCOUNT or BITPOS is refused for its arguments, before or after a look at the key.
fn reads_arguments_first(command: &[Vec<u8>]) -> bool {
    let first_number = match name(command).as_str() {
        "BITCOUNT" => 2,
        "BITPOS" => 3,
        _ => return false,
    };
    let is_number = |word: &Vec<u8>| engine::base::numbers::parse_i64(word).is_some();
    let is_unit = |word: &Vec<u8>| [&b"BIT"[..], b"BYTE"].iter().any(|unit| word.eq_ignore_ascii_case(unit));
    match command.get(first_number..).unwrap_or_default() {
        [] => false,
        [start] => first_number == 2 || !is_number(start),
        [start, end] => !is_number(start) || !is_number(end),
        [start, end, unit] => !is_number(start) || !is_number(end) || !is_unit(unit),
        _ => true,
    }
}

/// Whether a scan's cursor is a text on which the versions' parsers disagree.
fn is_odd_cursor(command: &[Vec<u8>]) -> bool {
    let position = match &*name(command) {
        "SCAN" => 1,
        "HSCAN" | "SSCAN" | "ZSCAN" => 2,
        _ => return false,
    };
    let odd = |cursor: &Vec<u8>| matches!(cursor.first(), None | Some(b'-' | b' ')) || cursor.contains(&0);
    command.get(position).is_some_and(odd)
}
