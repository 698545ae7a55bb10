#![no_main]
libfuzzer_sys::fuzz_target!(init: tests::targets::write_dictionary(tests::targets::command_words()), |bytes: &[u8]| tests::targets::resp(bytes));
