//! The sets that a declaration is made of. Each knows the names under which clients see it, in the order in
//! which Redis lists them.

/// How a command may be called and what it does to the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags(u32);

impl Flags {
    pub const NONE: Flags = Flags(0);
    /// Changes data.
    pub const WRITE: Flags = Flags(1 << 0);
    /// Reads data and changes none.
    pub const READONLY: Flags = Flags(1 << 1);
    /// May need memory: refused when there is none left.
    pub const DENYOOM: Flags = Flags(1 << 2);
    pub const MODULE: Flags = Flags(1 << 3);
    pub const ADMIN: Flags = Flags(1 << 4);
    pub const PUBSUB: Flags = Flags(1 << 5);
    /// Not callable from scripts.
    pub const NOSCRIPT: Flags = Flags(1 << 6);
    /// May wait for data.
    pub const BLOCKING: Flags = Flags(1 << 7);
    /// Allowed while a snapshot loads.
    pub const LOADING: Flags = Flags(1 << 8);
    /// Allowed on a replica without its master.
    pub const STALE: Flags = Flags(1 << 9);
    /// Not shown to MONITOR.
    pub const SKIP_MONITOR: Flags = Flags(1 << 10);
    /// Never in the slow log.
    pub const SKIP_SLOWLOG: Flags = Flags(1 << 11);
    /// Runs on a slot that is being imported.
    pub const ASKING: Flags = Flags(1 << 12);
    /// Constant or logarithmic time.
    pub const FAST: Flags = Flags(1 << 13);
    /// Allowed before authentication.
    pub const NO_AUTH: Flags = Flags(1 << 14);
    /// May write to replicas although it is no write.
    pub const MAY_REPLICATE: Flags = Flags(1 << 15);
    /// Keys are optional.
    pub const NO_MANDATORY_KEYS: Flags = Flags(1 << 16);
    /// Refused unless the configuration enables it. Not shown in the flags.
    pub const PROTECTED: Flags = Flags(1 << 17);
    /// Refused while a replica loads in the background.
    pub const NO_ASYNC_LOADING: Flags = Flags(1 << 18);
    /// Refused in a transaction.
    pub const NO_MULTI: Flags = Flags(1 << 19);
    /// Key positions depend on the arguments. Follows from the syntax; declared only where it does not.
    pub const MOVABLE_KEYS: Flags = Flags(1 << 20);
    /// Allowed while a script blocks the node.
    pub const ALLOW_BUSY: Flags = Flags(1 << 21);
    /// Only for the node itself and its administrators: shown in the documentation, not in the flags.
    pub const SYSTEM: Flags = Flags(1 << 22);

    /// Runs at once although the client queues commands. Not shown to clients.
    pub const NOT_QUEUED: Flags = Flags(1 << 23);
    /// Allowed to a client of RESP2 that listens to channels. Not shown to clients.
    pub const SUBSCRIBER: Flags = Flags(1 << 24);
    /// Runs what was queued; when it is refused, the queue is gone. Not shown to clients.
    pub const RUNS_QUEUE: Flags = Flags(1 << 25);

    /// Runs a script or function, which may say of itself what it does. Not shown to clients.
    pub const RUNS_SCRIPT: Flags = Flags(1 << 26);

    /// Without those of `other`.
    #[must_use]
    pub const fn without(self, other: Flags) -> Flags {
        Flags(self.0 & !other.0)
    }

    /// Both sets.
    #[must_use]
    pub const fn with(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }

    /// Whether it holds all of `other`.
    #[inline]
    pub const fn has(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether it holds any of `other`.
    #[inline]
    pub const fn has_any(self, other: Flags) -> bool {
        self.0 & other.0 != 0
    }

    /// The names in COMMAND INFO, in its order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        FLAG_NAMES.iter().filter(move |(flag, _)| self.has(*flag)).map(|(_, name)| *name)
    }
}

const FLAG_NAMES: [(Flags, &str); 21] = [
    (Flags::WRITE, "write"),
    (Flags::READONLY, "readonly"),
    (Flags::DENYOOM, "denyoom"),
    (Flags::MODULE, "module"),
    (Flags::ADMIN, "admin"),
    (Flags::PUBSUB, "pubsub"),
    (Flags::NOSCRIPT, "noscript"),
    (Flags::BLOCKING, "blocking"),
    (Flags::LOADING, "loading"),
    (Flags::STALE, "stale"),
    (Flags::SKIP_MONITOR, "skip_monitor"),
    (Flags::SKIP_SLOWLOG, "skip_slowlog"),
    (Flags::ASKING, "asking"),
    (Flags::FAST, "fast"),
    (Flags::NO_AUTH, "no_auth"),
    (Flags::MAY_REPLICATE, "may_replicate"),
    (Flags::NO_MANDATORY_KEYS, "no_mandatory_keys"),
    (Flags::NO_ASYNC_LOADING, "no_async_loading"),
    (Flags::NO_MULTI, "no_multi"),
    (Flags::MOVABLE_KEYS, "movablekeys"),
    (Flags::ALLOW_BUSY, "allow_busy"),
];

