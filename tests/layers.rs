//! Checks that a file uses only modules listed before its own: `src/lib.rs` lists the modules in the order
//! of the flow, and each may use only those above it. Tests may use all.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use syn::{Attribute, File, Item, UseTree, visit::Visit};

/// The modules of the library, in the order of `src/lib.rs`.
fn order() -> Vec<String> {
    let lib = parsed(Path::new("src/lib.rs"));
    let module = |item: Item| if let Item::Mod(module) = item { Some(module) } else { None };
    lib.items.into_iter().filter_map(module).map(|module| module.ident.to_string()).collect()
}

fn parsed(path: &Path) -> File {
    syn::parse_file(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The source files below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] });
    files.collect()
}

/// The modules of the crate that a file names, except in its tests.
#[derive(Default)]
struct Used(BTreeSet<String>);

impl Used {
    fn tree(&mut self, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => self.name(&path.ident),
            UseTree::Name(name) => self.name(&name.ident),
            UseTree::Rename(name) => self.name(&name.ident),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(tree)),
            UseTree::Glob(_) => {}
        }
    }

    fn name(&mut self, name: &syn::Ident) {
        self.0.insert(name.to_string());
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|what| what == "test")
    })
}

impl<'ast> Visit<'ast> for Used {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_test(&module.attrs) {
            syn::visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if let UseTree::Path(path) = &item.tree
            && path.ident == "crate"
        {
            self.tree(&path.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let mut segments = path.segments.iter();
        if segments.next().is_some_and(|first| first.ident == "crate") {
            segments.take(1).for_each(|segment| self.name(&segment.ident));
        }
        syn::visit::visit_path(self, path);
    }
}

/// For each module, the other modules that it uses.
fn used_by_module(order: &[String]) -> BTreeMap<String, BTreeSet<String>> {
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in sources(Path::new("src")) {
        let within = file.strip_prefix("src").unwrap();
        let module = within.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        // Files of tests contain only test code.
        let tests = ["tests.rs", "testing.rs"].iter().any(|name| within.ends_with(name));
        if module == "lib" || tests {
            continue;
        }
        let mut names = Used::default();
        names.visit_file(&parsed(&file));
        let others = names.0.into_iter().filter(|name| name != module && order.contains(name));
        used.entry(module.to_owned()).or_default().extend(others);
    }
    used
}

#[test]
fn each_module_uses_only_those_before_it() {
    let order = order();
    let used = used_by_module(&order);
    assert_eq!(used.len(), order.len(), "each module has files");
    let mut upwards = Vec::new();
    for (at, module) in order.iter().enumerate() {
        let later = |name: &&String| order.iter().position(|other| other == *name) >= Some(at);
        let later = used.get(module).into_iter().flatten().filter(later);
        upwards.extend(later.map(|name| format!("{module} uses {name}")));
    }
    assert_eq!(upwards, Vec::<String>::new());
}

#[test]
fn the_folder_of_the_rules_has_exactly_the_rules() {
    let ids = eks_aiml_networking::rule::infos().map(|info| info.id.replace('-', "_") + ".rs");
    let shared = ["shared", "testing.rs"].map(str::to_owned);
    let expected: BTreeSet<String> = ids.chain(shared).collect();
    let entries = fs::read_dir("src/rules").unwrap();
    let found: BTreeSet<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(found, expected);
}
