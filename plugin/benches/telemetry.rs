//! What telemetry costs the audio thread: the demo song, with everything that the diagnostics page shows measured, beside
//! the same with nothing measured.
//!
//! `cargo bench -p loophole --bench telemetry -- FILE` (the demo song without one; paths are those of the package) prints both in time, turn by turn, and fails where it is more than one
//! percent of the time that a block lasts. What the control thread makes of it meanwhile, on another core, is in it as far
//! as the two get in each other's way, so run it on an idle machine. What is always told cannot be switched off, and so is
//! not in the difference: `cargo xtask counts` counts that, and all of this in instructions, which repeat where times do not.
//! `-- FILE count on 500` (or `off`) plays so many blocks and says nothing, for
//! `valgrind --tool=callgrind --toggle-collect='*EngineProcessor*process*'`.
#![expect(clippy::print_stdout, reason = "a benchmark reports to whoever started it")]

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use host::event::EventList;
use host::{AudioConfig, EngineProcessor, Events, ProcessBlock, RenderMode};
use loophole::instance::{Instance, InstanceOptions};
use protocol::control::TransportCommand;
use protocol::{Command, SampleRate};

const RATE: f64 = 48_000.0;
/// Frames in a block, as of a sound card.
const BLOCK: usize = 256;
/// How much of the time that a block lasts telemetry may take, in percent.
const LIMIT: f64 = 1.0;

/// The song under way.
struct Player {
    instance: Instance,
    processor: Option<EngineProcessor>,
    looks: bool,
    asked: Instant,
    channels: [Vec<f32>; 2],
    events: EventList,
}

impl Player {
    fn new(song: &Path, looks: bool) -> Self {
        let instance = Instance::new(InstanceOptions::default());
        instance.call(Command::Open { path: song.to_owned() }).expect("a project");
        let config = AudioConfig { rate: SampleRate(RATE), max_block: BLOCK, mode: RenderMode::Realtime };
        let mut processor = instance.activate(config).expect("an engine");
        processor.transport(TransportCommand::Play);
        let mut player = Self {
            instance,
            processor: Some(processor),
            looks,
            asked: Instant::now(),
            channels: [vec![0.0; BLOCK], vec![0.0; BLOCK]],
            events: EventList::with_capacity(4_096),
        };
        player.look();
        player
    }

    fn look(&mut self) {
        if self.looks {
            self.instance.call(Command::Watch { track: None }).expect("a watcher");
            self.asked = Instant::now();
        }
    }

    fn block(&mut self) {
        let [left, right] = &mut self.channels;
        self.events.clear();
        let processor = self.processor.as_mut().expect("a processor");
        processor.process(&mut ProcessBlock {
            frames: BLOCK,
            inputs: &[],
            outputs: &mut [left, right],
            events_in: Events::EMPTY,
            events_out: &mut self.events,
            transport: None,
        });
    }

    /// Plays for as long as so many blocks take, and gives how long they took.
    fn blocks(&mut self, count: u32) -> Duration {
        let start = Instant::now();
        (0..count).for_each(|_| self.block());
        let took = start.elapsed();
        if self.asked.elapsed() > Duration::from_secs(1) {
            self.look();
        }
        took
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        if let Some(processor) = self.processor.take() {
            self.instance.deactivate(processor);
        }
    }
}

/// Both, a little of each in turn, so that whatever else the machine does meets both alike.
fn compare(song: &Path) -> ExitCode {
    const BLOCKS: u32 = 100;
    const ROUNDS: usize = 150;
    let mut players = [Player::new(song, false), Player::new(song, true)];
    let mut differences = Vec::with_capacity(ROUNDS);
    let mut sums = [Duration::ZERO; 2];
    for round in 0..ROUNDS {
        let mut times = [Duration::ZERO; 2];
        for turn in 0..2 {
            let which = (turn + round) % 2;
            times[which] = players[which].blocks(BLOCKS);
            sums[which] += times[which];
        }
        differences.push(times[1].as_secs_f64() - times[0].as_secs_f64());
    }
    differences.sort_by(f64::total_cmp);
    let each = |time: f64| time / f64::from(BLOCKS) * 1e6;
    let lasts = BLOCK as f64 / RATE * 1e6;
    let off = each(sums[0].as_secs_f64() / ROUNDS as f64);
    let more = each(differences[ROUNDS / 2]);
    println!("a block of {BLOCK} frames lasts {lasts:.0} us and takes {off:.1} us with nothing measured");
    println!(
        "with everything measured it takes {more:.2} us more (median): {:.2} % of the time it takes, {:.3} % of the time \
         it lasts",
        more / off * 100.0,
        more / lasts * 100.0
    );
    let share = more / lasts * 100.0;
    let seen = players.map(|player| player.instance.published().diagnostics());
    let is_fair = seen[0].nodes.is_empty() && !seen[1].nodes.is_empty() && seen[1].loudness.is_some();
    match (is_fair, share <= LIMIT) {
        (false, _) => println!("FAILED: one of them was not measured, or the other was"),
        (true, false) => println!("FAILED: that is more than {LIMIT} % of the time that a block lasts"),
        (true, true) => println!("ok: at most {LIMIT} % of the time that a block lasts"),
    }
    if is_fair && share <= LIMIT { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn main() -> ExitCode {
    // `cargo test` runs benches to see that they work; times have no place there.
    if std::env::args().any(|arg| arg == "--test") {
        return ExitCode::SUCCESS;
    }
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/../demo/Demo.loophole");
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match *words {
        [] => compare(Path::new(demo)),
        [song, "count", looks, blocks] => {
            let mut player = Player::new(Path::new(song), looks == "on");
            (0..blocks.parse().unwrap_or(500)).for_each(|_| player.block());
            ExitCode::SUCCESS
        }
        [song] if song.ends_with(".loophole") => compare(Path::new(song)),
        // Anything else is a filter, for all benches.
        _ if words.iter().any(|filter| "telemetry".contains(filter)) => compare(Path::new(demo)),
        _ => ExitCode::SUCCESS,
    }
}
