//! Text fields: for renaming in place, for searching, for typing a value.

use egui::{FontSelection, Id, Key, Rect, TextEdit, Ui, vec2};

use crate::theme::{color, font};

/// A text being edited in place, such as a name or a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Draft {
    /// Which field it replaces.
    pub id: Id,
    /// What has been typed.
    pub text: String,
    fresh: bool,
    seen: bool,
}

/// How an edit in place ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Accepted(String),
    Cancelled,
}

impl Draft {
    /// Starts with what is there now, all of it selected.
    pub fn new(id: Id, text: impl Into<String>) -> Self {
        Self { id, text: text.into(), fresh: true, seen: true }
    }
}

/// Forgets a draft whose field was not shown this frame: it went out of sight or away. Once per frame.
pub(crate) fn end_frame(draft: &mut Option<Draft>) {
    if draft.as_mut().is_some_and(|draft| !std::mem::take(&mut draft.seen)) {
        *draft = None;
    }
}

/// Shows the draft of `id` in `rect`, if that is what is being edited, and says when it ends.
pub(crate) fn in_place(ui: &mut Ui, rect: Rect, id: Id, draft: &mut Option<Draft>) -> Option<Ended> {
    let current = draft.as_mut().filter(|current| current.id == id)?;
    current.seen = true;
    let mut output = egui::containers::Frame::NONE
        .fill(color::GROOVE)
        .corner_radius(3)
        .show(&mut ui.new_child(egui::UiBuilder::new().max_rect(rect).id_salt(("draft", id))), |ui| {
            TextEdit::singleline(&mut current.text)
                .id(id.with("draft"))
                .frame(egui::Frame::NONE.inner_margin(egui::Margin::symmetric(4, 2)))
                .font(FontSelection::FontId(font::body()))
                .desired_width(rect.width() - 8.0)
                .min_size(vec2(0.0, rect.height() - 4.0))
                .align(egui::Align2::LEFT_CENTER)
                .show(ui)
        })
        .inner;
    if current.fresh {
        current.fresh = false;
        output.response.request_focus();
        let all = egui::text::CCursorRange::select_all(&output.galley);
        output.state.cursor.set_char_range(Some(all));
        output.state.store(ui.ctx(), output.response.id);
        return None;
    }
    if !output.response.lost_focus() && output.response.has_focus() {
        return None;
    }
    let cancelled = ui.input(|input| input.key_pressed(Key::Escape));
    let text = draft.take().map(|done| done.text).unwrap_or_default();
    Some(if cancelled { Ended::Cancelled } else { Ended::Accepted(text) })
}

/// A field that is always there; gives whether the text changed.
pub(crate) fn line(ui: &mut Ui, rect: Rect, id: Id, text: &mut String, hint: &str) -> egui::Response {
    ui.painter().rect_filled(rect, 3, color::GROOVE);
    if text.is_empty() {
        super::text::label(ui.painter(), rect.shrink2(vec2(7.0, 0.0)), hint, color::TEXT_FAINT);
    }
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect).id_salt(id));
    TextEdit::singleline(text)
        .id(id)
        .frame(egui::Frame::NONE.inner_margin(egui::Margin::symmetric(6, 3)))
        .font(FontSelection::FontId(font::body()))
        .desired_width(rect.width() - 12.0)
        .min_size(vec2(0.0, rect.height() - 6.0))
        .align(egui::Align2::LEFT_CENTER)
        .show(&mut child)
        .response
        .response
}
