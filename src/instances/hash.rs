//! The perfect hash of instance-type names. Shared with the generator, which searches the
//! displacements for which no two names meet; the policy only evaluates it.

/// FNV-1a, 64 bits.
pub(crate) const fn fnv1a(name: &[u8]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut rest = name;
    while let [first, tail @ ..] = rest {
        hash = (hash ^ *first as u64).wrapping_mul(0x0000_0100_0000_01b3);
        rest = tail;
    }
    hash
}

/// The bucket of a hash; `buckets` is a power of two.
pub(crate) const fn bucket(hash: u64, buckets: u64) -> u64 {
    hash & (buckets - 1)
}

/// The slot of a hash under its bucket's displacement; `slots` is a power of two.
pub(crate) const fn slot(hash: u64, displacement: u16, slots: u64) -> u64 {
    let mixed = (hash ^ (displacement as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))
        .wrapping_mul(0xff51_afd7_ed55_8ccd);
    (mixed >> 32) & (slots - 1)
}
