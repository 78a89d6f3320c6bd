//! The sets of audio buses that a plugin can have, in the menu of its card.

use egui::{Button, RichText, Ui};
use model::{Device, edit};
use protocol::plugin::{BusLayout, LayoutRef};

use crate::cx::Cx;
use crate::theme::{color, font};

/// Adds the layouts to a card's menu, where there is a choice.
pub(super) fn menu(ui: &mut Ui, device: &Device<'_>, layouts: &[BusLayout], cx: &mut Cx<'_, '_>) {
    let wanted = device.layout();
    if layouts.len() < 2 && wanted.is_none() {
        return;
    }
    ui.menu_button("Bus layout", |ui| {
        if ui.selectable_label(wanted.is_none(), "The plugin's own").clicked() {
            let edits = vec![edit::device::set_layout(device.id(), None)];
            cx.out.commit("Give the plugin its own bus layout", edits);
        }
        ui.separator();
        let chosen = wanted.as_ref().and_then(|wanted| wanted.find(layouts)).map(|layout| layout.id);
        for layout in layouts {
            let is_chosen = chosen == Some(layout.id);
            let ink = if is_chosen { color::TEXT } else { color::TEXT_FAINT };
            let about = RichText::new(about(layout)).font(font::small()).color(ink);
            let line = Button::selectable(is_chosen, &layout.name).right_text(about);
            if ui.add(line).clicked() {
                let edits = vec![edit::device::set_layout(device.id(), Some(&LayoutRef::from(layout)))];
                cx.out.commit(format!("Choose bus layout {}", layout.name), edits);
            }
        }
        if let Some(wanted) = wanted.filter(|_| chosen.is_none()) {
            let text = RichText::new(format!("{wanted}: the plugin does not have it")).color(color::WARNING);
            // Nothing happens when it is chosen: it stays what is wanted, and may be there again.
            let _ = ui.selectable_label(false, text);
        }
    });
}

/// How many inputs and outputs there are, and how wide the main ones.
fn about(layout: &BusLayout) -> String {
    let side = |count: u32, what: &str, main: Option<u32>| {
        let width = match main {
            None => String::new(),
            Some(1) => " mono".into(),
            Some(2) => " stereo".into(),
            Some(channels) => format!(" of {channels}"),
        };
        if count == 0 { format!("no {what}") } else { format!("{count}{width} {what}") }
    };
    let input = side(layout.inputs, "in", layout.main_input);
    format!("{input}, {}", side(layout.outputs, "out", layout.main_output))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_says_how_many_buses_it_has() {
        let layout = BusLayout {
            id: 1,
            name: "Drums".into(),
            inputs: 0,
            outputs: 8,
            main_input: None,
            main_output: Some(2),
        };
        assert_eq!(about(&layout), "no in, 8 stereo out");
        let layout = BusLayout { inputs: 1, outputs: 1, main_input: Some(1), main_output: Some(6), ..layout };
        assert_eq!(about(&layout), "1 mono in, 1 of 6 out");
    }
}
