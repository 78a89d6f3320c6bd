//! Every target on its seeds and on thousands of mutations of them, the same each time, with an eye on its memory.

use loophole_fuzz::{TARGETS, Target};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const ROUNDS: usize = 2_000;
/// Inputs stay short, so that the factor counts and not the constant.
const MAX_BYTES: usize = 64 << 10;

/// xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift generators").
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap_or(0) % limit.max(1)
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.next() >> 56).unwrap_or(0)
    }
}

/// Numbers at the edges of what formats count in.
const EDGES: &[&[u8]] = &[
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\x00\x00\x00\x00",
    b"\x80\x00\x00\x00",
    b"-1",
    b"1e999",
    b"\"",
];

fn mutate(seeds: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = seeds[chance.below(seeds.len())].clone();
    for _ in 0..=chance.below(6) {
        let at = chance.below(bytes.len() + 1);
        let end = (at + chance.below(64)).min(bytes.len());
        match chance.below(8) {
            0 if at < bytes.len() => bytes[at] ^= 1 << chance.below(8),
            1 if at < bytes.len() => bytes[at] = chance.byte(),
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..end)),
            4 => {
                let part = bytes[at..end].to_vec();
                (0..=chance.below(20)).for_each(|_| _ = bytes.splice(at..at, part.iter().copied()));
            }
            5 => {
                let edge = EDGES[chance.below(EDGES.len())];
                let end = (at + edge.len()).min(bytes.len());
                bytes.splice(at..end, edge.iter().copied());
            }
            6 => {
                let other = &seeds[chance.below(seeds.len())];
                let from = chance.below(other.len() + 1);
                bytes.splice(at.., other[from..].iter().copied());
            }
            _ => bytes.insert(at, chance.byte()),
        }
        bytes.truncate(MAX_BYTES);
    }
    bytes
}

/// Runs a target on an input; the most that it held.
fn run(target: &Target, input: &[u8]) -> usize {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    (target.run)(input);
    let held = MEMORY.peak_usage().saturating_sub(before);
    let limit = target.factor * input.len() + target.constant_bytes;
    assert!(
        held <= limit,
        "{}: {held} bytes for {} of input: {:?}",
        target.name,
        input.len(),
        String::from_utf8_lossy(input)
    );
    held
}

// One test, for memory is counted for the whole process.
#[test]
fn no_target_panics_or_takes_more_memory_than_it_states() {
    for target in TARGETS {
        let seeds = (target.seeds)();
        assert!(!seeds.is_empty(), "{} has nothing to begin with", target.name);
        let mut most = 0;
        for seed in &seeds {
            run(target, seed);
        }
        for name in target.name.bytes() {
            let mut chance = Chance(u64::from(name) << 20 | 1);
            for _ in 0..ROUNDS / target.name.len() {
                let input = mutate(&seeds, &mut chance);
                most = most.max(run(target, &input));
            }
        }
        println!("{}: {} seeds, at most {} KiB held", target.name, seeds.len(), most >> 10);
    }
}
