//! Nothing that runs on the audio thread allocates, locks or waits, over every project that we have, while it is edited.
//!
//! There are two judges: the allocation trap, always; and RealtimeSanitizer, which knows locks, waits and system calls,
//! too, where it is built in. `cargo xtask test` builds it in wherever the toolchain brings its runtime:
//! `RTSAN_ENABLE=1 RTSAN_LIB_PATH=<the toolchain's librustc-*_rt.rtsan.a>`.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::process::Command as Process;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use host::event::{EventList, Voice};
use host::{AudioConfig, Event, EventKind, ProcessBlock, RenderMode};
use loophole::instance::Instance;
use loophole_tests::projects;
use loophole_tests::random::Random;
use model::edit;
use protocol::control::TransportCommand;
use protocol::{Beats, Command, SampleRate};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const FRAMES: usize = 64;

/// Does what the audio thread does, under the eyes of both judges.
fn judged<T>(work: impl FnOnce() -> T) -> T {
    rtsan_standalone::realtime_enter();
    let result = assert_no_alloc(work);
    rtsan_standalone::realtime_exit();
    result
}

/// Something that happens to a project while it plays.
fn disturb(instance: &Instance, random: &mut Random) {
    let project = instance.project();
    let tracks: Vec<_> = project.tracks().map(|track| track.id()).collect();
    let track = *random.pick(&tracks);
    match random.below(6) {
        0 => projects::commit(instance, vec![edit::track::set_volume_db(track, random.unit() * -30.0)]),
        1 => projects::commit(instance, vec![edit::track::set_mute(track, random.below(2) == 0)]),
        2 => {
            let to = Beats::whole(i64::from(random.below(16)));
            instance.call(Command::Transport(TransportCommand::Locate { to })).unwrap();
        }
        3 => {
            let bypassed = random.below(2) == 0;
            if let Some(device) = project.devices().next() {
                projects::commit(instance, vec![edit::device::set_bypassed(device.id(), bypassed)]);
            }
        }
        4 => {
            instance.call(Command::Undo).unwrap();
            instance.call(Command::Redo).unwrap();
        }
        _ => projects::commit(instance, vec![edit::track::set_pan(track, random.unit() * 2.0 - 1.0)]),
    }
}

fn play(name: &str, instance: &Instance) {
    let config = AudioConfig { rate: SampleRate(48_000.0), max_block: FRAMES, mode: RenderMode::Realtime };
    let mut processor = instance.activate(config).expect("the engine starts");
    instance.call(Command::Transport(TransportCommand::Play)).unwrap();
    let mut random = Random(7);
    let (mut left, mut right) = (vec![0.0; FRAMES], vec![0.0; FRAMES]);
    let input = vec![0.1; FRAMES];
    let (mut events, mut out) = (EventList::with_capacity(64), EventList::with_capacity(4_096));
    let mut loudest = 0.0_f32;
    for block in 0..4_000_i32 {
        if block % 40 == 39 {
            disturb(instance, &mut random);
        }
        events.clear();
        out.clear();
        let voice = Voice { note_id: block, port: 0, channel: 0, key: 60 };
        match block % 100 {
            10 => events.push(Event::new(5, EventKind::NoteOn { voice, velocity: 0.5 })),
            60 => events.push(Event::new(9, EventKind::NoteOff { voice: Voice::ALL, velocity: 0.0 })),
            _ => {}
        }
        let mut process = || {
            processor.process(&mut ProcessBlock {
                frames: FRAMES,
                inputs: &[&input, &input],
                outputs: &mut [&mut left, &mut right],
                events_in: events.view(),
                events_out: &mut out,
                transport: None,
            });
        };
        // The first blocks set up what belongs to the thread, such as its identity.
        if block < 4 {
            process();
        } else {
            judged(process);
        }
        loudest = left.iter().fold(loudest, |peak, sample| peak.max(sample.abs()));
    }
    instance.deactivate(processor);
    assert!(loudest > 0.01, "{name} is silent");
}

#[test]
fn nothing_on_the_audio_thread_allocates_locks_or_waits() {
    for (name, instance) in projects::all() {
        play(name, &instance);
    }
}

/// Set for a process that does in real time what must not be done there.
const PROVOKE: &str = "LOOPHOLE_TEST_PROVOKE";

#[test]
fn what_must_not_be_done_is_caught() {
    let here = std::env::var(PROVOKE).ok();
    match here.as_deref() {
        Some("allocate") => {
            let made = judged(|| vec![1.0_f32; 1_000]);
            assert_eq!(std::hint::black_box(made).len(), 1_000);
        }
        Some(_) => {
            rtsan_standalone::realtime_enter();
            let _opened = std::hint::black_box(std::fs::File::open("/dev/null"));
            rtsan_standalone::realtime_exit();
        }
        None => {
            let is_caught = |what: &str| {
                let mut child = Process::new(std::env::current_exe().unwrap());
                child.args(["--exact", "what_must_not_be_done_is_caught"]).env(PROVOKE, what);
                !child.output().unwrap().status.success()
            };
            assert!(is_caught("allocate"), "the allocation trap sleeps");
            if cfg!(rtsan) {
                assert!(is_caught("open a file"), "RealtimeSanitizer sleeps");
            }
        }
    }
}
