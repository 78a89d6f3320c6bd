//! What is inside a clip, in little: notes as a piano roll, audio as a waveform.

use egui::{Color32, Mesh, Painter, Rect, pos2};
use model::Clip;
use model::media::{Peak, PeakLevel};
use protocol::{Beats, Note};

use crate::cx::Cx;
use crate::math::{index, px, real};
use crate::timeline::TimeView;

/// Fewest keys that a clip's height stands for, so that one note is not a wall.
const LEAST_KEYS: f32 = 14.0;

/// Draws a clip's notes. `span` is the whole clip, `seen` the part in sight.
pub(crate) fn notes(
    painter: &Painter,
    span: Rect,
    seen: Rect,
    clip: &Clip<'_>,
    length: Beats,
    tint: Color32,
) -> usize {
    let (mut lowest, mut highest) = (127u8, 0u8);
    for (_, note) in clip.notes() {
        lowest = lowest.min(note.key);
        highest = highest.max(note.key);
    }
    if lowest > highest || span.height() < 6.0 {
        return 0;
    }
    let keys = f32::from(highest - lowest + 1);
    let room = (LEAST_KEYS - keys).max(0.0) / 2.0;
    let row = span.height() / keys.max(LEAST_KEYS);
    let px_per_tick = f64::from(span.width()) / real(length.0.max(1));
    let from = crate::math::floor(f64::from(seen.left() - span.left()) / px_per_tick);
    // Repetitions closer than the eye can tell are one bar.
    let dense = clip.loop_length().is_some_and(|period| real(period.0) * px_per_tick < 2.0);
    let mut mesh = Mesh::default();
    for (_, note) in clip.notes() {
        let top = span.top() + (f32::from(highest - note.key) + room) * row;
        for start in onsets(clip, &note, length, from) {
            let left = span.left() + px(real(start) * px_per_tick);
            if left > seen.right() {
                break;
            }
            let end = if dense { length.0 } else { start.saturating_add(note.length.0).min(length.0) };
            let right = (span.left() + px(real(end) * px_per_tick) - 0.6).max(left + 1.0);
            if right < seen.left() {
                continue;
            }
            let bar = Rect::from_min_max(
                pos2(left.max(seen.left()), top),
                pos2(right.min(seen.right()), top + (row * 0.86).max(1.0)),
            );
            let strength = 0.55 + 0.45 * px(note.velocity.clamp(0.0, 1.0));
            mesh.add_colored_rect(bar, tint.gamma_multiply(strength));
            if dense {
                break;
            }
        }
    }
    let drawn = mesh.indices.len() / 6;
    painter.add(mesh);
    drawn
}

/// Where a note sounds within a clip from `from` on, in ticks from the clip's start: once, or once per repetition.
pub(crate) fn onsets(
    clip: &Clip<'_>,
    note: &Note,
    length: Beats,
    from: i64,
) -> impl Iterator<Item = i64> + use<> {
    let period = clip.loop_length().map_or(0, |period| period.0).max(0);
    // An offset past the loop starts within it, and content beyond the period is not part of the repetition.
    let offset = if period > 0 { clip.offset().0.rem_euclid(period) } else { clip.offset().0 };
    let plays = period == 0 || note.start.0 < period;
    let first = note.start.0.saturating_sub(offset);
    let end = first.saturating_add(note.length.0);
    let skipped = if period > 0 { (from.saturating_sub(end) / period).max(0) } else { 0 };
    let turns = if period > 0 { i64::MAX } else { 1 };
    (0..turns)
        .take_while(move |_| plays)
        .map(move |turn| first.saturating_add((skipped.saturating_add(turn)).saturating_mul(period)))
        .take_while(move |start| *start < length.0)
        .filter(|start| *start >= 0)
}

/// Where a waveform is drawn: all of the clip, the part in sight, and the clip's place in time.
#[derive(Clone, Copy)]
pub(crate) struct Stretch {
    pub span: Rect,
    pub seen: Rect,
    pub start: Beats,
    pub time: TimeView,
}

