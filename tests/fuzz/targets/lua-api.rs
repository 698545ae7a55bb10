#![no_main]
libfuzzer_sys::fuzz_target!(init: tests::targets::write_dictionary(tests::targets::lua_words()), |bytes: &[u8]| tests::targets::lua_api(bytes));
