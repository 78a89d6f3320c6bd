//! Steps at their frames.

use super::*;
use proptest::prelude::*;
use protocol::plan::{LfoRate, LfoShape, Polarity};
use protocol::{EntityId, NodeId, NodeRole, TempoMap};

/// 60 bpm at 96 Hz: a beat is 96 frames, three grid cells.
fn steps(points: &[(f64, f64, Curve)], blocks: &[usize]) -> Vec<(i64, f64, f64)> {
    modulated_steps(points, &[], blocks)
}

fn modulated_steps(
    points: &[(f64, f64, Curve)],
    modulated: &[(ModulationPlan, f64)],
    blocks: &[usize],
) -> Vec<(i64, f64, f64)> {
    let points: Vec<Point> = points
        .iter()
        .map(|&(beat, value, curve)| Point { at: Beats::from_beats(beat), value, curve })
        .collect();
    let plan = AutomationPlan { param: ParamId(7), points: points.into() };
    let mut lanes = Automation::new(&[plan], modulated, SampleRate(96.0), ControlFrames::default());
    let tempo = TempoMap::constant(60.0);
    let map = TimeMap::Project(&tempo, SampleRate(96.0));
    let (mut start, mut arrival, mut seen) = (0, Arrival::Started, Vec::new());
    for &frames in blocks {
        lanes.render(&Span { start, frames, playing: true, arrival, loop_frames: None, map }, |step| {
            if step.ramp != Ramp::Snap {
                seen.push((start + i64::from(step.frame), step.value, step.target));
            }
        });
        start += crate::math::frames(frames);
        arrival = Arrival::Ran;
    }
    seen
}

#[test]
fn a_step_is_at_the_exact_frame_of_its_point() {
    let seen = steps(&[(0.0, 1.0, Curve::Hold), (0.5, 2.0, Curve::Hold)], &[40, 7, 1, 100]);
    assert_eq!(seen, [(0, 1.0, 1.0), (48, 2.0, 2.0)]);
}

#[test]
fn a_line_has_a_step_on_every_grid_frame_and_says_where_it_goes() {
    let seen = steps(&[(0.0, 0.0, Curve::Linear), (1.0, 96.0, Curve::Linear)], &[200]);
    assert_eq!(seen, [(0, 0.0, 32.0), (32, 32.0, 64.0), (64, 64.0, 96.0), (96, 96.0, 96.0)]);
}

#[test]
fn a_line_that_ends_between_grid_frames_is_met_exactly() {
    let seen = steps(&[(0.0, 0.0, Curve::Linear), (0.5, 48.0, Curve::Hold)], &[200]);
    assert_eq!(seen, [(0, 0.0, 32.0), (32, 32.0, 64.0), (48, 48.0, 48.0)]);
}

#[test]
fn before_the_first_point_its_value_holds() {
    assert_eq!(steps(&[(1.0, 5.0, Curve::Linear)], &[90]), [(0, 5.0, 5.0)]);
}

/// Where the value jumps, beside the start.
fn jumps(points: &[(f64, f64, Curve)]) -> Vec<u32> {
    let points: Vec<Point> = points
        .iter()
        .map(|&(beat, value, curve)| Point { at: Beats::from_beats(beat), value, curve })
        .collect();
    let plan = AutomationPlan { param: ParamId(7), points: points.into() };
    let mut lanes = Automation::new(&[plan], &[], SampleRate(96.0), ControlFrames::default());
    let tempo = TempoMap::constant(60.0);
    let map = TimeMap::Project(&tempo, SampleRate(96.0));
    let span =
        Span { start: 0, frames: 400, playing: true, arrival: Arrival::Jumped, loop_frames: None, map };
    let mut seen = Vec::new();
    lanes.render(&span, |step| {
        if step.comes == Comes::Jumping {
            seen.push(step.frame);
        }
    });
    assert_eq!(seen.remove(0), 0, "it begins somewhere");
    seen
}

#[test]
fn the_steps_of_a_curve_lead_on_and_those_of_held_points_jump() {
    let line = [(0.0, 0.0, Curve::Linear), (0.5, 2.0, Curve::Linear), (1.0, 1.0, Curve::Hold)];
    assert!(jumps(&line).is_empty());
    let held = [(0.0, 0.0, Curve::Hold), (0.5, 2.0, Curve::Hold), (1.0, 1.0, Curve::Linear)];
    assert_eq!(jumps(&held), [48, 96]);
    // Two points at one place: the line leads to the first.
    let cliff = [(0.0, 0.0, Curve::Linear), (0.5, 2.0, Curve::Linear), (0.5, 5.0, Curve::Linear)];
    assert_eq!(jumps(&cliff), [48]);
}

fn wave(shape: LfoShape, rate: LfoRate, amount: f64) -> ModulationPlan {
    ModulationPlan {
        node: NodeId { entity: EntityId(1), role: NodeRole::Strip },
        param: ParamId(7),
        modulator: ModulatorPlan::Lfo { shape, rate, phase: 0.0, seed: 3 },
        amount,
        polarity: Polarity::Bipolar,
    }
}

