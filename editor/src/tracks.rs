//! Track headers: name, mute, solo, arm, fader, pan, meter.

use egui::{Rect, Sense, Ui, pos2, vec2};
use model::Track;
use model::TrackKind;
use protocol::EntityId;
use protocol::device::strip;

use crate::arranger::{Lanes, Row, RowKind};
use crate::cx::Cx;
use crate::hand::{Control, Target, Travel};
use crate::icons::{self, Icon};
use crate::math::px;
use crate::scale::Scale;
use crate::theme::{color, font, space};
use crate::widgets::field::{self, Draft, Ended};
use crate::widgets::knob::Origin;
use crate::widgets::meter::Levels;
use crate::widgets::{Face, Lit, button, fader, knob, meter, text, toggle};
use crate::{edits, ids};

mod lane_head;
mod menu;

pub(crate) use menu::{add_menu, delete_selected, select_next};

/// Height of the row below the last track.
pub(crate) const ADD_ROW: f32 = 40.0;

/// Draws the headers in sight.
pub(crate) fn headers(ui: &mut Ui, rect: Rect, lanes: &Lanes<'_>, cx: &mut Cx<'_, '_>) {
    let scroll_y = cx.view.arranger.scroll_y;
    for row in lanes.seen(scroll_y) {
        let row_rect = lanes.row_rect(row, scroll_y);
        let at = Rect::from_x_y_ranges(rect.x_range(), row_rect.y_range());
        match row.kind {
            RowKind::Track => {
                if let Some(track) = cx.project().track(row.track.into()) {
                    header(ui, at, &track, cx);
                }
            }
            RowKind::Lane(lane) => lane_head::show(ui, at, row.track, lane, cx),
            RowKind::NewLane => lane_head::add(ui, at, row.track, cx),
        }
        let line = egui::Stroke::new(1.0, color::LINE);
        ui.painter().hline(at.x_range(), at.bottom() - 0.5, line);
    }
    let end = lanes.rows.last().map_or(0.0, |row: &Row| row.top + row.height);
    let top = lanes.rect.top() + end - scroll_y;
    let add = Rect::from_min_size(pos2(rect.left() + 8.0, top + 9.0), vec2(96.0, space::CONTROL));
    if add.intersects(rect) {
        let face = Face::Both(Icon::Plus, "Add track");
        let response = button(ui, add, ids::one("add track below"), face, Lit::Quiet, "Add a track");
        egui::Popup::menu(&response).show(|ui| add_menu(ui, cx));
    }
}

fn header(ui: &mut Ui, rect: Rect, track: &Track<'_>, cx: &mut Cx<'_, '_>) {
    let id = EntityId::from(track.id());
    let selected = cx.view.selection.track == Some(id);
    let background = ui.interact(rect, ids::of("header", id), Sense::click());
    let fill = match (selected, background.hovered()) {
        (true, _) => color::SELECTED,
        (false, true) => color::HOVER,
        (false, false) => color::PANEL,
    };
    ui.painter().rect_filled(rect, 0, fill);
    let tint = color::from_project(track.color());
    ui.painter().rect_filled(rect.with_max_x(rect.left() + 5.0), 0, tint);
    if background.clicked() || background.secondary_clicked() {
        cx.view.selection.select_track(id);
    }
    menu::context(&background, track, cx);

    let top = rect.top() + 7.0;
    name_row(
        ui,
        Rect::from_min_max(pos2(rect.left() + 9.0, top), pos2(rect.right() - 20.0, top + 22.0)),
        track,
        cx,
    );
    let top = top + 28.0;
    if top + 20.0 <= rect.bottom() {
        let row = Rect::from_min_max(pos2(rect.left() + 9.0, top), pos2(rect.right() - 20.0, top + 20.0));
        level_row(ui, row, track, cx);
    }
    let levels = levels(cx, id);
    let bar = Rect::from_min_max(
        pos2(rect.right() - 14.0, rect.top() + 5.0),
        pos2(rect.right() - 5.0, rect.bottom() - 6.0),
    );
    meter::paint_tall(ui.painter(), bar, levels);
}

/// The levels to show, with fall and hold.
pub(crate) fn levels(cx: &mut Cx<'_, '_>, track: EntityId) -> Levels {
    let meter = cx.frame.telemetry.strip(track);
    cx.view.holds.levels(track, meter.peak, cx.now_secs)
}

