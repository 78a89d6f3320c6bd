//! The browser: built-in devices and scanned plugins, with search.

use egui::{Rect, ScrollArea, Sense, Ui, pos2, vec2};
use model::{TrackKind, edit};
use protocol::{Command, DeviceKind, PluginFormat, PluginInfo};

use crate::cx::Cx;
use crate::icons::{self, Icon};
use crate::theme::{color, font, space};
use crate::view::{Focus, NewDevice, Tab};
use crate::widgets::text::{self, label, text_in};
use crate::widgets::{Face, Lit, button, field, tab};
use crate::{edits, ids};

mod failures;
mod files;

/// What the browser shows.
#[derive(Debug, Default)]
pub(crate) struct BrowserView {
    pub search: String,
    pub page: Page,
    pub files: files::FilesView,
}

/// The pages of the browser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Page {
    #[default]
    Devices,
    Files,
}

/// Room for the name of a plugin standard, in points.
const FORMAT: f32 = 34.0;
/// Less room than this is not worth a maker's name, in points.
const LEAST_MAKER: f32 = 40.0;

/// A thing that can be added.
struct Item {
    what: NewDevice,
    name: String,
    /// Who makes it; empty for what is part of Loophole.
    maker: String,
    /// The plugin standard; empty for what is part of Loophole.
    format: &'static str,
    icon: Icon,
    instrument: bool,
}

/// Draws the browser.
pub(crate) fn show(ui: &mut Ui, rect: Rect, cx: &mut Cx<'_, '_>) {
    ui.painter().rect_filled(rect, 0, color::PANEL);
    let (bar, rest) = rect.split_top_bottom_at_y(rect.top() + space::HEADER);
    ui.painter().rect_filled(bar, 0, color::BAR);
    let mut left = bar.left() + 2.0;
    for (page, name) in [(Page::Devices, "Devices"), (Page::Files, "Files")] {
        let lit = Lit::when(cx.view.browser.page == page, color::ACCENT);
        let (response, right) = tab(ui, left, bar, ids::one(name).with("browser"), name, lit);
        left = right;
        if response.clicked() {
            cx.view.browser.page = page;
        }
    }
    let (tools, body) = rest.split_top_bottom_at_y(rest.top() + 34.0);
    let row = Rect::from_center_size(tools.center(), vec2(tools.width() - 16.0, space::CONTROL));
    self::tools(ui, row, cx);
    ui.painter().hline(rect.x_range(), bar.bottom() - 0.5, egui::Stroke::new(1.0, color::LINE));
    let body = body.shrink2(vec2(space::SMALL, 0.0)).with_max_y(body.bottom() - 4.0);
    if cx.view.browser.page == Page::Files {
        let wanted = cx.view.browser.search.to_lowercase();
        files::show(ui, body, &wanted, cx);
        return;
    }
    let mut list = ui.new_child(egui::UiBuilder::new().max_rect(body));
    list.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical().auto_shrink(false).id_salt("browser list").show(&mut list, |ui| items(ui, cx));
}

/// Search, and looking again.
fn tools(ui: &mut Ui, row: Rect, cx: &mut Cx<'_, '_>) {
    let again = Rect::from_min_max(pos2(row.right() - 26.0, row.top()), row.max);
    let search = row.with_max_x(again.left() - 4.0);
    let icon = search.with_max_x(search.left() + 22.0);
    ui.painter().rect_filled(search, space::RADIUS, color::GROOVE);
    icons::paint_sized(ui.painter(), icon, Icon::Search, color::TEXT_FAINT, 12.0);
    let words = search.with_min_x(icon.right() - 4.0);
    let files = cx.view.browser.page == Page::Files;
    let hint = if files { "Search this folder" } else { "Search devices" };
    field::line(ui, words, ids::one("search"), &mut cx.view.browser.search, hint);
    let scanning = cx.frame.status.scan.is_some();
    let (lit, tip) = match (files, scanning) {
        (true, _) => (Lit::No, "Read the folder again"),
        (false, true) => (Lit::Disabled, "Looking for plugins"),
        (false, false) => (Lit::No, "Look for plugins; with Shift, look into all of them again"),
    };
    if button(ui, again, ids::one("scan"), Face::Icon(Icon::Refresh), lit, tip).clicked() {
        if files {
            cx.view.browser.files.refresh();
        } else {
            let rescan_all = ui.input(|input| input.modifiers.shift);
            cx.out.commands.push(Command::Scan { rescan_all });
        }
    }
}

fn items(ui: &mut Ui, cx: &mut Cx<'_, '_>) {
    let wanted = cx.view.browser.search.to_lowercase();
    let fits = |item: &Item| {
        wanted.split_whitespace().all(|word| {
            [&item.name, &item.maker, item.format].iter().any(|text| text.to_lowercase().contains(word))
        })
    };
    let builtin: Vec<Item> = DeviceKind::ALL.into_iter().map(builtin).filter(fits).collect();
    let (instruments, effects): (Vec<_>, Vec<_>) = builtin.into_iter().partition(|item| item.instrument);
    let mut plugins: Vec<Item> = cx.frame.plugins.iter().map(plugin).filter(fits).collect();
    plugins.sort_by_key(|item| (!item.instrument, item.name.to_lowercase()));
    let none = instruments.is_empty() && effects.is_empty() && plugins.is_empty();
    group(ui, "Instruments", &instruments, cx);
    group(ui, "Effects", &effects, cx);
    group(ui, "Plugins", &plugins, cx);
    failures::show(ui, &wanted, cx);
    let hint = match cx.frame.status.scan {
        Some((done, total)) => format!("Scanning {done} of {total}"),
        None if none => "Nothing of that name".to_owned(),
        None if cx.frame.plugins.is_empty() => {
            "No plugins found yet.\nThe arrow above looks for them.".to_owned()
        }
        None => return,
    };
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        ui.add_space(8.0);
        ui.label(egui::RichText::new(hint).color(color::TEXT_FAINT));
    });
}

