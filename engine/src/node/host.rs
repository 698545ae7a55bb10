//! What the engine and its host say to each other about files: the start from a configuration, snapshots, the journal
//! and its rewriting, and everything else that only a host can do.

use super::{ConfigError, Engine, Output, Summary};
use crate::base::Time;
use crate::commands::REDIS_VERSION;
use crate::dispatch;
use crate::keyspace::NEVER;
use crate::persist::aof_base;
use crate::resp::Reply;
use crate::server::config::file::Startup;
use crate::server::config::rewrite;
use crate::server::{Acl, ClientId, Config, Refusal, Request, Shutdown};

impl Engine {
    /// A node without data, as a `redis.conf` describes it.
    ///
    /// # Errors
    /// When a user in it cannot be.
    pub fn start(startup: Startup, seed: u64, events: bool, now: Time) -> Result<Engine, ConfigError> {
        let mut engine = Engine::with_config(startup.config, seed, events, now);
        for (line, words) in &startup.users {
            let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
            let Some((name, rules)) = words.split_first() else { continue };
            engine.server.acl.set(name, rules, &engine.table).map_err(|error| ConfigError {
                setting: format!("user (line {line})"),
                reason: String::from_utf8_lossy(&error.text()).into_owned(),
            })?;
        }
        Ok(engine)
    }

