//! Loophole within Loophole, through the CLAP entry that hosts use; and nothing allocated while it plays.

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use editor::PluginParams;
use host::event::EventList;
use host::nested::PluginLocator;
use host::{AudioConfig, Events, ProcessBlock, RenderMode};
use loophole::instance::{Instance, InstanceOptions, Starter, own_entry};
use loophole::offline::{Job, Render};
use loophole::shell::{CLAP_ID, preset};
use model::{ClipId, DeviceId, IdSource, MacroId, MacroTargetId, TrackId, TrackKind, edit};
use protocol::control::TransportCommand;
use protocol::{Beats, Command, NodeId, NodeRole, Note, PluginFormat, PluginRef, SampleRate, StreamFrame};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

fn commit(instance: &Instance, edits: Vec<protocol::Edit>) {
    instance.call(Command::Commit { name: "Test".into(), edits }).expect("legal edits");
}

/// An instance that plays four notes on its synth.
fn tune() -> Instance {
    let instance = Instance::new(InstanceOptions { starter: Starter::Playable, ..Default::default() });
    let track = instance.project().tracks().next().expect("the starter's track").id();
    let clip = ClipId(IdSource::random().next_id());
    let mut edits = vec![edit::clip::create_notes(clip, track, Beats::ZERO, Beats::whole(4))];
    for (beat, key) in (0..4).zip([60_u8, 63, 67, 70]) {
        let start = Beats::whole(beat);
        let note = Note { start, length: Beats::whole(1), key, velocity: 0.7, channel: 0 };
        edits.push(edit::clip::set_note(clip, u64::from(key), note));
    }
    commit(&instance, edits);
    instance
}

/// An instance whose only device is Loophole, with `inner`'s project as its state.
fn around(inner: &Instance) -> Instance {
    let outer = Instance::new(InstanceOptions::default());
    let ids = IdSource::random();
    let (track, device) = (TrackId(ids.next_id()), DeviceId(ids.next_id()));
    let plugin = PluginRef { format: PluginFormat::Clap, id: CLAP_ID.into() };
    let state = outer.published().blobs().put(preset::clap(&preset::plugin_state(inner)));
    commit(
        &outer,
        vec![
            edit::track::create(track, TrackKind::Instrument, "Inner"),
            edit::device::create_plugin(device, track, &plugin, "Loophole", 0.0),
            edit::device::set_blob(device, Some(state)),
        ],
    );
    assert!(outer.published().status().missing.is_empty(), "{:?}", outer.published().log_lines());
    outer
}

fn render(instance: &Instance, block: usize) -> Vec<f32> {
    let job = Job { rate: SampleRate(48_000.0), block, from: Beats::ZERO, frames: 48_000 };
    let mut render = Render::start(instance, &job).expect("the engine starts");
    let mut samples = Vec::new();
    while let Some((left, right)) = render.next_block() {
        samples.extend(left.iter().zip(right).flat_map(|(left, right)| [*left, *right]));
    }
    samples
}

fn peak(samples: impl Iterator<Item = f32>) -> f32 {
    samples.fold(0.0, |peak, sample| peak.max(sample.abs()))
}

#[test]
fn loophole_within_loophole_sounds_like_loophole() {
    let inner = tune();
    let alone = render(&inner, 256);
    assert!(peak(alone.iter().copied()) > 0.01, "silence");
    let nested = render(&around(&inner), 256);
    let difference = peak(alone.iter().zip(&nested).map(|(a, b)| a - b));
    assert!(difference < 3e-5, "differs by {difference}");
}

#[test]
fn what_the_inner_project_is_comes_back_with_the_outer_state() {
    let outer = around(&tune());
    let state = outer.state();
    assert_eq!(outer.state(), state, "the state changes by being read");
}

/// Moves the first macro of the Loophole on a track, as a hand does.
fn move_macro(instance: &Instance, value: f64) {
    let config = AudioConfig { rate: SampleRate(48_000.0), max_block: 64, mode: RenderMode::Realtime };
    let mut processor = instance.activate(config).expect("the engine starts");
    let device = instance.project().devices().next().expect("Loophole").id().into();
    let params = instance.published().params().params(device).expect("it runs");
    let param = params.iter().find(|param| param.name == "Macro 1").expect("it has macros").id;
    let node = NodeId { entity: device, role: NodeRole::Device };
    instance.stream(StreamFrame::Param { node, param, value });
    // When this is answered, the frame before is on its way.
    instance.call(Command::Transport(TransportCommand::Stop)).expect("always possible");
    let (mut left, mut right) = (vec![0.0; 64], vec![0.0; 64]);
    let mut out = EventList::with_capacity(64);
    // The first takes what the frame comes by.
    for _ in 0..4 {
        processor.process(&mut ProcessBlock {
            frames: 64,
            inputs: &[],
            outputs: &mut [&mut left, &mut right],
            events_in: Events::EMPTY,
            events_out: &mut out,
            transport: None,
        });
    }
    instance.deactivate(processor);
}

