//! `wrong-thread`: makes every main-thread call on the audio thread.
#![expect(unsafe_code, reason = "lying about the thread takes unsafe code")]

use std::ops::Range;
use std::ptr::NonNull;

use clack_extensions::latency::HostLatency;
use clack_extensions::params::{HostParams, ParamRescanFlags};
use clack_extensions::state::HostState;
use clack_extensions::timer::HostTimer;
use clack_plugin::prelude::*;

use crate::frame::{Io, Shared, Spec, Unit};

/// The plugin.
#[derive(Default)]
pub struct WrongThread;

impl Unit for WrongThread {
    const SPEC: Spec = Spec::effect("wrong-thread", "Test Wrong Thread", &[]);

    fn render(
        &mut self,
        io: &mut Io<'_>,
        range: Range<usize>,
        shared: &Shared<'_>,
        _out: &mut OutputEvents<'_>,
    ) -> Result<(), PluginError> {
        let raw = NonNull::from(shared.host.as_raw());
        // SAFETY: it is not, and that is the point: a host must survive it.
        let host = unsafe { HostMainThreadHandle::from_raw(raw) };
        if let Some(latency) = host.get_extension::<HostLatency>() {
            latency.changed(&host);
        }
        if let Some(params) = host.get_extension::<HostParams>() {
            params.rescan(&host, ParamRescanFlags::ALL);
        }
        if let Some(state) = host.get_extension::<HostState>() {
            state.mark_dirty(&host);
        }
        if let Some(timers) = host.get_extension::<HostTimer>() {
            let _ = timers.register_timer(&host, 10);
        }
        io.pass(range);
        Ok(())
    }
}