fn name_row(ui: &mut Ui, row: Rect, track: &Track<'_>, cx: &mut Cx<'_, '_>) {
    let id = EntityId::from(track.id());
    let fold = Rect::from_min_size(row.min, vec2(18.0, row.height()));
    let unfolded = cx.view.arranger.unfolded.contains(&id);
    let arrow = if unfolded { Icon::Down } else { Icon::Right };
    let response = ui.interact(fold, ids::of("fold", id), Sense::click());
    let ink = if response.hovered() { color::TEXT } else { color::TEXT_FAINT };
    icons::paint_sized(ui.painter(), fold, arrow, ink, 11.0);
    if response.on_hover_text("Show automation lanes").clicked() {
        let view = &mut cx.view.arranger;
        if !view.unfolded.remove(&id) {
            view.unfolded.insert(id);
        }
    }
    let right = buttons(ui, row, track, cx);
    let kind = Rect::from_min_size(pos2(fold.right(), row.top()), vec2(16.0, row.height()));
    icons::paint_sized(ui.painter(), kind, kind_icon(track.kind()), color::from_project(track.color()), 12.0);
    let mut left = kind.right() + 4.0;
    if track.frozen().is_some() {
        let at = Rect::from_min_size(pos2(left - 2.0, row.top()), vec2(16.0, row.height()));
        frozen_badge(ui, at, id, cx);
        left = at.right() + 2.0;
    }
    let name = Rect::from_min_max(pos2(left, row.top()), pos2(right - 6.0, row.bottom()));
    rename(ui, name, id, track.name(), cx);
}

/// Says that a track is frozen, and whether that is still what it would sound like.
fn frozen_badge(ui: &Ui, rect: Rect, track: EntityId, cx: &Cx<'_, '_>) {
    let (ink, tip) = if cx.frame.status.stale.contains(&track) {
        (color::WARNING, "Frozen, but changed since: freeze it again, or unfreeze it, in the track's menu")
    } else {
        (color::ACCENT, "Frozen: plays a recording in place of its devices; the track's menu unfreezes it")
    };
    icons::paint_sized(ui.painter(), rect, Icon::Frozen, ink, 12.0);
    let response = ui.interact(rect, ids::of("frozen", track), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, tip));
    response.on_hover_text(tip);
}

/// A name that a double-click edits.
pub(crate) fn rename(ui: &mut Ui, rect: Rect, entity: EntityId, name: &str, cx: &mut Cx<'_, '_>) {
    let id = ids::of("name", entity);
    match field::in_place(ui, rect, id, &mut cx.view.draft) {
        Some(Ended::Accepted(text)) => {
            let text = text.trim();
            if !text.is_empty() && text != name {
                let edits = edits::rename(cx.project(), entity, text);
                cx.out.commit(format!("Rename to {text}"), edits);
            }
        }
        Some(Ended::Cancelled) => {}
        None if cx.view.draft.as_ref().is_some_and(|draft| draft.id == id) => return,
        None => {}
    }
    let response = ui.interact(rect, id, Sense::click());
    if response.clicked() {
        cx.view.selection.select_track(entity);
    }
    if response.double_clicked() {
        cx.view.draft = Some(Draft::new(id, name));
    }
    text::text_in(ui.painter(), rect, egui::Align2::LEFT_CENTER, name, font::strong(), color::TEXT);
}

pub(crate) const fn kind_icon(kind: TrackKind) -> Icon {
    match kind {
        TrackKind::Audio => Icon::Wave,
        TrackKind::Instrument => Icon::Note,
        TrackKind::Bus => Icon::Bus,
        TrackKind::Master => Icon::Master,
    }
}

/// Mute, solo and arm, from the right; gives where they begin.
fn buttons(ui: &Ui, row: Rect, track: &Track<'_>, cx: &mut Cx<'_, '_>) -> f32 {
    const SIZE: f32 = 20.0;
    let mut right = row.right();
    for which in [Switch::Arm, Switch::Solo, Switch::Mute] {
        if !which.fits(track.kind()) {
            continue;
        }
        let rect = Rect::from_min_max(pos2(right - SIZE, row.top() + 1.0), pos2(right, row.bottom() - 1.0));
        switch(ui, rect, (Place::Header, which), track, cx);
        right -= SIZE + 3.0;
    }
    right
}

/// Where a track's control stands; it has one in each place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Header,
    Mixer,
}

impl Place {
    /// The id of a control here.
    pub fn id(self, what: &'static str, track: EntityId) -> egui::Id {
        match self {
            Self::Header => ids::of(what, track),
            Self::Mixer => ids::of(what, track).with("mixer"),
        }
    }
}

