//! What modulators do, for the engine.

use protocol::EntityId;
use protocol::modulation::{ModulationPlan, ModulatorPlan};

use super::{has_node, param_target};
use crate::project::Project;
use crate::view::{Modulation, Modulator, ModulatorKind};

/// The modulations of enabled modulators. Followers are not among them: the engine does not follow loudness yet.
pub(super) fn derive(project: &Project) -> Vec<ModulationPlan> {
    let enabled = project.modulators().filter(|modulator: &Modulator<'_>| modulator.enabled());
    let plans = enabled.filter_map(|modulator| Some((modulator, plan(&modulator)?)));
    plans
        .flat_map(|(modulator, plan)| modulator.modulations().filter_map(move |of| target(&of, plan)))
        .collect()
}

fn plan(modulator: &Modulator<'_>) -> Option<ModulatorPlan> {
    match modulator.kind() {
        ModulatorKind::Lfo { shape, rate, phase } => {
            Some(ModulatorPlan::Lfo { shape, rate, phase, seed: seed(modulator.id().0) })
        }
        ModulatorKind::Macro(of) => {
            let id = of?;
            let of = modulator.project().macros().find(|other| other.id() == id)?;
            Some(ModulatorPlan::Macro { slot: of.slot(), value: of.value() })
        }
        ModulatorKind::Follower { .. } => None,
    }
}

fn target(of: &Modulation<'_>, modulator: ModulatorPlan) -> Option<ModulationPlan> {
    let project = of.project();
    if !has_node(project, of.owner()) {
        return None;
    }
    let (node, param) = param_target(project, of.owner(), of.param())?;
    Some(ModulationPlan { node, param, modulator, amount: of.amount(), polarity: of.polarity() })
}

/// The same modulator draws the same random waves in every copy of the project.
fn seed(id: EntityId) -> u64 {
    let half = |bits: u128| u64::try_from(bits & u128::from(u64::MAX)).unwrap_or(0);
    half(id.0) ^ half(id.0 >> 64).rotate_left(32)
}
