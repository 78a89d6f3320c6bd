//! Properties that hold for every device, and the rig that the devices' own tests play on.

use assert_no_alloc::assert_no_alloc;
use proptest::prelude::*;
use protocol::{DeviceKind, ParamId, SampleRate};

use super::*;
use crate::config::{AudioConfig, RenderMode};
use crate::event::{Event, EventKind, EventList, Events, Expression, Voice};
use crate::processor::{BlockTransport, BusBuffer, NodeBlock, ProcessStatus, Tail};

pub(crate) type Stereo = [Vec<f32>; 2];

/// A device that plays in blocks, and signals to feed it.
pub(crate) struct Rig {
    pub(crate) processor: Box<dyn Processor>,
    pub(crate) rate: f64,
    pub(crate) bpm: f64,
    pub(crate) side: Option<Stereo>,
    pub(crate) status: ProcessStatus,
    /// Lengths of blocks, repeated.
    pub(crate) blocks: Vec<usize>,
    seed: u32,
}

impl Rig {
    pub(crate) fn new(kind: DeviceKind, rate: f64) -> Self {
        Self::with(kind, rate, &[])
    }

    pub(crate) fn with(kind: DeviceKind, rate: f64, settings: &[(ParamId, f64)]) -> Self {
        let content = (kind == DeviceKind::SoundFont).then(soundfont::tests::content);
        let mut rig = Self::made(kind, content, rate);
        for &(param, value) in settings {
            rig.processor.set_param(param, value);
        }
        rig
    }

    pub(crate) fn with_content(content: DeviceContent, rate: f64) -> Self {
        Self::made(DeviceKind::SoundFont, Some(content), rate)
    }

    fn made(kind: DeviceKind, content: Option<DeviceContent>, rate: f64) -> Self {
        let config = AudioConfig { rate: SampleRate(rate), max_block: 8_192, mode: RenderMode::Offline };
        Self {
            processor: build(kind, content, &config).unwrap(),
            rate,
            bpm: 120.0,
            side: None,
            status: ProcessStatus::Continue,
            blocks: vec![512],
            seed: 1,
        }
    }

    /// Plays audio through the device.
    pub(crate) fn play(&mut self, input: &Stereo) -> Stereo {
        self.render(input, &[]).0
    }

    /// Plays events, at frames from the start, for a number of frames.
    pub(crate) fn notes(&mut self, events: &[Event], frames: usize) -> Stereo {
        self.render(&[vec![0.0; frames], vec![0.0; frames]], events).0
    }

    /// Plays audio and events through the device; gives the audio and the events that come out.
    pub(crate) fn render(&mut self, input: &Stereo, events: &[Event]) -> (Stereo, Vec<Event>) {
        let frames = input[0].len();
        let mut output = [vec![9.0; frames], vec![9.0; frames]];
        let mut heard = Vec::new();
        let mut list = EventList::with_capacity(1_024);
        let mut local = Vec::with_capacity(1_024);
        let side = self.side.clone().unwrap_or_else(|| [vec![0.0; frames], vec![0.0; frames]]);
        let buses = self.processor.ports().audio_in.len();
        let mut cuts = self.blocks.clone().into_iter().cycle();
        let mut at = 0;
        while at < frames {
            let end = (at + cuts.next().unwrap()).min(frames);
            let start = u32::try_from(at).unwrap();
            local.clear();
            let inside = |event: &&Event| (at..end).contains(&(event.frame as usize));
            local.extend(events.iter().filter(inside).map(|e| Event::new(e.frame - start, e.kind)));
            list.clear();
            let part = |bus: &'_ Stereo| BusBuffer::of(&[&bus[0][at..end], &bus[1][at..end]]);
            let (main, second, mut out) = (part(input), part(&side), part(&output));
            let transport = BlockTransport { bpm: self.bpm, playing: true, ..BlockTransport::default() };
            let mut block = NodeBlock {
                frames: end - at,
                audio_in: &[main.input(), second.input()][..buses],
                audio_out: &mut [out.output()],
                events_in: Events::new(&local),
                events_out: &mut list,
                transport: &transport,
                mode: RenderMode::Offline,
            };
            self.status = assert_no_alloc(|| self.processor.process(&mut block));
            (0..2).for_each(|side| output[side][at..end].copy_from_slice(out.channel(side)));
            assert_eq!(list.take_dropped(), 0);
            heard.extend(list.iter().map(|event| Event::new(event.frame + start, event.kind)));
            at = end;
        }
        (output, heard)
    }

