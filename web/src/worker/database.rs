//! IndexedDB with futures: opening, transactions, and the two stores of a workspace.
//!
//! Knows nothing of what the records mean. Errors are the browser's own words.

use js_sys::{Array, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbFactory, IdbObjectStore, IdbRequest, IdbTransaction, IdbTransactionMode};

use super::clock::KeptClock;
use super::recovery::{Damaged, Segment, StoredSnapshot};

const SNAPSHOTS: &str = "snapshots";
const JOURNAL: &str = "journal";
const DAMAGED: &str = "damaged";
const SCHEMA_VERSION: u32 = 1;
/// Under this key the snapshots' store holds the clock. A store of its own would be another version of the schema,
/// which has to wait until every old tab is closed.
const CLOCK: &str = "clock";

/// Everything that is stored.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    pub snapshots: Vec<StoredSnapshot>,
    pub segments: Vec<Segment>,
    /// A clock that was moved.
    pub clock: Option<KeptClock>,
}

/// An open database.
#[derive(Clone, Debug)]
pub struct Database(IdbDatabase);

impl Database {
    pub async fn open(name: &str) -> Result<Database, String> {
        let factory = Reflect::get(&js_sys::global(), &"indexedDB".into())
            .ok()
            .and_then(|factory| factory.dyn_into::<IdbFactory>().ok())
            .ok_or("this browser has no IndexedDB")?;
        let request = factory.open_with_u32(name, SCHEMA_VERSION).map_err(words)?;
        let upgraded = request.clone();
        let upgrade = Closure::once_into_js(move || {
            let Some(database) = upgraded.result().ok().and_then(|result| result.dyn_into::<IdbDatabase>().ok()) else {
                return;
            };
            for store in [SNAPSHOTS, JOURNAL, DAMAGED] {
                // A failure here makes the open request fail, which is reported.
                let _ = database.create_object_store(store);
            }
        });
        request.set_onupgradeneeded(Some(upgrade.unchecked_ref()));
        let result = finished(&request).await?;
        result.dyn_into().map(Database).map_err(|_| "the browser opened something that is no database".to_owned())
    }

    fn begin(&self, mode: IdbTransactionMode) -> Result<IdbTransaction, String> {
        let stores: Array = [SNAPSHOTS, JOURNAL, DAMAGED].iter().map(|&store| JsValue::from(store)).collect();
        self.0.transaction_with_str_sequence_and_mode(&stores, mode).map_err(words)
    }

    /// Everything that is stored.
    pub async fn read(&self) -> Result<Stored, String> {
        let transaction = self.begin(IdbTransactionMode::Readonly)?;
        let snapshots = all(&store(&transaction, SNAPSHOTS)?).await?;
        let journal = all(&store(&transaction, JOURNAL)?).await?;
        let is_clock = |record: &&JsValue| field(record, CLOCK).is_truthy();
        let clock = snapshots.iter().find(is_clock).map(kept_clock);
        let snapshots = snapshots
            .iter()
            .filter(|record| !is_clock(record))
            .map(|record| StoredSnapshot {
                number: number(record, "number"),
                checksum: text(record, "checksum"),
                made_ms: field(record, "made_ms").as_f64().unwrap_or_default() as u64,
                continues: field(record, "continues").as_bool().unwrap_or(true),
                rdb: bytes(record),
            })
            .collect();
        let segments = journal
            .iter()
            .map(|record| Segment {
                generation: number(record, "generation"),
                sequence: number(record, "sequence"),
                checksum: text(record, "checksum"),
                aof: bytes(record),
            })
            .collect();
        Ok(Stored { snapshots, segments, clock })
    }

    /// Keeps a clock that was moved, or nothing of one that shows real time.
    pub async fn store_clock(&self, kept: Option<KeptClock>) -> Result<(), String> {
        let transaction = self.begin(IdbTransactionMode::Readwrite)?;
        let snapshots = store(&transaction, SNAPSHOTS)?;
        let key = JsValue::from(CLOCK);
        match kept {
            Some(KeptClock { real_from, shown_from, speed }) => {
                let record = JsValue::from(js_sys::Object::new());
                set(&record, CLOCK, true.into());
                set(&record, "real_from", real_from.into());
                set(&record, "shown_from", shown_from.into());
                set(&record, "speed", speed.into());
                snapshots.put_with_key(&record, &key).map_err(words)?;
            }
            None => drop(snapshots.delete(&key).map_err(words)?),
        }
        committed(&transaction).await
    }

    /// Adds a piece of the journal.
    pub async fn append(&self, segment: &Segment) -> Result<(), String> {
        let transaction = self.begin(IdbTransactionMode::Readwrite)?;
        put_segment(&transaction, segment)?;
        committed(&transaction).await
    }

