//! Touch-to-learn: the next parameter that a hand touches becomes a target of a macro.

use model::{DeviceId, DeviceSource, MacroId, MacroTargetId, Project, SendId, TrackId, edit};
use protocol::device::strip;
use protocol::{NodeId, NodeRole, ParamDescriptor, ParamId};

use super::MACRO_SLOTS;
use super::control::{Control, USER};
use super::error::CommandError;
use super::request::Reply;

/// A parameter that can be learnt.
pub(super) struct Learnt {
    /// The key in the project.
    key: String,
    name: String,
    pub min: f64,
    pub max: f64,
    /// What it is now, if that is known.
    pub now: Option<f64>,
    /// Whether there is nothing between its values.
    pub is_stepped: bool,
}

impl Learnt {
    fn builtin(param: &ParamDescriptor, now: Option<f64>) -> Self {
        let is_stepped = super::record::is_stepped(param.unit);
        Self {
            key: param.key.into(),
            name: param.name.into(),
            min: param.min,
            max: param.max,
            now,
            is_stepped,
        }
    }

    /// The macro position at which the parameter stays as it is.
    fn position(&self) -> f64 {
        let span = self.max - self.min;
        let way = self.now.map_or(0.0, |now| if span == 0.0 { 0.0 } else { (now - self.min) / span });
        way.clamp(0.0, 1.0)
    }
}

impl Control {
    pub fn learn(&mut self, slot: Option<u8>) -> Result<Reply, CommandError> {
        if let Some(slot) = slot.filter(|slot| usize::from(*slot) >= MACRO_SLOTS) {
            return Err(CommandError::NoSlot(slot));
        }
        self.status.learn = slot;
        self.publish_status();
        Ok(Reply::Done)
    }

    /// A hand is on a parameter.
    pub fn touched(&mut self, node: NodeId, param: ParamId) {
        let Some(slot) = self.status.learn.take() else { return };
        let project = self.pulse.project();
        if let Some(learnt) = self.describe(&project, node, param) {
            let edits = self.target_edits(&project, slot, node, &learnt);
            let owner = project.name_of(node.entity).to_owned();
            let result = self.commit(format!("Learn {owner} {}", learnt.name), USER, edits);
            self.answer(result, None);
        }
        self.publish_status();
    }

    /// The first macro without targets gets a parameter. `None` if there is no such parameter, or no macro left.
    pub(super) fn assign_macro(
        &mut self,
        node: NodeId,
        param: ParamId,
    ) -> Option<Result<Reply, CommandError>> {
        let project = self.pulse.project();
        let has_targets =
            |slot: u8| project.macros().any(|known| known.slot() == slot && known.targets().next().is_some());
        let slots = 0..=u8::try_from(MACRO_SLOTS - 1).unwrap_or(u8::MAX);
        let slot = slots.into_iter().find(|&slot| !has_targets(slot))?;
        let learnt = self.describe(&project, node, param)?;
        let owner = project.name_of(node.entity).to_owned();
        let edits = self.target_edits(&project, slot, node, &learnt);
        Some(self.commit(format!("Assign {owner} {}", learnt.name), USER, edits))
    }

    pub(super) fn describe(&mut self, project: &Project, node: NodeId, param: ParamId) -> Option<Learnt> {
        let find = |params: &'static [ParamDescriptor]| params.iter().find(|known| known.id == param);
        match node.role {
            NodeRole::Strip => {
                let (known, track) = (find(strip::PARAMS)?, project.track(TrackId(node.entity))?);
                let now = match param {
                    strip::VOLUME_DB => track.volume_db(),
                    strip::PAN => track.pan(),
                    _ => f64::from(u8::from(track.mute())),
                };
                Some(Learnt::builtin(known, Some(now)))
            }
            NodeRole::Send => {
                let now = project.send(SendId(node.entity))?.level_db();
                Some(Learnt::builtin(find(strip::SEND_PARAMS)?, Some(now)))
            }
            NodeRole::Device => {
                let device = project.device(DeviceId(node.entity))?;
                match device.source() {
                    DeviceSource::Builtin(kind) => {
                        let known = find(kind.params())?;
                        let now = device.param(known.key).unwrap_or(known.default);
                        Some(Learnt::builtin(known, Some(now)))
                    }
                    DeviceSource::Plugin(_) => self.describe_plugin(node, param),
                    DeviceSource::Unknown(_) => None,
                }
            }
            _ => None,
        }
    }

    fn describe_plugin(&mut self, node: NodeId, param: ParamId) -> Option<Learnt> {
        let known = self.engine.plugin_params(node).into_iter().find(|known| known.id == param)?;
        let now = self.engine.plugin(node).and_then(|plugin| plugin.param_value(param));
        let (key, is_stepped) = (param.0.to_string(), known.stepped);
        Some(Learnt { key, name: known.name, min: known.min, max: known.max, now, is_stepped })
    }

    fn target_edits(
        &self,
        project: &Project,
        slot: u8,
        node: NodeId,
        learnt: &Learnt,
    ) -> Vec<protocol::Edit> {
        let mut edits = Vec::new();
        let existing = project.macros().find(|other| other.slot() == slot);
        let id = existing.as_ref().map_or_else(|| MacroId(self.pulse.new_id()), |known| known.id());
        if existing.is_none() {
            edits.push(edit::macros::create(id, slot, &learnt.name));
        }
        if existing.is_none_or(|known| known.targets().next().is_none()) {
            edits.push(edit::macros::set_value(id, learnt.position()));
        }
        let target = MacroTargetId(self.pulse.new_id());
        edits.push(edit::macros::create_target(target, id, node.entity, &learnt.key, learnt.min, learnt.max));
        edits
    }
}