/// What a command does with one group of its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access(u16);

impl Access {
    pub const NONE: Access = Access(0);
    /// Reads the value.
    pub const RO: Access = Access(1 << 0);
    /// Reads and changes the value.
    pub const RW: Access = Access(1 << 1);
    /// Overwrites the value whatever it was.
    pub const OW: Access = Access(1 << 2);
    /// Removes the key.
    pub const RM: Access = Access(1 << 3);
    /// Answers, copies or moves what the value holds.
    pub const ACCESS: Access = Access(1 << 4);
    /// Changes what the value holds.
    pub const UPDATE: Access = Access(1 << 5);
    /// Adds to the value without changing what is there.
    pub const INSERT: Access = Access(1 << 6);
    /// Removes from the value.
    pub const DELETE: Access = Access(1 << 7);
    /// Looks like a key for routing but is none, such as a channel.
    pub const NOT_KEY: Access = Access(1 << 8);
    /// Does not find all keys.
    pub const INCOMPLETE: Access = Access(1 << 9);
    /// What it does depends on the arguments.
    pub const VARIABLE_FLAGS: Access = Access(1 << 10);

    pub const RO_ACCESS: Access = Access::RO.with(Access::ACCESS);
    pub const RW_ACCESS: Access = Access::RW.with(Access::ACCESS);
    pub const RW_ACCESS_UPDATE: Access = Access::RW.with(Access::ACCESS).with(Access::UPDATE);
    pub const RW_ACCESS_DELETE: Access = Access::RW.with(Access::ACCESS).with(Access::DELETE);
    pub const RW_UPDATE: Access = Access::RW.with(Access::UPDATE);
    pub const RW_INSERT: Access = Access::RW.with(Access::INSERT);
    pub const RW_DELETE: Access = Access::RW.with(Access::DELETE);
    pub const OW_UPDATE: Access = Access::OW.with(Access::UPDATE);
    pub const OW_INSERT: Access = Access::OW.with(Access::INSERT);
    pub const RM_DELETE: Access = Access::RM.with(Access::DELETE);

    /// Both sets.
    #[must_use]
    pub const fn with(self, other: Access) -> Access {
        Access(self.0 | other.0)
    }

    /// Whether it holds all of `other`.
    pub const fn has(self, other: Access) -> bool {
        self.0 & other.0 == other.0
    }

    /// The names in COMMAND INFO, in its order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        ACCESS_NAMES.iter().filter(move |(access, _)| self.has(*access)).map(|(_, name)| *name)
    }
}

const ACCESS_NAMES: [(Access, &str); 11] = [
    (Access::RO, "RO"),
    (Access::RW, "RW"),
    (Access::OW, "OW"),
    (Access::RM, "RM"),
    (Access::ACCESS, "access"),
    (Access::UPDATE, "update"),
    (Access::INSERT, "insert"),
    (Access::DELETE, "delete"),
    (Access::NOT_KEY, "not_key"),
    (Access::INCOMPLETE, "incomplete"),
    (Access::VARIABLE_FLAGS, "variable_flags"),
];

/// The part of the documentation that a command belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Generic,
    String,
    List,
    Set,
    SortedSet,
    Hash,
    PubSub,
    Transactions,
    Connection,
    Server,
    Scripting,
    HyperLogLog,
    Cluster,
    Sentinel,
    Geo,
    Stream,
    Bitmap,
}

impl Group {
    /// The name in COMMAND DOCS.
    pub const fn name(self) -> &'static str {
        match self {
            Group::Generic => "generic",
            Group::String => "string",
            Group::List => "list",
            Group::Set => "set",
            Group::SortedSet => "sorted-set",
            Group::Hash => "hash",
            Group::PubSub => "pubsub",
            Group::Transactions => "transactions",
            Group::Connection => "connection",
            Group::Server => "server",
            Group::Scripting => "scripting",
            Group::HyperLogLog => "hyperloglog",
            Group::Cluster => "cluster",
            Group::Sentinel => "sentinel",
            Group::Geo => "geo",
            Group::Stream => "stream",
            Group::Bitmap => "bitmap",
        }
    }
}

/// Categories of commands, as ACL rules name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Categories(u32);

