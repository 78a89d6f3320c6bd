//! `clap.param-indication`: what a plugin may show beside its controls.

use std::ffi::CString;

use clack_extensions::param_indication::{ParamIndicationAutomation, PluginParamIndication};
use clack_host::prelude::*;
use protocol::ParamId;

use crate::nested::offers::{AutomationState, Indication};

/// Tells the plugin, if it cares. Main thread.
pub(super) fn set(plugin: &PluginMainThreadHandle<'_>, param: ParamId, indication: &Indication) {
    let Some(extension) = plugin.get_extension::<PluginParamIndication>() else { return };
    let Some(id) = ClapId::from_raw(param.0) else { return };
    // A name with a zero byte in it is left out: that something moves the control is what matters.
    let label = indication.mapped.as_deref().and_then(|label| CString::new(label).ok());
    extension.set_mapping(plugin, id, indication.mapped.is_some(), None, label.as_deref(), None);
    let automation = match indication.automation {
        AutomationState::None => ParamIndicationAutomation::None,
        AutomationState::Playing => ParamIndicationAutomation::Playing,
        AutomationState::Recording => ParamIndicationAutomation::Recording,
        AutomationState::Overridden => ParamIndicationAutomation::Overriding,
    };
    extension.set_automation(plugin, id, automation, None);
}