#[test]
fn a_wave_is_added_to_the_value_of_the_parameter() {
    let beat = LfoRate::Period(Beats::whole(1));
    let wave = (wave(LfoShape::SawUp, beat, 3.0), 10.0);
    let seen = modulated_steps(&[], &[wave], &[20, 76]);
    let seen: Vec<_> = seen.iter().map(|(at, from, to)| (*at, from.round(), to.round())).collect();
    assert_eq!(seen, [(0, 7.0, 9.0), (32, 9.0, 11.0), (64, 11.0, 7.0)]);
}

#[test]
fn a_wave_in_hertz_and_an_automated_value_add_up() {
    let wave = (wave(LfoShape::Square, LfoRate::Hz(1.0), 1.0), 99.0);
    let line = [(0.0, 0.0, Curve::Linear), (1.0, 96.0, Curve::Linear)];
    let seen = modulated_steps(&line, &[wave], &[96]);
    assert_eq!(seen, [(0, 1.0, 33.0), (32, 33.0, 63.0), (64, 63.0, 97.0)]);
}

fn macro_steps(playing: bool, blocks: &[usize]) -> Vec<(i64, f64)> {
    let modulator = ModulatorPlan::Macro { slot: 3, value: 0.5 };
    let plan = ModulationPlan {
        modulator,
        polarity: Polarity::Unipolar,
        ..wave(LfoShape::Sine, LfoRate::Hz(1.0), 10.0)
    };
    let mut lanes = Automation::new(&[], &[(plan, 1.0)], SampleRate(96.0), ControlFrames::default());
    let tempo = TempoMap::constant(60.0);
    let map = TimeMap::Project(&tempo, SampleRate(96.0));
    let (mut start, mut arrival, mut seen) = (0, Arrival::Jumped, Vec::new());
    for &frames in blocks {
        let end = start + crate::math::frames(frames);
        for (at, value) in [(40, 0.0), (70, 1.0)].into_iter().filter(|(at, _)| (start..end).contains(at)) {
            lanes.move_macro(3, at, value);
        }
        lanes.render(&Span { start, frames, playing, arrival, loop_frames: None, map }, |step| {
            seen.push((start + i64::from(step.frame), step.value));
        });
        (start, arrival) = (end, Arrival::Ran);
    }
    seen
}

#[test]
fn a_macro_that_modulates_follows_the_hand() {
    for blocks in [&[130][..], &[41, 89], &[64, 10, 56]] {
        assert_eq!(macro_steps(true, blocks), [(0, 6.0), (32, 6.0), (64, 1.0), (96, 11.0), (128, 11.0)]);
    }
    // Playback stands, and so does time.
    assert_eq!(macro_steps(false, &[130]), [(0, 6.0), (40, 1.0), (70, 11.0)]);
}

#[test]
fn a_hand_moves_what_a_wave_is_added_to() {
    let beat = LfoRate::Period(Beats::whole(1));
    let mut lanes = Automation::new(
        &[],
        &[(wave(LfoShape::SawUp, beat, 3.0), 10.0)],
        SampleRate(96.0),
        ControlFrames::default(),
    );
    assert!(lanes.take(ParamId(7), 20.0));
    assert!(!lanes.take(ParamId(8), 20.0), "that one is not modulated");
    let (tempo, mut seen) = (TempoMap::constant(60.0), Vec::new());
    let map = TimeMap::Project(&tempo, SampleRate(96.0));
    let span = Span { start: 0, frames: 1, playing: true, arrival: Arrival::Jumped, loop_frames: None, map };
    lanes.render(&span, |step| seen.push(step.value));
    assert_eq!(seen, [17.0]);
}

proptest! {
    #[test]
    fn modulated_steps_do_not_depend_on_the_blocks(
        cuts in prop::collection::vec(1..90_usize, 1..20), shape in 0..7_usize, hz in 0.1..20.0_f64, automated: bool,
    ) {
        let shape = LfoShape::ALL[shape];
        let beats = LfoRate::Period(Beats(10_007));
        let waves = [(wave(shape, LfoRate::Hz(hz), 2.0), 1.0), (wave(shape, beats, 1.0), 1.0)];
        let line = [(0.3, 0.0, Curve::Linear), (1.1, 6.0, Curve::Smooth), (2.7, 3.0, Curve::Hold)];
        let points = if automated { &line[..] } else { &[] };
        let whole = modulated_steps(points, &waves, &[cuts.iter().sum()]);
        prop_assert_eq!(modulated_steps(points, &waves, &cuts), whole);
    }

    #[test]
    fn steps_do_not_depend_on_the_blocks(
        points in prop::collection::vec((0.0..5.0_f64, -90.0..12.0_f64, 0..4_u8), 1..8),
        cuts in prop::collection::vec(1..90_usize, 1..20),
    ) {
        let curves = [Curve::Hold, Curve::Linear, Curve::Smooth, Curve::Exponential];
        let mut points: Vec<_> = points.into_iter().map(|(at, value, curve)| (at, value, curves[usize::from(curve)])).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let whole = steps(&points, &[cuts.iter().sum()]);
        prop_assert_eq!(steps(&points, &cuts), whole);
    }
}
