//! The arranger: track headers, ruler, clips and automation over time.

use std::collections::BTreeSet;

use egui::{Rect, Ui, pos2};
use protocol::{Beats, EntityId};

use crate::cx::Cx;
use crate::math::px;
use crate::theme::{color, space};
use crate::timeline::{Rank, Snap, TimeView, grid_lines};
use crate::widgets::area;
use crate::widgets::scroll::{self, Extent};
use crate::{ids, tracks};

mod actions;
mod clips;
mod content;
mod guides;
mod head;
mod lanes;
mod paint;
mod rows;
mod ruler;

pub(crate) mod lane_actions {
    pub(crate) use super::lanes::{
        Tool, cycle_tool, delete_selected, insert, nudge, points_of, retype, select_all, select_next,
        value_at,
    };
}
pub(crate) mod guide_actions {
    pub(crate) use super::guides::{
        Fineness, Way, add_marker, add_signature, add_tempo, delete_selected, jump, nudge, rename_selected,
        select_next, toggle_ramp,
    };
}
pub(crate) use actions::{delete_selected, duplicate_selected, nudge, select_all};
pub(crate) use clips::ClipDrag;
pub(crate) use guides::Guide;
pub(crate) use rows::{Row, RowKind};
pub(crate) use ruler::toggle_punch;

/// What the arranger shows.
pub(crate) struct ArrangerView {
    pub time: TimeView,
    pub scroll_y: f32,
    pub row_height: f32,
    pub snap: Snap,
    pub follow: bool,
    /// Tracks whose automation lanes are shown.
    pub unfolded: BTreeSet<EntityId>,
    pub drag: Option<ClipDrag>,
    pub lanes: lanes::LanesView,
    /// Where a rubber band began, in window coordinates.
    pub band: Option<egui::Pos2>,
    /// A range in the ruler being drawn.
    pub range: Option<(ruler::Kind, Beats, Beats)>,
    pub guides: guides::GuidesView,
    /// Width of the timeline, in points.
    pub width: f32,
}

impl Default for ArrangerView {
    fn default() -> Self {
        Self {
            time: TimeView::new(24.0),
            scroll_y: 0.0,
            row_height: 62.0,
            snap: Snap::Grid,
            follow: true,
            unfolded: BTreeSet::new(),
            drag: None,
            lanes: lanes::LanesView::default(),
            band: None,
            range: None,
            guides: guides::GuidesView::default(),
            width: 0.0,
        }
    }
}

impl ArrangerView {
    /// Whether something moves under the hand, or waits for the project to follow.
    pub fn is_busy(&self) -> bool {
        self.drag.is_some() || self.lanes.is_busy() || self.range.is_some() || self.guides.drag.is_some()
    }
}

/// The timeline's part of the arranger, and the rows that are on it.
pub(crate) struct Lanes<'a> {
    /// Where rows are drawn.
    pub rect: Rect,
    /// All rows, seen or not.
    pub rows: &'a [Row],
}

impl Lanes<'_> {
    /// Where a row is; may be out of sight.
    pub fn row_rect(&self, row: &Row, scroll_y: f32) -> Rect {
        let top = self.rect.top() + row.top - scroll_y;
        Rect::from_min_max(pos2(self.rect.left(), top), pos2(self.rect.right(), top + row.height))
    }

    /// The rows in sight.
    pub fn seen(&self, scroll_y: f32) -> &[Row] {
        let first = self.rows.partition_point(|row| row.top + row.height <= scroll_y);
        let end = self.rows.partition_point(|row| row.top < scroll_y + self.rect.height());
        self.rows.get(first..end).unwrap_or_default()
    }
}

