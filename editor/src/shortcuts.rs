//! The keyboard. Nothing fires while somebody types into a field.

use egui::{Context, Key, Modifiers};
use protocol::control::TransportCommand;
use protocol::{Beats, Command};

use crate::arranger::guide_actions::{self, Fineness, Way};
use crate::arranger::lane_actions;
use crate::cx::Cx;
use crate::view::{Focus, Tab};
use crate::{arranger, roll, tracks};

/// Handles the frame's keys.
pub(crate) fn handle(ctx: &Context, cx: &mut Cx<'_, '_>) {
    if ctx.text_edit_focused()
        || cx.view.draft.is_some()
        || cx.view.prompt.is_some()
        || cx.view.leaving.is_some()
    {
        return;
    }
    // Focus is ours to move: a focused button must not take the space bar from the transport.
    if let Some(focused) = ctx.memory(|memory| memory.focused()) {
        ctx.memory_mut(|memory| memory.surrender_focus(focused));
    }
    let pressed = |modifiers: Modifiers, key: Key| ctx.input_mut(|input| input.consume_key(modifiers, key));
    let (command, shift) = (Modifiers::COMMAND, Modifiers::SHIFT);
    if pressed(command | shift, Key::Z) || pressed(command, Key::Y) {
        cx.out.commands.push(Command::Redo);
    }
    if pressed(command, Key::Z) {
        cx.out.commands.push(Command::Undo);
    }
    if pressed(command, Key::S) {
        crate::project_menu::save(cx);
    }
    tabs(cx, pressed);
    if cx.view.selection.focus == Focus::Review {
        crate::review::keys(cx, pressed);
    }
    if pressed(command, Key::D) {
        duplicate(cx);
    }
    if pressed(command, Key::A) {
        select_all(cx);
    }
    if pressed(Modifiers::NONE, Key::Delete) || pressed(Modifiers::NONE, Key::Backspace) {
        delete(cx);
    }
    if pressed(Modifiers::NONE, Key::Escape) {
        cx.view.selection.notes.clear();
        cx.view.selection.points.clear();
        cx.view.arranger.lanes.tool = lane_actions::Tool::Pointer;
        if cx.frame.status.learn.is_some() {
            cx.out.commands.push(Command::Learn { slot: None });
        }
    }
    if pressed(Modifiers::NONE, Key::B) {
        cx.view.panels.browser = !cx.view.panels.browser;
    }
    transport(cx, pressed);
    guides(cx, pressed);
    points(cx, pressed);
    arrows(cx, pressed);
}

/// The pages of the lower panel.
fn tabs(cx: &mut Cx<'_, '_>, pressed: impl Fn(Modifiers, Key) -> bool) {
    const KEYS: [Key; 8] =
        [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8];
    for (key, tab) in KEYS.into_iter().zip(Tab::ALL) {
        if pressed(Modifiers::COMMAND, key) {
            cx.view.panels.bottom = true;
            cx.view.tab = tab;
            crate::review::focus(cx);
        }
    }
}

fn transport(cx: &mut Cx<'_, '_>, pressed: impl Fn(Modifiers, Key) -> bool) {
    if pressed(Modifiers::NONE, Key::Space) && cx.leads() {
        let playing = cx.frame.telemetry.playing;
        cx.out.transport(if playing { TransportCommand::Stop } else { TransportCommand::Play });
    }
    if pressed(Modifiers::NONE, Key::Home) && cx.leads() {
        cx.out.transport(TransportCommand::Locate { to: Beats::ZERO });
        cx.view.arranger.time.left = 0.0;
    }
    if pressed(Modifiers::NONE, Key::L) {
        crate::transport::toggle_loop(cx);
    }
    if pressed(Modifiers::NONE, Key::O) {
        arranger::toggle_punch(cx);
    }
}

