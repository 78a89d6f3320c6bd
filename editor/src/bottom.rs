//! The lower panel and its tabs.

use egui::{Rect, Ui, pos2, vec2};

use crate::cx::Cx;
use crate::icons::Icon;
use crate::theme::{color, space};
use crate::view::Tab;
use crate::widgets::{Face, Lit, area, button, tab};
use crate::{devices, diagnostics, history, ids, macros, mixer, review, roll, scripts};

/// Draws the panel.
pub(crate) fn show(ui: &mut Ui, rect: Rect, cx: &mut Cx<'_, '_>) {
    ui.painter().rect_filled(rect, 0, color::PANEL);
    let (bar, body) = rect.split_top_bottom_at_y(rect.top() + space::HEADER);
    ui.painter().rect_filled(bar, 0, color::BAR);
    tabs(ui, bar, cx);
    if !cx.view.panels.bottom || body.height() < 40.0 {
        return;
    }
    ui.painter().hline(rect.x_range(), bar.bottom() - 0.5, egui::Stroke::new(1.0, color::LINE));
    area(ui, body, "bottom body", |ui| match cx.view.tab {
        Tab::Devices => devices::show(ui, body, cx),
        Tab::PianoRoll => roll::show(ui, body, cx),
        Tab::Mixer => mixer::show(ui, body, cx),
        Tab::Macros => macros::show(ui, body, cx),
        Tab::Scripts => scripts::show(ui, body, cx),
        Tab::History => history::show(ui, body, cx),
        Tab::Review => review::show(ui, body, cx),
        Tab::Diagnostics => diagnostics::show(ui, body, cx),
    });
}

fn tabs(ui: &Ui, bar: Rect, cx: &mut Cx<'_, '_>) {
    let mut left = bar.left() + space::SMALL;
    for (index, which) in Tab::ALL.into_iter().enumerate() {
        let on = cx.view.panels.bottom && cx.view.tab == which;
        let lit = Lit::when(on, color::ACCENT);
        let (response, right) = tab(ui, left, bar, ids::nth("tab", index), which.name(), lit);
        left = right;
        if which == Tab::Review {
            left = review::badge(ui, right, bar, cx);
        }
        if response.clicked() {
            // The open tab folds the panel away.
            cx.view.panels.bottom = !on;
            cx.view.tab = which;
            review::focus(cx);
        }
    }
    let fold = Rect::from_center_size(pos2(bar.right() - 18.0, bar.center().y), vec2(24.0, space::CONTROL));
    let (icon, tip) =
        if cx.view.panels.bottom { (Icon::Down, "Fold the panel") } else { (Icon::Left, "Unfold the panel") };
    if button(ui, fold, ids::one("fold bottom"), Face::Icon(icon), Lit::Quiet, tip).clicked() {
        cx.view.panels.bottom = !cx.view.panels.bottom;
    }
}
