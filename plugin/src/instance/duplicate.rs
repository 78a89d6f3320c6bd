//! Copies of devices.

use host::nested::offers::StatePurpose;
use model::{DeviceId, DeviceSource, edit};
use protocol::EntityId;

use super::control::{Control, USER};
use super::error::CommandError;
use super::plugins::node_of;
use super::request::Reply;

impl Control {
    /// Makes a copy of a device behind it.
    pub fn duplicate_device(&mut self, device: EntityId) -> Result<Reply, CommandError> {
        let project = self.pulse.project();
        let known = project.device(device.into()).ok_or(CommandError::NoDevice(device))?;
        let mut blob = known.blob();
        // A plugin that is missing has what the project keeps for it.
        if matches!(known.source(), DeviceSource::Plugin(_))
            && let Some(plugin) = self.engine.plugin(node_of(device))
        {
            let state = plugin.save_state_for(StatePurpose::Duplicate).map_err(CommandError::CopiedState)?;
            blob = state.map(|state| self.published.blobs().put(state)).or(blob);
        }
        let id = DeviceId(self.pulse.new_id());
        let edits = edit::device::copy(&known, id, blob, &|| self.pulse.new_id());
        self.commit(format!("Duplicate {}", known.name()), USER, edits)
    }
}