    /// White noise, another on each side and each time.
    pub(crate) fn noise(&mut self, level: f32, frames: usize) -> Stereo {
        let mut next = || {
            self.seed = math::hash(self.seed);
            level * (self.seed as f32 / 2_147_483_648.0 - 1.0)
        };
        let left = (0..frames).map(|_| next()).collect();
        [left, (0..frames).map(|_| next()).collect()]
    }

    pub(crate) fn sine(&self, hz: f64, level: f64, frames: usize) -> Stereo {
        let turn = std::f64::consts::TAU * hz / self.rate;
        let left: Vec<f32> = (0..frames).map(|at| math::single(level * (turn * at as f64).sin())).collect();
        [left.clone(), left]
    }

    /// What the device does to the level of a sine, in decibels.
    pub(crate) fn gain_db(&mut self, hz: f64) -> f64 {
        let frames = math::whole(self.rate);
        let input = self.sine(hz, 0.25, frames);
        let output = self.play(&input);
        let half = frames / 2;
        let power = |samples: &[f32]| Self::power(&samples[half..], self.rate, hz);
        10.0 * (power(&output[0]) / power(&input[0])).log10()
    }

    /// The power of one frequency, through a Blackman-Harris window.
    pub(crate) fn power(samples: &[f32], rate: f64, hz: f64) -> f64 {
        // Phasors that turn: of the window, and of the frequency.
        let turn = |by: f64| {
            let (sin, cos) = by.sin_cos();
            move |(re, im): (f64, f64)| (re * cos - im * sin, re * sin + im * cos)
        };
        let (next_w, next) =
            (turn(std::f64::consts::TAU / samples.len() as f64), turn(std::f64::consts::TAU * hz / rate));
        let (mut w, mut z) = ((1.0, 0.0), (1.0, 0.0));
        let (mut re, mut im) = (0.0, 0.0);
        for x in samples {
            let cosine: f64 = w.0;
            let second = 2.0 * cosine * cosine - 1.0;
            let third = cosine * (2.0 * second - 1.0);
            let x = f64::from(*x) * (0.358_75 - 0.488_29 * cosine + 0.141_28 * second - 0.011_68 * third);
            re += x * z.0;
            im += x * z.1;
            (w, z) = (next_w(w), next(z));
        }
        (re * re + im * im) / (samples.len() as f64).powi(2)
    }
}

pub(crate) fn db(level: f32) -> f64 {
    20.0 * f64::from(level).log10()
}

pub(crate) fn note_on(frame: u32, key: i16) -> Event {
    Event::new(frame, EventKind::NoteOn { voice: Voice::key(0, key), velocity: 0.8 })
}

pub(crate) fn note_off(frame: u32, key: i16) -> Event {
    Event::new(frame, EventKind::NoteOff { voice: Voice::key(0, key), velocity: 0.0 })
}

pub(crate) fn param(frame: u32, param: ParamId, value: f64) -> Event {
    Event::new(frame, EventKind::Param { param, voice: Voice::ALL, value })
}

/// Anything that can happen to a device.
fn event(kind: DeviceKind, frames: u32) -> impl Strategy<Value = Event> {
    let voice = (-1..4_i32, 0..3_i16, 24..100_i16).prop_map(|(note_id, channel, key)| Voice {
        note_id,
        port: 0,
        channel,
        key,
    });
    let params = kind.params();
    let value = (0..params.len(), prop_oneof![Just(0.0), Just(1.0), 0.0..1.0_f64]);
    let set = move |(index, norm): (usize, f64)| {
        let descriptor = &params[index];
        EventKind::Param { param: descriptor.id, voice: Voice::ALL, value: descriptor.denormalize(norm) }
    };
    let offset = move |(index, norm): (usize, f64)| {
        let descriptor = &params[index];
        let amount = (norm - 0.5) * (descriptor.max - descriptor.min);
        EventKind::ParamMod { param: descriptor.id, voice: Voice::ALL, amount }
    };
    let expressions = prop_oneof![
        Just(Expression::Volume),
        Just(Expression::Pan),
        Just(Expression::Tuning),
        Just(Expression::Vibrato),
        Just(Expression::Expression),
        Just(Expression::Brightness),
        Just(Expression::Pressure),
    ];
    let controller =
        prop_oneof![Just(1_u8), Just(7), Just(11), Just(64), Just(74), Just(121), Just(123), 0..128_u8];
    let kind = prop_oneof![
        6 => (voice.clone(), 0.0..=1.0).prop_map(|(voice, velocity)| EventKind::NoteOn { voice, velocity }),
        4 => voice.clone().prop_map(|voice| EventKind::NoteOff { voice, velocity: 0.0 }),
        1 => voice.clone().prop_map(|voice| EventKind::NoteChoke { voice }),
        2 => (voice, expressions, -2.0..4.0)
            .prop_map(|(voice, expression, value)| EventKind::Expression { voice, expression, value }),
        4 => value.clone().prop_map(set),
        1 => value.prop_map(offset),
        1 => (0..3_u8, controller, 0..128_u8)
            .prop_map(|(channel, number, value)| EventKind::Midi { port: 0, data: [0xB0 | channel, number, value] }),
        1 => (0x80..=0xFF_u8, 0..128_u8, 0..128_u8)
            .prop_map(|(status, one, two)| EventKind::Midi { port: 0, data: [status, one, two] }),
    ];
    (0..frames, kind).prop_map(|(frame, kind)| Event::new(frame, kind))
}

