//! What telemetry costs the audio thread: the demo song, with everything that the diagnostics page shows measured, beside
//! the same with nothing measured.
//!
//! `cargo bench -p loophole --bench telemetry -- FILE` prints both in time, turn by turn. `-- FILE count on 500` (or `off`)
//! plays so many blocks and says nothing: under `valgrind --tool=callgrind --toggle-collect='*EngineProcessor*process*'`
//! two such runs give instructions, which repeat where times do not.
#![expect(clippy::print_stdout, reason = "a benchmark reports to whoever started it")]

use std::path::Path;
use std::time::{Duration, Instant};

use host::event::EventList;
use host::{AudioConfig, EngineProcessor, Events, ProcessBlock, RenderMode};
use loophole::instance::{Instance, InstanceOptions};
use protocol::control::TransportCommand;
use protocol::{Command, SampleRate};

const RATE: f64 = 48_000.0;
/// Frames in a block, as of a sound card.
const BLOCK: usize = 256;

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
fn compare(song: &Path) {
    const BLOCKS: u32 = 100;
    const ROUNDS: usize = 150;
    let mut players = [Player::new(song, false), Player::new(song, true)];
    let mut ratios = Vec::with_capacity(ROUNDS);
    let mut sums = [Duration::ZERO; 2];
    for round in 0..ROUNDS {
        let mut times = [Duration::ZERO; 2];
        for turn in 0..2 {
            let which = (turn + round) % 2;
            times[which] = players[which].blocks(BLOCKS);
            sums[which] += times[which];
        }
        ratios.push(times[1].as_secs_f64() - times[0].as_secs_f64());
    }
    ratios.sort_by(f64::total_cmp);
    let each = |time: f64| time / f64::from(BLOCKS) * 1e6;
    let lasts = BLOCK as f64 / RATE * 1e6;
    let off = each(sums[0].as_secs_f64() / ROUNDS as f64);
    let more = each(ratios[ROUNDS / 2]);
    println!("a block of {BLOCK} frames lasts {lasts:.0} us and takes {off:.1} us with nothing measured");
    println!(
        "with everything measured it takes {more:.2} us more (median): {:.2} % of the time it takes, {:.3} % of the time \
         it lasts",
        more / off * 100.0,
        more / lasts * 100.0
    );
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let song = args.first().map_or("demo/Demo.loophole", String::as_str);
    match args.get(1).map(String::as_str) {
        Some("count") => {
            let looks = args.get(2).is_some_and(|word| word == "on");
            let blocks = args.get(3).and_then(|count| count.parse().ok()).unwrap_or(500);
            let mut player = Player::new(Path::new(song), looks);
            (0..blocks).for_each(|_| player.block());
        }
        _ => compare(Path::new(song)),
    }
}
