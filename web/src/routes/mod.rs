//! One module for each address of the site; they put components together.

pub mod bench;
pub mod command;
pub mod commands;
pub mod embed;
pub mod gallery;
pub mod learn;
pub mod lesson;
pub mod playground;
