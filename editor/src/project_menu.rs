//! The project's name and what can be done with the whole project.

use std::path::PathBuf;

use egui::{Key, Rect, Sense, Ui, vec2};
use model::edit;
use protocol::Command;
use protocol::control::{SampleBits, Stems};

use crate::cx::Cx;
use crate::icons::{self, Icon};
use crate::theme::{color, font, space};
use crate::widgets::text::{label, text_in};
use crate::widgets::{self, Face, Lit};
use crate::{diagnostics, edits, ids};

/// A path being typed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Prompt {
    pub ask: Ask,
    pub text: String,
}

/// What a path is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    Open,
    SaveAs,
    Import,
    Midi,
    Audio(Stems),
}

impl Ask {
    const fn title(self) -> &'static str {
        match self {
            Self::Open => "Open project",
            Self::SaveAs => "Save project as",
            Self::Import => "Import MIDI or audio",
            Self::Midi => "Export MIDI",
            Self::Audio(Stems::None) => "Export audio",
            Self::Audio(_) => "Export audio and stems",
        }
    }

    /// What the button says.
    const fn word(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::SaveAs => "Save",
            Self::Import => "Import",
            Self::Midi | Self::Audio(_) => "Export",
        }
    }

    const fn hint(self) -> &'static str {
        match self {
            Self::Open | Self::SaveAs => "Path of a .loophole file",
            Self::Import => "Path of a .mid, .wav, .flac, .ogg or .mp3 file",
            Self::Midi => "Path of the .mid file to write",
            Self::Audio(Stems::None) => "Path of the .wav file to write",
            Self::Audio(_) => "Path of the mix; stems go to a folder beside it",
        }
    }
}

/// Draws the button with the project's name, and its menu.
pub(crate) fn button(ui: &Ui, rect: Rect, cx: &mut Cx<'_, '_>) {
    let response = ui.interact(rect, ids::one("project"), Sense::click());
    let painter = ui.painter();
    if response.hovered() {
        painter.rect_filled(rect, space::RADIUS, color::CONTROL);
    }
    icons::paint(painter, rect.with_max_x(rect.left() + 28.0), Icon::Menu, color::TEXT_DIM);
    let name = project_name(cx);
    let words = rect.with_min_x(rect.left() + 32.0).with_max_x(rect.right() - 12.0);
    let text = text_in(painter, words, egui::Align2::LEFT_CENTER, &name, font::strong(), color::TEXT);
    if cx.frame.status.dirty {
        painter.circle_filled(egui::pos2(text.right() + 7.0, rect.center().y), 2.5, color::ACCENT);
    }
    egui::Popup::menu(&response).show(|ui| {
        ui.set_min_width(190.0);
        let mut ask = None;
        if ui.button("New project").clicked() {
            leave(cx, Command::New);
        }
        if ui.button("Open…").clicked() {
            ask = Some(Ask::Open);
        }
        ui.separator();
        if ui.add(egui::Button::new("Save").shortcut_text("Ctrl+S")).clicked() {
            save(cx);
        }
        if ui.button("Save as…").clicked() {
            ask = Some(Ask::SaveAs);
        }
        ui.separator();
        if ui.button("Import MIDI or audio…").clicked() {
            ask = Some(Ask::Import);
        }
        if ui.button("Export MIDI…").clicked() {
            ask = Some(Ask::Midi);
        }
        export(ui, &mut ask, cx);
        ui.separator();
        control_rate(ui, cx);
        if ui.add(egui::Button::new("Diagnostics").shortcut_text("Ctrl+8")).clicked() {
            diagnostics::open(cx, diagnostics::Last::Latency);
        }
        if let Some(ask) = ask {
            open_prompt(cx, ask);
        }
    });
    response.on_hover_text("Project: new, open, save, import, export");
}

/// What writes audio files, or stops that.
fn export(ui: &mut Ui, ask: &mut Option<Ask>, cx: &mut Cx<'_, '_>) {
    if let Some(render) = &cx.frame.status.render {
        if ui.button(format!("Stop: {} ({:.0} %)", render.what, render.done * 100.0)).clicked() {
            cx.out.commands.push(Command::StopRender);
        }
        return;
    }
    ui.menu_button("Export audio", |ui| {
        for (line, stems) in [
            ("Mix…", Stems::None),
            ("Mix and a stem for each track…", Stems::Track),
            ("Mix and a stem for each group…", Stems::Group),
        ] {
            if ui.button(line).clicked() {
                *ask = Some(Ask::Audio(stems));
            }
        }
    });
}

/// How fine the steps of automation are.
fn control_rate(ui: &mut Ui, cx: &mut Cx<'_, '_>) {
    const CHOICES: [(u16, &str); 5] =
        [(8, "8 frames"), (16, "16 frames"), (32, "32 frames"), (64, "64 frames"), (128, "128 frames")];
    let tip = "How far apart the steps are in which automation and modulation move parameters of devices and plugins. Fewer \
               frames are smoother, and cost more";
    let (root, now) = (cx.project().root().id(), cx.project().root().control_frames().frames());
    let menu = ui.menu_button("Automation steps", |ui| {
        for (frames, name) in CHOICES {
            if ui.selectable_label(now == frames, name).clicked() {
                let edits = vec![edit::root::set_control_frames(root, frames)];
                cx.out.commit(format!("Automation steps: {name}"), edits);
            }
        }
    });
    menu.response.on_hover_text(tip);
}

fn project_name(cx: &Cx<'_, '_>) -> String {
    let root = cx.project().root();
    let file = cx.frame.status.file.as_ref().and_then(|file| file.file_stem());
    match file {
        Some(stem) => stem.to_string_lossy().into_owned(),
        None if root.name().is_empty() => "Untitled".into(),
        None => root.name().to_owned(),
    }
}

