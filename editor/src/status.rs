//! The bottom line: what is going on, and what carries the sound.

use egui::{Align2, Rect, Ui, vec2};
use protocol::control::LogLevel;

use crate::cx::Cx;
use crate::theme::{color, font, space};
use crate::widgets::text::text_in;
use crate::{diagnostics, ids};

/// Draws the line.
pub(crate) fn show(ui: &Ui, bar: Rect, cx: &mut Cx<'_, '_>) {
    let painter = ui.painter();
    painter.rect_filled(bar, 0, color::BAR);
    let row = bar.shrink2(vec2(space::LARGE, 0.0));
    let (left, right) = row.split_left_right_at_fraction(0.6);
    let (text, tint) = message(cx);
    text_in(painter, left, Align2::LEFT_CENTER, &text, font::small(), tint);
    let status = cx.frame.status;
    let mut ledger = crate::latency::lines(&status.latency, status.sample_rate, cx.frame.project);
    ledger.push("Click for diagnostics".into());
    let device = device(cx);
    if device.is_empty() {
        return;
    }
    let ink = text_in(painter, right, Align2::RIGHT_CENTER, &device, font::small(), color::TEXT_DIM);
    let response = ui.interact(right.with_min_x(ink.left()), ids::one("latency"), egui::Sense::click());
    if response.clicked() {
        diagnostics::open(cx, diagnostics::Last::Latency);
    }
    response.on_hover_text(ledger.join("\n"));
}

fn message(cx: &Cx<'_, '_>) -> (String, egui::Color32) {
    let status = cx.frame.status;
    if let Some(slot) = status.learn {
        return (format!("Macro {}: touch a parameter to map it. Esc cancels.", slot + 1), color::LEARN);
    }
    if let Some(script) = &status.running_script {
        return (format!("Running {script}"), color::ACCENT);
    }
    if let Some(render) = &status.render {
        return (
            format!("{}: {:.0} %. Stop it in the project's menu.", render.what, render.done * 100.0),
            color::ACCENT,
        );
    }
    if let Some((done, total)) = status.scan {
        return (format!("Scanning plugins: {done} of {total}"), color::ACCENT);
    }
    match cx.frame.log.last() {
        Some(line) if line.level >= LogLevel::Info => {
            let tint = match line.level {
                LogLevel::Error => color::ARM,
                LogLevel::Warning => color::WARNING,
                LogLevel::Info | LogLevel::Debug => color::TEXT_DIM,
            };
            (format!("{}: {}", line.source, line.text), tint)
        }
        _ => (
            "Double-click the timeline to create a clip. Ctrl+wheel zooms. Space plays.".into(),
            color::TEXT_FAINT,
        ),
    }
}

fn device(cx: &Cx<'_, '_>) -> String {
    let status = cx.frame.status;
    let mut parts = Vec::new();
    if !status.device.is_empty() {
        parts.push(status.device.clone());
    }
    if status.sample_rate > 0.0 {
        parts.push(format!("{:.1} kHz", status.sample_rate / 1_000.0));
        let latency = crate::math::real(status.latency_frames) / status.sample_rate * 1_000.0;
        parts.push(format!("latency {latency:.1} ms"));
    }
    parts.join("   ·   ")
}
