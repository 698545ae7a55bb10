//! The built site in headless Chromium, as a person uses it: roles and accessible names, never class names.

mod access;
mod addresses;
mod charts;
mod clock;
mod commands;
mod files;
mod hostile;
mod keys;
mod layout;
mod lessons;
mod offline;
mod parts;
mod speed;
mod storage;
mod terminal;
mod terminals;
mod update;
mod values;
mod waiting;
mod webkit;
mod workload;
