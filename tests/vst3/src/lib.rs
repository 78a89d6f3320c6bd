//! VST3 plugins that behave, or leave things out, on purpose: what the engine is tested against.
//!
//! - [`gain`]: small, and whole: the first class, which is all that some hosts load of a file;
//! - [`probe`]: component and [`controller`] apart, with a sidechain, a second output, events both ways, a latency that can
//!   change, programs, note expressions, controllers, messages and a [`view`];
//! - [`bare`]: no more than the standard makes mandatory;
//! - [`rogue`]: breaks the rules, a class for each way of doing so.
//!
//! Everything here is called by the host under test, and trusts it to pass what the standard demands: that is the argument
//! for every `unsafe` block of this crate.
#![allow(clippy::undocumented_unsafe_blocks, reason = "one argument for all, above")]
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]
#![allow(missing_docs, reason = "the names are those of the standard")]

pub mod bare;
pub mod controller;
pub mod gain;
pub mod probe;
pub mod rogue;
pub mod text;
pub mod view;

use std::ffi::{c_char, c_void};

use vst3::Steinberg::{
    FUnknown, IPluginFactory, IPluginFactoryTrait, PClassInfo, PFactoryInfo, TUID, int32, kInvalidArgument,
    kResultOk, tresult, uint32,
};
use vst3::{Class, ComWrapper};

struct Factory;

impl Class for Factory {
    type Interfaces = (IPluginFactory,);
}

/// What the factory lists: identifier, category and name.
const CLASSES: [(TUID, &str, &str); 6] = [
    (gain::ID, "Audio Module Class", "Gain"),
    (probe::ID, "Audio Module Class", "Probe"),
    (controller::ID, "Component Controller Class", "Probe"),
    (probe::LINES, "Audio Module Class", "Lines"),
    (bare::ID, "Audio Module Class", "Bare"),
    (bare::SCRIBBLER, "Audio Module Class", "Scribbler"),
];

/// The first edition of factories only: the others are optional.
impl IPluginFactoryTrait for Factory {
    unsafe fn getFactoryInfo(&self, info: *mut PFactoryInfo) -> tresult {
        unsafe { text::write_bytes("Loophole tests", &mut (*info).vendor) };
        kResultOk
    }

    unsafe fn countClasses(&self) -> int32 {
        int32::try_from(CLASSES.len() + rogue::WAYS.len()).unwrap()
    }

    unsafe fn getClassInfo(&self, index: int32, info: *mut PClassInfo) -> tresult {
        let Ok(index) = usize::try_from(index) else { return kInvalidArgument };
        let rogue = || {
            let way = index.checked_sub(CLASSES.len())?;
            Some((rogue::id(way), "Audio Module Class", *rogue::WAYS.get(way)?))
        };
        let Some((id, category, name)) = CLASSES.get(index).copied().or_else(rogue) else {
            return kInvalidArgument;
        };
        let info = unsafe { &mut *info };
        info.cid = id;
        info.cardinality = int32::MAX;
        text::write_bytes(category, &mut info.category);
        text::write_bytes(name, &mut info.name);
        kResultOk
    }

    unsafe fn createInstance(
        &self,
        class: *const c_char,
        iid: *const c_char,
        object: *mut *mut c_void,
    ) -> tresult {
        let made = match unsafe { *class.cast::<TUID>() } {
            gain::ID => ComWrapper::new(gain::Gain::default()).to_com_ptr::<FUnknown>(),
            probe::ID => ComWrapper::new(probe::Probe::default()).to_com_ptr::<FUnknown>(),
            probe::LINES => ComWrapper::new(probe::Probe::with_lines()).to_com_ptr::<FUnknown>(),
            controller::ID => ComWrapper::new(controller::Controller::default()).to_com_ptr::<FUnknown>(),
            bare::ID => ComWrapper::new(bare::Bare::default()).to_com_ptr::<FUnknown>(),
            bare::SCRIBBLER => ComWrapper::new(bare::Bare { scribbles: true }).to_com_ptr::<FUnknown>(),
            class => rogue::way(&class)
                .and_then(|way| ComWrapper::new(rogue::Rogue::new(way)).to_com_ptr::<FUnknown>()),
        };
        let Some(made) = made else { return kInvalidArgument };
        unsafe { ((*(*made.as_ptr()).vtbl).queryInterface)(made.as_ptr(), iid.cast(), object) }
    }
}

#[unsafe(no_mangle)]
extern "system" fn GetPluginFactory() -> *mut IPluginFactory {
    ComWrapper::new(Factory)
        .to_com_ptr::<IPluginFactory>()
        .map_or(std::ptr::null_mut(), vst3::ComPtr::into_raw)
}

/// How often the library is entered and not left. More than once is a mistake of the host's.
static ENTERED: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);

#[unsafe(no_mangle)]
extern "system" fn ModuleEntry(_library: *mut c_void) -> bool {
    let before: uint32 = ENTERED.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    before == 0
}

#[unsafe(no_mangle)]
extern "system" fn ModuleExit() -> bool {
    ENTERED.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
    true
}
