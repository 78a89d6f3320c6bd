//! `cargo xtask counts`: what the engine adds to the plugins it runs, what of that telemetry is, and what it takes to put
//! another schedule in force, in instructions, which repeat where times do not.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::command;
use crate::packages::{self, Consent};

/// A chain that is counted.
struct Chain {
    /// What the bench calls it.
    name: &'static str,
    /// What of it would be there without an engine: the same plugins in a loop.
    floor: &'static str,
    /// Instructions per node and block of 64 frames at most, of engine and plugin together, as they ship.
    limit: u64,
}

/// A processor within the engine, and the smallest VST3 plugin.
const CHAINS: [Chain; 2] = [
    Chain { name: "engine", floor: "bare", limit: 430 },
    Chain { name: "vst3", floor: "vst3-bare", limit: 560 },
];

/// Two chains: what differs is what nodes cost.
const NODES: [u64; 2] = [8, 32];
/// Two runs of so many blocks: what differs is what blocks cost.
const BLOCKS: [u64; 2] = [200, 700];

/// How much of the instructions of a block telemetry may take, in percent: what is always told, and what is told while
/// somebody looks at the diagnostics page.
const TELEMETRY_LIMIT: f64 = 1.0;
/// A session of so many tracks.
const TRACKS: u64 = 8;
/// The block, in all of its instructions.
const BLOCK: &str = "*EngineProcessor*process*";
/// What is always told: levels, and the report.
const TOLD: [&str; 2] = ["*Meter*measure*", "*finish_report*"];

/// What puts another schedule in force, on the audio thread. Of patterns that begin alike, valgrind knows only one.
const SWAP: [&str; 2] = ["*begin_swap*", "*complete_swap*"];
/// Sessions of so many tracks, of which one comes or goes.
const SWAP_TRACKS: [u64; 2] = [100, 2_000];
/// Two runs of so many swaps.
const SWAPS: [u64; 2] = [2, 10];
/// What a swap in the larger session may take: so many times as much as in the smaller one, and so many instructions more.
const SWAP_LIMIT: (f64, f64) = (1.2, 200.0);

/// Counts, and fails above the limits.
pub fn counts(consent: Consent) -> Result<()> {
    packages::ensure(&[packages::BUILD, packages::COUNTS], consent)?;
    let bench = bench()?;
    let mut above = Vec::new();
    for Chain { name, floor, limit } in CHAINS {
        let (engine, floor) = (Cost::of(&bench, name)?, Cost::of(&bench, floor)?);
        println!(
            "{name}: {} instructions per node and block of 64 frames, {} of them a bare loop's (limit {limit}); {} more per \
             block, however many nodes",
            engine.node, floor.node, engine.block
        );
        if engine.node > limit {
            above.push(name);
        }
    }
    if !above.is_empty() {
        bail!("above the limit: {}", above.join(", "));
    }
    telemetry(&bench)?;
    swap(&bench)
}

/// What a swap takes of the audio thread, in a small session and in a large one.
fn swap(bench: &Path) -> Result<()> {
    let of = |tracks| -> Result<f64> {
        let [few, many] = SWAPS.map(|swaps| collected(bench, "swap", tracks, swaps, &SWAP));
        let (few, many) = (few?, many?);
        if many <= few {
            bail!("valgrind counted none of the functions {SWAP:?}: are they still called that?");
        }
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        Ok((many - few) as f64 / (SWAPS[1] - SWAPS[0]) as f64)
    };
    let [small, large] = SWAP_TRACKS.map(of);
    let (small, large, [few, many]) = (small?, large?, SWAP_TRACKS);
    let limit = small * SWAP_LIMIT.0 + SWAP_LIMIT.1;
    println!(
        "a schedule with one track more or less is put in force in {small:.0} instructions beside {few} tracks, in \
         {large:.0} beside {many} (limit {limit:.0})"
    );
    if large > limit {
        bail!("a swap takes more in a larger session");
    }
    Ok(())
}

/// What telemetry takes of a block of a session, with the diagnostics page closed and open.
fn telemetry(bench: &Path) -> Result<()> {
    let of = |what: &str, functions: &[&str]| -> Result<f64> {
        let [few, many] = BLOCKS.map(|blocks| collected(bench, what, TRACKS, blocks, functions));
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        Ok((many? as f64 - few? as f64) / (BLOCKS[1] - BLOCKS[0]) as f64)
    };
    let (closed, open) = (of("telemetry-off", &[BLOCK])?, of("telemetry-on", &[BLOCK])?);
    let told = of("telemetry-off", &TOLD)?;
    if closed <= 0.0 || told <= 0.0 {
        bail!("valgrind counted none of the functions {BLOCK} and {TOLD:?}: are they still called that?");
    }
    let (always, looked_at) = (told / closed * 100.0, (told + open - closed) / closed * 100.0);
    println!(
        "telemetry takes {told:.0} of the {closed:.0} instructions of a block of {TRACKS} tracks at 64 frames: {always:.2} %; \
         with the diagnostics page open {:.0}: {looked_at:.2} % (limit {TELEMETRY_LIMIT} %)",
        told + open - closed
    );
    if always.max(looked_at) > TELEMETRY_LIMIT {
        bail!("telemetry takes more than {TELEMETRY_LIMIT} % of a block");
    }
    Ok(())
}

/// Instructions of a block of 64 frames.
struct Cost {
    /// For each node.
    node: u64,
    /// For all of them together.
    block: u64,
}

impl Cost {
    fn of(bench: &Path, what: &str) -> Result<Self> {
        let block = |nodes| -> Result<u64> {
            let [few, many] = BLOCKS.map(|blocks| collected(bench, what, nodes, blocks, &[]));
            Ok((many? - few?) / (BLOCKS[1] - BLOCKS[0]))
        };
        let [few, many] = NODES.map(block);
        let (few, many) = (few?, many?);
        let node = (many - few) / (NODES[1] - NODES[0]);
        Ok(Self { node, block: few.saturating_sub(node * NODES[0]) })
    }
}

/// Where the bench is, built as what ships: other profiles inline other things.
fn bench() -> Result<PathBuf> {
    let build = ["bench", "-p", "loophole-host", "--bench", "engine", "--no-run", "--locked"];
    let build = [&build[..], &["--message-format", "json"]].concat();
    let messages = command::output(&mut command::cargo(&build))?;
    let is_it = |message: &Value| {
        message["target"]["name"] == "engine" && message["target"]["kind"] == serde_json::json!(["bench"])
    };
    let found = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).find(is_it);
    let path = found.as_ref().and_then(|message| message["executable"].as_str());
    path.map(PathBuf::from).context("cargo built no bench named engine")
}

/// Instructions of a whole run, or of those functions in it, which must not call each other.
fn collected(bench: &Path, what: &str, nodes: u64, blocks: u64, functions: &[&str]) -> Result<u64> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    valgrind.args(functions.iter().map(|function| format!("--toggle-collect={function}")));
    let output = valgrind
        .arg(bench)
        .args(["run", what, &nodes.to_string(), &blocks.to_string()])
        .output()
        .context("valgrind")?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let collected = said.lines().find_map(|line| line.split_once("Collected : "));
    let (_, count) = collected.with_context(|| format!("valgrind counted nothing:\n{said}"))?;
    Ok(count.trim().parse()?)
}
