//! What the engine adds to the plugins it runs, per node and block, against a bare loop in the same run.
//!
//! `cargo bench -p loophole-host --bench engine` ends with a table of the overhead; `-- overhead` prints only that.
//! `-- scale` prints what thousands of nodes cost in time and memory, and what two threads do for 32 tracks.
//! `-- run engine 32 1000` (or `bare`, `vst3`, `vst3-bare`) runs a chain of so many nodes at 64 frames for so many blocks
//! and says nothing: under `valgrind --tool=callgrind`, runs of different length give the instructions of a block, which
//! repeat exactly where times do not. `cargo xtask counts` holds them to a limit.
//! `-- run telemetry-off 8 1000` (or `telemetry-on`) runs a session of so many tracks likewise, with the diagnostics page
//! closed or open. `-- run swap 2000 10` lets a track come to so many others, or go, so many times.
#![expect(clippy::print_stdout, reason = "a benchmark reports to whoever started it")]
#![allow(clippy::unwrap_used, reason = "a failure here is a failed bench")]

mod bare;
mod gain;
mod rig;
mod vst3;

use std::hint::black_box;
use std::num::NonZeroUsize;
use std::time::Instant;

use criterion::{BenchmarkId, Criterion};
use loophole_host::engine::Threads;
use peak_alloc::PeakAlloc;

use self::bare::Bare;
use self::rig::Rig;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// How the nodes are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// One after the other.
    Chain,
    /// All from the input, summed at the output.
    Parallel,
}

impl Shape {
    const fn name(self) -> &'static str {
        match self {
            Self::Chain => "chain",
            Self::Parallel => "parallel",
        }
    }
}

const SHAPES: [Shape; 2] = [Shape::Chain, Shape::Parallel];
const NODES: [usize; 4] = [1, 8, 32, 128];
const BLOCKS: [usize; 2] = [64, 512];

fn process(criterion: &mut Criterion) {
    for shape in SHAPES {
        for frames in BLOCKS {
            for nodes in NODES {
                let params = format!("{}={nodes},block={frames}", shape.name());
                let mut group = criterion.benchmark_group("engine/process");
                let (mut rig, mut bare) = (Rig::new(shape, nodes, frames), Bare::new(shape, nodes, frames));
                group
                    .bench_function(BenchmarkId::from_parameter(&params), |bench| bench.iter(|| rig.block()));
                group.bench_function(BenchmarkId::new("bare", &params), |bench| bench.iter(|| bare.block()));
                group.finish();
            }
        }
    }
}

/// The smallest mean of many short runs, in nanoseconds: what it costs when nobody else is using the machine.
fn nanoseconds(mut block: impl FnMut(), nodes: usize) -> f64 {
    let (runs, blocks) = (60, 20_000 / nodes + 20);
    let mut best = f64::INFINITY;
    for _ in 0..runs {
        let start = Instant::now();
        (0..blocks).for_each(|_| block());
        best = best.min(start.elapsed().as_secs_f64() * 1e9 / blocks as f64);
    }
    best
}

fn overhead() {
    println!(
        "{:<10} {:>6} {:>6} {:>12} {:>12} {:>22}",
        "shape", "nodes", "block", "engine ns", "bare ns", "overhead ns/node/block"
    );
    let row = |name, nodes, frames, engine: f64, bare: f64| {
        let each = (engine - bare) / nodes as f64;
        println!("{name:<10} {nodes:>6} {frames:>6} {engine:>12.0} {bare:>12.0} {each:>22.1}");
    };
    for shape in SHAPES {
        for frames in BLOCKS {
            for nodes in NODES {
                let (mut rig, mut bare) = (Rig::new(shape, nodes, frames), Bare::new(shape, nodes, frames));
                let engine = nanoseconds(|| black_box(&mut rig).block(), nodes);
                let bare = nanoseconds(|| black_box(&mut bare).block(), nodes);
                row(shape.name(), nodes, frames, engine, bare);
            }
        }
    }
    for frames in BLOCKS {
        let (mut rig, mut bare) = (Rig::vst3(32, frames), vst3::Bare::new(32, frames));
        let engine = nanoseconds(|| black_box(&mut rig).block(), 32);
        let bare = nanoseconds(|| black_box(&mut bare).block(), 32);
        row("vst3", 32, frames, engine, bare);
    }
}