/// Draws the arranger.
pub(crate) fn show(ui: &mut Ui, rect: Rect, cx: &mut Cx<'_, '_>) {
    ui.painter().rect_filled(rect, 0, color::PANEL);
    let (head, rest) = rect.split_top_bottom_at_y(rect.top() + space::RULER);
    let (guides_row, body) = rest.split_top_bottom_at_y(rest.top() + cx.view.arranger.guides.height());
    let header_x = rect.left() + space::TRACK_HEADER;
    let (corner, ruler_rect) = head.split_left_right_at_x(header_x);
    let (headers, lanes) = body.split_left_right_at_x(header_x);
    let ruler_rect = ruler_rect.with_max_x(rect.right() - space::SCROLL_BAR);
    let (guide_heads, guides_rect) = guides_row.split_left_right_at_x(header_x);
    let guides_rect = guides_rect.with_max_x(ruler_rect.right());
    cx.view.arranger.width = ruler_rect.width();
    let lanes_rect =
        lanes.with_max_x(rect.right() - space::SCROLL_BAR).with_max_y(rect.bottom() - space::SCROLL_BAR);
    let headers = headers.with_max_y(lanes_rect.bottom());

    fit_once(cx, lanes_rect);
    let rows = rows::layout(cx);
    let total = rows.last().map_or(0.0, |row| row.top + row.height) + tracks::ADD_ROW;
    let lanes = Lanes { rect: lanes_rect, rows: &rows };
    wheel(ui, &lanes, rest, cx);
    follow(cx, lanes_rect);
    let most = (total - lanes_rect.height()).max(0.0);
    cx.view.arranger.scroll_y = cx.view.arranger.scroll_y.clamp(0.0, most);

    head::show(ui, corner, cx);
    area(ui, ruler_rect, "ruler", |ui| ruler::show(ui, ruler_rect, cx));
    guides::show(ui, guide_heads, guides_rect, cx);
    area(ui, headers, "headers", |ui| tracks::headers(ui, headers, &lanes, cx));
    area(ui, lanes_rect, "lanes", |ui| timeline(ui, &lanes, cx));
    bars(ui, rect, &lanes, total, cx);
    let painter = ui.painter();
    for y in [head.bottom(), guides_row.bottom()] {
        painter.hline(rect.x_range(), y - 0.5, egui::Stroke::new(1.0, color::LINE));
    }
    painter.vline(header_x - 0.5, rect.y_range(), egui::Stroke::new(1.0, color::LINE));
}

fn timeline(ui: &mut Ui, lanes: &Lanes<'_>, cx: &mut Cx<'_, '_>) {
    ui.painter().rect_filled(lanes.rect, 0, color::WELL);
    let scroll_y = cx.view.arranger.scroll_y;
    for row in lanes.seen(scroll_y) {
        let rect = lanes.row_rect(row, scroll_y);
        if cx.view.selection.track == Some(row.track) && row.kind == RowKind::Track {
            ui.painter().rect_filled(rect, 0, color::alpha(color::SELECTED, 0.45));
        }
    }
    grid(ui, lanes.rect, cx);
    for row in lanes.seen(scroll_y) {
        let y = lanes.row_rect(row, scroll_y).bottom() - 0.5;
        ui.painter().hline(lanes.rect.x_range(), y, egui::Stroke::new(1.0, color::LINE));
    }
    clips::background(ui, lanes, cx);
    clips::show(ui, lanes, cx);
    lanes::show(ui, lanes, cx);
    clips::rubber_band(ui, lanes, cx);
    ruler::overlay(ui, lanes.rect, cx);
}

/// Vertical lines; bars brighter than beats.
pub(crate) fn grid(ui: &Ui, rect: Rect, cx: &Cx<'_, '_>) {
    grid_of(ui, rect, &cx.view.arranger.time, cx);
}

/// The same for any view of time.
pub(crate) fn grid_of(ui: &Ui, rect: Rect, time: &TimeView, cx: &Cx<'_, '_>) {
    let painter = ui.painter();
    for line in grid_lines(cx.signatures, time, rect) {
        let tint = match line.rank {
            Rank::Bar(_) => color::LINE,
            Rank::Beat(_) => color::alpha(color::LINE, 0.55),
            Rank::Part => color::alpha(color::LINE, 0.28),
        };
        let x = painter.round_to_pixel_center(time.x(rect, line.at));
        painter.vline(x, rect.y_range(), egui::Stroke::new(1.0, tint));
    }
}

