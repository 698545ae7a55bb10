//! What a node that stands alone answers to the commands of a cluster.

use crate::command::{Args, Categories, Deprecated, Error, Flags, Group};
use crate::dispatch::{Call, Command};

family![ASKING, CLUSTER, READONLY, READWRITE];

fn disabled(_call: &mut Call, _args: Args) -> Result<(), Error> {
    Err(Error::Static("ERR This instance has cluster support disabled"))
}

const ASKING: Command = Command {
    name: "ASKING",
    summary: "Says that a redirection to a slot in motion brought the client here.",
    since: "3.0.0",
    complexity: "O(1)",
    group: Group::Cluster,
    flags: Flags::FAST,
    categories: Categories::CONNECTION,
    run: Some(disabled),
    ..Command::DEFAULT
};

const READONLY: Command = Command {
    name: "READONLY",
    summary: "Lets this connection read from a replica.",
    since: "3.0.0",
    complexity: "O(1)",
    group: Group::Cluster,
    flags: Flags::FAST.with(Flags::LOADING).with(Flags::STALE),
    categories: Categories::CONNECTION,
    run: Some(disabled),
    ..Command::DEFAULT
};

const READWRITE: Command = Command {
    name: "READWRITE",
    summary: "Ends what READONLY began.",
    since: "3.0.0",
    complexity: "O(1)",
    group: Group::Cluster,
    flags: Flags::FAST.with(Flags::LOADING).with(Flags::STALE),
    categories: Categories::CONNECTION,
    run: Some(disabled),
    ..Command::DEFAULT
};

const CLUSTER: Command = Command {
    name: "CLUSTER",
    summary: "Groups the commands about a cluster, which this node is not part of.",
    since: "3.0.0",
    group: Group::Cluster,
    subcommands: &[
        change("ADDSLOTS", "slot<integer>...", "Takes hash slots.", "3.0.0", "O(N), N = slots"),
        change(
            "ADDSLOTSRANGE",
            "(start-slot<integer> end-slot<integer>)...",
            "Takes ranges of hash slots.",
            "7.0.0",
            "O(N), N = slots",
        ),
        Command { tips: CHANGING, ..change("BUMPEPOCH", "", "Moves the configuration's epoch on.", "3.0.0", "O(1)") },
        Command {
            flags: Flags::ADMIN.with(Flags::STALE),
            tips: CHANGING,
            ..change(
                "COUNT-FAILURE-REPORTS",
                "node-id",
                "Counts the reports that a node fails.",
                "3.0.0",
                "O(N), N = reports",
            )
        },
        look("COUNTKEYSINSLOT", "slot<integer>", "Counts the keys of a hash slot.", "3.0.0", "O(1)", &[]),
        change("DELSLOTS", "slot<integer>...", "Gives hash slots up.", "3.0.0", "O(N), N = slots"),
        change(
            "DELSLOTSRANGE",
            "(start-slot<integer> end-slot<integer>)...",
            "Gives ranges of hash slots up.",
            "7.0.0",
            "O(N), N = slots",
        ),
        change("FAILOVER", "[options: FORCE | TAKEOVER]", "Lets a replica take its master's place.", "3.0.0", "O(1)"),
        change("FLUSHSLOTS", "", "Gives all hash slots up.", "3.0.0", "O(1)"),
        change("FORGET", "node-id", "Removes a node from those that are known.", "3.0.0", "O(1)"),
        look(
            "GETKEYSINSLOT",
            "slot<integer> count",
            "Names some keys of a hash slot.",
            "3.0.0",
            "O(log(N)), N = keys asked for",
            CHANGING,
        ),
        Command { flags: WHILE_LOADING, ..look("HELP", "", "Lists the subcommands.", "5.0.0", "O(1)", &[]) },
        look("INFO", "", "Describes the cluster.", "3.0.0", "O(1)", CHANGING),
        look("KEYSLOT", "key<string>", "Returns the hash slot of a key.", "3.0.0", "O(N), N = bytes of the key", &[]),
        look("LINKS", "", "Lists the links to other nodes.", "7.0.0", "O(N), N = nodes", CHANGING),
        change(
            "MEET",
            "ip port<integer> [cluster_bus_port<integer>]@4.0.0",
            "Makes another node known.",
            "3.0.0",
            "O(1)",
        ),
        look("MYID", "", "Returns the name of this node.", "3.0.0", "O(1)", &[]),
        look("MYSHARDID", "", "Returns the name of this node's shard.", "7.2.0", "O(1)", CHANGING),
        look("NODES", "", "Describes all nodes.", "3.0.0", "O(N), N = nodes", CHANGING),
        Command {
            flags: Flags::ADMIN.with(Flags::STALE),
            tips: CHANGING,
            ..change("REPLICAS", "node-id", "Lists the replicas of a node.", "5.0.0", "O(N), N = replicas")
        },
        change("REPLICATE", "node-id", "Makes this node a replica of another.", "3.0.0", "O(1)"),
        Command {
            flags: Flags::ADMIN.with(Flags::STALE).with(Flags::NOSCRIPT),
            ..change("RESET", "[HARD | SOFT]", "Leaves the cluster.", "3.0.0", "O(N), N = nodes")
        },
        change("SAVECONFIG", "", "Writes the cluster's configuration to the disk.", "3.0.0", "O(1)"),
        change("SET-CONFIG-EPOCH", "config-epoch<integer>", "Sets the epoch of a new node.", "3.0.0", "O(1)"),
        change(
            "SETSLOT",
            "slot<integer> (subcommand: IMPORTING node-id | MIGRATING node-id | NODE node-id | STABLE)",
            "Moves a hash slot.",
            "3.0.0",
            "O(1)",
        ),
        Command {
            flags: WHILE_LOADING,
            ..look("SHARDS", "", "Describes the shards and their hash slots.", "7.0.0", "O(N), N = nodes", CHANGING)
        },
        Command {
            flags: Flags::ADMIN.with(Flags::STALE),
            tips: CHANGING,
            deprecated: Some(Deprecated { since: "5.0.0", replaced_by: "CLUSTER REPLICAS" }),
            ..change("SLAVES", "node-id", "Lists the replicas of a node.", "3.0.0", "O(N), N = replicas")
        },
        Command {
            flags: WHILE_LOADING,
            deprecated: Some(Deprecated { since: "7.0.0", replaced_by: "CLUSTER SHARDS" }),
            ..look("SLOTS", "", "Says which nodes have which hash slots.", "3.0.0", "O(N), N = nodes", CHANGING)
        },
    ],
    ..Command::DEFAULT
};

const WHILE_LOADING: Flags = Flags::LOADING.with(Flags::STALE);

const CHANGING: &[&str] = &["nondeterministic_output"];

/// A subcommand that changes the cluster.
const fn change(
    name: &'static str,
    syntax: &'static str,
    summary: &'static str,
    since: &'static str,
    complexity: &'static str,
) -> Command {
    Command {
        flags: Flags::ADMIN.with(Flags::STALE).with(Flags::NO_ASYNC_LOADING),
        ..look(name, syntax, summary, since, complexity, &[])
    }
}

/// A subcommand that looks at the cluster.
const fn look(
    name: &'static str,
    syntax: &'static str,
    summary: &'static str,
    since: &'static str,
    complexity: &'static str,
    tips: &'static [&'static str],
) -> Command {
    Command {
        name,
        syntax,
        summary,
        since,
        complexity,
        group: Group::Cluster,
        flags: Flags::STALE,
        tips,
        run: Some(disabled),
        ..Command::DEFAULT
    }
}