/// A switch of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Switch {
    Mute,
    Solo,
    Arm,
}

impl Switch {
    pub const fn fits(self, kind: TrackKind) -> bool {
        match self {
            Self::Mute => true,
            Self::Solo => !matches!(kind, TrackKind::Master),
            Self::Arm => matches!(kind, TrackKind::Instrument),
        }
    }
}

/// Draws a switch of a track.
pub(crate) fn switch(
    ui: &Ui,
    rect: Rect,
    (place, which): (Place, Switch),
    track: &Track<'_>,
    cx: &mut Cx<'_, '_>,
) {
    let id = EntityId::from(track.id());
    let name = track.name();
    let (letter, key, on, tint, word) = match which {
        Switch::Mute => ("M", "mute", track.mute(), color::MUTE, "Mute"),
        Switch::Solo => ("S", "solo", track.solo(), color::SOLO, "Solo"),
        Switch::Arm => ("R", "arm", track.armed(), color::ARM, "Arm"),
    };
    let tip = if which == Switch::Arm { "Arm: live notes play this track" } else { word };
    let clicked = toggle(ui, rect, place.id(key, id), letter, Lit::when(on, tint), tip).clicked();
    if clicked {
        let word = if on { format!("{word} off") } else { word.to_owned() };
        cx.out.commit(format!("{word}: {name}"), vec![edits::set_switch(id, which, !on)]);
    }
}

fn level_row(ui: &Ui, row: Rect, track: &Track<'_>, cx: &mut Cx<'_, '_>) {
    let id = EntityId::from(track.id());
    let pan = Rect::from_min_max(pos2(row.right() - 22.0, row.top() - 1.0), row.max + vec2(0.0, 1.0));
    let value = Rect::from_min_max(pos2(pan.left() - 54.0, row.top()), pos2(pan.left() - 6.0, row.bottom()));
    let fader_rect =
        Rect::from_min_max(pos2(row.left() + 5.0, row.top()), pos2(value.left() - 8.0, row.bottom()));
    let db = volume(ui, fader_rect, id, track, Travel::FaderFlat(fader_rect.width()), cx);
    fader::paint_flat(
        ui.painter(),
        fader_rect,
        db,
        color::mix(color::from_project(track.color()), color::GROOVE, 0.25),
    );
    let text = strip::PARAMS[0].text(db);
    text::text_in(ui.painter(), value, egui::Align2::RIGHT_CENTER, &text, font::small(), color::TEXT_DIM);
    self::pan(ui, pan, Place::Header, track, cx);
}

/// Makes a rectangle the fader of a track; gives the level to show.
pub(crate) fn volume(
    ui: &Ui,
    rect: Rect,
    id: EntityId,
    track: &Track<'_>,
    travel: Travel,
    cx: &mut Cx<'_, '_>,
) -> f64 {
    let place = if matches!(travel, Travel::FaderFlat(_)) { Place::Header } else { Place::Mixer };
    let response = ui.interact(rect.expand(3.0), place.id("fader", id), Sense::click_and_drag());
    let name = format!("volume of {}", track.name());
    let control = Control {
        target: Target::Volume(id),
        scale: Scale::Builtin(&strip::PARAMS[0]),
        current: track.volume_db(),
        travel,
        name: &name,
    };
    let db = cx.drive(&response, &control);
    if response.drag_started() {
        cx.view.selection.track = Some(id);
    }
    response
        .on_hover_text(format!("Volume {}; shift is fine, double-click is 0 dB", strip::PARAMS[0].text(db)));
    db
}

/// Draws the pan knob of a track.
pub(crate) fn pan(ui: &Ui, rect: Rect, place: Place, track: &Track<'_>, cx: &mut Cx<'_, '_>) -> f64 {
    let id = track.id().0;
    let response = ui.interact(rect, place.id("pan", id), Sense::click_and_drag());
    let name = format!("pan of {}", track.name());
    let scale = Scale::Builtin(&strip::PARAMS[1]);
    let control =
        Control { target: Target::Pan(id), scale, current: track.pan(), travel: Travel::Knob, name: &name };
    let value = cx.drive(&response, &control);
    let radius = rect.width().min(rect.height()) / 2.0 - 1.0;
    let norm = px(scale.normalize(value));
    knob::paint(ui.painter(), rect.center(), radius, norm, Origin::Center, color::ACCENT);
    response.on_hover_text(format!("Pan {}", strip::PARAMS[1].text(value)));
    value
}
