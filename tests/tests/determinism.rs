//! Every project that we have gives the same bits however many threads play it, and however time is cut.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::num::NonZeroUsize;
use std::sync::Arc;

use host::engine::{EngineOptions, Threads};
use host::event::EventList;
use host::media::{BlobSource, ReadSeek};
use host::{AudioConfig, EngineController, ProcessBlock, RenderMode};
use loophole_tests::projects;
use model::Blobs;
use protocol::control::TransportCommand;
use protocol::{Beats, BlobHash, EnginePlan, SampleRate};

const RATE: SampleRate = SampleRate(48_000.0);
/// Frames that are rendered: five seconds, a tail of them after playback has stopped.
const FRAMES: usize = 240_000;
const STOPPED: usize = 200_000;

struct Of(Blobs);

impl BlobSource for Of {
    fn open(&self, hash: &BlobHash) -> std::io::Result<Box<dyn ReadSeek + Send>> {
        Ok(Box::new(self.0.open(hash)?))
    }
}

/// The bits of both sides.
fn render(plan: &EnginePlan, blobs: &Blobs, from: Beats, threads: usize, block: usize) -> [Vec<u32>; 2] {
    let options = EngineOptions::new(Arc::new(Of(blobs.clone())), projects::plugins());
    let threads = Threads::Exactly(NonZeroUsize::new(threads).unwrap());
    let mut controller = EngineController::new(EngineOptions { threads, ..options });
    let report = controller.apply(plan.clone()).unwrap();
    assert!(report.warnings.is_empty(), "{:?}", report.warnings);
    controller.transport(TransportCommand::Locate { to: from });
    controller.transport(TransportCommand::Play);
    // What nodes get is as much as whoever is around gives.
    let config = AudioConfig { rate: RATE, max_block: block, mode: RenderMode::Offline };
    let mut processor = controller.activate(config).unwrap();
    let mut heard = [Vec::new(), Vec::new()];
    let (mut left, mut right) = (vec![0.0_f32; block], vec![0.0_f32; block]);
    let (nothing, mut out) = (EventList::with_capacity(0), EventList::with_capacity(4_096));
    let mut done = 0;
    while done < FRAMES {
        if done == STOPPED {
            processor.transport(TransportCommand::Stop);
        }
        // A block that ends where playback stops.
        let until = if done < STOPPED { STOPPED } else { FRAMES };
        let frames = block.min(until - done);
        out.clear();
        processor.process(&mut ProcessBlock {
            frames,
            inputs: &[],
            outputs: &mut [&mut left[..frames], &mut right[..frames]],
            events_in: nothing.view(),
            events_out: &mut out,
            transport: None,
        });
        heard[0].extend(left[..frames].iter().map(|sample| sample.to_bits()));
        heard[1].extend(right[..frames].iter().map(|sample| sample.to_bits()));
        done += frames;
    }
    controller.deactivate(processor);
    heard
}

#[test]
fn every_project_gives_the_same_bits_on_any_number_of_threads_and_in_any_blocks() {
    for (name, instance) in projects::all() {
        let project = instance.project();
        let plan = model::plan::derive(&project);
        let blobs = instance.published().blobs();
        for from in [Beats::ZERO, Beats::whole(project.end().0 / Beats::whole(2).0)] {
            let first = render(&plan, &blobs, from, 1, 512);
            let loudest = first[0].iter().map(|bits| f32::from_bits(*bits).abs()).fold(0.0, f32::max);
            assert!(loudest > 0.01, "{name} is silent from {from:?}");
            for (threads, block) in [(1, 512), (2, 512), (4, 512), (1, 64), (2, 100), (4, 37)] {
                let again = render(&plan, &blobs, from, threads, block);
                for side in 0..2 {
                    let differs = (0..FRAMES).find(|&frame| again[side][frame] != first[side][frame]);
                    assert_eq!(
                        differs, None,
                        "{name} from {from:?}: {threads} threads, blocks of {block}, side {side}"
                    );
                }
            }
        }
    }
}
