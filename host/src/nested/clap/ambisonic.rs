//! `clap.ambisonic`: how the channels of a bus make up a sound field.

use clack_extensions::ambisonic::{
    AmbisonicConfig, AmbisonicNormalization as ClapNormalization, AmbisonicOrdering as ClapOrdering,
    HostAmbisonicImpl, PluginAmbisonic,
};
use clack_host::prelude::*;

use super::host::MainThread;
use crate::nested::offers::{AmbisonicNormalization, AmbisonicOrdering, Arrangement, BusDirection};
use crate::nested::requests::Request;

/// The sound field of a bus; `None` if the plugin does not say. Main thread.
pub(super) fn read(
    plugin: &PluginMainThreadHandle<'_>,
    direction: BusDirection,
    index: u32,
) -> Option<Arrangement> {
    let extension = plugin.get_extension::<PluginAmbisonic>()?;
    let config = extension.get_config(plugin, direction == BusDirection::Input, index)?;
    let ordering = match config.ordering()? {
        ClapOrdering::FuMa => AmbisonicOrdering::FuMa,
        ClapOrdering::ACN => AmbisonicOrdering::Acn,
        _ => return None,
    };
    let normalization = match config.normalization()? {
        ClapNormalization::MaxN => AmbisonicNormalization::MaxN,
        ClapNormalization::SN3D => AmbisonicNormalization::Sn3d,
        ClapNormalization::N3D => AmbisonicNormalization::N3d,
        ClapNormalization::SN2D => AmbisonicNormalization::Sn2d,
        ClapNormalization::N2D => AmbisonicNormalization::N2d,
        _ => return None,
    };
    Some(Arrangement::Ambisonic { ordering, normalization })
}

/// A sound field in CLAP's form; `None` for other arrangements.
pub(super) fn config(arrangement: &Arrangement) -> Option<AmbisonicConfig> {
    let Arrangement::Ambisonic { ordering, normalization } = arrangement else { return None };
    let ordering = match ordering {
        AmbisonicOrdering::FuMa => ClapOrdering::FuMa,
        AmbisonicOrdering::Acn => ClapOrdering::ACN,
    };
    let normalization = match normalization {
        AmbisonicNormalization::MaxN => ClapNormalization::MaxN,
        AmbisonicNormalization::Sn3d => ClapNormalization::SN3D,
        AmbisonicNormalization::N3d => ClapNormalization::N3D,
        AmbisonicNormalization::Sn2d => ClapNormalization::SN2D,
        AmbisonicNormalization::N2d => ClapNormalization::N2D,
    };
    Some(AmbisonicConfig::new(ordering, normalization))
}

impl HostAmbisonicImpl for MainThread {
    /// The sound fields are part of the ports, which are only read while the plugin is inactive.
    fn changed(&self) {
        if self.0.check_main_thread("ambisonic.changed") {
            self.0.requests.raise(Request::PortsChanged);
        }
    }
}
