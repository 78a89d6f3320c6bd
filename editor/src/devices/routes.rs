//! The menu of a device's card: its presets, which buses it has, what feeds its inputs, and where its extra outputs go.

use egui::Ui;
use model::{Device, DeviceSource, Send, Track, TrackId, TrackInput, TrackKind, edit};
use protocol::Command;

use super::{layouts, own_menu, presets};
use crate::cx::Cx;
use crate::edits;

/// The first input past the sidechain.
const EXTRA_INPUT: usize = 2;

pub(super) fn menu(response: &egui::Response, device: &Device<'_>, cx: &mut Cx<'_, '_>) {
    response.context_menu(|ui| {
        presets::menu(ui, device, cx);
        if !matches!(device.source(), DeviceSource::Unknown(_)) && ui.button("Duplicate").clicked() {
            cx.out.commands.push(Command::DuplicateDevice { device: device.id().0 });
            ui.close();
        }
        if matches!(device.source(), DeviceSource::Plugin(_)) {
            ui.menu_button("Plugin's own menu", |ui| own_menu::show(ui, device.id().0, None, cx));
        }
        let ports = cx.frame.plugin_params.ports(device.id().0);
        if let Some(ports) = &ports {
            layouts::menu(ui, device, &ports.layouts, cx);
        }
        ui.menu_button("Sidechain from", |ui| sidechain(ui, device, cx));
        let Some(ports) = ports else { return };
        for (nth, name) in ports.inputs.iter().enumerate().skip(EXTRA_INPUT) {
            ui.menu_button(format!("{name} from"), |ui| input(ui, device, (nth, name), cx));
        }
        if ports.outputs.len() > 1 {
            ui.separator();
        }
        for (nth, name) in ports.outputs.iter().enumerate().skip(1) {
            ui.menu_button(format!("{name} to"), |ui| output(ui, device, (nth, name), cx));
        }
    });
}

fn sidechain(ui: &mut Ui, device: &Device<'_>, cx: &mut Cx<'_, '_>) {
    let current = device.sidechain();
    if ui.selectable_label(current.is_none(), "Nothing").clicked() {
        cx.out.commit("Remove sidechain", vec![edit::device::set_sidechain(device.id(), None)]);
    }
    for track in elsewhere(device, cx) {
        if ui.selectable_label(current == Some(track.id()), track.name()).clicked() {
            let edits = vec![edit::device::set_sidechain(device.id(), Some(track.id()))];
            cx.out.commit(format!("Sidechain from {}", track.name()), edits);
        }
    }
    ui.separator();
    for (input, name) in [(TrackInput::Main, "Main input"), (TrackInput::Sidechain, "Sidechain input")] {
        let heard = device.sidechain_input() == input;
        if ui.selectable_label(heard, format!("Outer host: {name}")).clicked() {
            let to = if heard { TrackInput::None } else { input };
            let edits = vec![edit::device::set_sidechain_input(device.id(), to)];
            cx.out.commit(format!("Sidechain from the host's {}", name.to_lowercase()), edits);
        }
    }
}

/// Tracks on which the device is not.
fn elsewhere<'f>(device: &Device<'_>, cx: &Cx<'_, 'f>) -> Vec<Track<'f>> {
    let here = device.track();
    cx.project().tracks().filter(|track| track.id() != here).collect()
}

/// An extra input: each track feeds it or not.
fn input(ui: &mut Ui, device: &Device<'_>, (nth, name): (usize, &str), cx: &mut Cx<'_, '_>) {
    let Ok(bus) = u16::try_from(nth) else { return };
    for track in elsewhere(device, cx) {
        let fed = track.sends().find(|send| send.input() == Some((device.id(), bus)));
        if !ui.selectable_label(fed.is_some(), track.name()).clicked() {
            continue;
        }
        match fed {
            Some(send) => remove(&send, cx),
            None => {
                let to = (device.id(), bus);
                let edit = edit::send::create_to_input(cx.new_id().into(), track.id(), device.track(), to);
                cx.out.commit(format!("Feed {name} from {}", track.name()), vec![edit]);
            }
        }
    }
}

/// An extra output: it goes to any number of tracks.
fn output(ui: &mut Ui, device: &Device<'_>, (nth, name): (usize, &str), cx: &mut Cx<'_, '_>) {
    let Ok(bus) = u16::try_from(nth) else { return };
    let from = (device.id(), bus);
    if ui.button("New track").clicked() {
        let track = cx.new_id();
        let tint = cx.project().track(device.track()).map_or(0, |track| track.color());
        let title = format!("{} {name}", edits::device_name(device));
        let mut edits = edits::create_track(cx.project(), track, TrackKind::Audio, &title, tint);
        edits.push(send(device, from, track.into(), cx));
        cx.out.commit(format!("Route {name} to a track of its own"), edits);
    }
    ui.separator();
    let project = cx.project();
    let sends: Vec<Send<'_>> = project
        .track(device.track())
        .into_iter()
        .flat_map(|track| track.sends())
        .filter(|send| send.output() == Some(from))
        .collect();
    let takes = |track: &Track<'_>| matches!(track.kind(), TrackKind::Audio | TrackKind::Bus);
    for track in elsewhere(device, cx).into_iter().filter(takes) {
        let given = sends.iter().find(|send| send.target() == track.id());
        if !ui.selectable_label(given.is_some(), track.name()).clicked() {
            continue;
        }
        match given {
            Some(send) => remove(send, cx),
            None => {
                let edit = send(device, from, track.id(), cx);
                cx.out.commit(format!("Route {name} to {}", track.name()), vec![edit]);
            }
        }
    }
}

fn send(
    device: &Device<'_>,
    from: (model::DeviceId, u16),
    target: TrackId,
    cx: &Cx<'_, '_>,
) -> protocol::Edit {
    edit::send::create_from_output(cx.new_id().into(), device.track(), from, target)
}

fn remove(send: &Send<'_>, cx: &mut Cx<'_, '_>) {
    cx.out.commit(format!("Remove {}", edits::send_name(send)), vec![edits::delete(send.id().0)]);
}
