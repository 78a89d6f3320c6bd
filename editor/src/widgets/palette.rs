//! The colours to choose from, in a menu.

use egui::{Sense, Ui, vec2};

use crate::theme::color;

/// Shows the palette; gives the colour that was chosen (0xRRGGBB), and closes the menu then.
pub(crate) fn show(ui: &mut Ui) -> Option<u32> {
    let mut chosen = None;
    for row in color::TRACKS.chunks(6) {
        ui.horizontal(|ui| {
            for hex in row {
                let (rect, response) = ui.allocate_exact_size(vec2(22.0, 16.0), Sense::click());
                ui.painter().rect_filled(rect, 3, color::from_project(*hex));
                if response.clicked() {
                    chosen = Some(*hex);
                    ui.close();
                }
            }
        });
    }
    chosen
}