/// Markers, tempo and time signatures.
fn guides(cx: &mut Cx<'_, '_>, pressed: impl Fn(Modifiers, Key) -> bool) {
    let at = cx.playhead();
    if pressed(Modifiers::SHIFT, Key::T) {
        guide_actions::add_signature(cx, at);
    }
    if pressed(Modifiers::NONE, Key::T) {
        guide_actions::add_tempo(cx, at, cx.times.tempo.bpm_at(at));
    }
    if pressed(Modifiers::NONE, Key::M) {
        guide_actions::add_marker(cx, at);
    }
    if pressed(Modifiers::NONE, Key::OpenBracket) {
        guide_actions::jump(cx, Way::Back);
    }
    if pressed(Modifiers::NONE, Key::CloseBracket) {
        guide_actions::jump(cx, Way::On);
    }
    if cx.view.selection.focus == Focus::Guide {
        if pressed(Modifiers::SHIFT, Key::Tab) {
            guide_actions::select_next(cx, Way::Back);
        } else if pressed(Modifiers::NONE, Key::Tab) {
            guide_actions::select_next(cx, Way::On);
        }
        if pressed(Modifiers::NONE, Key::F2) || pressed(Modifiers::NONE, Key::Enter) {
            guide_actions::rename_selected(cx);
        }
        if pressed(Modifiers::NONE, Key::R) {
            guide_actions::toggle_ramp(cx);
        }
    }
}

/// Automation.
fn points(cx: &mut Cx<'_, '_>, pressed: impl Fn(Modifiers, Key) -> bool) {
    if pressed(Modifiers::NONE, Key::P) {
        lane_actions::cycle_tool(cx);
    }
    if pressed(Modifiers::NONE, Key::A)
        && let Some(track) = cx.selected_track()
        && !cx.view.arranger.unfolded.remove(&track)
    {
        cx.view.arranger.unfolded.insert(track);
    }
    if pressed(Modifiers::NONE, Key::Insert) {
        lane_actions::insert(cx);
    }
    if matches!(cx.view.selection.focus, Focus::Points | Focus::Track) {
        if pressed(Modifiers::SHIFT, Key::Tab) {
            lane_actions::select_next(cx, -1);
        } else if pressed(Modifiers::NONE, Key::Tab) {
            lane_actions::select_next(cx, 1);
        }
    }
    if cx.view.selection.focus == Focus::Points
        && (pressed(Modifiers::NONE, Key::F2) || pressed(Modifiers::NONE, Key::Enter))
    {
        lane_actions::retype(cx);
    }
}

fn arrows(cx: &mut Cx<'_, '_>, pressed: impl Fn(Modifiers, Key) -> bool) {
    for (key, time, pitch) in
        [(Key::ArrowLeft, -1, 0), (Key::ArrowRight, 1, 0), (Key::ArrowUp, 0, 1), (Key::ArrowDown, 0, -1)]
    {
        let far = pressed(Modifiers::SHIFT, key);
        if !far && !pressed(Modifiers::NONE, key) {
            continue;
        }
        match cx.view.selection.focus {
            Focus::Notes => roll::nudge(cx, time, pitch * if far { 12 } else { 1 }),
            Focus::Clips if time != 0 => arranger::nudge(cx, time),
            Focus::Points => {
                let up = crate::math::real(pitch);
                lane_actions::nudge(cx, time, if far { up } else { up * 5.0 });
            }
            Focus::Guide => {
                let fine = if far { Fineness::Fine } else { Fineness::Whole };
                guide_actions::nudge(cx, time, crate::math::real(pitch), fine);
            }
            _ if pitch != 0 => tracks::select_next(cx, if pitch > 0 { -1 } else { 1 }),
            _ => {}
        }
    }
}

fn delete(cx: &mut Cx<'_, '_>) {
    match cx.view.selection.focus {
        Focus::Notes => roll::delete_selected(cx),
        Focus::Clips => arranger::delete_selected(cx),
        Focus::Device => crate::devices::delete_selected(cx),
        Focus::Guide => guide_actions::delete_selected(cx),
        Focus::Points => lane_actions::delete_selected(cx),
        Focus::Review => {}
        Focus::Track => tracks::delete_selected(cx),
    }
}

fn duplicate(cx: &mut Cx<'_, '_>) {
    match cx.view.selection.focus {
        Focus::Notes => roll::duplicate_selected(cx),
        Focus::Clips => arranger::duplicate_selected(cx),
        Focus::Device | Focus::Guide | Focus::Points | Focus::Review | Focus::Track => {}
    }
}

fn select_all(cx: &mut Cx<'_, '_>) {
    match cx.view.selection.focus {
        Focus::Notes => roll::select_all(cx),
        Focus::Points => lane_actions::select_all(cx),
        _ => arranger::select_all(cx),
    }
}
