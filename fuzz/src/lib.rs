//! Mutates JSON as JSON: values are replaced by those that the seeds have under the same key, so that
//! requests and settings are composed of parts that the policy reads.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use fastrand::Rng;
use libfuzzer_sys::fuzzer_mutate;

mod tree;

use tree::Tree;

/// The parts of the seeds.
struct Pieces {
    /// The values under each key; those of a list are under the key of the list.
    values: BTreeMap<String, Vec<Tree>>,
    /// The keys of the objects under each key.
    keys: BTreeMap<String, Vec<String>>,
}

/// Values that no seed has.
const ODD: [&str; 24] = [
    "null",
    "true",
    "false",
    "0",
    "1",
    "-1",
    "65535",
    "65536",
    "4294967295",
    "4294967296",
    "1.5",
    "1e30",
    "\"\"",
    "\"0\"",
    "\"-1\"",
    "\"9Ei\"",
    "\"1e30\"",
    "\"\\n\"",
    "\"`\"",
    "\"ü€😀\"",
    "\"/~\"",
    "[]",
    "{}",
    "[null]",
];

/// The maximum number of values per key: more add nothing.
const ENOUGH: usize = 400;

impl Pieces {
    fn of(seeds: Vec<Vec<u8>>) -> Self {
        let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for seed in seeds.iter().filter_map(|seed| Tree::read(seed)) {
            collect(&seed, "", &mut values, &mut keys);
        }
        let read = |texts: BTreeSet<String>| {
            texts.iter().take(ENOUGH).filter_map(|text| Tree::read(text.as_bytes())).collect()
        };
        Self {
            values: values.into_iter().map(|(key, texts)| (key, read(texts))).collect(),
            keys: keys.into_iter().map(|(key, keys)| (key, keys.into_iter().collect())).collect(),
        }
    }
}

fn collect(
    tree: &Tree,
    key: &str,
    values: &mut BTreeMap<String, BTreeSet<String>>,
    keys: &mut BTreeMap<String, BTreeSet<String>>,
) {
    values.entry(key.to_owned()).or_default().insert(tree.to_string());
    match tree {
        Tree::Atom(_) => {}
        Tree::List(items) => items.iter().for_each(|item| collect(item, key, values, keys)),
        Tree::Object(members) => {
            for (name, member) in members {
                keys.entry(key.to_owned()).or_default().insert(name.clone());
                collect(member, name, values, keys);
            }
        }
    }
}

/// Mutates an input in place: mostly as JSON, else as bytes.
pub fn mutate(
    seeds: fn() -> Vec<Vec<u8>>,
    data: &mut [u8],
    size: usize,
    max_size: usize,
    seed: u32,
) -> usize {
    static PIECES: OnceLock<Pieces> = OnceLock::new();
    let mut rng = Rng::with_seed(seed.into());
    let tree = data.get(..size).and_then(Tree::read).filter(|_| rng.u8(..6) > 0);
    let Some(mut tree) = tree else { return fuzzer_mutate(data, size, max_size) };
    let pieces = PIECES.get_or_init(|| Pieces::of(seeds()));
    for _ in 0..=rng.u8(..4) {
        let at = rng.usize(..tree.count());
        change(&mut tree, at, pieces, &mut rng);
    }
    let text = tree.to_string();
    match data.get_mut(..text.len()).filter(|_| text.len() <= max_size) {
        Some(room) => {
            room.copy_from_slice(text.as_bytes());
            text.len()
        }
        None => fuzzer_mutate(data, size, max_size),
    }
}

/// Mutates the value at a position.
fn change(tree: &mut Tree, at: usize, pieces: &Pieces, rng: &mut Rng) {
    let Some((key, value)) = tree.at(at, "") else { return };
    let any = |key: &str, rng: &mut Rng| rng.choice(pieces.values.get(key)?).cloned();
    match (rng.u8(..12), &mut *value) {
        (0, _) => {
            let odd = rng.choice(ODD).and_then(|text| Tree::read(text.as_bytes()));
            odd.into_iter().for_each(|odd| *value = odd);
        }
        (1..=4, Tree::Object(members)) => {
            let name = pieces.keys.get(key).and_then(|keys| rng.choice(keys));
            if let Some((name, new)) = name.and_then(|name| Some((name, any(name, rng)?))) {
                // Now and then, duplicate a key.
                let old =
                    members.iter_mut().find(|(old, _)| old == name).filter(|_| rng.u8(..8) > 0);
                match old {
                    Some((_, old)) => *old = new,
                    None => members.insert(rng.usize(..=members.len()), (name.clone(), new)),
                }
            }
        }
        (5, Tree::Object(members)) if !members.is_empty() => {
            members.remove(rng.usize(..members.len()));
        }
        (1..=2, Tree::List(items)) => {
            items.extend(any(key, rng).map(|new| match new {
                Tree::List(mut news) if !news.is_empty() => news.swap_remove(0),
                new => new,
            }));
        }
        (3, Tree::List(items)) if !items.is_empty() => {
            let copy = items[rng.usize(..items.len())].clone();
            items.insert(rng.usize(..=items.len()), copy);
        }
        (4, Tree::List(items)) if !items.is_empty() => {
            items.remove(rng.usize(..items.len()));
        }
        (5, Tree::List(items)) => rng.shuffle(items),
        (1..=3, Tree::Atom(text)) => {
            // Inside the quotes of a string, or the number itself.
            let quotes = usize::from(text.starts_with('"') && text.len() > 1);
            let mut bytes = text.as_bytes()[quotes..text.len() - quotes].to_vec();
            let size = bytes.len();
            bytes.resize(size + 24, 0);
            let size = fuzzer_mutate(&mut bytes, size, size + 24);
            let inner = String::from_utf8_lossy(&bytes[..size]);
            let quoted = format!("\"{inner}\"");
            let text = if quotes == 0 { inner.as_bytes() } else { quoted.as_bytes() };
            *value = Tree::read(text).unwrap_or_else(|| Tree::text(&inner));
        }
        (6, _) => {
            // A value of any key.
            let keys: Vec<&String> = pieces.values.keys().collect();
            if let Some(new) = rng.choice(keys).and_then(|key| any(key, rng)) {
                *value = new;
            }
        }
        _ => any(key, rng).into_iter().for_each(|new| *value = new),
    }
}
