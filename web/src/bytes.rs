//! Bytes in messages: a `Uint8Array` for the browser.
//!
//! serde-wasm-bindgen 0.6 copies bytes out of a view of the wasm's memory. To hand that view over it may have to make the
//! table of JavaScript's values larger; when the memory grows for that, the view is no longer valid, and the message is
//! lost with all that was to come after it. Here the copy is made before the value is handed over.

use std::fmt;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

/// Bytes of their own in a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ByteBuf(Vec<u8>);

impl ByteBuf {
    pub fn into_vec(self) -> Vec<u8> {
        self.0
    }
}

impl Deref for ByteBuf {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl<B: Into<Vec<u8>>> From<B> for ByteBuf {
    fn from(bytes: B) -> ByteBuf {
        ByteBuf(bytes.into())
    }
}

impl Serialize for ByteBuf {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for ByteBuf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ByteBuf, D::Error> {
        deserialize(deserializer).map(ByteBuf)
    }
}

/// For a field that is no `ByteBuf`: `#[serde(with = "crate::bytes")]`.
pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    #[cfg(target_arch = "wasm32")]
    return serde_wasm_bindgen::preserve::serialize(&js_sys::Uint8Array::from(bytes), serializer);
    #[cfg(not(target_arch = "wasm32"))]
    serializer.serialize_bytes(bytes)
}

pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    deserializer.deserialize_byte_buf(Bytes)
}

struct Bytes;

impl<'de> Visitor<'de> for Bytes {
    type Value = Vec<u8>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("bytes")
    }

    fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(bytes)
    }
}
