//! A hand on a parameter: the gesture from touch to release, and the value shown meanwhile.
//!
//! While a gesture lasts the project does not change; values go to the audio thread as stream frames and the
//! control shows what the hand says. At the end there is one commit, and the hand's value is shown until the
//! project has caught up.

use egui::Response;
use protocol::device::strip;
use protocol::{Command, EntityId, NodeId, NodeRole, ParamId, StreamFrame};

use crate::output::EditorOutput;
use crate::scale::Scale;
use crate::widgets::fader;

/// How long a released value is shown if the project does not follow, in seconds.
const PATIENCE_SECS: f64 = 0.5;
/// Points of travel of a knob from end to end.
const KNOB_TRAVEL: f32 = 170.0;
/// How much slower a control moves with shift.
const FINE: f64 = 0.1;

/// What a control controls.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Target {
    Volume(EntityId),
    Pan(EntityId),
    Send(EntityId),
    Device {
        device: EntityId,
        param: ParamId,
        key: String,
    },
    /// A macro slot, and its entity if it has one.
    Macro {
        slot: u8,
        entity: Option<EntityId>,
    },
}

impl Target {
    fn node(&self) -> Option<(NodeId, ParamId)> {
        let node = |entity, role| NodeId { entity, role };
        match *self {
            Self::Volume(track) => Some((node(track, NodeRole::Strip), strip::VOLUME_DB)),
            Self::Pan(track) => Some((node(track, NodeRole::Strip), strip::PAN)),
            Self::Send(send) => Some((node(send, NodeRole::Send), strip::SEND_LEVEL_DB)),
            Self::Device { device, param, .. } => Some((node(device, NodeRole::Device), param)),
            Self::Macro { .. } => None,
        }
    }

    fn stream(&self, value: f64) -> StreamFrame {
        match (self.node(), self) {
            (Some((node, param)), _) => StreamFrame::Param { node, param, value },
            (None, Self::Macro { slot, .. }) => StreamFrame::Macro { slot: *slot, value },
            (None, _) => StreamFrame::Macro { slot: 0, value },
        }
    }
}

/// The one hand of the editor.
#[derive(Debug, Default)]
pub(crate) struct Hand {
    held: Option<Held>,
}

#[derive(Debug)]
struct Held {
    target: Target,
    name: String,
    /// Position of the control, 0..=1, kept so that slow movements add up.
    norm: f64,
    value: f64,
    moved: bool,
    driven: bool,
    released: Option<Released>,
}

#[derive(Debug)]
struct Released {
    revision: u64,
    until_secs: f64,
}

/// The way of a control.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Travel {
    /// Up is more; the usual length.
    Knob,
    /// Right is more, over a length in points, by the fader's law.
    FaderFlat(f32),
    /// Up is more, over a length in points, by the fader's law.
    FaderTall(f32),
}

/// The moment: what a gesture's end is compared with.
#[derive(Clone, Copy)]
pub(crate) struct Now<'a> {
    pub revision: u64,
    pub secs: f64,
    pub new_id: &'a dyn Fn() -> EntityId,
}

impl Hand {
    /// The value that the hand says, if it is on `target`.
    pub fn value(&self, target: &Target) -> Option<f64> {
        self.held.as_ref().filter(|held| held.target == *target).map(|held| held.value)
    }

    /// Whether a gesture lasts, or its end has not reached the project yet.
    pub fn is_busy(&self) -> bool {
        self.held.is_some()
    }

    /// Lets a control's response move its target, and gives the value to show.
    pub fn drive(
        &mut self,
        response: &Response,
        control: &Control<'_>,
        now: Now<'_>,
        out: &mut EditorOutput,
    ) -> f64 {
        let shown = self.value(&control.target).unwrap_or(control.current);
        if response.double_clicked() {
            self.set(control, control.scale.default(), now, out);
        } else if response.drag_started_by(egui::PointerButton::Primary) {
            self.begin(control, shown, out);
        }
        if let Some(held) = self.held_on(&control.target) {
            held.driven = true;
            if response.dragged() {
                let delta = response.drag_delta();
                let way = match control.travel {
                    Travel::Knob => (delta.x - delta.y) / KNOB_TRAVEL,
                    Travel::FaderFlat(length) => delta.x / length.max(1.0),
                    Travel::FaderTall(length) => -delta.y / length.max(1.0),
                };
                let fine = response.ctx.input(|input| input.modifiers.shift);
                held.move_by(f64::from(way) * if fine { FINE } else { 1.0 }, control, out);
            }
            if response.drag_stopped() {
                self.release(now, out);
            }
        }
        self.value(&control.target).unwrap_or(shown)
    }

