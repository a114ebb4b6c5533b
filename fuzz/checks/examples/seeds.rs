//! Writes the seeds of all fuzz targets, one folder each, together with the words for libFuzzer's `-dict`:
//! `cargo run -p fuzz-checks --example seeds -- FOLDER`.
#![expect(clippy::unwrap_used, reason = "a tool of the tests fails by panicking")]

use std::{collections::BTreeSet, env, fmt::Write as _, fs, path::PathBuf};

use fuzz_checks::TARGETS;

/// Longer strings only occur in the seeds anyway.
const LONGEST: usize = 60;

/// Collects the strings and keys of a JSON seed; the lines of any other seed.
fn words(seed: &[u8], words: &mut BTreeSet<String>) {
    fn of(value: &serde_json::Value, words: &mut BTreeSet<String>) {
        match value {
            serde_json::Value::String(text) => _ = words.insert(text.clone()),
            serde_json::Value::Array(items) => items.iter().for_each(|item| of(item, words)),
            serde_json::Value::Object(members) => {
                for (key, member) in members {
                    words.insert(key.clone());
                    of(member, words);
                }
            }
            _ => {}
        }
    }
    match serde_json::from_slice(seed) {
        Ok(value) => of(&value, words),
        Err(_) => {
            let text = std::str::from_utf8(seed).unwrap_or_default();
            words.extend(text.lines().map(str::to_owned));
        }
    }
}

fn main() {
    let folder = PathBuf::from(env::args().nth(1).unwrap());
    for target in TARGETS {
        let of_target = folder.join(target.name);
        fs::create_dir_all(&of_target).unwrap();
        let mut found = BTreeSet::new();
        for (number, seed) in (target.seeds)().iter().enumerate() {
            fs::write(of_target.join(format!("{number:03}")), seed).unwrap();
            words(seed, &mut found);
        }
        let mut dict = "# The words of the seeds.\n".to_owned();
        for word in found.iter().filter(|word| (2..=LONGEST).contains(&word.len())) {
            let escaped = word.bytes().fold(String::new(), |mut out, byte| {
                match byte {
                    b'"' | b'\\' => write!(out, "\\{}", char::from(byte)),
                    b' '..=b'~' => write!(out, "{}", char::from(byte)),
                    _ => write!(out, "\\x{byte:02X}"),
                }
                .unwrap();
                out
            });
            writeln!(dict, "\"{escaped}\"").unwrap();
        }
        fs::write(folder.join(format!("{}.dict", target.name)), dict).unwrap();
    }
}
