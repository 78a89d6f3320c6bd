//! Offline rendering as it is done, in large blocks, beside the same in blocks as small as a sound card's.

use criterion::{Criterion, criterion_group, criterion_main};
use host::nested::PluginLocator;
use loophole::offline::{Job, Render};
use model::{Blobs, ClipId, DeviceId, Project, Pulse, TrackId, TrackKind, edit};
use protocol::{Beats, DeviceKind, Note, SampleRate};

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

fn renders(criterion: &mut Criterion) {
    let plan = model::plan::derive(&band());
    for block in [512, 64] {
        let job = Job { rate: SampleRate(48_000.0), block, from: Beats::ZERO, frames: 96_000 };
        criterion.bench_function(&format!("offline/render/tracks=8,secs=2,block={block}"), |bencher| {
            bencher.iter(|| {
                let mut render = Render::of_plan(plan.clone(), Blobs::new(), PluginLocator::new(), &job)
                    .expect("built-in devices start");
                let mut frames = 0;
                while let Some((left, _)) = render.next_block() {
                    frames += left.len();
                }
                frames
            });
        });
    }
}

criterion_group!(benches, renders);
criterion_main!(benches);
