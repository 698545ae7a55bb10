//! Values: 16 bytes, `Copy`, with handles into the heap's arenas. Equality is Lua's raw equality.

/// A string: its slot and its hash, so that a table looks it up without reading the slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StringId {
    pub(crate) index: u32,
    pub(crate) hash: u32,
}

/// A table of the heap.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TableId(pub(crate) u32);

/// A function of the heap: Lua closure, native closure or host function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FunctionId(pub(crate) u32);

/// A full userdata, which only `newproxy` makes: nothing but a metatable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UserdataId(pub(crate) u32);

/// A coroutine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ThreadId(pub(crate) u32);

/// Where a variable lives that closures share.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct UpvalueId(pub(crate) u32);

/// What the compiler made of one function body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct PrototypeId(pub(crate) u32);

/// Any value of Lua.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
#[repr(u64)]
pub enum Value {
    #[default]
    Nil,
    Boolean(bool),
    Number(f64),
    String(StringId),
    Table(TableId),
    Function(FunctionId),
    Userdata(UserdataId),
    Thread(ThreadId),
    /// A bare number that is only equal to itself; 0 is the null of cjson.
    LightUserdata(u32),
}

impl Value {
    /// Everything but nil and false counts as true.
    #[inline]
    pub fn is_true(self) -> bool {
        !matches!(self, Value::Nil | Value::Boolean(false))
    }

    #[inline]
    pub fn is_nil(self) -> bool {
        matches!(self, Value::Nil)
    }

    /// What `type` says of it.
    pub fn type_name(self) -> &'static str {
        match self {
            Value::Nil => "nil",
            Value::Boolean(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Table(_) => "table",
            Value::Function(_) => "function",
            Value::Userdata(_) | Value::LightUserdata(_) => "userdata",
            Value::Thread(_) => "thread",
        }
    }
}
