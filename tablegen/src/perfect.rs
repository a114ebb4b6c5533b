//! Searches the perfect hash that `src/instances/hash.rs` evaluates.

#[path = "../../src/instances/hash.rs"]
mod hash;

use anyhow::{Context, Result, ensure};

/// Displacements per bucket, and for each slot the row it holds.
pub struct Perfect {
    pub displacements: Vec<u16>,
    pub slots: Vec<Option<u32>>,
}

/// Finds a perfect hash of `names`, in which one lookup finds each name.
pub fn build(names: &[&str]) -> Result<Perfect> {
    let buckets = (names.len() / 3).next_power_of_two();
    let slot_count = (names.len() * 5 / 4).next_power_of_two();
    let mut members: Vec<Vec<(u64, u32)>> = vec![Vec::new(); buckets];
    for (row, name) in names.iter().enumerate() {
        let hash = hash::fnv1a(name.as_bytes());
        let bucket = usize::try_from(hash::bucket(hash, buckets as u64))?;
        let member = (hash, u32::try_from(row)?);
        let bucket = members.get_mut(bucket).context("bucket")?;
        ensure!(bucket.iter().all(|(other, _)| *other != hash), "`{name}` collides: change fnv1a");
        bucket.push(member);
    }
    let mut order: Vec<usize> = (0..buckets).collect();
    order.sort_by_key(|&bucket| std::cmp::Reverse(members.get(bucket).map_or(0, Vec::len)));

    let mut displacements = vec![0; buckets];
    let mut slots = vec![None; slot_count];
    for bucket in order {
        let bucket_members = members.get(bucket).context("bucket")?;
        let (displacement, places) = (0..=u16::MAX)
            .find_map(|d| Some((d, free_slots(bucket_members, d, &slots)?)))
            .context("no displacement keeps a bucket's names apart")?;
        *displacements.get_mut(bucket).context("bucket")? = displacement;
        for (place, (_, row)) in places.into_iter().zip(bucket_members) {
            *slots.get_mut(place).context("slot")? = Some(*row);
        }
    }
    Ok(Perfect { displacements, slots })
}

/// The slots of a bucket's members under a displacement, if all are free and distinct.
fn free_slots(members: &[(u64, u32)], d: u16, slots: &[Option<u32>]) -> Option<Vec<usize>> {
    let mut places = Vec::with_capacity(members.len());
    for (hash, _) in members {
        let place = usize::try_from(hash::slot(*hash, d, slots.len() as u64)).ok()?;
        if slots.get(place)?.is_some() || places.contains(&place) {
            return None;
        }
        places.push(place);
    }
    Some(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One lookup finds any name, whatever their number.
    #[test]
    fn each_name_is_found_with_one_probe() {
        for count in [1, 100, 1_430, 100_000] {
            let names: Vec<String> =
                (0..count).map(|i| format!("f{}.{}xlarge", i % 97, i)).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let table = build(&names).unwrap();
            for (row, name) in (0_u32..).zip(&names) {
                assert_eq!(find(&table, name), Some(row), "{name} of {count}");
            }
        }
    }

    fn find(table: &Perfect, name: &str) -> Option<u32> {
        let hash = hash::fnv1a(name.as_bytes());
        let bucket = hash::bucket(hash, table.displacements.len() as u64);
        let displacement = table.displacements[usize::try_from(bucket).unwrap()];
        let slot = hash::slot(hash, displacement, table.slots.len() as u64);
        table.slots[usize::try_from(slot).unwrap()]
    }
}
