//! Strings: what SET and its many relatives do with one value. Knows nothing of how a string is stored.

mod count;
mod deadline;
mod edit;
mod get;
mod lcs;
mod set;

pub(super) use edit::begin_or_grow;

family![
    edit::APPEND,
    count::DECR,
    count::DECRBY,
    get::GET,
    get::GETDEL,
    get::GETEX,
    get::GETRANGE,
    set::GETSET,
    count::INCR,
    count::INCRBY,
    count::INCRBYFLOAT,
    lcs::LCS,
    get::MGET,
    set::MSET,
    set::MSETNX,
    set::PSETEX,
    set::SET,
    set::SETEX,
    set::SETNX,
    edit::SETRANGE,
    get::STRLEN,
    get::SUBSTR,
];
