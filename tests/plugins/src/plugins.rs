//! The plugins, one per file; their identifiers are `org.loophole.test.` and the key of their description.

pub mod crash;
pub mod delay;
pub mod drive;
pub mod echo;
pub mod flood;
pub mod flusher;
pub mod gain;
pub mod latency;
pub mod layout;
pub mod many;
pub mod misuse;
pub mod nan;
pub mod probe;
pub mod refuse;
pub mod resting;
pub mod restless;
pub mod sine;
pub mod state;
pub mod stateless;
pub mod studio;
pub mod tail;
pub mod window;

use clack_plugin::host::HostInfo;
use clack_plugin::plugin::{PluginDescriptor, PluginInstance};

use crate::frame::{Framed, MainThread, Shared, Unit};

/// What all identifiers begin with.
pub const PREFIX: &str = "org.loophole.test.";

/// Makes one kind of plugin.
pub struct Maker {
    /// What it says about itself.
    pub descriptor: PluginDescriptor,
    /// Makes one.
    pub make: for<'a> fn(HostInfo<'a>, &'a PluginDescriptor) -> PluginInstance<'a>,
}

/// All of them.
#[must_use]
pub fn all() -> Vec<Maker> {
    vec![
        maker::<gain::Gain>(),
        maker::<delay::Delay>(),
        maker::<sine::Sine>(),
        maker::<tail::Decay>(),
        maker::<layout::Elastic>(),
        maker::<layout::Mono>(),
        maker::<layout::MultiOut>(),
        maker::<layout::Ducker>(),
        maker::<layout::Keyed>(),
        maker::<layout::Wide>(),
        maker::<state::Heavy>(),
        maker::<stateless::Stateless>(),
        maker::<studio::Studio>(),
        maker::<nan::Nan>(),
        maker::<crash::Crash>(),
        maker::<crash::Hang>(),
        maker::<misuse::WrongThread>(),
        maker::<flood::Flood>(),
        maker::<flusher::Flusher>(),
        maker::<latency::Changer>(),
        maker::<refuse::Refuse>(),
        maker::<refuse::Halted>(),
        maker::<refuse::Loader>(),
        maker::<many::Many>(),
        maker::<resting::Gap>(),
        maker::<resting::Sequencer>(),
        maker::<resting::Hand>(),
        maker::<restless::Restless>(),
        maker::<restless::Slow>(),
        maker::<restless::BadState>(),
        maker::<echo::Echo>(),
        maker::<echo::ClapEcho>(),
        maker::<echo::KeysEcho>(),
        maker::<echo::MidiEcho>(),
        maker::<echo::MpeEcho>(),
        maker::<probe::Probe>(),
        maker::<drive::Drive>(),
        maker::<window::Window>(),
    ]
}

fn maker<U: Unit>() -> Maker {
    let spec = U::SPEC;
    let descriptor = PluginDescriptor::new(&format!("{PREFIX}{}", spec.key), spec.name)
        .with_vendor("Loophole")
        .with_version(env!("CARGO_PKG_VERSION"))
        .with_features(spec.features.iter().copied());
    Maker { descriptor, make: make::<U> }
}

fn make<'a, U: Unit>(host: HostInfo<'a>, descriptor: &'a PluginDescriptor) -> PluginInstance<'a> {
    PluginInstance::new::<Framed<U>>(
        host,
        descriptor,
        |host| Ok(Shared::new(host, U::SPEC)),
        |host, shared| Ok(MainThread::new(host, shared)),
    )
}
