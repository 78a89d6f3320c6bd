//! How loud the master is, and a spectrum.

use egui::{Align2, Rect, Sense, Shape, Stroke, Ui, pos2, vec2};
use protocol::Command;

use super::{Source, title, well};
use crate::cx::Cx;
use crate::frame::{MeasuredLoudness, MeasuredSpectrum};
use crate::ids;
use crate::math::{count, px};
use crate::theme::{color, font, space};
use crate::widgets::text::text_center;
use crate::widgets::{Face, Lit, button};

/// Height of the figures of loudness.
const FIGURES: f32 = 40.0;
/// The bottom of the spectrum, in dB.
const LOW_DB: f32 = -96.0;
/// Levels with a line.
const LEVELS: [f32; 4] = [-24.0, -48.0, -72.0, 0.0];
/// Frequencies with a line, in Hz, and what is written there.
const PITCHES: [(f64, &str); 9] = [
    (50.0, "50"),
    (100.0, "100"),
    (200.0, "200"),
    (500.0, "500"),
    (1_000.0, "1k"),
    (2_000.0, "2k"),
    (5_000.0, "5k"),
    (10_000.0, "10k"),
    (20_000.0, ""),
];

/// Draws the column.
pub(super) fn show(ui: &mut Ui, (head, body): (Rect, Rect), cx: &mut Cx<'_, '_>) {
    let heard = cx.frame.diagnostics.loudness.map_or(0.0, |measured| measured.secs);
    title(ui, head, &format!("Loudness of the master over {}", length(heard)));
    let reset = Rect::from_min_max(
        pos2(head.right() - 48.0, head.center().y - 10.0),
        pos2(head.right() + 4.0, head.center().y + 10.0),
    );
    let tip = "Measure integrated loudness, range and true peak from now on. It goes on while playback runs, also when this \
               page is closed";
    if button(ui, reset, ids::one("reset loudness"), Face::Small("Reset"), Lit::No, tip).clicked() {
        cx.out.commands.push(Command::ResetLoudness);
    }
    let (figures, rest) = body.split_top_bottom_at_y(body.top() + FIGURES);
    loudness(ui, figures, cx.frame.diagnostics.loudness);
    let (bar, graph) = rest.split_top_bottom_at_y(rest.top() + 26.0);
    sources(ui, bar, cx);
    spectrum(ui, graph, cx.frame.diagnostics.spectrum.as_ref());
}

/// Seconds as minutes and seconds.
fn length(secs: f64) -> String {
    let secs = count_secs(secs);
    format!("{}:{:02}", secs / 60, secs % 60)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "casts saturate, and what is no number is 0"
)]
fn count_secs(secs: f64) -> u64 {
    secs as u64
}

fn loudness(ui: &Ui, rect: Rect, measured: Option<MeasuredLoudness>) {
    well(ui, rect);
    let level =
        |value: f64| if value.is_finite() && value > -99.9 { format!("{value:.1}") } else { "-".into() };
    let none = f64::NEG_INFINITY;
    let measured = measured.unwrap_or(MeasuredLoudness {
        momentary_lufs: none,
        short_term_lufs: none,
        integrated_lufs: none,
        range_lu: 0.0,
        true_peak_db: [none; 2],
        secs: 0.0,
    });
    let peak = measured.true_peak_db[0].max(measured.true_peak_db[1]);
    let over = if peak > -1.0 { color::METER_HIGH } else { color::TEXT };
    let cells = [
        ("400 ms", level(measured.momentary_lufs), color::TEXT, "Momentary: over the last 400 ms, in LUFS"),
        ("3 s", level(measured.short_term_lufs), color::TEXT, "Short-term: over the last 3 s, in LUFS"),
        ("Integrated", level(measured.integrated_lufs), color::ACCENT, "Since it was reset, gated, in LUFS"),
        ("Range", level(measured.range_lu), color::TEXT, "Loudness range since it was reset, in LU"),
        ("True peak", level(peak), over, "Largest peak between the samples since it was reset, in dBTP"),
    ];
    let width = rect.width() / count(cells.len());
    for (nth, (name, text, tint, tip)) in cells.into_iter().enumerate() {
        let at = Rect::from_min_size(rect.min + vec2(width * count(nth), 0.0), vec2(width, rect.height()));
        let (top, bottom) = at.split_top_bottom_at_y(at.top() + 17.0);
        text_center(ui.painter(), top.shrink2(vec2(1.0, 0.0)), name, font::small(), color::TEXT_DIM);
        text_center(ui.painter(), bottom.with_max_y(bottom.bottom() - 3.0), &text, font::strong(), tint);
        ui.interact(at, ids::nth("loudness", nth), Sense::hover()).on_hover_text(tip);
    }
}

