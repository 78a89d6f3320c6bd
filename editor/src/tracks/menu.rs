//! Adding, deleting, colouring and routing tracks.

use egui::{Response, Ui};
use model::{NoteOutput, Track, TrackInput, TrackKind, edit};
use protocol::control::BounceEnding;
use protocol::{Command, EntityId};

use crate::cx::Cx;
use crate::edits;
use crate::theme::color;
use crate::widgets::palette;

/// The kinds of track that can be added.
const KINDS: [(TrackKind, &str, &str); 3] = [
    (TrackKind::Instrument, "Instrument track", "Instrument"),
    (TrackKind::Audio, "Audio track", "Audio"),
    (TrackKind::Bus, "Bus", "Bus"),
];

/// The menu of tracks to add.
pub(crate) fn add_menu(ui: &mut Ui, cx: &mut Cx<'_, '_>) {
    ui.set_min_width(140.0);
    for (kind, label, name) in KINDS {
        if ui.button(label).clicked() {
            let id = cx.new_id();
            let count = cx.project().tracks().count();
            let tint = color::TRACKS[count % color::TRACKS.len()];
            let edits = edits::create_track(cx.project(), id, kind, &format!("{name} {}", count + 1), tint);
            cx.out.commit(format!("Add {}", label.to_lowercase()), edits);
            cx.view.selection.select_track(id);
        }
    }
}

/// The menu of a track.
pub(crate) fn context(response: &Response, track: &Track<'_>, cx: &mut Cx<'_, '_>) {
    let id = EntityId::from(track.id());
    response.context_menu(|ui| {
        ui.set_min_width(170.0);
        if let Some(hex) = palette::show(ui) {
            cx.out.commit("Colour track", vec![edits::set_track_color(id, hex)]);
        }
        ui.separator();
        if track.kind() != TrackKind::Master {
            if track.kind() != TrackKind::Instrument {
                input(ui, track, cx);
            }
            output(ui, track, cx);
            notes_out(ui, track, cx);
            sends(ui, track, cx);
            ui.separator();
            if track.can_freeze() {
                render(ui, track, cx);
                ui.separator();
            }
            if ui.button("Move up").clicked() {
                move_by(id, -1, cx);
            }
            if ui.button("Move down").clicked() {
                move_by(id, 1, cx);
            }
            ui.separator();
            if ui.add(egui::Button::new("Delete track").shortcut_text("Del")).clicked() {
                cx.view.selection.select_track(id);
                delete_selected(cx);
            }
        }
    });
}

/// Freezing and bouncing, or stopping it.
fn render(ui: &mut Ui, track: &Track<'_>, cx: &mut Cx<'_, '_>) {
    let id = EntityId::from(track.id());
    if let Some(render) = &cx.frame.status.render {
        if ui.button(format!("Stop: {} ({:.0} %)", render.what, render.done * 100.0)).clicked() {
            cx.out.commands.push(Command::StopRender);
        }
        return;
    }
    let stale = cx.frame.status.stale.contains(&id);
    if track.frozen().is_some() && ui.button("Unfreeze").on_hover_text("Run the devices again").clicked() {
        cx.out.commands.push(Command::Unfreeze { track: id });
    }
    if track.frozen().is_none() || stale {
        let label = if stale { "Freeze again" } else { "Freeze" };
        let tip = "Play a recording of this track in place of its devices, to save processor time";
        if ui.button(label).on_hover_text(tip).clicked() {
            cx.out.commands.push(Command::Freeze { track: id });
        }
    }
    let selected: Vec<EntityId> = cx.view.selection.clips.iter().copied().collect();
    let own: Vec<EntityId> =
        track.clips().map(|clip| clip.id().0).filter(|id| selected.contains(id)).collect();
    for (label, clips) in [("Bounce track", Vec::new()), ("Bounce selected clips", own)] {
        if label == "Bounce selected clips" && clips.is_empty() {
            continue;
        }
        ui.menu_button(label, |ui| {
            for (label, ending) in
                [("Mute the original", BounceEnding::Mute), ("Replace the original", BounceEnding::Replace)]
            {
                if ui.button(label).clicked() {
                    cx.out.commands.push(Command::Bounce { track: id, clips: clips.clone(), ending });
                }
            }
        });
    }
}

