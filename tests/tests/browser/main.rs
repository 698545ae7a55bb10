//! The built site in headless Chromium, as a person uses it: roles and accessible names, never class names.

mod access;
mod addresses;
mod charts;
mod clock;
mod command_files;
mod commands;
mod engines;
mod files;
mod hostile;
mod keyboard;
mod keys;
mod layout;
mod lessons;
mod modes;
mod offline;
mod parts;
mod phone;
mod shift;
mod speed;
mod storage;
mod terminal;
mod terminals;
mod update;
mod values;
mod waiting;
mod workload;
