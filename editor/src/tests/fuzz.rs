//! Random input: nothing panics, and every commit is legal.

use egui::{Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, TouchPhase, pos2, vec2};
use model::Pulse;

use super::bench::Bench;
use crate::ids;

/// A small generator (xorshift), so that a failure repeats.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn float(&mut self, most: f32) -> f32 {
        let thousandths = u16::try_from(self.roll(1_000)).expect("below a thousand");
        f32::from(thousandths) / 1_000.0 * most
    }
}

const KEYS: [Key; 20] = [
    Key::Space,
    Key::Delete,
    Key::ArrowLeft,
    Key::ArrowRight,
    Key::ArrowUp,
    Key::ArrowDown,
    Key::Home,
    Key::D,
    Key::A,
    Key::L,
    Key::Escape,
    Key::Enter,
    Key::M,
    Key::T,
    Key::F2,
    Key::Tab,
    Key::OpenBracket,
    Key::CloseBracket,
    Key::P,
    Key::Insert,
];

fn check(mut bench: Bench, seed: u64) {
    let mut dice = Dice(seed | 1);
    let mut at = pos2(400.0, 300.0);
    for frame in 0..500u32 {
        let mut events = Vec::new();
        if frame % 60 == 0 {
            bench.size = pos2(300.0 + dice.float(1_700.0), 200.0 + dice.float(1_000.0));
            let tab = usize::try_from(dice.roll(7)).expect("a tab");
            if let Some(tab) = bench.ctx.read_response(ids::nth("tab", tab)) {
                at = tab.rect.center();
                let modifiers = Modifiers::NONE;
                let click = |pressed| Event::PointerButton {
                    pos: at,
                    button: PointerButton::Primary,
                    pressed,
                    modifiers,
                };
                events.extend([Event::PointerMoved(at), click(true), click(false)]);
            }
        }
        for _ in 0..dice.roll(4) {
            let modifiers =
                [Modifiers::NONE, Modifiers::SHIFT, Modifiers::COMMAND | Modifiers::CTRL, Modifiers::ALT]
                    [usize::try_from(dice.roll(4)).expect("a modifier")];
            events.push(match dice.roll(9) {
                0..=3 => {
                    at = pos2(dice.float(bench.size.x), dice.float(bench.size.y));
                    Event::PointerMoved(at)
                }
                4 | 5 => Event::PointerButton {
                    pos: at,
                    button: if dice.roll(5) == 0 { PointerButton::Secondary } else { PointerButton::Primary },
                    pressed: dice.roll(2) == 0,
                    modifiers,
                },
                6 => Event::MouseWheel {
                    unit: MouseWheelUnit::Line,
                    delta: vec2(dice.float(8.0) - 4.0, dice.float(8.0) - 4.0),
                    phase: TouchPhase::Move,
                    source: MouseWheelSource::Wheel,
                    modifiers,
                },
                7 => Event::Key {
                    key: KEYS[usize::try_from(dice.roll(20)).expect("a key")],
                    physical_key: None,
                    pressed: dice.roll(2) == 0,
                    repeat: false,
                    modifiers,
                },
                _ => Event::Text("x1".into()),
            });
        }
        bench.telemetry.playing = dice.roll(3) == 0;
        bench.telemetry.playhead_beats = f64::from(dice.float(100.0));
        bench.frame(events);
        bench.take();
    }
}

#[test]
fn random_input_on_an_empty_project() {
    for seed in [3, 77] {
        check(Bench::new(Pulse::new()), seed);
    }
}

#[test]
fn random_input_on_a_song() {
    for seed in [5, 1_234_567, 0x9E37_79B9] {
        check(Bench::song(), seed);
    }
}

#[test]
fn random_input_with_nonsense_from_the_engine() {
    let mut bench = Bench::song();
    bench.telemetry.load = f32::NAN;
    bench.telemetry.bpm = f64::INFINITY;
    for track in bench.project().tracks() {
        let node = protocol::NodeId { entity: track.id().0, role: protocol::NodeRole::Strip };
        let meter = crate::Meter { peak: [f32::NAN, f32::INFINITY], rms: [-1.0; 2] };
        bench.telemetry.meters.insert(node, meter);
    }
    check(bench, 42);
}
