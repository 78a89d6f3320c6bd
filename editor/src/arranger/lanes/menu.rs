//! The menu of a lane.

use egui::{Button, Response};
use protocol::{Beats, EntityId, Point};

use super::plot::{Keyed, Plot, before};
use super::{actions, curve_for};
use crate::cx::Cx;

/// Shows the menu, if it is asked for.
pub(super) fn show(
    response: &Response,
    plot: &Plot<'_>,
    lane: EntityId,
    points: &[Keyed],
    cx: &mut Cx<'_, '_>,
) {
    if !response.secondary_clicked() && !response.context_menu_opened() {
        return;
    }
    response.context_menu(|ui| {
        ui.set_min_width(150.0);
        let (beats, norm) = cx.view.arranger.lanes.menu_at;
        let at = Beats::from_beats(beats);
        let chosen = &cx.view.selection.points;
        let segment = match points.iter().find(|(key, _)| chosen.contains(key)) {
            Some((_, point)) => Some(*point),
            None => before(points, at).map(|index| points[index].1),
        };
        if let Some(segment) = segment {
            for (curve, name) in actions::SHAPES {
                if ui.selectable_label(segment.curve == curve, name).clicked() {
                    actions::shape(cx, lane, points, at, curve);
                    ui.close();
                }
            }
            ui.separator();
        }
        if cx.view.selection.points.is_empty() {
            if ui.button("Add point").clicked() {
                let value = plot.scale.denormalize(norm);
                actions::add(cx, lane, Point { at, value, curve: curve_for(plot) });
            }
        } else {
            if ui.add(Button::new("Type the value…").shortcut_text("F2")).clicked() {
                actions::retype(cx);
            }
            if ui.add(Button::new("Delete").shortcut_text("Del")).clicked() {
                actions::delete_selected(cx);
            }
        }
        if ui.add(Button::new("Select all").shortcut_text("Ctrl+A")).clicked() {
            actions::select_all(cx);
        }
    });
}
