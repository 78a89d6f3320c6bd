//! From a bundle to the plugins in it.
#![expect(unsafe_code, reason = "a factory is called through raw pointers")]

use std::ffi::c_char;
use std::sync::Arc;

use protocol::{PluginFormat, PluginInfo, PluginRef};
use vst3::Steinberg::{
    IPluginFactory, IPluginFactory2, IPluginFactory2Trait as _, IPluginFactory3, IPluginFactory3Trait as _,
    IPluginFactoryTrait as _, PClassInfo, PClassInfo2, PClassInfoW, PFactoryInfo, TUID, int32, kResultOk,
};
use vst3::{ComPtr, Interface};

use super::host::{Application, HostState};
use super::instance::Vst3Plugin;
use super::module;
use super::{class_id, ints, text};
use crate::nested::error::{DescribeError, LoadError};
use crate::nested::locator::PluginSource;
use crate::nested::plugin::{PluginController, PluginFormatHost};

/// More classes than this are a mistake of the library.
const MAX_CLASSES: usize = 4_096;
/// The category of what processes audio. Source: VST3 `ivstcomponent.h`, `kVstAudioEffectClass`.
const AUDIO_EFFECT: &str = "Audio Module Class";

/// The VST3 format.
#[derive(Clone, Copy, Debug, Default)]
pub struct Vst3Host;

impl PluginFormatHost for Vst3Host {
    fn format(&self) -> PluginFormat {
        PluginFormat::Vst3
    }

    fn describe(&self, source: &PluginSource) -> Result<Vec<PluginInfo>, DescribeError> {
        let factory = Factory::open(source)?;
        Ok(factory.classes().into_iter().map(|class| class.info(source)).collect())
    }

    fn create(&self, source: &PluginSource, id: &str) -> Result<PluginController, LoadError> {
        let factory =
            Factory::open(source).map_err(|source| LoadError::Describe { id: id.into(), source })?;
        let failed = |source: CreateError| LoadError::Create { id: id.into(), source: Box::new(source) };
        let class_id = class_id::parse(id).ok_or_else(|| failed(CreateError::NotThere))?;
        let class = factory.classes().into_iter().find(|class| class.id == class_id);
        let class = class.ok_or_else(|| failed(CreateError::NotThere))?;
        let info = class.info(source);
        Ok(Box::new(Vst3Plugin::new(factory, class_id, info).map_err(failed)?))
    }
}

/// Why a plugin could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum CreateError {
    /// The factory does not list it.
    #[error("the file does not contain it")]
    NotThere,
    /// The factory does not make it.
    #[error("the factory does not make it")]
    NoComponent,
    /// It refuses to be initialised.
    #[error("it refuses to start")]
    Refused,
    /// It processes no audio.
    #[error("it has no audio processor")]
    NoProcessor,
}

/// A factory, with the host that what it makes is to see.
pub(super) struct Factory {
    context: vst3::ComWrapper<Application>,
    factory: ComPtr<IPluginFactory>,
    pub(super) host: Arc<HostState>,
}

/// A plugin as its factory describes it.
struct Described {
    id: TUID,
    name: String,
    vendor: String,
    version: String,
    /// As `Fx|Dynamics`.
    categories: String,
}

impl Factory {
    /// Opens the bundle. The calling thread becomes the main thread of what the factory makes.
    fn open(source: &PluginSource) -> Result<Self, DescribeError> {
        let PluginSource::File(path) = source else {
            return Err(DescribeError::UnknownFormat { path: source.path().into() });
        };
        let factory = module::open(path)?;
        let host = Arc::new(HostState::default());
        Ok(Self { context: Application::new(&host), factory, host })
    }

    /// The host as what the factory makes is to see it.
    pub(super) const fn context(&self) -> &vst3::ComWrapper<Application> {
        &self.context
    }

    /// Makes an object of a class; `None` if the factory does not.
    pub(super) fn create<I: Interface>(&self, class: &TUID) -> Option<ComPtr<I>> {
        let mut object = std::ptr::null_mut();
        // SAFETY: both identifiers are 16 bytes, as the function wants despite its types; the object it writes has one
        // reference for us.
        unsafe {
            let interface: *const c_char = I::IID.as_ptr().cast();
            let result = self.factory.createInstance(class.as_ptr(), interface, &raw mut object);
            if result == kResultOk { ComPtr::from_raw(object.cast()) } else { None }
        }
    }

