//! A small SoundFont made here, and what the player does with it.

use protocol::DeviceKind;
use protocol::device::soundfont::id;

use crate::devices::math;
use crate::devices::tests::{Rig, note_off, note_on};
use crate::devices::{DeviceContent, ReadContentError};
use crate::event::{Event, EventKind, Expression, Voice};

/// Samples per turn of the tone; at 44 kHz that is 440 Hz, key 69.
const TURN: usize = 100;

fn chunk(id: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let len = u32::try_from(data.len()).unwrap().to_le_bytes();
    [&id[..], &len, data].concat()
}

fn list(id: &[u8; 4], chunks: &[Vec<u8>]) -> Vec<u8> {
    chunk(b"LIST", &[&id[..], &chunks.concat()].concat())
}

/// A record of a name and numbers of some bytes each.
fn record(name: &str, numbers: &[(u32, usize)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    if !name.is_empty() {
        bytes.extend(name.bytes());
        bytes.resize(20, 0);
    }
    numbers.iter().for_each(|(number, len)| bytes.extend(&number.to_le_bytes()[..*len]));
    bytes
}

fn zone(oper: u32, amount: i16) -> Vec<u8> {
    record("", &[(oper, 2), (u32::from(amount.cast_unsigned()), 2)])
}

/// Bank 0: a looped tone (0), the tone on both sides (1). Bank 128: a tone of two turns whose keys cut each other.
fn bytes() -> Vec<u8> {
    const PAN: u32 = 17;
    const RELEASE: u32 = 38;
    const INSTRUMENT: u32 = 41;
    const SAMPLE: u32 = 53;
    const MODES: u32 = 54;
    const CLASS: u32 = 57;
    #[expect(clippy::cast_possible_truncation, reason = "below full scale")]
    let tone = |at: usize| (16_000.0 * (at as f64 / TURN as f64 * std::f64::consts::TAU).sin()) as i16;
    let data: Vec<u8> = (0..10 * TURN).map(tone).chain([0; 46]).flat_map(i16::to_le_bytes).collect();
    let preset =
        |name, program, bank, bag| record(name, &[(program, 2), (bank, 2), (bag, 2), (0, 4), (0, 4), (0, 4)]);
    let bag = |generator| record("", &[(generator, 2), (0, 2)]);
    let turns = |count: usize| u32::try_from(count * TURN).unwrap();
    let sample = |name, end, from, to| {
        record(name, &[(0, 4), (end, 4), (from, 4), (to, 4), (44_000, 4), (69, 1), (0, 1), (0, 2), (1, 2)])
    };
    let release = -2_400; // A quarter of a second.
    let lists = [
        list(b"INFO", &[chunk(b"ifil", &[2, 0, 1, 0])]),
        list(b"sdta", &[chunk(b"smpl", &data)]),
        list(
            b"pdta",
            &[
                chunk(
                    b"phdr",
                    &[
                        preset("Tone", 0, 0, 0),
                        preset("Pair", 1, 0, 1),
                        preset("Kit", 0, 128, 2),
                        preset("EOP", 0, 0, 3),
                    ]
                    .concat(),
                ),
                chunk(b"pbag", &[bag(0), bag(1), bag(2), bag(3)].concat()),
                chunk(b"pmod", &[0; 10]),
                chunk(
                    b"pgen",
                    &[zone(INSTRUMENT, 0), zone(INSTRUMENT, 1), zone(INSTRUMENT, 2), zone(0, 0)].concat(),
                ),
                chunk(
                    b"inst",
                    &[
                        record("Tone", &[(0, 2)]),
                        record("Pair", &[(1, 2)]),
                        record("Kit", &[(3, 2)]),
                        record("EOI", &[(4, 2)]),
                    ]
                    .concat(),
                ),
                chunk(b"ibag", &[bag(0), bag(3), bag(7), bag(11), bag(14)].concat()),
                chunk(b"imod", &[0; 10]),
                chunk(
                    b"igen",
                    &[
                        zone(RELEASE, release),
                        zone(MODES, 1),
                        zone(SAMPLE, 0),
                        zone(RELEASE, release),
                        zone(PAN, -500),
                        zone(MODES, 1),
                        zone(SAMPLE, 0),
                        zone(RELEASE, 0),
                        zone(PAN, 500),
                        zone(MODES, 1),
                        zone(SAMPLE, 0),
                        zone(RELEASE, release),
                        zone(CLASS, 1),
                        zone(SAMPLE, 1),
                        zone(0, 0),
                    ]
                    .concat(),
                ),
                chunk(
                    b"shdr",
                    &[
                        sample("Tone", turns(10), turns(5), turns(10)),
                        sample("Hit", turns(10), turns(0), turns(1)),
                        sample("EOS", 0, 0, 0),
                    ]
                    .concat(),
                ),
            ],
        ),
    ];
    chunk(b"RIFF", &[&b"sfbk"[..], &lists.concat()].concat())
}

pub(crate) fn content() -> DeviceContent {
    DeviceContent::read(DeviceKind::SoundFont, &mut &bytes()[..]).unwrap()
}

/// How often the signal comes up through zero, per second.
fn pitch(samples: &[f32], rate: f64) -> f64 {
    let ups: Vec<usize> =
        (1..samples.len()).filter(|at| samples[at - 1] < 0.0 && samples[*at] >= 0.0).collect();
    (ups.len() - 1) as f64 * rate / (ups[ups.len() - 1] - ups[0]) as f64
}

fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |peak, x| peak.max(x.abs()))
}

