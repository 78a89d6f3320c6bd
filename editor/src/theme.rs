//! Colours, spacing and type: the only place where they are decided.
//!
//! Sizes are in points; at 200 % a point is two pixels, and nothing else changes.

use std::sync::Arc;

use egui::{Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Stroke, Vec2};

const fn rgb(hex: u32) -> Color32 {
    let [_, r, g, b] = hex.to_be_bytes();
    Color32::from_rgb(r, g, b)
}

/// Colours by what they mean.
pub mod color {
    use super::{Color32, rgb};

    /// Behind everything; the gaps between panels.
    pub const VOID: Color32 = rgb(0x0E_1013);
    /// A panel.
    pub const PANEL: Color32 = rgb(0x17_1A1F);
    /// A header or bar on a panel.
    pub const BAR: Color32 = rgb(0x1D_2127);
    /// Where content lies: the timeline, lists, the piano roll.
    pub const WELL: Color32 = rgb(0x12_1418);
    /// A control at rest.
    pub const CONTROL: Color32 = rgb(0x2A_2F37);
    /// A control under the pointer.
    pub const CONTROL_HOVER: Color32 = rgb(0x36_3D47);
    /// A control held down.
    pub const CONTROL_DOWN: Color32 = rgb(0x42_4A56);
    /// Something selected, in lists and rows.
    pub const SELECTED: Color32 = rgb(0x25_313A);
    /// Something under the pointer, in lists and rows.
    pub const HOVER: Color32 = rgb(0x1F_242B);
    /// A line between panels.
    pub const LINE: Color32 = rgb(0x2B_3038);
    /// A line between rows.
    pub const HAIRLINE: Color32 = rgb(0x20_242A);
    /// The groove of a fader or knob.
    pub const GROOVE: Color32 = rgb(0x0A_0C0E);

    /// Text that is read.
    pub const TEXT: Color32 = rgb(0xD9_DEE4);
    /// Text that is looked up.
    pub const TEXT_DIM: Color32 = rgb(0x95_9EA9);
    /// Text that is rarely wanted, and hints.
    pub const TEXT_FAINT: Color32 = rgb(0x66_6F7A);
    /// Text on a bright fill.
    pub const TEXT_DARK: Color32 = rgb(0x10_1418);

    /// Ours: values, the selected, what is on.
    pub const ACCENT: Color32 = rgb(0x45_CDB5);
    /// The same, held back.
    pub const ACCENT_DIM: Color32 = rgb(0x2B_7468);
    /// Play.
    pub const PLAY: Color32 = rgb(0x6F_D36A);
    /// Mute.
    pub const MUTE: Color32 = rgb(0xF0_A63C);
    /// Solo.
    pub const SOLO: Color32 = rgb(0x62_A8F5);
    /// Armed for recording, and errors.
    pub const ARM: Color32 = rgb(0xEF_5B5B);
    /// Learning.
    pub const LEARN: Color32 = rgb(0xC9_8BF2);
    /// Warnings.
    pub const WARNING: Color32 = rgb(0xE9_B44C);
    /// The playhead.
    pub const PLAYHEAD: Color32 = rgb(0xF4_F6F8);
    /// Tempo.
    pub const TEMPO: Color32 = rgb(0xF0_8A5D);
    /// The loop range.
    pub const LOOP: Color32 = rgb(0x45_CDB5);
    /// The punch range.
    pub const PUNCH: Color32 = rgb(0xEF_5B5B);

    /// A meter below -12 dB.
    pub const METER_LOW: Color32 = rgb(0x4F_C47A);
    /// From -12 dB.
    pub const METER_MID: Color32 = rgb(0xE6_C44C);
    /// From -3 dB.
    pub const METER_HIGH: Color32 = rgb(0xEF_5B5B);

    /// Track colours, in the order in which new tracks get them (0xRRGGBB).
    pub const TRACKS: [u32; 12] = [
        0x5B_A9F0, 0xF0_8A5D, 0x7A_CB6B, 0xC9_84E8, 0xF2_C14E, 0x4F_C9C4, 0xEC_6A8C, 0x9C_A8F2, 0xB8_CC52,
        0xE0_9A74, 0x66_BFA0, 0xA9_B2BD,
    ];