/// Whose spectrum is shown.
fn sources(ui: &Ui, bar: Rect, cx: &mut Cx<'_, '_>) {
    let row = Rect::from_center_size(bar.center(), vec2(bar.width() - 8.0, 20.0));
    let track = cx.selected_track().map_or("No track", |track| cx.project().name_of(track));
    let mut right = row.right() + 4.0;
    for (source, name, width) in [(Source::Track, track, 92.0), (Source::Master, "Master", 56.0)] {
        let at = Rect::from_min_max(pos2(right - width, row.top()), pos2(right, row.bottom()));
        right = at.left() - 2.0;
        let lit = Lit::when(cx.view.diagnostics.source == source, color::ACCENT);
        let tip = match source {
            Source::Master => "Spectrum of the master",
            Source::Track => "Spectrum of the selected track",
        };
        let id = ids::one(if source == Source::Master { "spectrum master" } else { "spectrum track" });
        if button(ui, at, id, Face::Small(name), lit, tip).clicked() {
            cx.view.diagnostics.source = source;
        }
    }
    super::title(ui, row.with_max_x(right - 4.0).with_min_x(row.left()), "Spectrum");
}

fn spectrum(ui: &Ui, rect: Rect, measured: Option<&MeasuredSpectrum>) {
    well(ui, rect);
    if rect.height() < 30.0 {
        return;
    }
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let plot = rect.with_max_y(rect.bottom() - 15.0).with_min_y(rect.top() + 3.0);
    let (low, high) = (MeasuredSpectrum::LOW_HZ, MeasuredSpectrum::HIGH_HZ);
    let x = |hz: f64| plot.left() + plot.width() * px((hz / low).ln() / (high / low).ln());
    let y = |db: f32| plot.bottom() - plot.height() * (1.0 - db / LOW_DB).clamp(0.0, 1.0);
    for (hz, text) in PITCHES {
        painter.vline(x(hz), plot.y_range(), Stroke::new(1.0, color::HAIRLINE));
        let at = pos2(x(hz), rect.bottom() - 2.0);
        painter.text(at, Align2::CENTER_BOTTOM, text, font::small(), color::TEXT_FAINT);
    }
    for db in LEVELS {
        painter.hline(plot.x_range(), y(db), Stroke::new(1.0, color::HAIRLINE));
    }
    let Some(measured) = measured.filter(|measured| !measured.bands_db.is_empty()) else {
        text_center(&painter, plot, "Nothing is heard", font::small(), color::TEXT_FAINT);
        return;
    };
    let bands = &measured.bands_db;
    let width = plot.width() / count(bands.len());
    let points: Vec<_> = bands
        .iter()
        .enumerate()
        .map(|(band, &db)| pos2(plot.left() + width * (count(band) + 0.5), y(db)))
        .collect();
    let mut ground = egui::Mesh::default();
    for (nth, point) in (0u32..).zip(&points) {
        ground.colored_vertex(*point, color::alpha(color::ACCENT, 0.35));
        ground.colored_vertex(pos2(point.x, plot.bottom()), color::alpha(color::ACCENT, 0.05));
        if nth > 0 {
            let at = nth * 2;
            ground.add_triangle(at - 2, at - 1, at);
            ground.add_triangle(at - 1, at, at + 1);
        }
    }
    painter.add(Shape::mesh(ground));
    painter.add(Shape::line(points, Stroke::new(1.5, color::ACCENT)));
    for db in LEVELS.into_iter().filter(|db| *db < 0.0) {
        let galley = painter.layout_no_wrap(format!("{db:.0} dB"), font::small(), color::TEXT_DIM);
        let at =
            Align2::RIGHT_BOTTOM.anchor_size(pos2(plot.right() - space::SMALL, y(db) - 1.0), galley.size());
        painter.rect_filled(at.expand2(vec2(2.0, 0.0)), 2, color::alpha(color::WELL, 0.8));
        painter.galley(at.min, galley, color::TEXT_DIM);
    }
}
