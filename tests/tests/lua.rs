//! Our Lua beside the real ones: the language and its library beside Debian's `lua5.1`, Redis's libraries beside a real
//! server. `LUA_PROGRAM=text` in the environment runs the programs whose name has that text alone.

use tests::lua::{Ours, Program, compare, grids, programs, redis, reference};

fn chosen(programs: Vec<Program>) -> Vec<Program> {
    match std::env::var("LUA_PROGRAM") {
        Ok(wanted) => programs.into_iter().filter(|program| program.name.contains(&wanted)).collect(),
        Err(_) => programs,
    }
}

#[track_caller]
fn check(programs: Vec<Program>) {
    let programs = chosen(programs);
    let expected = reference(&programs).unwrap();
    if let Err(report) = compare(&programs, &expected, &mut Ours::new()) {
        panic!("{report}");
    }
}

#[test]
fn wrong_chunks_are_refused_with_the_same_words() {
    check(programs("syntax.lua"));
}

#[test]
fn the_language_is_the_same() {
    check(programs("language.lua"));
}

#[test]
fn the_libraries_are_the_same() {
    check(programs("libraries.lua"));
}

#[test]
fn errors_name_the_same_things() {
    check(programs("messages.lua"));
}

#[test]
fn grids_of_operators_and_operands_agree() {
    check(grids::operators());
}

#[test]
fn grids_of_numbers_and_formats_agree() {
    check(grids::numbers());
}

#[test]
fn grids_of_patterns_and_subjects_agree() {
    check(grids::patterns());
}

#[test]
fn tables_filled_and_emptied_at_random_keep_their_order_and_length() {
    check(grids::tables());
}

#[test]
fn the_libraries_of_redis_are_the_same() {
    let programs = chosen(programs("redis.lua").into_iter().chain(grids::redis()).collect());
    let expected = redis(&programs).unwrap();
    if let Err(report) = compare(&programs, &expected, &mut Ours::for_expressions()) {
        panic!("{report}");
    }
}