fn midi(frame: u32, data: [u8; 3]) -> Event {
    Event::new(frame, EventKind::Midi { port: 0, data })
}

/// Checks the pitch that key 69 has after some events.
fn check(rate: f64, settings: &[(protocol::ParamId, f64)], events: &[Event], semitones: f64) {
    let mut rig = Rig::with(DeviceKind::SoundFont, rate, settings);
    let frames = math::whole(rate);
    let audio = rig.notes(&[&[note_on(0, 69)], events].concat(), frames);
    let found = 12.0 * (pitch(&audio[0][frames / 10..], rate) / 440.0).log2();
    assert!((found - semitones).abs() < 0.02, "{rate} Hz, {events:?}: {found:.3}, expected {semitones}");
}

#[test]
fn its_presets_have_names() {
    let DeviceContent::SoundFont(font) = content();
    let presets: Vec<_> = font.presets().map(|preset| (preset.bank, preset.program, preset.name)).collect();
    assert_eq!(presets, [(0, 0, "Tone"), (0, 1, "Pair"), (128, 0, "Kit")]);
}

#[test]
fn keys_bends_tuning_and_transposition_have_their_pitch() {
    for rate in [8_000.0, 44_100.0, 48_000.0, 384_000.0] {
        check(rate, &[], &[], 0.0);
    }
    check(48_000.0, &[(id::TRANSPOSE, -12.0)], &[], -12.0);
    check(48_000.0, &[], &[midi(10, [0xE0, 0, 96])], 1.0);
    let tuning =
        EventKind::Expression { voice: Voice::key(0, 69), expression: Expression::Tuning, value: 2.5 };
    check(48_000.0, &[], &[Event::new(0, tuning)], 2.5);
}

#[test]
fn a_note_starts_at_its_frame_and_sounds_the_same_there() {
    let mut rig = Rig::new(DeviceKind::SoundFont, 48_000.0);
    let first = rig.notes(&[note_on(0, 60), note_off(2_000, 60)], 30_000);
    let later = rig.notes(&[note_on(1_003, 60), note_off(3_003, 60)], 31_003);
    assert!(peak(&first[0]) > 0.1 && first[0][..] == later[0][1_003..]);
}

