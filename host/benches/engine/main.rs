//! What the engine adds to the plugins it runs, per node and block, against a bare loop in the same run.
//!
//! `cargo bench -p loophole-host --bench engine` ends with a table of the overhead; `-- overhead` prints only that.
//! `-- run engine 1000` (or `bare`) runs a chain of 32 at 64 frames for so many blocks and says nothing: under
//! `valgrind --tool=callgrind`, two such runs of different length give the instructions of a block, which repeat
//! exactly where times do not.
#![expect(clippy::print_stdout, reason = "a benchmark reports to whoever started it")]

mod bare;
mod gain;
mod rig;

use std::hint::black_box;
use std::time::Instant;

use criterion::{BenchmarkId, Criterion};

use self::bare::Bare;
use self::rig::Rig;

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
    for shape in SHAPES {
        for frames in BLOCKS {
            for nodes in NODES {
                let (mut rig, mut bare) = (Rig::new(shape, nodes, frames), Bare::new(shape, nodes, frames));
                let engine = nanoseconds(|| black_box(&mut rig).block(), nodes);
                let bare = nanoseconds(|| black_box(&mut bare).block(), nodes);
                let each = (engine - bare) / nodes as f64;
                println!(
                    "{:<10} {nodes:>6} {frames:>6} {engine:>12.0} {bare:>12.0} {each:>22.1}",
                    shape.name()
                );
            }
        }
    }
}

/// Runs a chain of 32 at 64 frames, to be counted from outside.
fn run(what: &str, blocks: u32) {
    let (mut rig, mut bare) = (Rig::new(Shape::Chain, 32, 64), Bare::new(Shape::Chain, 32, 64));
    for _ in 0..blocks {
        if what == "bare" { bare.block() } else { rig.block() }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [command, what, blocks] = arguments.as_slice()
        && command == "run"
    {
        return run(what, blocks.parse().unwrap_or(1_000));
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
