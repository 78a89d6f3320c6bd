//! The mixer: a strip for each track.

use egui::{Rect, ScrollArea, Sense, Ui, pos2, vec2};
use model::{Send, Track};
use protocol::device::strip;

use crate::cx::Cx;
use crate::hand::{Control, Target, Travel};
use crate::math::{count, px};
use crate::scale::Scale;
use crate::theme::{color, font, space};
use crate::tracks::{self, Place, Switch};
use crate::widgets::text::text_in;
use crate::widgets::{fader, meter};
use crate::{edits, ids};

/// Width of a strip.
const STRIP: f32 = 92.0;
/// Height of a send.
const SEND: f32 = 17.0;

/// Draws the strips, the master at the right.
pub(crate) fn show(ui: &mut Ui, rect: Rect, cx: &mut Cx<'_, '_>) {
    ui.painter().rect_filled(rect, 0, color::WELL);
    let project = cx.project();
    let (left, right) = rect.split_left_right_at_x(rect.right() - STRIP - 4.0);
    let tracks: Vec<_> = project.tracks().collect();
    let sends = tracks.iter().map(|track| track.sends().count()).max().unwrap_or(0);
    let mut list = ui.new_child(egui::UiBuilder::new().max_rect(left));
    list.set_clip_rect(left);
    ScrollArea::horizontal().auto_shrink(false).id_salt("mixer").show(&mut list, |ui| {
        let size = vec2(STRIP * count(tracks.len()), left.height());
        let (all, _) = ui.allocate_exact_size(size, Sense::hover());
        for (nth, track) in tracks.iter().enumerate() {
            let min = pos2(all.left() + STRIP * count(nth), all.top());
            let at = Rect::from_min_size(min, vec2(STRIP, left.height()));
            if ui.is_rect_visible(at) {
                one(ui, at.shrink2(vec2(1.0, 2.0)), track, sends, cx);
            }
        }
    });
    let master = project.master();
    one(ui, right.shrink2(vec2(2.0, 2.0)), &master, sends, cx);
}

fn one(ui: &mut Ui, rect: Rect, track: &Track<'_>, sends: usize, cx: &mut Cx<'_, '_>) {
    cx.stats.tracks += 1;
    let id = track.id().0;
    let tint = color::from_project(track.color());
    let response = ui.interact(rect, ids::of("strip", id), Sense::click());
    if response.clicked() {
        cx.view.selection.select_track(id);
    }
    let fill = if cx.view.selection.track == Some(id) { color::SELECTED } else { color::PANEL };
    ui.painter().rect_filled(rect, space::RADIUS, fill);
    ui.painter().rect_filled(rect.with_max_y(rect.top() + 3.0), 1, tint);
    let inner = rect.shrink2(vec2(6.0, 0.0));
    let mut top = rect.top() + 5.0;
    let name = Rect::from_min_size(pos2(inner.left(), top), vec2(inner.width(), 18.0));
    text_in(ui.painter(), name, egui::Align2::CENTER_CENTER, track.name(), font::strong(), color::TEXT);
    top = name.bottom() + 2.0;

    // Sends take what room there is; the fader keeps its length.
    let room = (rect.bottom() - top - 150.0).max(0.0);
    let shown = sends.min(crate::math::index(f64::from(room / SEND)));
    for (nth, send) in track.sends().take(shown).enumerate() {
        let at = pos2(inner.left(), top + SEND * count(nth));
        send_row(ui, Rect::from_min_size(at, vec2(inner.width(), SEND - 2.0)), &send, cx);
    }
    top += SEND * count(shown);

    let pan = Rect::from_center_size(pos2(inner.left() + 12.0, top + 13.0), vec2(24.0, 24.0));
    let value = tracks::pan(ui, pan, Place::Mixer, track, cx);
    let text = Rect::from_min_max(pos2(pan.right() + 4.0, pan.top()), pos2(inner.right(), pan.bottom()));
    let words = strip::PARAMS[1].text(value);
    text_in(ui.painter(), text, egui::Align2::CENTER_CENTER, &words, font::small(), color::TEXT_DIM);
    let foot = Rect::from_min_max(
        pos2(inner.left(), rect.bottom() - 46.0),
        pos2(inner.right(), rect.bottom() - 5.0),
    );
    level(
        ui,
        Rect::from_min_max(pos2(inner.left(), pan.bottom() + 9.0), pos2(inner.right(), foot.top() - 6.0)),
        track,
        cx,
    );
    feet(ui, foot, track, cx);
}

