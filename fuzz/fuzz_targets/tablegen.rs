#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz_checks::tablegen(input));

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    fuzz::mutate(fuzz_checks::seeds::tablegen, data, size, max_size, seed)
});
