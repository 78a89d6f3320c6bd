//! Where new ids come from.

use std::sync::atomic::{AtomicU64, Ordering};

use protocol::EntityId;

/// Makes ids that nobody else makes. Can be shared between threads.
#[derive(Debug)]
pub struct IdSource {
    seed: u64,
    count: AtomicU64,
}

impl IdSource {
    /// Ids that differ from those of every other source.
    #[must_use]
    pub fn random() -> Self {
        let seed = getrandom::u64().unwrap_or_else(|_| fallback_seed());
        Self::seeded(seed)
    }

    /// The same ids every time, for projects that must come out identical.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self { seed, count: AtomicU64::new(0) }
    }

    /// The next id.
    #[must_use]
    pub fn next_id(&self) -> EntityId {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        // The halves are a random seed, and the count scattered by a bijection: unique, and spread in maps and indexes.
        let low = mix(count ^ mix(self.seed));
        EntityId(u128::from(mix(self.seed)) << 64 | u128::from(low))
    }
}

/// The finaliser of splitmix64: a bijection.
fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// For systems whose random source is not ready: time and an address, which no other instance shares.
fn fallback_seed() -> u64 {
    let marker = Box::new(0_u8);
    let address = std::ptr::from_ref(&*marker).addr() as u64;
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    address ^ mix(since.as_secs() ^ u64::from(since.subsec_nanos()) << 32)
}
