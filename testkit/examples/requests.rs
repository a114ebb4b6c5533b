//! Writes each case of the corpus to `target/corpus` in the format of kwctl: the whole request, and the
//! settings.
#![expect(clippy::unwrap_used, reason = "a tool of the tests fails by panicking")]

use std::fs;

use testkit::{corpus::cases, files};

fn main() {
    let root = files::root().join("target/corpus");
    // Cases that were removed must not be run again.
    if root.exists() {
        fs::remove_dir_all(&root).unwrap();
    }
    for case in cases() {
        let folder = root.join(&case.name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("request.json"), &case.request).unwrap();
        fs::write(folder.join("settings.json"), &case.settings).unwrap();
    }
}