impl Categories {
    pub const NONE: Categories = Categories(0);
    pub const KEYSPACE: Categories = Categories(1 << 0);
    pub const READ: Categories = Categories(1 << 1);
    pub const WRITE: Categories = Categories(1 << 2);
    pub const SET: Categories = Categories(1 << 3);
    pub const SORTEDSET: Categories = Categories(1 << 4);
    pub const LIST: Categories = Categories(1 << 5);
    pub const HASH: Categories = Categories(1 << 6);
    pub const STRING: Categories = Categories(1 << 7);
    pub const BITMAP: Categories = Categories(1 << 8);
    pub const HYPERLOGLOG: Categories = Categories(1 << 9);
    pub const GEO: Categories = Categories(1 << 10);
    pub const STREAM: Categories = Categories(1 << 11);
    pub const PUBSUB: Categories = Categories(1 << 12);
    pub const ADMIN: Categories = Categories(1 << 13);
    pub const FAST: Categories = Categories(1 << 14);
    pub const SLOW: Categories = Categories(1 << 15);
    pub const BLOCKING: Categories = Categories(1 << 16);
    pub const DANGEROUS: Categories = Categories(1 << 17);
    pub const CONNECTION: Categories = Categories(1 << 18);
    pub const TRANSACTION: Categories = Categories(1 << 19);
    pub const SCRIPTING: Categories = Categories(1 << 20);
    /// Every category.
    pub const ALL: Categories = Categories((1 << 21) - 1);

    /// Both sets.
    #[must_use]
    pub const fn with(self, other: Categories) -> Categories {
        Categories(self.0 | other.0)
    }

    /// The set less `other`.
    #[must_use]
    pub const fn without(self, other: Categories) -> Categories {
        Categories(self.0 & !other.0)
    }

    /// Whether it holds all of `other`.
    pub const fn has(self, other: Categories) -> bool {
        self.0 & other.0 == other.0
    }

    /// The names in ACL CAT, in its order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        CATEGORY_NAMES.iter().filter(move |(category, _)| self.has(*category)).map(|(_, name)| *name)
    }

    /// The category with this name, in any case.
    pub fn find(name: &[u8]) -> Option<Categories> {
        let same = |(_, other): &&(Categories, &str)| other.as_bytes().eq_ignore_ascii_case(name);
        CATEGORY_NAMES.iter().find(same).map(|(category, _)| *category)
    }

    /// The categories that follow from a command's group and flags.
    pub const fn implied(group: Group, flags: Flags) -> Categories {
        let mut categories = match group {
            Group::Generic => Categories::KEYSPACE,
            Group::String => Categories::STRING,
            Group::List => Categories::LIST,
            Group::Set => Categories::SET,
            Group::SortedSet => Categories::SORTEDSET,
            Group::Hash => Categories::HASH,
            Group::Transactions => Categories::TRANSACTION,
            Group::Connection => Categories::CONNECTION,
            Group::Scripting => Categories::SCRIPTING,
            Group::HyperLogLog => Categories::HYPERLOGLOG,
            Group::Geo => Categories::GEO,
            Group::Stream => Categories::STREAM,
            Group::Bitmap => Categories::BITMAP,
            // PUBSUB and PUBSUB HELP belong to the group, but only the flag makes the category.
            Group::PubSub | Group::Server | Group::Cluster | Group::Sentinel => Categories::NONE,
        };
        if flags.has(Flags::WRITE) {
            categories = categories.with(Categories::WRITE);
        }
        // What a script reads depends on the script.
        if flags.has(Flags::READONLY) && !categories.has(Categories::SCRIPTING) {
            categories = categories.with(Categories::READ);
        }
        if flags.has(Flags::ADMIN) {
            categories = categories.with(Categories::ADMIN).with(Categories::DANGEROUS);
        }
        if flags.has(Flags::PUBSUB) {
            categories = categories.with(Categories::PUBSUB);
        }
        if flags.has(Flags::BLOCKING) {
            categories = categories.with(Categories::BLOCKING);
        }
        categories.with(if flags.has(Flags::FAST) { Categories::FAST } else { Categories::SLOW })
    }
}

const CATEGORY_NAMES: [(Categories, &str); 21] = [
    (Categories::KEYSPACE, "keyspace"),
    (Categories::READ, "read"),
    (Categories::WRITE, "write"),
    (Categories::SET, "set"),
    (Categories::SORTEDSET, "sortedset"),
    (Categories::LIST, "list"),
    (Categories::HASH, "hash"),
    (Categories::STRING, "string"),
    (Categories::BITMAP, "bitmap"),
    (Categories::HYPERLOGLOG, "hyperloglog"),
    (Categories::GEO, "geo"),
    (Categories::STREAM, "stream"),
    (Categories::PUBSUB, "pubsub"),
    (Categories::ADMIN, "admin"),
    (Categories::FAST, "fast"),
    (Categories::SLOW, "slow"),
    (Categories::BLOCKING, "blocking"),
    (Categories::DANGEROUS, "dangerous"),
    (Categories::CONNECTION, "connection"),
    (Categories::TRANSACTION, "transaction"),
    (Categories::SCRIPTING, "scripting"),
];
