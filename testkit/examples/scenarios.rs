//! Writes the referees' input into a folder: `pods.jsonl` and `clusters.jsonl`.
#![expect(clippy::unwrap_used, reason = "a tool of the tests fails by panicking")]

use std::{env, fs, path::Path};

use testkit::referee::Set;

fn main() {
    let folder = env::args().nth(1).unwrap();
    fs::create_dir_all(&folder).unwrap();
    for set in Set::ALL {
        let file = Path::new(&folder).join(format!("{}.jsonl", set.name()));
        fs::write(file, set.file(&set.scenarios())).unwrap();
    }
}
