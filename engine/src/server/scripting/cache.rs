//! The scripts that EVAL and SCRIPT LOAD have brought, by the SHA-1 of their text. Those that came with EVAL are only
//! kept while they are among the last ones used, as since Redis 7.4; those of SCRIPT LOAD stay until SCRIPT FLUSH.

use std::collections::{BTreeMap, HashMap};

use lua::Kept;

use super::ScriptFlags;

/// How many scripts of EVAL are kept.
pub const MAX_EVAL_SCRIPTS: usize = 500;

/// The SHA-1 of a script in lower-case hexadecimal digits.
pub type Digest = [u8; 40];

/// A script that can be run.
#[derive(Debug)]
pub struct Script {
    /// The compiled text.
    pub function: Kept,
    /// `None` when its text does not begin with `#!`: it is then judged by the commands that it calls.
    pub flags: Option<ScriptFlags>,
    /// How long its text is.
    pub bytes: usize,
    /// When it was last used, among the scripts of EVAL; `None` when it came with SCRIPT LOAD.
    used: Option<u64>,
}

/// All cached scripts.
#[derive(Debug, Default)]
pub struct Scripts {
    scripts: HashMap<Digest, Script>,
    /// The scripts of EVAL by their last use.
    by_use: BTreeMap<u64, Digest>,
    uses: u64,
    bytes: usize,
}

impl Scripts {
    /// What a script takes beside its text, roughly.
    const OVERHEAD_BYTES: usize = size_of::<Script>() + size_of::<Digest>() * 2;

    pub fn len(&self) -> usize {
        self.scripts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.scripts.is_empty()
    }

    /// Bytes that the texts and their index take.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn contains(&self, digest: &Digest) -> bool {
        self.scripts.contains_key(digest)
    }

    /// What a script says of itself, if it is there and does.
    pub fn flags(&self, digest: &Digest) -> Option<ScriptFlags> {
        self.scripts.get(digest)?.flags
    }

    /// A script, which is now the one used last.
    #[inline]
    pub fn find(&mut self, digest: &Digest) -> Option<&Script> {
        let script = self.scripts.get_mut(digest)?;
        if let Some(used) = script.used.filter(|&used| used != self.uses) {
            self.by_use.remove(&used);
            self.uses += 1;
            self.by_use.insert(self.uses, *digest);
            script.used = Some(self.uses);
        }
        Some(script)
    }

    /// Adds a script of EVAL; returns the one that it pushes out.
    pub fn add_from_eval(
        &mut self,
        digest: Digest,
        function: Kept,
        flags: Option<ScriptFlags>,
        bytes: usize,
    ) -> Option<Script> {
        self.uses += 1;
        self.by_use.insert(self.uses, digest);
        self.bytes += bytes + Scripts::OVERHEAD_BYTES;
        self.scripts.insert(digest, Script { function, flags, bytes, used: Some(self.uses) });
        if self.by_use.len() <= MAX_EVAL_SCRIPTS {
            return None;
        }
        let (_, oldest) = self.by_use.pop_first()?;
        let script = self.scripts.remove(&oldest)?;
        self.bytes = self.bytes.saturating_sub(script.bytes + Scripts::OVERHEAD_BYTES);
        Some(script)
    }

    /// Adds a script of SCRIPT LOAD.
    pub fn add(&mut self, digest: Digest, function: Kept, flags: Option<ScriptFlags>, bytes: usize) {
        self.bytes += bytes + Scripts::OVERHEAD_BYTES;
        self.scripts.insert(digest, Script { function, flags, bytes, used: None });
    }

    /// Keeps a script that is there until SCRIPT FLUSH; says whether it is there.
    pub fn keep(&mut self, digest: &Digest) -> bool {
        let Some(script) = self.scripts.get_mut(digest) else { return false };
        if let Some(used) = script.used.take() {
            self.by_use.remove(&used);
        }
        true
    }
}