/// Goes to another project; asks first if this one has unsaved changes.
pub(crate) fn leave(cx: &mut Cx<'_, '_>, command: Command) {
    if cx.frame.status.dirty {
        cx.view.leaving = Some(command);
    } else {
        cx.out.commands.push(command);
    }
}

/// Saves where the project came from, or asks where.
pub(crate) fn save(cx: &mut Cx<'_, '_>) {
    if cx.frame.status.file.is_some() {
        cx.out.commands.push(Command::Save { path: None });
    } else {
        open_prompt(cx, Ask::SaveAs);
    }
}

fn open_prompt(cx: &mut Cx<'_, '_>, ask: Ask) {
    let file = cx.frame.status.file.as_ref();
    let text = match ask {
        Ask::SaveAs => file.map_or_else(|| "Untitled.loophole".into(), |f| f.to_string_lossy().into_owned()),
        Ask::Midi | Ask::Audio(_) => {
            let extension = if ask == Ask::Midi { "mid" } else { "wav" };
            file.map_or_else(
                || format!("Untitled.{extension}"),
                |file| file.with_extension(extension).to_string_lossy().into_owned(),
            )
        }
        Ask::Open | Ask::Import => file
            .and_then(|file| file.parent())
            .map_or_else(String::new, |folder| format!("{}/", folder.to_string_lossy())),
    };
    cx.view.prompt = Some(Prompt { ask, text });
}

/// Shows the question for a path, if there is one.
pub(crate) fn prompt(ui: &Ui, cx: &mut Cx<'_, '_>) {
    let Some(mut prompt) = cx.view.prompt.take() else { return };
    let (mut accepted, mut cancelled) = (false, false);
    let frame = egui::Frame::popup(ui.style()).inner_margin(14);
    let modal = egui::Modal::new(ids::one("prompt")).frame(frame).show(ui.ctx(), |ui| {
        ui.set_width(460.0);
        ui.spacing_mut().item_spacing = vec2(8.0, 10.0);
        ui.heading(prompt.ask.title());
        let edit = egui::TextEdit::singleline(&mut prompt.text)
            .id(ids::one("prompt text"))
            .hint_text(prompt.ask.hint())
            .margin(egui::Margin::symmetric(8, 6))
            .desired_width(f32::INFINITY)
            .show(ui);
        if !edit.response.response.has_focus() && !edit.response.response.lost_focus() {
            edit.response.response.request_focus();
        }
        accepted |= edit.response.response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), 26.0), Sense::hover());
        let place = |right: f32| {
            Rect::from_min_max(egui::pos2(right - 84.0, row.top()), egui::pos2(right, row.bottom()))
        };
        let word = prompt.ask.word();
        let (accept, cancel) = (place(row.right()), place(row.right() - 90.0));
        let filled = Lit::Filled(color::ACCENT);
        accepted |=
            widgets::button(ui, accept, ids::one("prompt yes"), Face::Text(word), filled, "").clicked();
        cancelled |=
            widgets::button(ui, cancel, ids::one("prompt no"), Face::Text("Cancel"), Lit::No, "").clicked();
        label(ui.painter(), row.with_max_x(cancel.left() - 8.0), prompt.ask.hint(), color::TEXT_FAINT);
    });
    cancelled |= modal.should_close();
    let path = PathBuf::from(prompt.text.trim());
    if accepted && !path.as_os_str().is_empty() {
        match prompt.ask {
            Ask::Open => leave(cx, Command::Open { path }),
            Ask::SaveAs => cx.out.commands.push(Command::Save { path: Some(path) }),
            Ask::Midi => cx.out.commands.push(Command::ExportMidi { path }),
            Ask::Audio(stems) => {
                let bits = SampleBits::default();
                cx.out.commands.push(Command::ExportAudio { path, stems, bits });
            }
            Ask::Import => {
                let track = cx.selected_track().filter(|track| edits::takes_audio(cx.project(), *track));
                cx.out.commands.push(Command::Import { path, track, at: cx.playhead() });
            }
        }
    } else if !cancelled {
        cx.view.prompt = Some(prompt);
    }
}

/// Asks whether unsaved changes may go, if somebody is about to leave them.
pub(crate) fn confirm(ui: &Ui, cx: &mut Cx<'_, '_>) {
    let Some(command) = cx.view.leaving.take() else { return };
    let (mut accepted, mut cancelled) = (false, false);
    let frame = egui::Frame::popup(ui.style()).inner_margin(14);
    let modal = egui::Modal::new(ids::one("leave")).frame(frame).show(ui.ctx(), |ui| {
        ui.set_width(340.0);
        ui.spacing_mut().item_spacing = vec2(8.0, 10.0);
        ui.heading("Leave without saving?");
        ui.label("What was changed since the project was saved will be lost.");
        let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), 26.0), Sense::hover());
        let place = |right: f32| {
            Rect::from_min_max(egui::pos2(right - 84.0, row.top()), egui::pos2(right, row.bottom()))
        };
        let (yes, no) = (ids::one("leave yes"), ids::one("leave no"));
        let red = Lit::Filled(color::ARM);
        accepted = widgets::button(ui, place(row.right()), yes, Face::Text("Discard"), red, "").clicked();
        let face = Face::Text("Cancel");
        cancelled = widgets::button(ui, place(row.right() - 90.0), no, face, Lit::No, "").clicked();
    });
    cancelled |= modal.should_close();
    if accepted {
        cx.out.commands.push(command);
    } else if !cancelled {
        cx.view.leaving = Some(command);
    }
}