/// What many nodes cost, and how much memory each takes; what a second thread does for tracks with real work.
fn scale() {
    println!("{:<10} {:>6} {:>18} {:>18}", "shape", "nodes", "ns/node/block", "bytes/node");
    for shape in SHAPES {
        for nodes in [250, 500, 1_000, 2_000] {
            let before = MEMORY.current_usage();
            let mut rig = Rig::new(shape, nodes, 64);
            let bytes = MEMORY.current_usage().saturating_sub(before) / nodes;
            let each = nanoseconds(|| black_box(&mut rig).block(), nodes) / nodes as f64;
            println!("{:<10} {nodes:>6} {each:>18.1} {bytes:>18}", shape.name());
        }
    }
    let exactly = |count| NonZeroUsize::new(count).map_or(Threads::Auto, Threads::Exactly);
    for frames in BLOCKS {
        let mut times = [Threads::Auto, exactly(1), exactly(2)]
            .map(|threads| (Rig::tracks(32, frames, threads), f64::INFINITY));
        // Turn by turn, so that whatever else the machine does meets all of them.
        for _ in 0..30 {
            for (rig, best) in &mut times {
                let start = Instant::now();
                (0..20).for_each(|_| black_box(&mut *rig).block());
                *best = best.min(start.elapsed().as_secs_f64() * 5e4);
            }
        }
        let [auto, one, two] = times.map(|(_, best)| best);
        println!(
            "32 reverbs, block {frames}: one thread {one:.1} us, two {two:.1} us ({:.2} times), auto {auto:.1} us",
            one / two
        );
    }
}

/// Runs a chain at 64 frames, to be counted from outside.
fn run(what: &str, nodes: usize, blocks: u32) {
    fn times(blocks: u32, mut block: impl FnMut()) {
        (0..blocks).for_each(|_| block());
    }
    if let Some(telemetry) = what.strip_prefix("telemetry-") {
        return session(telemetry, nodes, blocks);
    }
    match what {
        "swap" => swap(nodes, blocks),
        "bare" => {
            let mut bare = Bare::new(Shape::Chain, nodes, 64);
            times(blocks, || bare.block());
        }
        "vst3" => {
            let mut rig = Rig::vst3(nodes, 64);
            times(blocks, || rig.block());
        }
        "vst3-bare" => {
            let mut bare = vst3::Bare::new(nodes, 64);
            times(blocks, || bare.block());
        }
        _ => {
            let mut rig = Rig::new(Shape::Chain, nodes, 64);
            times(blocks, || rig.block());
        }
    }
}

/// Lets a track come and go so many times, to be counted from outside.
fn swap(tracks: usize, times: u32) {
    let (mut rig, plans) = Rig::come_and_go(tracks);
    for (_, plan) in (0..times).zip(plans.iter().rev().cycle()) {
        rig.apply(plan);
        // Longer than the fades.
        (0..8).for_each(|_| rig.block());
        rig.poll();
    }
}

/// Runs a session at 64 frames, looked at or not, to be counted from outside.
fn session(telemetry: &str, tracks: usize, blocks: u32) {
    let mut rig = Rig::session(tracks, 64);
    let mut heard = (telemetry == "on").then(|| rig.look());
    for block in 0..blocks {
        rig.block();
        if block % 8 == 0 {
            rig.poll();
            for ring in heard.iter_mut().flatten() {
                while ring.pop().is_ok() {}
            }
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [command, what, nodes, blocks] = arguments.as_slice()
        && command == "run"
    {
        return run(what, nodes.parse().unwrap(), blocks.parse().unwrap());
    }
    if arguments.iter().any(|argument| argument == "scale") {
        return scale();
    }
    let only_overhead = std::env::args().any(|argument| argument == "overhead");
    if !only_overhead {
        let mut criterion = Criterion::default().configure_from_args();
        process(&mut criterion);
        criterion.final_summary();
    }
    // `cargo test` runs benches to see that they work; a table of times has no place there.
    if !std::env::args().any(|argument| argument == "--test") {
        overhead();
    }
}
