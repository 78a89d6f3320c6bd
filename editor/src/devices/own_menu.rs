//! A plugin's own menu, for the whole of it or for one of its parameters.

use egui::{Button, RichText, Ui};
use protocol::plugin::MenuItem;
use protocol::{Command, EntityId, ParamId};

use crate::cx::Cx;
use crate::theme::{color, font};

/// How long to wait for a menu before asking again, in seconds.
const PATIENCE_SECS: f64 = 2.0;

/// Adds the lines of the menu. It is asked for whenever it is not known.
pub(super) fn show(ui: &mut Ui, device: EntityId, param: Option<ParamId>, cx: &mut Cx<'_, '_>) {
    let Some(items) = cx.frame.plugin_params.menu(device, param) else {
        ui.weak("Asking the plugin…");
        let (key, now) = ((device, param), ui.input(|input| input.time));
        if cx.view.menu_asked.is_none_or(|(asked, when)| asked != key || now - when > PATIENCE_SECS) {
            cx.view.menu_asked = Some((key, now));
            cx.out.commands.push(Command::ListMenu { device, param });
        }
        return;
    };
    if items.is_empty() {
        ui.weak("The plugin has none");
        return;
    }
    if let Some(line) = lines(ui, &items) {
        cx.view.menu_asked = None;
        cx.out.commands.push(Command::ChooseFromMenu { device, param, line });
        ui.close();
    }
}

/// Draws lines; gives the one that was chosen.
fn lines(ui: &mut Ui, items: &[MenuItem]) -> Option<u32> {
    let mut chosen = None;
    for item in items {
        match item {
            MenuItem::Action { id, label, enabled, checked } => {
                let mark = if *checked == Some(true) { "✔ " } else { "" };
                let button = Button::new(format!("{mark}{label}"));
                if ui.add_enabled(*enabled, button).clicked() {
                    chosen = Some(*id);
                }
            }
            MenuItem::Separator => {
                ui.separator();
            }
            MenuItem::Title(title) => {
                let text = RichText::new(title).font(font::small()).color(color::TEXT_FAINT);
                // As far in as the lines below it.
                let padding = ui.spacing().button_padding;
                egui::Frame::new().inner_margin(padding).show(ui, |ui| ui.label(text));
            }
            MenuItem::Submenu { label, enabled, items } => {
                ui.add_enabled_ui(*enabled, |ui| {
                    ui.menu_button(label, |ui| chosen = lines(ui, items).or(chosen));
                });
            }
        }
    }
    chosen
}
