//! The corner above the track headers: snap, follow, the pencil, add track.

use egui::{Rect, Ui, pos2, vec2};

use super::lane_actions;
use crate::cx::Cx;
use crate::icons::Icon;
use crate::theme::{color, space};
use crate::timeline::Snap;
use crate::widgets::{Face, Lit, button};
use crate::{ids, tracks};

/// Draws the corner.
pub(crate) fn show(ui: &Ui, corner: Rect, cx: &mut Cx<'_, '_>) {
    ui.painter().rect_filled(corner, 0, color::BAR);
    let row = Rect::from_center_size(corner.center(), vec2(corner.width() - 16.0, space::CONTROL));
    let add = Rect::from_min_size(row.min, vec2(70.0, row.height()));
    let face = Face::Both(Icon::Plus, "Track");
    let response = button(ui, add, ids::one("add track"), face, Lit::No, "Add a track");
    egui::Popup::menu(&response).show(|ui| tracks::add_menu(ui, cx));

    let follow = Rect::from_min_max(pos2(row.right() - 52.0, row.top()), row.max);
    let lit = if cx.view.arranger.follow { Lit::Tinted(color::ACCENT) } else { Lit::No };
    let tip = "Scroll along with the playhead";
    if button(ui, follow, ids::one("follow"), Face::Text("Follow"), lit, tip).clicked() {
        cx.view.arranger.follow = !cx.view.arranger.follow;
    }
    let pencil =
        Rect::from_min_max(pos2(add.right() + 4.0, row.top()), pos2(add.right() + 28.0, row.bottom()));
    let drawing = cx.view.arranger.lanes.tool == lane_actions::Tool::Pencil;
    let lit = if drawing { Lit::Filled(color::ACCENT) } else { Lit::No };
    let tip = "Draw automation  (P); holding Ctrl draws, too. With Shift a straight line";
    if button(ui, pencil, ids::one("pencil"), Face::Icon(Icon::Pencil), lit, tip).clicked() {
        lane_actions::cycle_tool(cx);
    }
    let snap =
        Rect::from_min_max(pos2(follow.left() - 72.0, row.top()), pos2(follow.left() - 4.0, row.bottom()));
    let face = Face::Text(cx.view.arranger.snap.name());
    let response = button(ui, snap, ids::one("snap"), face, Lit::No, "Grid to snap to; hold Shift for none");
    egui::Popup::menu(&response).show(|ui| {
        for snap in Snap::ALL {
            if ui.selectable_label(cx.view.arranger.snap == snap, snap.name()).clicked() {
                cx.view.arranger.snap = snap;
            }
        }
    });
}
