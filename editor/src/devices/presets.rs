//! The presets that a plugin offers, in the menu of its card.

use egui::{ScrollArea, Ui};
use model::{Device, DeviceSource};
use protocol::Command;
use protocol::plugin::PresetInfo;

use crate::cx::Cx;

/// Height of the list, in points.
const HEIGHT: f32 = 320.0;
/// Width of the field for a name, in points.
const NAME: f32 = 160.0;
/// Around the text in it, in points: it begins where the words of the menu do.
const MARGIN: egui::Margin = egui::Margin::symmetric(6, 5);

/// Adds the presets to a card's menu. They are looked for when the menu is opened for the first time.
pub(super) fn menu(ui: &mut Ui, device: &Device<'_>, cx: &mut Cx<'_, '_>) {
    if !matches!(device.source(), DeviceSource::Plugin(_)) {
        return;
    }
    let id = device.id().0;
    ui.menu_button("Presets", |ui| {
        let Some(presets) = cx.frame.plugin_params.presets(id) else {
            ui.weak("Looking for presets…");
            if cx.view.presets_asked.insert(id) {
                cx.out.commands.push(Command::ListPresets { device: id });
            }
            return;
        };
        ui.menu_button("Save as", |ui| save(ui, device, cx));
        ui.separator();
        if presets.is_empty() {
            ui.weak("There are none yet");
            return;
        }
        ScrollArea::vertical().max_height(HEIGHT).show(ui, |ui| {
            for preset in presets.iter() {
                let response = ui.button(&preset.name);
                if response.clicked() {
                    cx.out.commands.push(Command::LoadPreset { device: id, preset: preset.clone() });
                    ui.close();
                }
                let about = about(preset);
                if !about.is_empty() {
                    response.on_hover_text(about);
                }
            }
        });
    });
    ui.separator();
}

/// Keeps what the plugin is set to, under a name.
fn save(ui: &mut Ui, device: &Device<'_>, cx: &mut Cx<'_, '_>) {
    let name = &mut cx.view.preset_name;
    let line = egui::TextEdit::singleline(name).hint_text("Name").margin(MARGIN).desired_width(NAME);
    let line = ui.add(line);
    let accepted = line.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    let clicked = ui.add_enabled(!name.trim().is_empty(), egui::Button::new("Save")).clicked();
    if (clicked || accepted) && !name.trim().is_empty() {
        let name = std::mem::take(name);
        cx.out.commands.push(Command::SavePreset { device: device.id().0, name });
        ui.close();
    } else if !line.has_focus() && !line.lost_focus() {
        line.request_focus();
    }
}

/// Who made it, and what it is like.
fn about(preset: &PresetInfo) -> String {
    let creators = preset.creators.join(", ");
    let by = if creators.is_empty() { creators } else { format!("by {creators}") };
    let parts = [preset.description.clone(), preset.features.join(", "), by];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use protocol::plugin::PresetSource;

    use super::*;

    #[test]
    fn a_preset_says_what_is_known_of_it() {
        let mut preset = PresetInfo {
            name: "Bell".into(),
            source: PresetSource::Plugin,
            load_key: None,
            creators: vec!["Mira".into(), "Jo".into()],
            description: String::new(),
            features: vec!["keys".into()],
        };
        assert_eq!(about(&preset), "keys\nby Mira, Jo");
        preset.creators.clear();
        preset.features.clear();
        assert_eq!(about(&preset), "");
    }
}
