//! The state that a host keeps for us: parameters and project.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use nice_plug::plugin::ParamValue;
use nice_plug::prelude::PluginState;

/// The key of the project among the fields of the state.
pub const PROJECT_FIELD: &str = "project";

/// The project in a state, if it has one and its text is whole.
#[must_use]
pub fn project_bytes(state: &PluginState) -> Option<Vec<u8>> {
    BASE64.decode(state.fields.get(PROJECT_FIELD)?).ok()
}

/// The state that bytes from a host are, with nothing in it that there cannot be, if it has a project that can be opened.
/// Anything else is to be refused, and what is loaded stays.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<PluginState> {
    let mut state = serde_json::from_slice::<PluginState>(bytes).ok()?;
    model::bundle::from_bytes(&project_bytes(&state)?).ok()?;
    state.params.retain(|_, value| is_within_range(value));
    Some(state)
}

/// Takes everything out of a state whose project cannot be opened, so that loading it changes nothing at all. nice-plug
/// calls this before it takes over parameters, and gives no way to refuse.
pub fn filter(state: &mut PluginState) {
    let readable = project_bytes(state).is_some_and(|project| model::bundle::from_bytes(&project).is_ok());
    if !readable {
        state.params.clear();
        // What is left tells the instance what was wrong, for its log.
        state.fields.retain(|field, _| field == PROJECT_FIELD);
    }
    state.params.retain(|_, value| is_within_range(value));
}

/// Whether nice-plug 0.4.2 can be given a value: it checks none, and looks an enum's number up without a second thought.
/// We write no numbers.
fn is_within_range(value: &ParamValue) -> bool {
    match value {
        ParamValue::F32(value) => (0.0..=1.0).contains(value),
        ParamValue::I32(_) => false,
        ParamValue::Bool(_) | ParamValue::String(_) => true,
    }
}