    /// A project colour (0xRRGGBB).
    #[must_use]
    pub const fn from_project(hex: u32) -> Color32 {
        rgb(hex)
    }

    /// `color` at an opacity of 0..=1.
    #[must_use]
    pub fn alpha(color: Color32, opacity: f32) -> Color32 {
        color.gamma_multiply(opacity)
    }

    /// On the way from `a` to `b`, 0..=1.
    #[must_use]
    pub fn mix(a: Color32, b: Color32, way: f32) -> Color32 {
        a.lerp_to_gamma(b, way)
    }
}

/// Distances, in points.
pub mod space {
    /// Between things that belong together.
    pub const TINY: f32 = 2.0;
    /// Between controls of a group.
    pub const SMALL: f32 = 4.0;
    /// The usual one.
    pub const MEDIUM: f32 = 8.0;
    /// Between groups.
    pub const LARGE: f32 = 12.0;
    /// Height of a control.
    pub const CONTROL: f32 = 22.0;
    /// Height of a row in a list.
    pub const ROW: f32 = 24.0;
    /// Height of the top bar.
    pub const TOP_BAR: f32 = 46.0;
    /// Height of a panel's header.
    pub const HEADER: f32 = 30.0;
    /// Height of the status line.
    pub const STATUS: f32 = 22.0;
    /// Width of the browser.
    pub const BROWSER: f32 = 212.0;
    /// Width of the track headers.
    pub const TRACK_HEADER: f32 = 236.0;
    /// Height of the ruler.
    pub const RULER: f32 = 40.0;
    /// Thickness of a scroll bar.
    pub const SCROLL_BAR: f32 = 10.0;
    /// Corner radius of controls.
    pub const RADIUS: u8 = 3;
    /// Corner radius of cards.
    pub const RADIUS_CARD: u8 = 5;
}

/// The one family beside egui's own: Roboto Medium.
const MEDIUM: &str = "medium";

/// Type: four sizes, two weights.
pub mod font {
    use super::{FontFamily, FontId, MEDIUM};

    /// 10 pt: units, rulers, captions under knobs.
    #[must_use]
    pub fn small() -> FontId {
        FontId::proportional(10.5)
    }
    /// 12 pt: everything.
    #[must_use]
    pub fn body() -> FontId {
        FontId::proportional(12.0)
    }
    /// 12 pt medium: names, headings, buttons.
    #[must_use]
    pub fn strong() -> FontId {
        FontId::new(12.0, FontFamily::Name(MEDIUM.into()))
    }
    /// 10 pt medium: captions of groups.
    #[must_use]
    pub fn caption() -> FontId {
        FontId::new(10.0, FontFamily::Name(MEDIUM.into()))
    }
    /// 17 pt medium: the position.
    #[must_use]
    pub fn display() -> FontId {
        FontId::new(18.0, FontFamily::Name(MEDIUM.into()))
    }
    /// 12 pt of one width: the console.
    #[must_use]
    pub fn code() -> FontId {
        FontId::monospace(11.5)
    }
}

/// Gives a context our fonts and style. Once per context, before its first frame.
pub fn apply(ctx: &egui::Context) {
    ctx.set_fonts(fonts());
    ctx.options_mut(|options| options.zoom_with_keyboard = false);
    ctx.set_theme(egui::Theme::Dark);
    ctx.all_styles_mut(style);
}

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let mut add = |name: &str, bytes: &'static [u8]| {
        fonts.font_data.insert(name.into(), Arc::new(FontData::from_static(bytes)));
    };
    add("Roboto", include_bytes!("../assets/Roboto-Regular.ttf"));
    add("Roboto Medium", include_bytes!("../assets/Roboto-Medium.ttf"));
    let proportional = fonts.families.entry(FontFamily::Proportional).or_default();
    proportional.insert(0, "Roboto".into());
    let mut medium = proportional.clone();
    medium.insert(0, "Roboto Medium".into());
    fonts.families.insert(FontFamily::Name(MEDIUM.into()), medium);
    fonts
}