fn wheel(ui: &Ui, lanes: &Lanes<'_>, body: Rect, cx: &mut Cx<'_, '_>) {
    let Some(pointer) = ui.input(|input| input.pointer.hover_pos()) else { return };
    if !body.contains(pointer) || !ui.rect_contains_pointer(body) {
        return;
    }
    let (zoom, scroll, alt) =
        ui.input(|input| (input.zoom_delta(), input.smooth_scroll_delta(), input.modifiers.alt));
    let end = cx.times.end + 64.0;
    let view = &mut cx.view.arranger;
    if zoom != 1.0 {
        view.time.zoom_around(lanes.rect, pointer.x.max(lanes.rect.left()), f64::from(zoom));
    }
    if alt {
        view.row_height = (view.row_height + scroll.y * 0.2).clamp(52.0, 160.0);
    } else {
        view.scroll_y -= scroll.y;
    }
    if scroll.x != 0.0 {
        view.time.scroll(-scroll.x, end);
    }
}

fn follow(cx: &mut Cx<'_, '_>, rect: Rect) {
    let telemetry = cx.frame.telemetry;
    if telemetry.playing && cx.view.arranger.follow && !cx.view.arranger.is_busy() {
        let time = &mut cx.view.arranger.time;
        let (left, right) = time.span(rect);
        if telemetry.playhead_beats > right || telemetry.playhead_beats < left {
            time.left = telemetry.playhead_beats.max(0.0);
        }
    }
}

fn fit_once(cx: &mut Cx<'_, '_>, rect: Rect) {
    if !cx.view.fitted && rect.width() > 50.0 {
        cx.view.fitted = true;
        let end = cx.times.end;
        if end > 0.0 {
            cx.view.arranger.time.fit(rect.width(), 0.0, end.clamp(16.0, 512.0));
        }
        if cx.view.selection.track.is_none() {
            cx.view.selection.track = cx.project().tracks().next().map(|track| track.id().into());
        }
    }
}

fn bars(ui: &Ui, rect: Rect, lanes: &Lanes<'_>, total: f32, cx: &mut Cx<'_, '_>) {
    let (left, right) = cx.view.arranger.time.span(lanes.rect);
    let end = (cx.times.end + 64.0).max(right);
    let bar = Rect::from_min_max(
        pos2(lanes.rect.left(), rect.bottom() - space::SCROLL_BAR),
        pos2(lanes.rect.right(), rect.bottom()),
    );
    let extent = Extent { offset: left, seen: right - left, total: end };
    if let Some(offset) = scroll::horizontal(ui, bar, ids::one("arranger x"), extent) {
        cx.view.arranger.time.left = offset;
    }
    let bar = Rect::from_min_max(
        pos2(rect.right() - space::SCROLL_BAR, lanes.rect.top()),
        pos2(rect.right(), lanes.rect.bottom()),
    );
    let extent = Extent {
        offset: f64::from(cx.view.arranger.scroll_y),
        seen: f64::from(lanes.rect.height()),
        total: f64::from(total),
    };
    if let Some(offset) = scroll::vertical(ui, bar, ids::one("arranger y"), extent) {
        cx.view.arranger.scroll_y = px(offset);
    }
}

/// Snaps quarter notes as the arranger does; with shift, not at all.
pub(crate) fn snap(ui: &Ui, cx: &Cx<'_, '_>, beats: f64) -> Beats {
    let free = ui.input(|input| input.modifiers.shift);
    let snap = if free { Snap::Off } else { cx.view.arranger.snap };
    snap.nearest(&cx.view.arranger.time, cx.signatures, beats)
}

/// A drag on an area, in quarter notes.
pub(crate) fn drag_beats(response: &egui::Response, time: &TimeView) -> f64 {
    f64::from(response.drag_delta().x) / time.px_per_beat
}

/// Ticks of a length that is at least one.
pub(crate) fn at_least_one(length: Beats) -> Beats {
    Beats(length.0.max(1))
}