fn input(ui: &mut Ui, track: &Track<'_>, cx: &mut Cx<'_, '_>) {
    ui.menu_button("Input", |ui| {
        let current = (track.input_bus(), track.input_channel());
        if ui.selectable_label(current.0.is_none(), "None").clicked() {
            listen(track, (None, None), "None", cx);
        }
        for (bus, &channels) in (0..).zip(outer_inputs(&cx.frame.status.inputs, current.0).iter()) {
            let name = input_name(bus);
            if ui.selectable_label(current == (Some(bus), None), with_channels(&name, channels)).clicked() {
                listen(track, (Some(bus), None), &name, cx);
            }
            if channels < 2 {
                continue;
            }
            ui.menu_button(format!("{name}, one channel"), |ui| {
                for channel in 0..u16::try_from(channels).unwrap_or(0) {
                    let label = channel_name(channel, channels);
                    if ui.selectable_label(current == (Some(bus), Some(channel)), &label).clicked() {
                        listen(track, (Some(bus), Some(channel)), &format!("{name}, {label}"), cx);
                    }
                }
            });
        }
    });
}

/// The channels of the inputs to choose from: those of the outer host or the hardware, or of the plugin while nothing
/// runs; and in any case the main one, the sidechain, and the one that is chosen.
fn outer_inputs(inputs: &[usize], chosen: Option<u16>) -> Vec<usize> {
    let least = chosen.map_or(0, |bus| usize::from(bus) + 1).max(2);
    let mut inputs = if inputs.is_empty() { vec![2; 2] } else { inputs.to_vec() };
    // What is not there may come back with another device: until then nobody knows how wide.
    inputs.resize(inputs.len().max(least), 0);
    inputs
}

/// Has a track listen to an input, or one channel of it.
fn listen(track: &Track<'_>, (bus, channel): (Option<u16>, Option<u16>), name: &str, cx: &mut Cx<'_, '_>) {
    let (input, extra) = match bus {
        None => (TrackInput::None, 0),
        Some(0) => (TrackInput::Main, 0),
        Some(1) => (TrackInput::Sidechain, 0),
        Some(bus) => (TrackInput::None, bus),
    };
    let id = track.id();
    let edits = vec![
        edit::track::set_input(id, input),
        edit::track::set_input_bus(id, extra),
        edit::track::set_input_channel(id, channel),
    ];
    cx.out.commit(format!("Input: {name}"), edits);
}

fn input_name(bus: u16) -> String {
    match bus {
        0 => "Main input".into(),
        1 => "Sidechain".into(),
        bus => format!("Input {}", bus + 1),
    }
}

/// Says how wide a bus is that is not stereo, which is what one expects.
fn with_channels(name: &str, channels: usize) -> String {
    match channels {
        0 => format!("{name} (not there)"),
        1 => format!("{name} (mono)"),
        2 => name.into(),
        channels => format!("{name} ({channels} channels)"),
    }
}

fn channel_name(channel: u16, of: usize) -> String {
    match (channel, of) {
        (0, 2) => "left".into(),
        (1, 2) => "right".into(),
        (channel, _) => format!("channel {}", channel + 1),
    }
}

/// Moves a track among the others.
fn move_by(id: EntityId, step: isize, cx: &mut Cx<'_, '_>) {
    let mut tracks: Vec<_> = cx.project().tracks().collect();
    let place = tracks.iter().position(|track| track.id().0 == id);
    let target = place.and_then(|place| place.checked_add_signed(step)).filter(|to| *to < tracks.len());
    let (Some(from), Some(to)) = (place, target) else { return };
    tracks.swap(from, to);
    let edits = tracks
        .iter()
        .zip(1u32..)
        .filter(|(track, order)| track.order() != f64::from(*order))
        .map(|(track, order)| edit::track::set_order(track.id(), f64::from(order)))
        .collect();
    cx.out.commit("Move track", edits);
}