fn style(style: &mut egui::Style) {
    use egui::TextStyle::{Body, Button, Heading, Monospace, Small};
    style.text_styles = [
        (Small, font::small()),
        (Body, font::body()),
        (Button, font::body()),
        (Heading, font::strong()),
        (Monospace, font::code()),
    ]
    .into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::splat(space::SMALL);
    spacing.button_padding = Vec2::new(space::MEDIUM, 3.0);
    spacing.interact_size = Vec2::new(24.0, space::CONTROL);
    spacing.menu_margin = Margin::same(5);
    spacing.window_margin = Margin::same(14);
    spacing.menu_spacing = 2.0;
    spacing.scroll.floating = true;
    spacing.scroll.bar_width = 8.0;
    spacing.scroll.floating_width = 4.0;
    spacing.scroll.foreground_color = true;
    spacing.scroll.fade.strength = 0.0;
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.6;
    style.animation_time = 0.08;
    visuals(&mut style.visuals);
}

fn visuals(visuals: &mut egui::Visuals) {
    let radius = CornerRadius::same(space::RADIUS);
    visuals.dark_mode = true;
    visuals.override_text_color = None;
    visuals.panel_fill = color::PANEL;
    visuals.window_fill = color::BAR;
    visuals.window_stroke = Stroke::new(1.0, color::LINE);
    visuals.window_corner_radius = CornerRadius::same(space::RADIUS_CARD);
    visuals.menu_corner_radius = CornerRadius::same(space::RADIUS_CARD);
    visuals.extreme_bg_color = color::GROOVE;
    visuals.text_edit_bg_color = Some(color::GROOVE);
    visuals.faint_bg_color = color::HOVER;
    visuals.code_bg_color = color::WELL;
    visuals.hyperlink_color = color::ACCENT;
    visuals.warn_fg_color = color::WARNING;
    visuals.error_fg_color = color::ARM;
    visuals.selection.bg_fill = color::ACCENT_DIM;
    visuals.selection.stroke = Stroke::new(1.0, color::TEXT);
    visuals.popup_shadow.blur = 14;
    visuals.popup_shadow.color = Color32::from_black_alpha(110);
    visuals.weak_text_color = Some(color::TEXT_DIM);
    let widgets = &mut visuals.widgets;
    for (widget, fill, text) in [
        (&mut widgets.noninteractive, color::PANEL, color::TEXT),
        (&mut widgets.inactive, color::CONTROL, color::TEXT),
        (&mut widgets.hovered, color::CONTROL_HOVER, color::TEXT),
        (&mut widgets.active, color::CONTROL_DOWN, color::TEXT),
        (&mut widgets.open, color::CONTROL_HOVER, color::TEXT),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = Stroke::NONE;
        widget.fg_stroke = Stroke::new(1.0, text);
        widget.corner_radius = radius;
        widget.expansion = 0.0;
    }
    widgets.noninteractive.bg_stroke = Stroke::new(1.0, color::LINE);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(color: Color32) -> f32 {
        let [r, g, b, _] = egui::Rgba::from(color).to_array();
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// WCAG 2 contrast ratio.
    fn contrast(a: Color32, b: Color32) -> f32 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_is_legible_on_every_ground_it_stands_on() {
        for ground in [color::VOID, color::PANEL, color::BAR, color::WELL, color::SELECTED] {
            assert!(contrast(color::TEXT, ground) >= 7.0, "{ground:?}");
            assert!(contrast(color::TEXT_DIM, ground) >= 4.5, "{ground:?}");
            assert!(contrast(color::TEXT_FAINT, ground) >= 2.5, "{ground:?}");
        }
        for fill in [color::MUTE, color::SOLO, color::ARM, color::ACCENT, color::PLAY, color::LEARN] {
            assert!(contrast(color::TEXT_DARK, fill) >= 4.5, "{fill:?}");
        }
        for track in color::TRACKS {
            assert!(contrast(color::TEXT_DARK, color::from_project(track)) >= 4.5, "{track:06x}");
        }
    }
}
