//! What a script or function says about itself, so that it can be refused before it runs.

/// Flags of a script or function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScriptFlags(u8);

impl ScriptFlags {
    pub const NONE: ScriptFlags = ScriptFlags(0);
    /// It never writes.
    pub const NO_WRITES: ScriptFlags = ScriptFlags(1 << 0);
    /// It may run, and write, when memory is short.
    pub const ALLOW_OOM: ScriptFlags = ScriptFlags(1 << 1);
    /// It may run on a replica that has lost its master.
    pub const ALLOW_STALE: ScriptFlags = ScriptFlags(1 << 2);
    /// It does not run on a cluster.
    pub const NO_CLUSTER: ScriptFlags = ScriptFlags(1 << 3);
    /// Its keys may lie in several slots.
    pub const ALLOW_CROSS_SLOT_KEYS: ScriptFlags = ScriptFlags(1 << 4);

    /// Both sets.
    #[must_use]
    pub const fn with(self, other: ScriptFlags) -> ScriptFlags {
        ScriptFlags(self.0 | other.0)
    }

    /// Whether it holds all of `other`.
    pub const fn has(self, other: ScriptFlags) -> bool {
        self.0 & other.0 == other.0
    }

    /// The flag with this name.
    pub fn find(name: &[u8]) -> Option<ScriptFlags> {
        NAMES.iter().find(|(_, other)| other.as_bytes() == name).map(|(flag, _)| *flag)
    }

    /// The names, in the order in which FUNCTION LIST shows them.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        NAMES.iter().filter(move |(flag, _)| self.has(*flag)).map(|(_, name)| *name)
    }
}

const NAMES: [(ScriptFlags, &str); 5] = [
    (ScriptFlags::NO_WRITES, "no-writes"),
    (ScriptFlags::ALLOW_OOM, "allow-oom"),
    (ScriptFlags::ALLOW_STALE, "allow-stale"),
    (ScriptFlags::NO_CLUSTER, "no-cluster"),
    (ScriptFlags::ALLOW_CROSS_SLOT_KEYS, "allow-cross-slot-keys"),
];