#[test]
fn a_track_is_frozen_with_its_plugin_in_the_state_that_it_is_in() {
    let inner = tune();
    let ids = IdSource::random();
    let track = inner.project().tracks().next().expect("the starter's track").id();
    let (fader, target, clip) = (MacroId(ids.next_id()), MacroTargetId(ids.next_id()), ClipId(ids.next_id()));
    commit(
        &inner,
        vec![
            edit::macros::create(fader, 0, "Fader"),
            edit::macros::create_target(target, fader, track, "volume_db", 0.0, -30.0),
        ],
    );
    let outer = around(&inner);
    let track = outer.project().tracks().next().expect("the track around it").id();
    commit(&outer, vec![edit::clip::create_notes(clip, track, Beats::ZERO, Beats::whole(8))]);
    let difference = |a: &[f32], b: &[f32]| peak(a.iter().zip(b).map(|(a, b)| a - b));
    let loud = render(&outer, 256);
    move_macro(&outer, 1.0);
    let quiet = render(&outer, 256);
    let (before, after) = (peak(loud.iter().copied()), peak(quiet.iter().copied()));
    assert!(after > 1e-4 && after < 0.1 * before, "the macro moves the fader: {before}, {after}");
    outer.call(Command::Freeze { track: track.0 }).expect("it can be frozen");
    assert!(model::plan::derive(&outer.project()).nodes().all(|node| node.id.role != NodeRole::Device));
    let frozen = render(&outer, 256);
    assert!(difference(&quiet, &frozen) < 3e-5, "differs by {}", difference(&quiet, &frozen));
    outer.call(Command::Unfreeze { track: track.0 }).expect("it is frozen");
    let again = render(&outer, 256);
    assert!(difference(&quiet, &again) < 3e-5, "differs by {}", difference(&quiet, &again));
}

#[test]
fn nothing_is_allocated_while_it_plays() {
    let outer = around(&tune());
    let config = AudioConfig { rate: SampleRate(48_000.0), max_block: 64, mode: RenderMode::Realtime };
    let mut processor = outer.activate(config).expect("the engine starts");
    outer.call(Command::Transport(TransportCommand::Play)).expect("always possible");
    let (mut left, mut right) = (vec![0.0; 64], vec![0.0; 64]);
    let (nothing, mut out) = (EventList::with_capacity(16), EventList::with_capacity(1_024));
    let mut loudest = 0.0_f32;
    for block in 0..1_000 {
        let mut process = || {
            out.clear();
            processor.process(&mut ProcessBlock {
                frames: 64,
                inputs: &[],
                outputs: &mut [&mut left, &mut right],
                events_in: nothing.view(),
                events_out: &mut out,
                transport: None,
            });
        };
        // The first blocks set up what belongs to the thread, such as its identity.
        if block < 4 {
            process()
        } else {
            assert_no_alloc(process)
        }
        loudest = loudest.max(peak(left.iter().copied()));
    }
    outer.deactivate(processor);
    assert!(loudest > 0.01, "silence");
}

#[test]
fn who_looks_sees_loudness_a_spectrum_and_nodes_and_nothing_is_allocated_for_it() {
    let instance = tune();
    let config = AudioConfig { rate: SampleRate(48_000.0), max_block: 256, mode: RenderMode::Realtime };
    let mut processor = instance.activate(config).expect("the engine starts");
    instance.call(Command::Transport(TransportCommand::Play)).expect("always possible");
    let (mut left, mut right) = (vec![0.0; 256], vec![0.0; 256]);
    let (nothing, mut out) = (EventList::with_capacity(16), EventList::with_capacity(1_024));
    let track = instance.project().tracks().next().expect("a track").id().0;
    let mut seen = editor::Diagnostics::default();
    for block in 0..20_000_u32 {
        if block % 100 == 0 {
            // As a window does, once a second; and every now and then another spectrum.
            let track = (block % 200 == 0).then_some(track);
            instance.call(Command::Watch { track }).expect("always possible");
        }
        let mut process = || {
            out.clear();
            processor.process(&mut ProcessBlock {
                frames: 256,
                inputs: &[],
                outputs: &mut [&mut left, &mut right],
                events_in: nothing.view(),
                events_out: &mut out,
                transport: None,
            });
        };
        if block < 4 {
            process()
        } else {
            assert_no_alloc(process)
        }
        // The control thread needs a moment to listen.
        std::thread::sleep(std::time::Duration::from_millis(1));
        seen = editor::Diagnostics::clone(&instance.published().diagnostics());
        let is_loud = seen.loudness.is_some_and(|loudness| loudness.integrated_lufs.is_finite());
        let is_seen =
            seen.spectrum.as_ref().is_some_and(|spectrum| spectrum.bands_db.iter().any(|db| *db > -60.0));
        if is_loud && is_seen && !seen.nodes.is_empty() {
            break;
        }
    }
    instance.deactivate(processor);
    let loudness = seen.loudness.expect("loudness was measured");
    assert!((-60.0..0.0).contains(&loudness.integrated_lufs), "{loudness:?}");
    assert!(loudness.true_peak_db[0] > -40.0, "{loudness:?}");
    assert!(seen.spectrum.is_some_and(|spectrum| spectrum.bands_db.iter().any(|db| *db > -60.0)));
    assert!(seen.nodes.keys().any(|node| node.role == NodeRole::Device), "{:?}", seen.nodes);
    assert!(!seen.load.is_empty());
}

