//! Finds the files of kustomizations that are not objects, but patches of objects.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::text::one;

/// The names that `kubectl kustomize` looks for.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The kustomization of a folder, if it has one.
pub fn of_folder(folder: &Path) -> Option<PathBuf> {
    NAMES.iter().map(|name| folder.join(name)).find(|path| path.is_file())
}

/// `true` if a file is a kustomization, by its name.
pub fn is_one(path: &Path) -> bool {
    path.file_name().is_some_and(|name| NAMES.iter().any(|known| name == *known))
}

/// Returns the files that a kustomization uses as patches.
pub fn patches(kustomization: &Path) -> BTreeSet<PathBuf> {
    let Ok(value) = one(kustomization) else { return BTreeSet::new() };
    let folder = kustomization.parent().unwrap_or(Path::new(""));
    let listed = |key| value.get(key).and_then(Value::as_array).into_iter().flatten();
    let by_path = ["patches", "patchesJson6902"].into_iter().flat_map(listed);
    let by_path = by_path.filter_map(|patch| patch.get("path").and_then(Value::as_str));
    // A strategic merge patch can also be written inline.
    let named = listed("patchesStrategicMerge").filter_map(Value::as_str);
    let named = named.filter(|text| !text.contains('\n'));
    by_path.chain(named).filter_map(|path| folder.join(path).canonicalize().ok()).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn patches_are_found_in_all_three_lists() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap();
        for name in ["a.yaml", "b.yaml", "c.yaml", "d.yaml"] {
            fs::write(path.join(name), "").unwrap();
        }
        let text = "resources: [d.yaml]\npatches: [{path: a.yaml}, {patch: 'x: 1'}]\n\
                    patchesJson6902: [{path: ./b.yaml}]\n\
                    patchesStrategicMerge: [c.yaml, \"a: 1\\n\", missing.yaml]\n";
        fs::write(path.join("kustomization.yaml"), text).unwrap();
        let kustomization = of_folder(&path).unwrap();
        let found: Vec<PathBuf> = patches(&kustomization).into_iter().collect();
        assert_eq!(found, ["a.yaml", "b.yaml", "c.yaml"].map(|name| path.join(name)));
    }
}
