//! What the engine and its host say to each other about files: the start from a configuration, snapshots, the journal
//! and its rewriting, and everything else that only a host can do.

use super::{ConfigError, Engine, Output, Summary};
use crate::base::Time;
use crate::commands::{REDIS_VERSION, snapshot};
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

    /// Replaces the ACL users by those of a file, and closes the connections of those that are gone.
    ///
    /// # Errors
    /// Everything that is wrong with it, in one line.
    pub fn load_users(&mut self, text: &[u8]) -> Result<(), String> {
        let file = self.server.config.get("aclfile").to_string();
        let loaded = self.server.load_users(text, &file, &self.table);
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
            (Request::Log { .. }, Err(refusal)) => reply.error(format!("ERR {}", refusal.reason).as_bytes()),
            (Request::ReadSnapshot { flushes, merges }, file) => {
                self.server.listen(&mut self.keyspace);
                let loaded = file.is_ok_and(|file| {
                    snapshot::reload(&mut self.server, &mut self.keyspace, &file, flushes, merges).is_ok()
                });
                self.follow();
                if loaded {
                    // The journal does not lead to this data: it begins anew.
                    self.server.store.rewrite_requested |= journal;
                    reply.ok();
                } else {
                    reply.error(b"ERR Error trying to load the RDB dump, check server logs.");
                }
            }
            (Request::ReadJournal, files) => {
                let loaded = files.map_err(|refusal| refusal.reason).and_then(|files| self.reload_journal(&files, now));
                match loaded {
                    Ok(()) => reply.ok(),
                    Err(reason) => reply.error(format!("ERR Error trying to load the AOF files: {reason}").as_bytes()),
                }
            }
            (Request::Log { answer, .. }, Ok(_)) => reply.simple(answer),
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
        for library in self.server.scripting.libraries.iter() {
            aof_base::library(&mut out, &library.code);
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::config::file;

    fn engine(text: &str) -> Engine {
        Engine::start(file::read(text.as_bytes()).unwrap(), 1, false, Time(1_000)).unwrap()
    }

    fn outputs(engine: &mut Engine) -> Vec<Output> {
        core::iter::from_fn(|| engine.poll()).collect()
    }

    fn reply(outputs: &[Output]) -> String {
        let bytes = outputs.iter().filter_map(|output| match output {
            Output::Reply { bytes, .. } => Some(bytes.as_slice()),
            _ => None,
        });
        String::from_utf8_lossy(&bytes.collect::<Vec<_>>().concat()).into_owned()
    }

    #[test]
    fn save_is_answered_when_the_host_has_stored_it() {
        let mut engine = engine("save \"\"");
        let client = engine.connect(Time(1_000));
        engine.receive(client, b"SET k v\r\nSAVE\r\nSET k w\r\nGET k\r\n", Time(1_000));
        let first = outputs(&mut engine);
        assert_eq!(reply(&first), "+OK\r\n");
        let Some(Output::Save(snapshot)) = first.iter().find(|output| matches!(output, Output::Save(_))) else {
            panic!("{first:?}");
        };
        // Others are served meanwhile.
        let other = engine.connect(Time(1_500));
        engine.receive(other, b"GET k\r\nSAVE\r\nBGSAVE\r\nINFO\r\n", Time(1_500));
        let text = reply(&outputs(&mut engine));
        assert!(
            text.starts_with("$1\r\nv\r\n-ERR Background save already in progress\r\n-ERR Background save"),
            "{text}"
        );
        assert!(text.contains("rdb_bgsave_in_progress:1\r\n"));
        engine.saved(true, Time(3_000));
        assert_eq!(reply(&outputs(&mut engine)), "+OK\r\n+OK\r\n$1\r\nw\r\n");
        let mut again = self::engine("");
        again.restore(snapshot, Time(3_000)).unwrap();
        let client = again.connect(Time(3_000));
        again.receive(client, b"GET k\r\n", Time(3_000));
        assert_eq!(reply(&outputs(&mut again)), "$1\r\nv\r\n");
    }

    #[test]
    fn a_journal_that_has_outgrown_its_base_is_written_anew() {
        let mut engine =
            engine("save \"\"\nappendonly yes\nauto-aof-rewrite-min-size 300\nauto-aof-rewrite-percentage 100");
        let client = engine.connect(Time(1_000));
        let rewrites = |engine: &mut Engine, times: usize, now: u64| -> Vec<Vec<u8>> {
            let mut bases = Vec::new();
            for _ in 0..times {
                engine.receive(client, b"INCR number\r\n", Time(now));
                for output in outputs(engine) {
                    if let Output::Rewrite(base) = output {
                        bases.push(base);
                    }
                }
            }
            bases
        };
        engine.journal_is_kept(100, 100);
        // An increment takes 31 bytes, the choice of the database 23.
        assert_eq!(rewrites(&mut engine, 5, 1_000).len(), 0);
        let bases = rewrites(&mut engine, 10, 1_000);
        assert_eq!(bases.len(), 1, "one at a time");
        let mut again = self::engine("");
        again.restore(&bases[0], Time(1_000)).unwrap();
        let other = again.connect(Time(1_000));
        assert_ne!(again.call(other, &[b"GET", b"number"], Time(1_000)), crate::resp::Value::Null);
        for failures in 1..=3 {
            engine.rewritten(None, Time(1_000));
            assert_eq!(rewrites(&mut engine, 1, 1_000).len(), usize::from(failures < 3), "after {failures}");
        }
        // After three failures it waits a minute.
        assert_eq!(rewrites(&mut engine, 1, 60_999).len(), 0);
        assert_eq!(rewrites(&mut engine, 1, 61_000).len(), 1);
        engine.rewritten(Some(400), Time(61_000));
        assert_eq!(rewrites(&mut engine, 10, 61_000).len(), 0);
        assert_eq!(rewrites(&mut engine, 10, 61_000).len(), 1);
    }

    #[test]
    fn the_base_may_be_commands() {
        let mut engine = engine("aof-use-rdb-preamble no\nsave \"\"");
        let client = engine.connect(Time(1_000));
        let commands = b"SELECT 3\r\nRPUSH l a b\r\nSADD s x\r\nZADD z 1.5 m\r\nHSET h f v\r\nSET k v PX 5000\r\n";
        engine.receive(client, commands, Time(1_000));
        outputs(&mut engine);
        let base = engine.journal_base();
        let mut again = self::engine("");
        assert_eq!(again.replay(&base, Time(1_000)).unwrap().bytes, base.len());
        // The same but for the memory in use at the front, and the checksum of it at the end.
        let data = |file: &[u8]| file[90..file.len() - 8].to_vec();
        assert_eq!(data(&again.snapshot()), data(&engine.snapshot()));
        assert_eq!(again.keyspace().database(3).map(|database| database.len()), Some(5));
    }

    #[test]
    fn what_the_host_cannot_do_is_said() {
        let mut engine = engine("enable-protected-configs yes\naclfile users.acl");
        engine.set_config_file("/etc/redis.conf");
        let client = engine.connect(Time(1_000));
        for (line, answer, expected) in [
            ("SHUTDOWN", Err(""), "-ERR Errors trying to SHUTDOWN. Check logs.\r\n"),
            (
                "CONFIG REWRITE",
                Err("No space left on device"),
                "-ERR Rewriting config file: No space left on device\r\n",
            ),
            ("CONFIG REWRITE", Ok(""), "+OK\r\n"),
            (
                "CONFIG SET hz 20 dir x",
                Err("No such file or directory"),
                "-ERR CONFIG SET failed (possibly related to argument 'dir') - No such file or directory\r\n",
            ),
            ("CONFIG GET hz", Ok(""), "*2\r\n$2\r\nhz\r\n$2\r\n10\r\n"),
            ("CONFIG SET hz 20 dir x", Ok(""), "+OK\r\n"),
            ("CONFIG GET hz", Ok(""), "*2\r\n$2\r\nhz\r\n$2\r\n20\r\n"),
            ("ACL SAVE", Ok(""), "+OK\r\n"),
            ("ACL LOAD", Ok("user bob on nopass\n"), "+OK\r\n"),
            ("ACL USERS", Ok(""), "*2\r\n$3\r\nbob\r\n$7\r\ndefault\r\n"),
        ] {
            engine.receive(client, format!("{line}\r\n").as_bytes(), Time(1_000));
            let mut said = outputs(&mut engine);
            if let Some(Output::Ask { client, .. }) = said.iter().find(|output| matches!(output, Output::Ask { .. })) {
                assert_eq!(reply(&said), "", "{line} waits");
                let refusal = |reason: &str| Refusal { setting: "dir", reason: reason.to_string() };
                engine.answer(*client, answer.map(|text| text.as_bytes().to_vec()).map_err(refusal), Time(1_000));
                said = outputs(&mut engine);
            }
            assert_eq!(reply(&said), expected, "{line}");
        }
    }

    #[test]
    fn users_of_a_configuration_are_there() {
        let engine = engine("user bob on >secret ~a* +get\nrequirepass x");
        assert_eq!(engine.server.acl.users().count(), 2);
        let wrong = file::read(b"port 1\nuser bob +nosuch").unwrap();
        let error = Engine::start(wrong, 1, false, Time(0)).unwrap_err();
        assert_eq!(error.setting, "user (line 2)");
    }
}
