#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz_checks::review(input));

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    fuzz::mutate(fuzz_checks::seeds::review, data, size, max_size, seed)
});