    /// The version that the node introduces itself as.
    pub fn redis_version() -> &'static str {
        REDIS_VERSION
    }

    /// Says where the configuration file is, which CONFIG REWRITE changes.
    pub fn set_config_file(&mut self, path: &str) {
        self.server.store.config_file = path.to_string();
    }

    /// Says what a setting is that the host has decided: the port that it got, the folder it is in.
    pub fn decided(&mut self, name: &str, value: &str) {
        if let Some(setting) = Config::find(name.as_bytes()) {
            // A host that decides for what cannot be keeps it to itself.
            let _ = self.server.config.set(setting, value.as_bytes());
        }
    }

    /// The text of the configuration file brought up to date.
    pub fn rewritten_config(&self, old: &[u8]) -> Vec<u8> {
        let acl = &self.server.acl;
        let users: Vec<Vec<u8>> = acl.users().map(|(name, user)| Acl::line(name, user)).collect();
        let own_file = !self.server.config.get("aclfile").is_empty();
        rewrite::rewrite(&self.server.config, (!own_file).then_some(users.as_slice()), old)
    }

    /// Replaces the ACL users by those of a file.
    ///
    /// # Errors
    /// Everything that is wrong with it, in one line.
    pub fn load_users(&mut self, text: &[u8]) -> Result<(), String> {
        let file = self.server.config.get("aclfile").to_string();
        let loaded = self.server.acl.load(text, &file, &self.table);
        loaded.map_err(|error| String::from_utf8_lossy(&error).into_owned())
    }

    /// Takes the next request to the host and remembers it until it is answered.
    pub(super) fn next_request(&mut self) -> Option<Output> {
        let (client, request) = self.server.store.requests.pop_front()?;
        self.server.store.asked.insert(client, request.clone());
        Some(Output::Ask { client, request })
    }

    /// The host's answer to [`Output::Ask`]: the text that was asked for, if any, or why it could not be done.
    pub fn answer(&mut self, client: ClientId, answer: Result<Vec<u8>, Refusal>, now: Time) {
        let Some(request) = self.server.store.asked.remove(&client) else { return };
        let journal = self.server.journal.on;
        let mut reply = Reply::new(self.server.clients.get(client).is_some_and(|client| client.reply.resp3));
        match (request, answer) {
            (Request::Shutdown(_), _) => reply.error(b"ERR Errors trying to SHUTDOWN. Check logs."),
            (Request::RewriteConfig, Err(refusal)) => {
                reply.error(format!("ERR Rewriting config file: {}", refusal.reason).as_bytes());
            }
            (Request::Configure(settings), Ok(_)) => {
                for (name, value) in &settings {
                    if let Some(setting) = Config::find(name.as_bytes()) {
                        // It was accepted before; what has changed since then is another setting's.
                        let _ = self.server.config.set(setting, value);
                    }
                }
                self.server.apply_config(&mut self.keyspace);
                reply.ok();
            }
            (Request::Configure(_), Err(Refusal { setting, reason })) => {
                let text = format!("ERR CONFIG SET failed (possibly related to argument '{setting}') - {reason}");
                reply.error(text.as_bytes());
            }
            (Request::ReadUsers { .. }, Ok(text)) => match self.load_users(&text) {
                Ok(()) => reply.ok(),
                Err(error) => reply.error(format!("ERR {error}").as_bytes()),
            },
            (Request::ReadUsers { path }, Err(refusal)) => {
                reply.error(format!("ERR Error loading ACLs, opening file '{path}': {}", refusal.reason).as_bytes());
            }
            (Request::WriteUsers { .. }, Err(_)) => {
                reply.error(b"ERR There was an error trying to save the ACLs. Please check the server logs for more information");
            }
            (Request::SyncJournal, outcome) => {
                reply.array(2);
                reply.integer(i64::from(outcome.is_ok() && journal));
                reply.integer(0);
            }
            (Request::RewriteConfig | Request::WriteUsers { .. }, Ok(_)) => reply.ok(),
        }
        let bytes = reply.take();
        dispatch::release(&mut self.server, client, |out, _| out.raw(&bytes));
        self.settle(now);
    }

    /// Answers as a host does that has no files, no sockets and no process: settings take effect, and nothing else
    /// can be done. It answers every [`Output`] that wants an answer.
    pub fn answer_without_files(&mut self, output: &Output, now: Time) {
        match output {
            Output::Save(_) => self.saved(true, now),
            Output::Rewrite(_) => self.rewritten(Some(0), now),
            Output::Ask { client, request: Request::Configure(_) } => self.answer(*client, Ok(Vec::new()), now),
            Output::Ask { client, .. } => {
                let reason = "there are no files".to_string();
                self.answer(*client, Err(Refusal { setting: "", reason }), now);
            }
            Output::Reply { .. } | Output::Close { .. } | Output::Append(_) | Output::Event(_) => {}
        }
    }

    /// What a start loaded, as INFO tells it.
    pub fn note_loaded(&mut self, summary: &Summary) {
        let there = self.keyspace.databases().map(|(_, database)| database.len()).sum::<usize>();
        self.server.store.keys_loaded = there as u64;
        self.server.store.keys_expired_at_load = summary.keys.saturating_sub(there) as u64;
        self.keyspace.counters.dirty = 0;
    }

    /// The host's word on the snapshot of the last [`Output::Save`].
    pub fn saved(&mut self, stored: bool, now: Time) {
        let Some(dirty) = self.server.saving_dirty.take() else { return };
        self.server.last_save_ok = stored;
        self.server.last_save_try = now;
        let store = &mut self.server.store;
        store.last_save_seconds = store.saving_since.take().map(|since| now.since(since) / 1000);
        if stored {
            store.saves += 1;
            self.server.last_save = now;
            self.keyspace.counters.dirty = self.keyspace.counters.dirty.saturating_sub(dirty);
        }
        for client in self.server.waiters.saves() {
            dispatch::release(&mut self.server, client, |reply, _| match stored {
                true => reply.ok(),
                false => reply.error(b"ERR"),
            });
        }
        self.settle(now);
    }

    /// Whether a new base of the journal is to be handed over now, which begins it.
    pub(super) fn next_rewrite(&mut self) -> Option<Output> {
        let now = self.keyspace.now();
        let store = &mut self.server.store;
        if store.rewriting_since.is_some() || self.server.saving_dirty.is_some() {
            return None;
        }
        let by_itself = self.server.journal.on && store.has_outgrown() && store.may_rewrite_by_itself(now);
        if !store.rewrite_requested && !by_itself {
            return None;
        }
        store.rewrite_requested = false;
        store.rewriting_since = Some(now);
        self.server.journal.restart();
        Some(Output::Rewrite(self.journal_base()))
    }

    /// All data as the first file of a journal: an RDB file, or commands if `aof-use-rdb-preamble` is off.
    pub fn journal_base(&self) -> Vec<u8> {
        if self.server.config.is_on("aof-use-rdb-preamble") {
            return self.rdb(true);
        }
        self.commands_of_all_data()
    }

    fn commands_of_all_data(&self) -> Vec<u8> {
        let keyspace = &self.keyspace;
        let mut out = Vec::new();
        for (number, database) in keyspace.databases().filter(|(_, database)| !database.is_empty()) {
            aof_base::select(&mut out, number);
            for (key, object) in database.iter().filter(|(_, object)| !keyspace.is_expired(object)) {
                let expire_at = (object.expire_at_ms != NEVER).then_some(object.expire_at_ms);
                aof_base::key(&mut out, key, &object.value, expire_at);
            }
        }
        out
    }

    /// The host's word on the base of the last [`Output::Rewrite`]: how many bytes all files of the journal have now,
    /// or `None` when it could not be stored.
    pub fn rewritten(&mut self, bytes: Option<u64>, now: Time) {
        let store = &mut self.server.store;
        let Some(since) = store.rewriting_since.take() else { return };
        store.last_rewrite_seconds = Some(now.since(since) / 1000);
        store.last_rewrite_failed = bytes.is_none();
        store.rewrites += 1;
        match bytes {
            Some(bytes) => {
                (store.journal_bytes, store.journal_base_bytes) = (bytes, bytes);
                (store.rewrites_failed_in_a_row, store.rewrite_failed_at) = (0, None);
            }
            None => {
                store.rewrites_failed_in_a_row += 1;
                store.rewrite_failed_at = Some(now);
            }
        }
    }

    /// Says how many bytes the journal's files have at the start, and how many of them its base has. Nothing has to be
    /// written anew then.
    pub fn journal_is_kept(&mut self, bytes: u64, base_bytes: u64) {
        let store = &mut self.server.store;
        (store.journal_bytes, store.journal_base_bytes) = (bytes, base_bytes);
        store.rewrite_requested = false;
    }

    /// Says why the journal cannot be written, or that it can be again.
    pub fn journal_status(&mut self, error: Option<String>) {
        self.server.store.journal_error = error;
    }

    /// Whether SHUTDOWN or a signal with these options takes a snapshot first.
    pub fn saves_at_end(&self, shutdown: Shutdown) -> bool {
        shutdown.save.unwrap_or(!self.server.save_points.is_empty())
    }
}
