//! The row above the knobs of a plugin that groups them in pages, or that says how many voices it plays.

use egui::{Rect, Sense, Ui, pos2, vec2};
use protocol::EntityId;
use protocol::plugin::ControlPage;

use crate::cx::Cx;
use crate::ids;
use crate::theme::{color, font};
use crate::widgets::text::text_in;
use crate::widgets::{Face, Lit, button};

/// Height of the row.
const ROW: f32 = 22.0;
/// The place for voices.
const VOICES: f32 = 58.0;

/// Which page of a plugin's knobs a card shows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Opened {
    /// None for all knobs.
    page: Option<u32>,
    /// How many of the plugin's suggestions were followed.
    turns: u64,
}

/// Turns to the page that a plugin wants to be seen, once.
pub(super) fn follow(device: EntityId, cx: &mut Cx<'_, '_>) {
    if let Some(turn) = cx.frame.plugin_params.suggested_page(device) {
        let opened = cx.view.pages.entry(device).or_default();
        if opened.turns != turn.count {
            *opened = Opened { page: Some(turn.page), turns: turn.count };
        }
    }
}

/// The page that is shown; `None` for all knobs.
pub(super) fn shown(device: EntityId, cx: &Cx<'_, '_>) -> Option<ControlPage> {
    let page = cx.view.pages.get(&device)?.page?;
    cx.frame.plugin_params.pages(device).iter().find(|known| known.id == page).cloned()
}

/// How high the row is; zero without one.
pub(super) fn height(device: EntityId, cx: &Cx<'_, '_>) -> f32 {
    let plugin = cx.frame.plugin_params;
    if plugin.pages(device).is_empty() && plugin.voices(device).is_none() { 0.0 } else { ROW }
}

fn title(page: &ControlPage) -> String {
    if page.section.is_empty() { page.name.clone() } else { format!("{}: {}", page.section, page.name) }
}

/// Draws the row.
pub(super) fn show(ui: &Ui, row: Rect, device: EntityId, cx: &mut Cx<'_, '_>) {
    let row = row.shrink2(vec2(6.0, 2.0));
    let plugin = cx.frame.plugin_params;
    let mut right = row.right();
    if let Some(voices) = plugin.voices(device) {
        right -= VOICES;
        let at = row.with_min_x(right);
        let text = if voices.count == 1 { "1 voice".into() } else { format!("{} voices", voices.count) };
        text_in(ui.painter(), at, egui::Align2::RIGHT_CENTER, &text, font::small(), color::TEXT_DIM);
        let keys = if voices.overlapping { "a key can sound more than once" } else { "a key sounds once" };
        let tip = format!("{text} of at most {}; {keys}", voices.capacity);
        ui.interact(at, ids::of("voices", device), Sense::hover()).on_hover_text(tip);
    }
    let pages = plugin.pages(device);
    if pages.is_empty() {
        return;
    }
    let open = shown(device, cx);
    let name = open.as_ref().map_or_else(|| "All controls".into(), title);
    let at = Rect::from_min_max(row.min, pos2(right - 4.0, row.bottom()));
    let tip = "Which of the plugin's controls are here";
    let response = button(ui, at, ids::of("page", device), Face::Small(&name), Lit::No, tip);
    egui::Popup::menu(&response).show(|ui| {
        let opened = cx.view.pages.entry(device).or_default();
        if ui.selectable_label(open.is_none(), "All controls").clicked() {
            opened.page = None;
        }
        for page in &*pages {
            let is_open = open.as_ref().is_some_and(|open| open.id == page.id);
            if ui.selectable_label(is_open, title(page)).clicked() {
                opened.page = Some(page.id);
            }
        }
    });
}