    /// Sets a value at once: a gesture from beginning to end.
    pub fn set(&mut self, control: &Control<'_>, value: f64, now: Now<'_>, out: &mut EditorOutput) {
        self.abandon(out);
        let shown = self.value(&control.target).unwrap_or(control.current);
        self.begin(control, shown, out);
        if let Some(held) = self.held_on(&control.target) {
            held.driven = true;
            held.go_to(value, out);
        }
        self.release(now, out);
    }

    /// Ends what no control drives any more, and forgets released values that the project has. Once per frame.
    pub fn end_frame(&mut self, now: Now<'_>, out: &mut EditorOutput) {
        let Some(held) = &mut self.held else { return };
        match &held.released {
            Some(released) if released.revision != now.revision || now.secs > released.until_secs => {
                self.held = None;
            }
            Some(_) => {}
            // The control went away under the hand, with its track for example.
            None if !held.driven => self.abandon(out),
            None => held.driven = false,
        }
    }

    fn held_on(&mut self, target: &Target) -> Option<&mut Held> {
        self.held.as_mut().filter(|held| held.target == *target && held.released.is_none())
    }

    fn begin(&mut self, control: &Control<'_>, value: f64, out: &mut EditorOutput) {
        self.abandon(out);
        if let Some((node, param)) = control.target.node() {
            out.commands.push(Command::GestureBegin { node, param });
        }
        self.held = Some(Held {
            target: control.target.clone(),
            name: control.name.to_owned(),
            norm: control.norm_of(value),
            value,
            moved: false,
            driven: true,
            released: None,
        });
    }

    fn release(&mut self, now: Now<'_>, out: &mut EditorOutput) {
        let Some(held) = &mut self.held else { return };
        if held.moved {
            let edits = crate::edits::set_target(&held.target, held.value, now.new_id);
            out.commit(format!("Set {}", held.name), edits);
        }
        if let Some((node, param)) = held.target.node() {
            out.commands.push(Command::GestureEnd { node, param });
        }
        if held.moved {
            let until_secs = now.secs + PATIENCE_SECS;
            held.released = Some(Released { revision: now.revision, until_secs });
        } else {
            self.held = None;
        }
    }

    /// Lets go without keeping the value.
    fn abandon(&mut self, out: &mut EditorOutput) {
        if let Some(held) = self.held.take().filter(|held| held.released.is_none())
            && let Some((node, param)) = held.target.node()
        {
            out.commands.push(Command::GestureEnd { node, param });
        }
    }
}

impl Held {
    fn move_by(&mut self, way: f64, control: &Control<'_>, out: &mut EditorOutput) {
        if way == 0.0 {
            return;
        }
        self.norm = (self.norm + way).clamp(0.0, 1.0);
        self.go_to(control.value_at(self.norm), out);
    }

    fn go_to(&mut self, value: f64, out: &mut EditorOutput) {
        if value != self.value {
            self.value = value;
            self.moved = true;
            out.stream.push(self.target.stream(value));
        }
    }
}

/// A control on the screen, as the hand needs to know it.
pub(crate) struct Control<'a> {
    pub target: Target,
    pub scale: Scale<'a>,
    /// The project's value.
    pub current: f64,
    pub travel: Travel,
    /// For the undo menu, after "Set".
    pub name: &'a str,
}

impl Control<'_> {
    pub fn norm_of(&self, value: f64) -> f64 {
        match self.travel {
            Travel::Knob => self.scale.normalize(value),
            Travel::FaderFlat(_) | Travel::FaderTall(_) => fader::travel_of(value),
        }
    }

    fn value_at(&self, norm: f64) -> f64 {
        match self.travel {
            Travel::Knob => self.scale.denormalize(norm),
            Travel::FaderFlat(_) | Travel::FaderTall(_) => fader::level_at(norm),
        }
    }
}
