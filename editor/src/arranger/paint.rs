//! What a clip looks like.

use egui::{CornerRadius, Rect, Stroke, StrokeKind, Ui, pos2, vec2};
use model::{Clip, ClipKind};
use protocol::{Beats, EntityId};

use super::clips::Shown;
use super::{Lanes, content};
use crate::cx::Cx;
use crate::edits;
use crate::theme::{color, font};
use crate::widgets::text::text_in;

/// Height of a clip's title.
pub(super) const TITLE: f32 = 15.0;

/// Draws a clip in `span`.
pub(super) fn show(ui: &Ui, lanes: &Lanes<'_>, span: Rect, clip: &Clip<'_>, now: Shown, cx: &mut Cx<'_, '_>) {
    let painter = ui.painter().with_clip_rect(lanes.rect.intersect(ui.clip_rect()));
    let seen = span.intersect(lanes.rect);
    if !seen.is_positive() {
        return;
    }
    let tint = if clip.muted() { color::CONTROL_DOWN } else { edits::clip_color(cx.project(), clip) };
    let selected = cx.view.selection.clips.contains(&EntityId::from(clip.id()));
    let radius = CornerRadius::same(3);
    // Of a clip that is hours long, only the part near the window goes to the GPU.
    let shape = span.intersect(lanes.rect.expand(20.0));
    painter.rect_filled(shape, radius, color::mix(color::WELL, tint, 0.30));
    let title = shape.with_max_y(span.top() + TITLE);
    let top = CornerRadius { nw: 3, ne: 3, sw: 0, se: 0 };
    painter.rect_filled(title, top, color::mix(color::WELL, tint, if selected { 1.0 } else { 0.78 }));
    if seen.width() > 6.0 {
        let inner = span.with_min_y(title.bottom() + 2.0).with_max_y(span.bottom() - 3.0);
        let inner_seen = inner.intersect(lanes.rect);
        let ink = color::mix(tint, egui::Color32::WHITE, 0.28);
        match clip.kind() {
            ClipKind::Notes => {
                cx.stats.notes += content::notes(&painter, inner, inner_seen, clip, now.length, ink);
                repeats(&painter, span, clip, cx);
            }
            ClipKind::Audio => {
                let time = cx.view.arranger.time;
                let stretch = content::Stretch { span: inner, seen: inner_seen, start: now.start, time };
                content::waveform(&painter, stretch, clip, cx, ink);
                fades(&painter, inner, clip, now, cx);
            }
        }
    }
    let words = title.intersect(lanes.rect).shrink2(vec2(5.0, 0.0));
    let name = edits::clip_name(cx.project(), clip);
    text_in(&painter, words, egui::Align2::LEFT_CENTER, name, font::caption(), color::TEXT_DARK);
    let stroke = if selected {
        Stroke::new(1.5, color::TEXT)
    } else {
        Stroke::new(1.0, color::mix(color::WELL, tint, 0.62))
    };
    painter.rect_stroke(shape, radius, stroke, StrokeKind::Inside);
}

/// Notches where the content begins again.
fn repeats(painter: &egui::Painter, span: Rect, clip: &Clip<'_>, cx: &Cx<'_, '_>) {
    let Some(period) = clip.loop_length() else { return };
    let step = cx.view.arranger.time.width(period);
    let offset = Beats(clip.offset().0.rem_euclid(period.0.max(1)));
    let mut x = span.left() + step - cx.view.arranger.time.width(offset);
    if step > 0.0 && x < painter.clip_rect().left() {
        x += ((painter.clip_rect().left() - x) / step).floor() * step;
    }
    while step > 6.0 && x < span.right().min(painter.clip_rect().right()) - 2.0 {
        if x > span.left() + 2.0 {
            let stroke = Stroke::new(1.0, color::alpha(color::TEXT, 0.28));
            painter.vline(x, span.top() + TITLE..=span.bottom() - 1.0, stroke);
        }
        x += step;
    }
}

fn fades(painter: &egui::Painter, inner: Rect, clip: &Clip<'_>, now: Shown, cx: &Cx<'_, '_>) {
    let map = &cx.times.tempo;
    let secs = map.secs_at(now.start + now.length) - map.secs_at(now.start);
    let width = |fade: f64| inner.width() * crate::math::px((fade / secs.max(1e-6)).clamp(0.0, 1.0));
    let stroke = Stroke::new(1.2, color::alpha(color::TEXT, 0.7));
    if clip.fade_in_secs() > 0.0 {
        let end = pos2(inner.left() + width(clip.fade_in_secs()), inner.top());
        painter.line_segment([inner.left_bottom(), end], stroke);
    }
    if clip.fade_out_secs() > 0.0 {
        let start = pos2(inner.right() - width(clip.fade_out_secs()), inner.top());
        painter.line_segment([start, inner.right_bottom()], stroke);
    }
}