#[test]
fn a_note_ends_once_with_the_last_of_its_zones() {
    let mut rig = Rig::with(DeviceKind::SoundFont, 48_000.0, &[(id::PROGRAM, 1.0)]);
    let silence = [vec![0.0; 96_000], vec![0.0; 96_000]];
    let (audio, ended) = rig.render(&silence, &[note_on(0, 69), note_off(4_800, 69)]);
    assert_eq!(ended.len(), 1, "{ended:?}");
    // The right side lets go in a second, the left in a quarter of one.
    let end = ended[0].frame as usize;
    assert!((45_000..52_800).contains(&end), "ended at {end}");
    assert!(peak(&audio[0][20_000..]) == 0.0 && peak(&audio[1][20_000..30_000]) > 1e-3);
    assert!(peak(&audio[1][end + 1..]) == 0.0);
}

#[test]
fn channels_have_programs_of_their_own_and_the_tenth_is_the_kit() {
    let mut rig = Rig::new(DeviceKind::SoundFont, 44_000.0);
    let on = |channel| Event::new(5, EventKind::NoteOn { voice: Voice::key(channel, 69), velocity: 1.0 });
    // The kit's tone is not looped: ten turns, and over.
    let (audio, ended) = rig.render(&[vec![0.0; 4_000], vec![0.0; 4_000]], &[on(9)]);
    assert!(peak(&audio[0][..900]) > 0.1 && peak(&audio[0][1_100..]) == 0.0 && ended.len() == 1);
    rig.processor.reset();
    // Only the left of the pair is loud on the left, so its level tells the presets apart.
    let tone = peak(&rig.notes(&[on(3)], 4_000)[0]);
    rig.processor.reset();
    let pair = peak(&rig.notes(&[midi(0, [0xC3, 1, 0]), on(3)], 4_000)[0]);
    assert!((pair / tone - std::f32::consts::SQRT_2).abs() < 0.01, "{pair} {tone}");
}

#[test]
fn hits_of_one_class_cut_each_other() {
    let on = |frame, key| Event::new(frame, EventKind::NoteOn { voice: Voice::key(9, key), velocity: 1.0 });
    let mut rig = Rig::new(DeviceKind::SoundFont, 44_000.0);
    let (_, ended) = rig.render(&[vec![0.0; 8_000], vec![0.0; 8_000]], &[on(0, 45), on(400, 46)]);
    // Key 45 would last 4000 frames.
    assert!((400..700).contains(&ended[0].frame), "{ended:?}");
}

#[test]
fn damaged_fonts_are_refused_and_never_panic_the_caller() {
    let good = bytes();
    let read = |bytes: &[u8]| DeviceContent::read(DeviceKind::SoundFont, &mut &*bytes);
    for len in (0..good.len()).step_by(7) {
        assert!(read(&good[..len]).is_err(), "cut to {len} bytes");
    }
    for at in (0..good.len()).filter(|at| !(68..2_100).contains(at)) {
        for value in [0, 1, 127, 255] {
            let mut bad = good.clone();
            bad[at] = value;
            // Some damage still makes a font; what it plays must be harmless.
            if let Ok(content) = read(&bad) {
                let mut rig = Rig::with_content(content, 48_000.0);
                rig.notes(&[note_on(0, 0), note_on(0, 60), note_on(9, 127), note_off(90, 60)], 200);
            }
        }
    }
    let mut huge = good;
    huge[16..20].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(matches!(read(&huge), Err(ReadContentError::Damaged)));
}

#[test]
fn without_a_font_it_is_silent() {
    let config = crate::AudioConfig {
        rate: protocol::SampleRate(48_000.0),
        max_block: 64,
        mode: crate::RenderMode::Offline,
    };
    let mut rig = Rig::new(DeviceKind::SoundFont, 48_000.0);
    rig.processor = crate::devices::build(DeviceKind::SoundFont, None, &config).unwrap();
    let (audio, ended) = rig.render(&[vec![0.0; 100], vec![0.0; 100]], &[note_on(7, 60)]);
    assert!(peak(&audio[0]) == 0.0 && ended.len() == 1 && ended[0].frame == 7);
}