fn level(ui: &Ui, rect: Rect, track: &Track<'_>, cx: &mut Cx<'_, '_>) {
    let id = track.id().0;
    let slot =
        Rect::from_min_max(pos2(rect.left() + 20.0, rect.top()), pos2(rect.left() + 44.0, rect.bottom()));
    let painter = ui.painter();
    for (db, mark) in fader::MARKS {
        let y = rect.bottom() - px(fader::travel_of(db)) * rect.height();
        let at = Rect::from_center_size(pos2(rect.left() + 8.0, y), vec2(16.0, 10.0));
        let ink = if db == 0.0 { color::TEXT_DIM } else { color::TEXT_FAINT };
        if rect.height() > 110.0 || mark == "0" || db == -12.0 {
            text_in(painter, at, egui::Align2::RIGHT_CENTER, mark, font::caption(), ink);
        }
        painter.hline(slot.left() - 1.0..=slot.left() + 3.0, y, egui::Stroke::new(1.0, color::LINE));
    }
    let db = tracks::volume(ui, slot, id, track, Travel::FaderTall(rect.height()), cx);
    fader::paint_tall(painter, slot, db, color::from_project(track.color()));
    let levels = tracks::levels(cx, id);
    let bar =
        Rect::from_min_max(pos2(slot.right() + 8.0, rect.top()), pos2(slot.right() + 20.0, rect.bottom()));
    meter::paint_tall(painter, bar, levels);
}

fn feet(ui: &Ui, rect: Rect, track: &Track<'_>, cx: &mut Cx<'_, '_>) {
    let db = cx.view.hand.value(&Target::Volume(track.id().0)).unwrap_or(track.volume_db());
    let (text, row) = rect.split_top_bottom_at_y(rect.top() + 19.0);
    let words = strip::PARAMS[0].text(db);
    text_in(ui.painter(), text, egui::Align2::CENTER_CENTER, &words, font::small(), color::TEXT);
    let switches: Vec<_> = [Switch::Mute, Switch::Solo, Switch::Arm]
        .into_iter()
        .filter(|which| which.fits(track.kind()))
        .collect();
    let gap = 3.0;
    let width = (row.width() - gap * 2.0) / 3.0;
    let all = width * count(switches.len()) + gap * (count(switches.len()) - 1.0);
    let mut left = row.center().x - all / 2.0;
    for which in switches {
        let at = Rect::from_min_size(pos2(left, row.top() + 2.0), vec2(width, 20.0));
        tracks::switch(ui, at, (Place::Mixer, which), track, cx);
        left += width + gap;
    }
}

fn send_row(ui: &Ui, rect: Rect, send: &Send<'_>, cx: &mut Cx<'_, '_>) {
    let id = send.id().0;
    let response = ui.interact(rect, ids::of("send", id), Sense::click_and_drag());
    let target = cx.project().name_of(send.target()).to_owned();
    let name = edits::send_name(send);
    let control = Control {
        target: Target::Send(id),
        scale: Scale::Builtin(&strip::SEND_PARAMS[0]),
        current: send.level_db(),
        travel: Travel::FaderFlat(rect.width()),
        name: &name,
    };
    let db = cx.drive(&response, &control);
    let painter = ui.painter();
    painter.rect_filled(rect, 2, color::GROOVE);
    let filled = rect.with_max_x(rect.left() + px(fader::travel_of(db)) * rect.width());
    let tint = if send.enabled() { color::ACCENT_DIM } else { color::CONTROL };
    painter.rect_filled(filled, 2, tint);
    let words = rect.shrink2(vec2(4.0, 0.0));
    text_in(painter, words, egui::Align2::LEFT_CENTER, &target, font::small(), color::TEXT);
    response.context_menu(|ui| {
        let word = if send.enabled() { "Turn off" } else { "Turn on" };
        if ui.button(word).clicked() {
            let edits = vec![model::edit::send::set_enabled(send.id(), !send.enabled())];
            cx.out.commit(format!("{word} {name}"), edits);
        }
        let word = if send.pre_fader() { "Take after the fader" } else { "Take before the fader" };
        if ui.button(word).clicked() {
            let edits = vec![model::edit::send::set_pre_fader(send.id(), !send.pre_fader())];
            cx.out.commit(format!("{word}: {name}"), edits);
        }
        if ui.button("Delete send").clicked() {
            cx.out.commit(format!("Delete {name}"), vec![edits::delete(id)]);
        }
    });
    let pre = if send.pre_fader() { ", before the fader" } else { "" };
    let what = edits::at_start(&name);
    response.on_hover_text(format!("{what}{pre}: {}", strip::SEND_PARAMS[0].text(db)));
}