    /// In one step: the journal's last piece before the snapshot, the snapshot, what was damaged; and removes
    /// snapshots and journals from before `oldest`.
    pub async fn store_snapshot(
        &self,
        before: Option<&Segment>,
        snapshot: &StoredSnapshot,
        oldest: u32,
        damaged: &[Damaged],
    ) -> Result<(), String> {
        let transaction = self.begin(IdbTransactionMode::Readwrite)?;
        if let Some(segment) = before {
            put_segment(&transaction, segment)?;
        }
        let record = record(&snapshot.checksum, &snapshot.rdb);
        set(&record, "number", snapshot.number.into());
        set(&record, "made_ms", (snapshot.made_ms as f64).into());
        set(&record, "continues", snapshot.continues.into());
        let snapshots = store(&transaction, SNAPSHOTS)?;
        snapshots.put_with_key(&record, &snapshot.number.into()).map_err(words)?;
        for file in damaged {
            let kept = record_of_bytes(&file.bytes);
            set(&kept, "name", JsValue::from(&file.name));
            store(&transaction, DAMAGED)?.put_with_key(&kept, &JsValue::from(&file.name)).map_err(words)?;
        }
        let below = web_sys::IdbKeyRange::upper_bound_with_open(&oldest.into(), true).map_err(words)?;
        snapshots.delete(&below).map_err(words)?;
        let first = Array::of1(&oldest.into());
        let below = web_sys::IdbKeyRange::upper_bound_with_open(&first, true).map_err(words)?;
        store(&transaction, JOURNAL)?.delete(&below).map_err(words)?;
        committed(&transaction).await
    }

    /// The files that could not be read at some start.
    pub async fn damaged(&self) -> Result<Vec<Damaged>, String> {
        let transaction = self.begin(IdbTransactionMode::Readonly)?;
        let records = all(&store(&transaction, DAMAGED)?).await?;
        Ok(records.iter().map(|record| Damaged { name: text(record, "name"), bytes: bytes(record) }).collect())
    }
}

/// What is no number there is none here either, and makes no clock.
fn kept_clock(record: &JsValue) -> KeptClock {
    let number = |name: &str| field(record, name).as_f64().unwrap_or(f64::NAN);
    KeptClock { real_from: number("real_from"), shown_from: number("shown_from"), speed: number("speed") }
}

fn put_segment(transaction: &IdbTransaction, segment: &Segment) -> Result<(), String> {
    let record = record(&segment.checksum, &segment.aof);
    set(&record, "generation", segment.generation.into());
    set(&record, "sequence", segment.sequence.into());
    let key = Array::of2(&segment.generation.into(), &segment.sequence.into());
    store(transaction, JOURNAL)?.put_with_key(&record, &key).map_err(words).map(drop)
}

fn store(transaction: &IdbTransaction, name: &str) -> Result<IdbObjectStore, String> {
    transaction.object_store(name).map_err(words)
}

fn record(checksum: &str, bytes: &[u8]) -> JsValue {
    let record = record_of_bytes(bytes);
    set(&record, "checksum", checksum.into());
    record
}

fn record_of_bytes(bytes: &[u8]) -> JsValue {
    let record = JsValue::from(js_sys::Object::new());
    set(&record, "bytes", Uint8Array::from(bytes).into());
    record
}

fn set(record: &JsValue, field: &str, value: JsValue) {
    // Fails only on a frozen object, and this one is new.
    let _ = Reflect::set(record, &field.into(), &value);
}

/// A field of a record; whatever somebody else put there reads as 0, empty text or no bytes.
fn field(record: &JsValue, name: &str) -> JsValue {
    Reflect::get(record, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

fn number(record: &JsValue, name: &str) -> u32 {
    field(record, name).as_f64().unwrap_or_default() as u32
}

fn text(record: &JsValue, name: &str) -> String {
    field(record, name).as_string().unwrap_or_default()
}

fn bytes(record: &JsValue) -> Vec<u8> {
    field(record, "bytes").dyn_into::<Uint8Array>().map(|bytes| bytes.to_vec()).unwrap_or_default()
}

async fn all(store: &IdbObjectStore) -> Result<Vec<JsValue>, String> {
    let records = finished(&store.get_all().map_err(words)?).await?;
    Ok(Array::from(&records).iter().collect())
}

/// Waits for a request. The promise's own functions are the request's listeners, so nothing has to be kept alive.
async fn finished(request: &IdbRequest) -> Result<JsValue, String> {
    let done = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    match JsFuture::from(done).await {
        Ok(_) => request.result().map_err(words),
        Err(_) => Err(request.error().ok().flatten().map_or_else(|| "unknown".to_owned(), |error| error.message())),
    }
}

async fn committed(transaction: &IdbTransaction) -> Result<(), String> {
    let done = Promise::new(&mut |resolve, reject| {
        transaction.set_oncomplete(Some(&resolve));
        transaction.set_onabort(Some(&reject));
    });
    match JsFuture::from(done).await {
        Ok(_) => Ok(()),
        Err(_) => Err(transaction.error().map_or_else(
            || "the browser gave up".to_owned(),
            |error| match error.name().as_str() {
                "QuotaExceededError" => "the browser's storage for this site is full".to_owned(),
                name => format!("{name}: {}", error.message()),
            },
        )),
    }
}

/// What an exception says.
pub fn words(error: JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => format!("{error:?}"),
    }
}