const FRAMES: u32 = 12_000;

fn events(kind: DeviceKind) -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec(event(kind, FRAMES), 0..60).prop_map(|mut events| {
        events.sort_by_key(|event| event.frame);
        events
    })
}

fn rates() -> impl Strategy<Value = f64> {
    prop_oneof![Just(8_000.0), Just(44_100.0), Just(48_000.0), Just(96_000.0), Just(384_000.0)]
}

/// What a device hears in these tests: noise with a rest in it.
fn signal(rig: &mut Rig) -> Stereo {
    let mut noise = rig.noise(0.5, FRAMES as usize);
    noise.iter_mut().for_each(|channel| channel[3_000..6_000].fill(0.0));
    rig.side = Some(rig.noise(0.9, FRAMES as usize));
    noise
}

fn bits(audio: &Stereo) -> Vec<u32> {
    audio.iter().flatten().map(|x| x.to_bits()).collect()
}

/// Checks that blocks of other lengths, and playing again after a reset, change no bit.
fn check_repeats(kind: DeviceKind, rate: f64, events: &[Event], cuts: &[usize]) {
    let mut rig = Rig::new(kind, rate);
    let input = signal(&mut rig);
    let (audio, out) = rig.render(&input, events);
    for blocks in [vec![1], vec![17], vec![64], vec![4_096], cuts.to_vec()] {
        let mut other = Rig::new(kind, rate);
        other.side.clone_from(&rig.side);
        other.blocks.clone_from(&blocks);
        let (again, out_again) = other.render(&input, events);
        if let Some(at) = bits(&audio).iter().zip(bits(&again)).position(|(a, b)| *a != b) {
            let frame = at % FRAMES as usize;
            panic!(
                "{kind:?}, blocks {blocks:?}: frame {frame} differs ({} and {})",
                audio[0][frame], again[0][frame]
            );
        }
        assert_eq!(out, out_again, "{kind:?}, blocks {blocks:?}: other events come out");
    }
    // Values stay over a reset, so they are put back by hand; the engine does the same.
    rig.processor.reset();
    kind.params().iter().for_each(|param| rig.processor.set_param(param.id, param.default));
    let (again, out_again) = rig.render(&input, events);
    assert!(bits(&audio) == bits(&again), "{kind:?}: a reset leaves something behind");
    assert_eq!(out, out_again, "{kind:?}: a reset leaves notes behind");
}