/// Draws a clip's waveform.
pub(crate) fn waveform(painter: &Painter, stretch: Stretch, clip: &Clip<'_>, cx: &Cx<'_, '_>, tint: Color32) {
    let Stretch { span, seen, start, time } = stretch;
    let Some(peaks) = clip.media().and_then(|media| cx.frame.peaks.peaks(media)) else {
        return;
    };
    let rate = peaks.info.rate().0;
    let map = &cx.times.tempo;
    let secs_at = |x: f32| {
        let at = Beats::from_beats(start.to_beats() + f64::from(x - span.left()) / time.px_per_beat);
        map.secs_at(at) - map.secs_at(start) + clip.offset_secs()
    };
    let frames_per_px = ((secs_at(seen.left() + 1.0) - secs_at(seen.left())) * rate).max(1.0);
    let Some(level) = peaks
        .levels
        .iter()
        .rev()
        .find(|level| f64::from(level.bucket_frames) <= frames_per_px)
        .or(peaks.levels.first())
    else {
        return;
    };
    let gain = px(10f64.powf(clip.gain_db() / 20.0));
    let (middle, half) = (span.center().y, span.height() / 2.0);
    let mut mesh = Mesh::default();
    let mut x = seen.left().floor();
    while x < seen.right() {
        let (from, to) = (secs_at(x) * rate, secs_at(x + 1.0) * rate);
        if let Some(peak) = extremes(level, from, to) {
            let (high, low) = ((peak.max * gain).clamp(-1.0, 1.0), (peak.min * gain).clamp(-1.0, 1.0));
            let column = Rect::from_min_max(
                pos2(x, middle - high * half - 0.4),
                pos2(x + 1.0, middle - low * half + 0.4),
            );
            mesh.add_colored_rect(column, tint);
        }
        x += 1.0;
    }
    painter.add(mesh);
}

/// The extremes of all channels between two frames; `None` where there is no audio.
fn extremes(level: &PeakLevel, from: f64, to: f64) -> Option<Peak> {
    let bucket = f64::from(level.bucket_frames);
    let (first, last) = (index(from / bucket), index(to / bucket).max(index(from / bucket) + 1));
    if to <= 0.0 {
        return None;
    }
    let mut all: Option<Peak> = None;
    for channel in &level.channels {
        for peak in channel.get(first..last.min(channel.len())).unwrap_or_default() {
            let joined = all.get_or_insert(*peak);
            joined.min = joined.min.min(peak.min);
            joined.max = joined.max.max(peak.max);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use model::{Pulse, TrackKind, edit};
    use protocol::Transaction;

    use super::*;

    /// Onsets, in quarter notes, of a note at `at` in a clip of eight quarter notes.
    fn check(at: i64, offset: i64, period: Option<i64>, from: i64, expected: &[i64]) {
        let mut pulse = Pulse::new();
        let (track, id) = (pulse.new_id(), pulse.new_id());
        let (start, length) = (Beats::whole(4), Beats::whole(8));
        let note =
            Note { start: Beats::whole(at), length: Beats::whole(1), key: 60, velocity: 1.0, channel: 0 };
        let edits = vec![
            edit::track::create(track.into(), TrackKind::Instrument, "T"),
            edit::clip::create_notes(id.into(), track.into(), start, length),
            edit::clip::set_offset(id.into(), Beats::whole(offset)),
            edit::clip::set_loop_length(id.into(), period.map(Beats::whole)),
        ];
        pulse.commit(Transaction { name: "T".into(), author: "T".into(), edits }).expect("legal");
        let project = pulse.project();
        let clip = project.clip(id.into()).expect("the clip");
        let found: Vec<i64> = onsets(&clip, &note, length, Beats::whole(from).0)
            .map(|start| start / protocol::TICKS_PER_BEAT)
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn notes_sound_where_the_player_plays_them() {
        check(1, 0, None, 0, &[1]);
        check(1, 2, None, 0, &[]);
        check(1, 0, Some(4), 0, &[1, 5]);
        check(1, 2, Some(4), 0, &[3, 7]);
        check(1, 6, Some(4), 0, &[3, 7]);
        check(5, 0, Some(4), 0, &[]);
        check(1, 0, Some(4), 7, &[5]);
    }
}