fn output(ui: &mut Ui, track: &Track<'_>, cx: &mut Cx<'_, '_>) {
    let id = EntityId::from(track.id());
    let current = track.output().map(EntityId::from);
    ui.menu_button("Output", |ui| {
        let outer = track.output_bus();
        // An extra output goes before a bus, so choosing a bus gives it up.
        let inner = (outer > 0).then(|| edit::track::set_output_bus(track.id(), 0));
        if ui.selectable_label(outer == 0 && current.is_none(), "Master").clicked() {
            let edits = inner.iter().cloned().chain([edits::set_output(id, None)]).collect();
            cx.out.commit("Route to master", edits);
        }
        for bus in edits::buses(cx.project()).filter(|bus| EntityId::from(bus.id()) != id) {
            let bus_id = EntityId::from(bus.id());
            if ui.selectable_label(outer == 0 && current == Some(bus_id), bus.name()).clicked() {
                let edits = inner.iter().cloned().chain([edits::set_output(id, Some(bus_id))]).collect();
                cx.out.commit(format!("Route to {}", bus.name()), edits);
            }
        }
        ui.menu_button("Outer host", |ui| {
            let outputs = outer_outputs(&cx.frame.status.outputs, outer);
            for (bus, &channels) in (0..).zip(outputs.iter()).skip(1) {
                let name = with_channels(&format!("Extra output {bus}"), channels);
                if ui.selectable_label(outer == bus, name).clicked() {
                    let edits = vec![edit::track::set_output_bus(track.id(), bus)];
                    cx.out.commit(format!("Route to extra output {bus}"), edits);
                }
            }
        });
    });
}

/// The channels of the outputs to choose from, as for inputs; while nothing runs, those that the plugin has.
fn outer_outputs(outputs: &[usize], chosen: u16) -> Vec<usize> {
    let mut outputs = if outputs.is_empty() { vec![2; 9] } else { outputs.to_vec() };
    outputs.resize(outputs.len().max(usize::from(chosen) + 1), 0);
    outputs
}

/// Whether notes at the end of the chain go on to the outer host.
fn notes_out(ui: &mut Ui, track: &Track<'_>, cx: &mut Cx<'_, '_>) {
    const CHOICES: [(NoteOutput, &str); 3] = [
        (NoteOutput::Auto, "To the host without devices"),
        (NoteOutput::Host, "To the host"),
        (NoteOutput::None, "Nowhere"),
    ];
    ui.menu_button("Notes out", |ui| {
        for (output, name) in CHOICES {
            if ui.selectable_label(track.note_output() == output, name).clicked() {
                let edits = vec![edit::track::set_note_output(track.id(), output)];
                cx.out.commit(format!("Notes out: {name}"), edits);
            }
        }
    });
}

fn sends(ui: &mut Ui, track: &Track<'_>, cx: &mut Cx<'_, '_>) {
    let id = EntityId::from(track.id());
    ui.menu_button("Add send", |ui| {
        let buses: Vec<_> = edits::buses(cx.project()).filter(|bus| EntityId::from(bus.id()) != id).collect();
        if buses.is_empty() {
            ui.weak("Add a bus first");
        }
        for bus in buses {
            if ui.button(bus.name()).clicked() {
                let send = cx.new_id();
                let edits = vec![edits::create_send(send, id, bus.id().into())];
                cx.out.commit(format!("Send to {}", bus.name()), edits);
            }
        }
    });
}

/// Deletes the selected track; the master stays.
pub(crate) fn delete_selected(cx: &mut Cx<'_, '_>) {
    let Some(id) = cx.selected_track() else { return };
    let project = cx.project();
    let Some(track) = project.track(id.into()).filter(|track| track.kind() != TrackKind::Master) else {
        return;
    };
    let tracks: Vec<EntityId> = edits::tracks_in_order(project).map(|track| track.id().into()).collect();
    let place = tracks.iter().position(|track| *track == id).unwrap_or(0);
    cx.out.commit(format!("Delete {}", track.name()), vec![edits::delete(id)]);
    cx.view.selection.track = tracks.get(place + 1).copied();
}

/// Selects the next or previous track.
pub(crate) fn select_next(cx: &mut Cx<'_, '_>, step: i32) {
    let tracks: Vec<EntityId> = edits::tracks_in_order(cx.project()).map(|track| track.id().into()).collect();
    let place = cx.view.selection.track.and_then(|id| tracks.iter().position(|track| *track == id));
    let step = isize::try_from(step).unwrap_or(0);
    let next = place.map_or(Some(0), |place| place.checked_add_signed(step));
    if let Some(next) = next.and_then(|next| tracks.get(next)) {
        cx.view.selection.select_track(*next);
    }
}
