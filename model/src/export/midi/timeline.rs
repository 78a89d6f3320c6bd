//! The first track of a MIDI file: title, tempo, time signatures, markers.

use midly::{MetaMessage, TrackEventKind};
use protocol::{Beats, SignaturePoint, TICKS_PER_BEAT, Transition};

use crate::project::Project;

/// A ramp becomes steps of this length, each with the tempo that takes as long as the ramp does there.
const RAMP_STEP: Beats = Beats(TICKS_PER_BEAT / 8);
/// The most steps of a ramp; longer ramps have longer steps.
const MAX_STEPS: i64 = 4_096;

/// What is said once for all tracks.
pub(super) struct Timeline {
    title: String,
    /// Microseconds to the quarter note.
    tempos: Vec<(Beats, u32)>,
    signatures: Vec<(Beats, SignaturePoint)>,
    markers: Vec<(Beats, String)>,
}

impl Timeline {
    pub fn of(project: &Project) -> Self {
        let markers = project.markers().map(|marker| (marker.at(), marker.name().to_owned()));
        Self {
            title: project.root().name().to_owned(),
            tempos: tempos(project),
            signatures: signatures(project),
            markers: markers.collect(),
        }
    }

    /// The events of the track, in order.
    pub fn events(&self) -> Vec<(Beats, TrackEventKind<'_>)> {
        let meta = |(at, message)| (at, TrackEventKind::Meta(message));
        let title = (Beats::ZERO, MetaMessage::TrackName(self.title.as_bytes()));
        let tempos = self.tempos.iter().map(|&(at, micros)| (at, MetaMessage::Tempo(micros.into())));
        let signatures = self.signatures.iter().map(|&(at, point)| {
            let power = u8::try_from(point.denominator.trailing_zeros()).unwrap_or(2);
            // A click each quarter note, of eight thirty-seconds.
            (at, MetaMessage::TimeSignature(point.numerator, power, 24, 8))
        });
        let markers = self.markers.iter().map(|(at, name)| (*at, MetaMessage::Marker(name.as_bytes())));
        let all = std::iter::once(title).chain(signatures).chain(tempos).chain(markers);
        let mut events: Vec<_> = all.map(meta).collect();
        events.sort_by_key(|(at, _)| *at);
        events
    }
}

fn tempos(project: &Project) -> Vec<(Beats, u32)> {
    let map = project.tempo_map();
    let micros = |secs_per_beat: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "24 bits after the clamp"
        )]
        let micros = (secs_per_beat * 1e6).round().clamp(1.0, 16_777_215.0) as u32;
        micros
    };
    let on_average =
        |from: Beats, to: Beats| micros((map.secs_at(to) - map.secs_at(from)) / (to - from).to_beats());
    let steady = |at: Beats| (at, micros(60.0 / map.bpm_at(at)));
    let points: Vec<_> = map.points().collect();
    let mut tempos = Vec::new();
    if points.first().is_none_or(|first| first.at > Beats::ZERO) {
        tempos.push(steady(Beats::ZERO));
    }
    for (index, point) in points.iter().enumerate() {
        match points.get(index + 1) {
            Some(next) if point.transition == Transition::Ramp && next.at > point.at => {
                let step = Beats(RAMP_STEP.0.max((next.at - point.at).0 / MAX_STEPS));
                let mut from = point.at;
                while from < next.at {
                    let to = (from + step).min(next.at);
                    tempos.push((from, on_average(from, to)));
                    from = to;
                }
            }
            _ => tempos.push(steady(point.at)),
        }
    }
    tempos
}

/// A pick-up is a bar of its own, where its length can be written as one.
fn signatures(project: &Project) -> Vec<(Beats, SignaturePoint)> {
    let points = project.signature_points();
    let common = SignaturePoint { at: Beats::ZERO, numerator: 4, denominator: 4 };
    let first = points.iter().rfind(|point| point.at <= Beats::ZERO).copied().unwrap_or(common);
    let pickup = project.root().pickup();
    let mut signatures = Vec::new();
    let beats = pickup.0 / first.beat().0;
    match u8::try_from(beats) {
        Ok(numerator) if numerator > 0 && pickup.0 % first.beat().0 == 0 => {
            signatures.push((Beats::ZERO, SignaturePoint { numerator, ..first }));
            signatures.push((pickup, first));
        }
        _ => signatures.push((Beats::ZERO, first)),
    }
    signatures.extend(points.into_iter().filter(|point| point.at > pickup).map(|point| (point.at, point)));
    signatures
}
