//! The reusable parts of the page.

pub mod chart;
pub mod charts;
pub mod clock;
pub mod clock_menu;
pub mod command_facts;
pub mod command_help;
pub mod desk;
pub mod exercise;
pub mod files;
pub mod frame;
pub mod key_actions;
pub mod key_controls;
pub mod key_panel;
pub mod keys;
pub mod layout;
pub mod lesson_block;
pub mod lesson_keys;
pub mod lesson_text;
pub mod notices;
pub mod panes;
pub mod samples;
pub mod terminals;
pub mod transcript;
pub mod value;
pub mod workload;