fn builtin(kind: DeviceKind) -> Item {
    Item {
        what: NewDevice::Builtin(kind),
        name: kind.name().into(),
        maker: String::new(),
        format: "",
        icon: if kind.is_instrument() { Icon::Note } else { Icon::Effect },
        instrument: kind.is_instrument(),
    }
}

fn plugin(info: &PluginInfo) -> Item {
    let format = match info.plugin.format {
        PluginFormat::Clap => "CLAP",
        PluginFormat::Vst3 => "VST3",
    };
    Item {
        what: NewDevice::Plugin { plugin: info.plugin.clone(), name: info.name.clone() },
        name: info.name.clone(),
        maker: info.vendor.clone(),
        format,
        icon: if info.is_instrument() { Icon::Note } else { Icon::Plug },
        instrument: info.is_instrument(),
    }
}

fn group(ui: &mut Ui, name: &'static str, items: &[Item], cx: &mut Cx<'_, '_>) {
    if items.is_empty() {
        return;
    }
    let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), 26.0), Sense::hover());
    text::caption(ui.painter(), head.shrink2(vec2(8.0, 0.0)).translate(vec2(0.0, 3.0)), name);
    for (index, item) in items.iter().enumerate() {
        let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), space::ROW), Sense::hover());
        if !ui.is_rect_visible(row) {
            continue;
        }
        let response = ui.interact(row, ids::nth(name, index), Sense::click_and_drag());
        let painter = ui.painter();
        if response.hovered() {
            painter.rect_filled(row, space::RADIUS, color::HOVER);
        }
        icons::paint_sized(painter, row.with_max_x(row.left() + 26.0), item.icon, color::TEXT_DIM, 12.0);
        let words = row.with_min_x(row.left() + 28.0).with_max_x(row.right() - 6.0);
        let add = Rect::from_center_size(pos2(row.right() - 13.0, row.center().y), vec2(20.0, 20.0));
        let end = if response.hovered() {
            icons::paint_sized(painter, add, Icon::Plus, color::ACCENT, 12.0);
            add.left()
        } else {
            words.right() - if item.format.is_empty() { 0.0 } else { FORMAT }
        };
        let name = label(painter, words.with_max_x(end), &item.name, color::TEXT);
        if !response.hovered() {
            let faint = |rect, text: &str| {
                text_in(painter, rect, egui::Align2::RIGHT_CENTER, text, font::small(), color::TEXT_FAINT);
            };
            faint(words.with_min_x(end), item.format);
            let room = words.with_min_x(name.right() + 10.0).with_max_x(end - 2.0);
            if room.width() >= LEAST_MAKER {
                faint(room, &item.maker);
            }
        }
        let by = [item.name.as_str(), item.maker.as_str(), item.format].map(str::to_owned);
        let by: Vec<String> = by.into_iter().filter(|text| !text.is_empty()).collect();
        let tip = format!("{}\nClick: add to the selected track, or to a new one", by.join(", "));
        if response.on_hover_text(tip).clicked() {
            add_device(item.what.clone(), item.instrument, cx);
        }
    }
}

/// Adds a device to the end of the selected track's chain; instruments that do not fit get a track of their own.
fn add_device(what: NewDevice, instrument: bool, cx: &mut Cx<'_, '_>) {
    let project = cx.project();
    let selected = cx.selected_track().and_then(|id| project.track(id.into()));
    let fits = selected.filter(|track| !instrument || track.kind() == TrackKind::Instrument);
    let name = match &what {
        NewDevice::Builtin(kind) => kind.name().to_owned(),
        NewDevice::Plugin { name, .. } => name.clone(),
    };
    let mut edits = Vec::new();
    let (track, order) = match fits {
        Some(track) => {
            let orders = track.devices().map(|device| device.order());
            let order =
                if instrument { orders.fold(1.0, f64::min) - 1.0 } else { orders.fold(0.0, f64::max) + 1.0 };
            (track.id().0, order)
        }
        None => {
            let id = cx.new_id();
            let kind = if instrument { TrackKind::Instrument } else { TrackKind::Audio };
            let count = project.tracks().count();
            let tint = color::TRACKS[count % color::TRACKS.len()];
            edits.extend(edits::create_track(project, id, kind, &name, tint));
            (id, 0.0)
        }
    };
    let device = cx.new_id();
    edits.push(match &what {
        NewDevice::Builtin(kind) => edit::device::create_builtin(device.into(), track.into(), *kind, order),
        NewDevice::Plugin { plugin, name } => {
            edit::device::create_plugin(device.into(), track.into(), plugin, name, order)
        }
    });
    cx.out.commit(format!("Add {name}"), edits);
    cx.view.selection.track = Some(track);
    cx.view.selection.focus = Focus::Device;
    cx.view.device = Some(device);
    cx.view.tab = Tab::Devices;
    cx.view.panels.bottom = true;
}
