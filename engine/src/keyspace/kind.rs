//! The bridge between a typed value and the [`Value`] that a key holds.

use crate::value::{Hash, List, Set, Stream, StringValue, Value, ZSet};

use super::changes::Class;

/// The key holds another type than the command works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongType;

/// A data type that a key can hold.
pub trait Kind: Sized {
    /// The class of this type's keyspace events.
    const CLASS: Class;

    /// The value as this type.
    fn of(value: &Value) -> Option<&Self>;

    /// The value as this type, to change it.
    fn of_mut(value: &mut Value) -> Option<&mut Self>;

    /// An empty value of this type.
    fn empty() -> Value;
}

impl Kind for StringValue {
    const CLASS: Class = Class::String;

    fn of(value: &Value) -> Option<&StringValue> {
        if let Value::String(string) = value { Some(string) } else { None }
    }

    fn of_mut(value: &mut Value) -> Option<&mut StringValue> {
        if let Value::String(string) = value { Some(string) } else { None }
    }

    fn empty() -> Value {
        Value::String(StringValue::new(b""))
    }
}

impl Kind for List {
    const CLASS: Class = Class::List;

    fn of(value: &Value) -> Option<&List> {
        if let Value::List(list) = value { Some(list) } else { None }
    }

    fn of_mut(value: &mut Value) -> Option<&mut List> {
        if let Value::List(list) = value { Some(list) } else { None }
    }

    fn empty() -> Value {
        Value::List(Box::default())
    }
}

impl Kind for Hash {
    const CLASS: Class = Class::Hash;

    fn of(value: &Value) -> Option<&Hash> {
        if let Value::Hash(hash) = value { Some(hash) } else { None }
    }

    fn of_mut(value: &mut Value) -> Option<&mut Hash> {
        if let Value::Hash(hash) = value { Some(hash) } else { None }
    }

    fn empty() -> Value {
        Value::Hash(Hash::default())
    }
}

impl Kind for Set {
    const CLASS: Class = Class::Set;

    fn of(value: &Value) -> Option<&Set> {
        if let Value::Set(set) = value { Some(set) } else { None }
    }

    fn of_mut(value: &mut Value) -> Option<&mut Set> {
        if let Value::Set(set) = value { Some(set) } else { None }
    }

    fn empty() -> Value {
        Value::Set(Box::default())
    }
}

impl Kind for ZSet {
    const CLASS: Class = Class::ZSet;

    fn of(value: &Value) -> Option<&ZSet> {
        if let Value::ZSet(zset) = value { Some(zset) } else { None }
    }

    fn of_mut(value: &mut Value) -> Option<&mut ZSet> {
        if let Value::ZSet(zset) = value { Some(zset) } else { None }
    }

    fn empty() -> Value {
        Value::ZSet(Box::default())
    }
}

impl Kind for Stream {
    const CLASS: Class = Class::Stream;

    fn of(value: &Value) -> Option<&Stream> {
        if let Value::Stream(stream) = value { Some(stream) } else { None }
    }

    fn of_mut(value: &mut Value) -> Option<&mut Stream> {
        if let Value::Stream(stream) = value { Some(stream) } else { None }
    }

    fn empty() -> Value {
        Value::Stream(Box::default())
    }
}
