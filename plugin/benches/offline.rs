//! Offline rendering as it is done, in large blocks, beside the same in blocks as small as a sound card's. An engine is started
//! for each render. The last line says how many times faster than real time that is, and whether it is faster at all.
#![expect(clippy::print_stdout, reason = "a benchmark reports to whoever started it")]

use std::process::ExitCode;
use std::time::Instant;

use criterion::Criterion;
use host::nested::PluginLocator;
use loophole::offline::{Job, Render};
use model::{Blobs, ClipId, DeviceId, Project, Pulse, TrackId, TrackKind, edit};
use protocol::{Beats, DeviceKind, EnginePlan, Note, SampleRate};

/// Eight synths with an echo each, playing a chord.
fn band() -> Project {
    let pulse = Pulse::new();
    let mut edits = Vec::new();
    for at in 0..8_u8 {
        let (track, clip) = (TrackId(pulse.new_id()), ClipId(pulse.new_id()));
        edits.extend([
            edit::track::create(track, TrackKind::Instrument, "Keys"),
            edit::device::create_builtin(DeviceId(pulse.new_id()), track, DeviceKind::Synth, 0.0),
            edit::device::create_builtin(DeviceId(pulse.new_id()), track, DeviceKind::Delay, 1.0),
            edit::clip::create_notes(clip, track, Beats::ZERO, Beats::whole(8)),
        ]);
        for key in [48 + at, 60 + at, 67 + at] {
            let note = Note { start: Beats::ZERO, length: Beats::whole(8), key, velocity: 0.8, channel: 0 };
            edits.push(edit::clip::set_note(clip, key.into(), note));
        }
    }
    pulse.project().apply(&edits).expect("legal edits")
}

/// How much is rendered, in frames and in seconds.
const FRAMES: u64 = 96_000;
const SECS: f64 = 2.0;

/// Renders the plan, and gives how many frames came.
fn render(plan: &EnginePlan, block: usize) -> usize {
    let job = Job { rate: SampleRate(48_000.0), block, from: Beats::ZERO, frames: FRAMES };
    let mut render = Render::of_plan(plan.clone(), Blobs::new(), PluginLocator::new(), &job)
        .expect("built-in devices start");
    let mut frames = 0;
    while let Some((left, _)) = render.next_block() {
        frames += left.len();
    }
    frames
}

fn main() -> ExitCode {
    let plan = model::plan::derive(&band());
    let mut criterion = Criterion::default().configure_from_args();
    for block in [512, 64] {
        criterion.bench_function(&format!("offline/render/tracks=8,secs=2,block={block}"), |bencher| {
            bencher.iter(|| render(&plan, block));
        });
    }
    criterion.final_summary();
    // `cargo test` runs benches to see that they work; times have no place there.
    if std::env::args().any(|argument| argument == "--test") {
        return ExitCode::SUCCESS;
    }
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let start = Instant::now();
        render(&plan, 512);
        best = best.min(start.elapsed().as_secs_f64());
    }
    let speed = SECS / best;
    println!("eight synths with an echo each: {speed:.0} times faster than real time");
    if speed > 1.0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