    /// What it makes that processes audio.
    fn classes(&self) -> Vec<Described> {
        let second = self.factory.cast::<IPluginFactory2>();
        let third = self.factory.cast::<IPluginFactory3>();
        // SAFETY: it takes nothing.
        let count = ints::count(unsafe { self.factory.countClasses() }, MAX_CLASSES);
        let described = (0..count).filter_map(|index| {
            let wide = third.as_ref().and_then(|factory| wide(factory, index));
            let narrow = || second.as_ref().and_then(|factory| narrow(factory, index));
            wide.or_else(narrow).or_else(|| plain(&self.factory, index))
        });
        let mut classes: Vec<Described> =
            described.filter(|(category, _)| category == AUDIO_EFFECT).map(|(_, class)| class).collect();
        if classes.iter().any(|class| class.vendor.is_empty()) {
            let vendor = self.vendor();
            for class in classes.iter_mut().filter(|class| class.vendor.is_empty()) {
                class.vendor.clone_from(&vendor);
            }
        }
        classes
    }

    /// Who made the library.
    fn vendor(&self) -> String {
        // SAFETY: all zeros are a valid `PFactoryInfo`, and the factory writes one at most.
        unsafe {
            let mut info: PFactoryInfo = std::mem::zeroed();
            if self.factory.getFactoryInfo(&raw mut info) == kResultOk {
                text::from_bytes(&info.vendor)
            } else {
                String::new()
            }
        }
    }
}

/// As the third edition of factories describes a class: its category, and the rest.
fn wide(factory: &ComPtr<IPluginFactory3>, index: int32) -> Option<(String, Described)> {
    // SAFETY: all zeros are a valid `PClassInfoW`, and the factory writes one at most.
    let info = unsafe {
        let mut info: PClassInfoW = std::mem::zeroed();
        (factory.getClassInfoUnicode(index, &raw mut info) == kResultOk).then_some(info)?
    };
    let class = Described {
        id: info.cid,
        name: text::from_wide(&info.name),
        vendor: text::from_wide(&info.vendor),
        version: text::from_wide(&info.version),
        categories: text::from_bytes(&info.subCategories),
    };
    Some((text::from_bytes(&info.category), class))
}

/// As the second edition does.
fn narrow(factory: &ComPtr<IPluginFactory2>, index: int32) -> Option<(String, Described)> {
    // SAFETY: as above.
    let info = unsafe {
        let mut info: PClassInfo2 = std::mem::zeroed();
        (factory.getClassInfo2(index, &raw mut info) == kResultOk).then_some(info)?
    };
    let class = Described {
        id: info.cid,
        name: text::from_bytes(&info.name),
        vendor: text::from_bytes(&info.vendor),
        version: text::from_bytes(&info.version),
        categories: text::from_bytes(&info.subCategories),
    };
    Some((text::from_bytes(&info.category), class))
}

/// As the first edition does.
fn plain(factory: &ComPtr<IPluginFactory>, index: int32) -> Option<(String, Described)> {
    // SAFETY: as above.
    let info = unsafe {
        let mut info: PClassInfo = std::mem::zeroed();
        (factory.getClassInfo(index, &raw mut info) == kResultOk).then_some(info)?
    };
    let class = Described {
        id: info.cid,
        name: text::from_bytes(&info.name),
        vendor: String::new(),
        version: String::new(),
        categories: String::new(),
    };
    Some((text::from_bytes(&info.category), class))
}

impl Described {
    fn info(&self, source: &PluginSource) -> PluginInfo {
        PluginInfo {
            plugin: PluginRef { format: PluginFormat::Vst3, id: class_id::to_text(&self.id) },
            name: self.name.clone(),
            vendor: self.vendor.clone(),
            version: self.version.clone(),
            features: features(&self.categories),
            path: source.path().into(),
        }
    }
}

/// VST3's categories as the words that plugins of every format are described with.
fn features(categories: &str) -> Vec<String> {
    let words = categories.split('|').map(str::trim).filter(|word| !word.is_empty());
    words
        .map(|word| match word {
            "Fx" => "audio-effect".into(),
            other => other.to_lowercase().replace(' ', "-"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_become_feature_words() {
        assert_eq!(features("Fx|Dynamics|Pitch Shift"), ["audio-effect", "dynamics", "pitch-shift"]);
        assert_eq!(features("Instrument|Synth"), ["instrument", "synth"]);
        assert!(features("").is_empty());
    }
}
