//! `clap.audio-ports-activation`: telling a plugin which of its buses are connected.

use std::sync::atomic::{AtomicU32, Ordering};

use clack_extensions::audio_ports_activation::{PluginAudioPortsActivation, SampleSize};
use clack_host::plugin::InactivePluginMainThreadHandle;
use clack_host::prelude::*;

use crate::nested::error::LayoutError;
use crate::nested::offers::{BusDirection, BusUse};

/// Says whether a bus is connected. Main thread.
pub(super) fn set(
    plugin: &mut InactivePluginMainThreadHandle<'_>,
    (direction, index): (BusDirection, u32),
    how: BusUse,
) -> Result<(), LayoutError> {
    let extension = plugin.get_extension::<PluginAudioPortsActivation>().ok_or(LayoutError::Unsupported)?;
    let (is_input, is_active) = (direction == BusDirection::Input, how == BusUse::Used);
    if extension.set_active_audio_inactive(plugin, is_input, index, is_active, SampleSize::Float32) {
        Ok(())
    } else {
        Err(LayoutError::Refused)
    }
}

/// Whether it can be told while it is active. Main thread.
pub(super) fn can_be_told_live(plugin: &PluginMainThreadHandle<'_>) -> bool {
    plugin
        .get_extension::<PluginAudioPortsActivation>()
        .is_some_and(|extension| extension.can_activate_while_processing(plugin))
}

/// What an active plugin is to hear of its buses: only the audio thread may tell it.
#[derive(Default)]
pub(super) struct Uses {
    inputs: Waiting,
    outputs: Waiting,
}

/// Buses of one direction, as bits.
#[derive(Default)]
struct Waiting {
    changed: AtomicU32,
    used: AtomicU32,
}

impl Waiting {
    fn put(&self, bit: u32, how: BusUse) {
        match how {
            BusUse::Used => self.used.fetch_or(bit, Ordering::Relaxed),
            BusUse::Unused => self.used.fetch_and(!bit, Ordering::Relaxed),
        };
        self.changed.fetch_or(bit, Ordering::Release);
    }

    fn drain(&self, mut each: impl FnMut(u32, BusUse)) {
        if self.changed.load(Ordering::Relaxed) == 0 {
            return;
        }
        let mut changed = self.changed.swap(0, Ordering::Acquire);
        let used = self.used.load(Ordering::Relaxed);
        while changed != 0 {
            let index = changed.trailing_zeros();
            changed &= changed - 1;
            each(index, if used >> index & 1 == 1 { BusUse::Used } else { BusUse::Unused });
        }
    }
}

impl Uses {
    /// Keeps what the next block is to tell. Main thread.
    ///
    /// # Errors
    /// For a bus that no plugin of ours has.
    pub(super) fn put(
        &self,
        (direction, index): (BusDirection, u32),
        how: BusUse,
    ) -> Result<(), LayoutError> {
        let bit = 1_u32.checked_shl(index).ok_or(LayoutError::Refused)?;
        match direction {
            BusDirection::Input => self.inputs.put(bit, how),
            BusDirection::Output => self.outputs.put(bit, how),
        }
        Ok(())
    }

    /// Hands over what was kept.
    ///
    /// # Real-time
    /// Linear in the buses that changed, and nearly free when there are none.
    #[inline]
    pub(super) fn drain(&self, mut each: impl FnMut((BusDirection, u32), BusUse)) {
        self.inputs.drain(|index, how| each((BusDirection::Input, index), how));
        self.outputs.drain(|index, how| each((BusDirection::Output, index), how));
    }

    /// Tells an active plugin; whether it took all of it. Audio thread.
    #[inline]
    pub(super) fn tell(
        &self,
        extension: Option<PluginAudioPortsActivation>,
        plugin: &mut PluginAudioProcessorHandle<'_>,
    ) -> bool {
        let mut took = true;
        self.drain(|(direction, index), how| {
            let (is_input, is_active) = (direction == BusDirection::Input, how == BusUse::Used);
            took &= extension.is_some_and(|extension| {
                extension.set_active_audio_active(plugin, is_input, index, is_active, SampleSize::Float32)
            });
        });
        took
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_words_about_a_bus_the_last_is_told_once() {
        let uses = Uses::default();
        uses.put((BusDirection::Input, 1), BusUse::Unused).unwrap();
        uses.put((BusDirection::Output, 31), BusUse::Unused).unwrap();
        uses.put((BusDirection::Input, 1), BusUse::Used).unwrap();
        assert!(uses.put((BusDirection::Input, 32), BusUse::Used).is_err());
        let told = || {
            let mut told = Vec::new();
            uses.drain(|bus, how| told.push((bus, how)));
            told
        };
        assert_eq!(
            told(),
            [((BusDirection::Input, 1), BusUse::Used), ((BusDirection::Output, 31), BusUse::Unused)]
        );
        assert!(told().is_empty());
    }
}
