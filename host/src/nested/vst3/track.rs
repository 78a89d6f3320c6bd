//! `IInfoListener`: where a plugin is.
#![expect(unsafe_code, reason = "a controller is called through raw pointers")]

use vst3::ComPtr;
use vst3::ComWrapper;
use vst3::Steinberg::Vst::ChannelContext::{IInfoListener, IInfoListenerTrait as _};
use vst3::Steinberg::Vst::{IAttributeList, IEditController};

use super::attributes::Attributes;
use super::parts::Parts;
use crate::nested::plugin::TrackContext;

/// Tells the plugin. Main thread.
pub(super) fn set(parts: &Parts, track: &TrackContext) {
    // The standard puts it on the controller; some plugins have it on the component only.
    let by_controller = parts.controller.as_ref().and_then(ComPtr::<IEditController>::cast::<IInfoListener>);
    let Some(listener) = by_controller.or_else(|| parts.component.cast()) else { return };
    let values = ComWrapper::new(Attributes::default());
    values.set_text(c"channel name", &track.name);
    let length = track.name.encode_utf16().count();
    values.set_int(c"channel name length", i64::try_from(length).unwrap_or(i64::MAX));
    // ARGB.
    values.set_int(c"channel color", i64::from(0xFF00_0000 | track.color));
    if let Some(list) = values.as_com_ref::<IAttributeList>() {
        // SAFETY: the list outlives the call.
        unsafe { listener.setChannelContextInfos(list.as_ptr()) };
    }
}