/// Checks that nothing wild comes out, at any setting.
fn check_tame(kind: DeviceKind, rate: f64, settings: &[f64], events: &[Event]) {
    let settings: Vec<_> = kind
        .params()
        .iter()
        .zip(settings)
        .map(|(param, norm)| (param.id, param.denormalize(*norm)))
        .collect();
    let mut rig = Rig::with(kind, rate, &settings);
    let input = signal(&mut rig);
    let (audio, _) = rig.render(&input, events);
    let peak = audio.iter().flatten().fold(0.0_f32, |peak, x| peak.max(x.abs()));
    assert!(audio.iter().flatten().all(|x| x.is_finite()), "{kind:?} at {rate} Hz: not finite");
    // An equaliser may be set to boost five times by 24 dB at one place.
    let bound = if kind == DeviceKind::Equalizer { 1e6 } else { 1_000.0 };
    assert!(peak < bound, "{kind:?} at {rate} Hz: peak {peak}, settings {settings:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 70, ..ProptestConfig::default() })]

    #[test]
    fn blocks_and_resets_change_no_bit(
        (kind, events) in prop::sample::select(&DeviceKind::ALL[..]).prop_flat_map(|kind| (Just(kind), events(kind))),
        rate in rates(),
        cuts in prop::collection::vec(1..700_usize, 1..20),
    ) {
        check_repeats(kind, rate, &events, &cuts);
    }

    #[test]
    fn nothing_wild_comes_out_at_any_setting(
        (kind, events) in prop::sample::select(&DeviceKind::ALL[..]).prop_flat_map(|kind| (Just(kind), events(kind))),
        rate in rates(),
        settings in prop::collection::vec(prop_oneof![Just(0.0), Just(1.0), 0.0..1.0_f64], 27),
    ) {
        check_tame(kind, rate, &settings, &events);
    }
}

#[test]
fn after_the_tail_there_is_silence_and_sleep() {
    for kind in DeviceKind::ALL {
        let mut rig = Rig::new(kind, 8_000.0);
        let mut input = rig.noise(0.5, 8_000 * 12);
        input.iter_mut().for_each(|channel| channel[8_000..].fill(0.0));
        let notes = [note_on(10, 60), note_on(20, 64), note_off(8_000, 60), note_off(8_000, 64)];
        let audio = rig.render(&input, &notes).0;
        let Tail::Frames(tail) = rig.processor.tail() else { panic!("{kind:?}: endless") };
        let end = 8_000 + usize::try_from(tail.0).unwrap() + 1;
        assert!(audio[0][..8_000].iter().any(|x| x.abs() > 0.01), "{kind:?} is silent");
        let peak =
            audio.iter().flat_map(|channel| &channel[end..]).fold(0.0_f32, |peak, x| peak.max(x.abs()));
        assert!(peak < 1e-4, "{kind:?}: {peak} after the tail");
        assert_eq!(audio[0].last(), Some(&0.0), "{kind:?}");
        assert_eq!(rig.status, ProcessStatus::Quiet, "{kind:?} does not sleep");
    }
}

#[test]
fn absurd_input_is_forgotten() {
    for kind in DeviceKind::ALL.into_iter().filter(|kind| !kind.is_instrument()) {
        for absurd in [f32::NAN, f32::INFINITY, f32::MAX] {
            let mut rig = Rig::new(kind, 48_000.0);
            let mut input = rig.noise(0.5, 4_000);
            input[0][100] = absurd;
            rig.play(&input);
            rig.processor.reset();
            let input = rig.noise(0.5, 4_000);
            let audio = rig.play(&input);
            let peak = audio.iter().flatten().fold(0.0_f32, |peak, x| peak.max(x.abs()));
            assert!(peak > 0.01 && peak < 4.0, "{kind:?} after {absurd}: {peak}");
        }
    }
}

#[test]
fn values_move_without_a_step() {
    // A slow sine has no edges: whatever has one was made by the jump of a parameter.
    for kind in DeviceKind::ALL.into_iter().filter(|kind| !kind.is_instrument()) {
        for param_to_move in kind.params() {
            let mut rig = Rig::new(kind, 48_000.0);
            let mut input = rig.sine(100.0, 0.5, 24_000);
            for channel in &mut input {
                channel.iter_mut().take(2_000).zip(0_u16..).for_each(|(x, at)| *x *= f32::from(at) / 2_000.0);
            }
            let moves = [
                param(12_000, param_to_move.id, param_to_move.max),
                param(18_000, param_to_move.id, param_to_move.min),
            ];
            let audio = rig.render(&input, &moves).0;
            // The second difference of the signal, relative to its level there.
            for at in 6_000..23_990 {
                let [a, b, c] = [audio[0][at], audio[0][at + 1], audio[0][at + 2]];
                let level = audio[0][at.saturating_sub(240)..at + 2]
                    .iter()
                    .fold(0.05_f32, |peak, x| peak.max(x.abs()));
                let edge = (a - 2.0 * b + c).abs() / level;
                assert!(edge < 0.02, "{kind:?} {}: an edge of {edge} at {at}", param_to_move.key);
            }
        }
    }
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let config = |rate| AudioConfig { rate: SampleRate(rate), max_block: 64, mode: RenderMode::Offline };
    assert!(matches!(build(DeviceKind::Delay, None, &config(1.0)), Err(BuildDeviceError::Rate(_))));
    let content = Some(soundfont::tests::content());
    assert!(matches!(
        build(DeviceKind::Synth, content, &config(48e3)),
        Err(BuildDeviceError::Content(DeviceKind::Synth))
    ));
    let read = |kind, bytes: &[u8]| DeviceContent::read(kind, &mut &*bytes);
    assert!(matches!(read(DeviceKind::Reverb, &[]), Err(ReadContentError::NotTaken(DeviceKind::Reverb))));
    assert!(matches!(read(DeviceKind::SoundFont, b"RIFX"), Err(ReadContentError::SoundFont(_))));
}
