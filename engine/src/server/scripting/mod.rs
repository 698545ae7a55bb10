//! Scripts and function libraries: what is cached and stored, the Lua that each of the two runs in, and the run that is
//! suspended at present, if there is one. Knows no command: what a script calls is seen to by whoever runs it.

use crate::resp::Reply;

mod cache;
mod flags;
mod libraries;
mod natives;
mod run;
mod sandbox;
pub mod shebang;
pub mod values;

pub use cache::{Digest, Scripts};
pub use flags::ScriptFlags;
pub use libraries::{Function, Libraries, Library};
pub use run::{Origin, Rest, Run, Suspended};
pub use sandbox::{Host, Sandbox};

/// All of it.
#[derive(Debug, Default)]
pub struct Scripting {
    pub scripts: Scripts,
    pub libraries: Libraries,
    /// The Lua of the scripts, once there was one, while none runs.
    pub script_sandbox: Option<Box<Sandbox>>,
    /// The Lua of the function libraries, likewise.
    pub library_sandbox: Option<Box<Sandbox>>,
    /// The script that goes on at the next tick.
    pub suspended: Option<Box<Suspended>>,
    /// The replies to what scripts call; kept for its allocation.
    pub reply: Reply,
    /// Whether DEBUG has let scripts call also what is not made for them.
    pub may_call_all: bool,
    /// Scripts of EVAL that made room for newer ones.
    pub evicted_scripts: u64,
    /// How far the random numbers have come at the end of the last run: scripts and functions share them, as in Redis.
    pub random_state: Option<u64>,
    /// What each Lua took when it was last looked at.
    pub script_bytes: usize,
    pub library_bytes: usize,
}

impl Scripting {
    /// Whether a script is in the middle of its work.
    #[inline]
    pub fn is_running(&self) -> bool {
        self.suspended.is_some()
    }

    /// Whether a script is in the middle of its work and everybody else has to wait.
    #[inline]
    pub fn is_silent(&self) -> bool {
        self.suspended.as_ref().is_some_and(|suspended| !suspended.is_slow)
    }

    /// Takes a Lua back after a run, from whose random numbers the next run goes on.
    pub fn end_run(&mut self, origin: Origin, sandbox: Box<Sandbox>) {
        self.random_state = Some(sandbox.lua.random_state());
        self.put_back(origin, sandbox);
    }

    /// Takes a Lua back.
    pub fn put_back(&mut self, origin: Origin, sandbox: Box<Sandbox>) {
        let bytes = sandbox.lua.memory_bytes();
        match origin {
            Origin::Script => (self.script_bytes, self.script_sandbox) = (bytes, Some(sandbox)),
            Origin::Function => (self.library_bytes, self.library_sandbox) = (bytes, Some(sandbox)),
        }
    }

    /// Lets the functions of a library go.
    pub fn release(&mut self, library: Library) {
        if let Some(sandbox) = &mut self.library_sandbox {
            sandbox.release(library);
        }
    }

    /// Forgets all scripts, and the Lua that they ran in.
    pub fn flush_scripts(&mut self) {
        self.scripts = Scripts::default();
        self.script_sandbox = None;
        self.script_bytes = 0;
    }

    /// Forgets all libraries, and the Lua that they ran in.
    pub fn flush_libraries(&mut self) {
        self.libraries = Libraries::default();
        self.library_sandbox = None;
        self.library_bytes = 0;
    }
}