#[test]
fn loudness_is_measured_on_while_it_plays_though_nobody_looks_and_kept_until_it_is_reset() {
    let instance = tune();
    let config = AudioConfig { rate: SampleRate(48_000.0), max_block: 256, mode: RenderMode::Offline };
    let mut processor = instance.activate(config).expect("the engine starts");
    let mut run = |until: &dyn Fn() -> bool| {
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
        let (mut left, mut right) = (vec![0.0; 256], vec![0.0; 256]);
        while !until() {
            assert!(std::time::Instant::now() < deadline, "it never comes");
            processor.process(&mut ProcessBlock {
                frames: 256,
                inputs: &[],
                outputs: &mut [&mut left, &mut right],
                events_in: Events::EMPTY,
                events_out: &mut EventList::with_capacity(64),
                transport: None,
            });
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
    };
    let heard = || instance.published().diagnostics().loudness.map_or(0.0, |loudness| loudness.secs);
    let look = || instance.call(Command::Watch { track: None }).expect("always possible");
    instance.call(Command::Transport(TransportCommand::Play)).expect("always possible");
    look();
    run(&|| heard() > 0.1);
    let before = heard();
    // Nobody asks again: the page is taken for closed after a while.
    run(&|| *instance.published().diagnostics() == editor::Diagnostics::default());
    let frames = std::cell::Cell::new(0);
    run(&|| frames.replace(frames.get() + 1) > 300);
    look();
    run(&|| heard() > 0.0);
    assert!(heard() > before + 0.5, "{} after {before}", heard());
    instance.call(Command::ResetLoudness).expect("always possible");
    run(&|| heard() < 0.2);
    instance.deactivate(processor);
}

#[test]
fn nobody_looks_and_nothing_is_measured() {
    let instance = tune();
    render(&instance, 256);
    assert_eq!(*instance.published().diagnostics(), editor::Diagnostics::default());
}

#[test]
fn a_state_that_cannot_be_read_changes_nothing() {
    let mut locator = PluginLocator::new();
    locator.add_static(&own_entry()).expect("an entry with a plugin");
    let reference = PluginRef { format: PluginFormat::Clap, id: CLAP_ID.into() };
    let good = preset::clap(&preset::plugin_state(&tune()));
    let mut plugin = host::nested::load(&reference, &locator, Some(&good)).expect("our own state");
    assert_eq!(plugin.save_state().expect("saves"), Some(good.clone()), "another state than the preset's");

    let text = String::from_utf8_lossy(&good[8..]).into_owned();
    let damaged = text.replacen("\"macro_1\":{\"f32\":0.0}", "\"macro_1\":{\"f32\":0.5}", 1);
    let damaged = damaged.replacen("\"project\":\"", "\"project\":\"AAAA", 1);
    assert_ne!(damaged, text);
    let framed = |text: &str| {
        let length = u64::try_from(text.len()).expect("small");
        [length.to_le_bytes().as_slice(), text.as_bytes()].concat()
    };
    for bytes in [Vec::new(), b"hello".to_vec(), good[..good.len() / 2].to_vec(), vec![0xFF; 64]] {
        assert!(plugin.load_state(&bytes).is_err(), "{} bytes were taken", bytes.len());
    }
    // The wrapper has no way to refuse this one; it must not do anything, though.
    let _taken_or_not = plugin.load_state(&framed(&damaged));
    assert_eq!(plugin.save_state().expect("saves"), Some(good));
}
