//! One module for each address of the site; they put components together.

pub mod playground;
