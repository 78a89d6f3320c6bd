//! What a plugin keeps: the component's state, and the controller's own.
#![expect(unsafe_code, reason = "plugins are called through raw pointers")]

use vst3::Steinberg::Vst::{IComponentTrait as _, IEditControllerTrait as _};
use vst3::Steinberg::{TUID, kNotImplemented, kResultFalse, kResultOk};

use super::parts::Parts;
use super::preset::{self, Chunks};
use super::stream::{self, Stream};
use crate::nested::error::StateError;
use crate::nested::offers::StatePurpose;

/// Asks both for their states; `None` if there is nothing to keep. `unheard` are the values that the component has not heard
/// of yet, and `all` those to be kept for a plugin that keeps nothing itself. Main thread.
pub(super) fn save(
    parts: &Parts,
    class: &TUID,
    purpose: StatePurpose,
    unheard: Vec<(u32, f64)>,
    all: impl FnOnce() -> Vec<(u32, f64)>,
) -> Result<Option<Vec<u8>>, StateError> {
    let component = component_state(parts, purpose);
    let controller = parts.controller.as_ref().and_then(|controller| {
        let into = Stream::new(Vec::new(), purpose);
        // SAFETY: as above. A controller without a state of its own is common.
        let result = unsafe { controller.getState(stream::pointer(&into)) };
        (result == kResultOk).then(|| into.take()).filter(|bytes| !bytes.is_empty())
    });
    let component = match component {
        // What the controller keeps is better than nothing.
        Err(_) if controller.is_some() => None,
        component => component?,
    };
    let values = if component.is_none() && controller.is_none() { all() } else { unheard };
    let chunks = Chunks { component, controller, values };
    Ok((chunks != Chunks::default()).then(|| preset::write(class, &chunks)))
}

/// The component's state; `None` if it keeps none.
fn component_state(parts: &Parts, purpose: StatePurpose) -> Result<Option<Vec<u8>>, StateError> {
    let into = Stream::new(Vec::new(), purpose);
    // SAFETY: the stream outlives the call; the component is initialised.
    let result = unsafe { parts.component.getState(stream::pointer(&into)) };
    let bytes = into.take();
    if result == kResultOk {
        Ok(Some(bytes))
    } else if result == kNotImplemented || (result == kResultFalse && bytes.is_empty()) {
        Ok(None)
    } else {
        Err(StateError::SaveFailed)
    }
}

/// Gives both their states back: the component its own, the controller the component's and then its own. Returns the values
/// that are to be set after that. Main thread.
pub(super) fn load(
    parts: &Parts,
    class: &TUID,
    bytes: &[u8],
    purpose: StatePurpose,
) -> Result<Vec<(u32, f64)>, StateError> {
    let chunks = preset::read(class, bytes).map_err(|_| StateError::Refused)?;
    let _showing = parts.host().show();
    // SAFETY, for all of these: the streams outlive the calls; both are initialised.
    if let Some(component) = chunks.component {
        let from = Stream::new(component.clone(), purpose);
        // SAFETY: see above.
        let result = unsafe { parts.component.setState(stream::pointer(&from)) };
        if result == kNotImplemented {
            return Err(StateError::Unsupported);
        }
        // Some say that they failed at the end of what they have taken whole: then it is what they would write.
        if result != kResultOk && component_state(parts, purpose).ok().flatten().as_ref() != Some(&component)
        {
            return Err(StateError::Refused);
        }
        if let Some(controller) = &parts.controller {
            let from = Stream::new(component, purpose);
            // SAFETY: see above. What it answers does not matter: the component has taken the state.
            unsafe { controller.setComponentState(stream::pointer(&from)) };
        }
    }
    if let (Some(own), Some(controller)) = (chunks.controller, &parts.controller) {
        let from = Stream::new(own, purpose);
        // SAFETY: see above. A controller that refuses shows its window as it likes; nothing that sounds depends on it.
        unsafe { controller.setState(stream::pointer(&from)) };
    }
    Ok(chunks.values)
}
