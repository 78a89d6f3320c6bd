//! The library of a plugin: entered when the first plugin of it is made, and never left.
#![expect(unsafe_code, reason = "loading a library runs its code")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use vst3::Steinberg::{IPluginFactory, IPluginFactory3, IPluginFactory3Trait as _};
use vst3::{ComPtr, ComWrapper};

use super::bundle;
use super::host::{Application, unknown};
use crate::nested::error::DescribeError;

/// The libraries that were loaded, by path.
///
/// This is the process's own record, because entering is the process's: a library has one state however many hosts open
/// it, and many of them take a second entry, or one after they were left, badly. So none is ever left.
static LOADED: Mutex<BTreeMap<PathBuf, Arc<Mutex<Option<Entered>>>>> = Mutex::new(BTreeMap::new());

/// A library that was entered.
struct Entered {
    library: Library,
    /// Who its factory takes us for. There is one factory, so this is nobody's instance.
    context: ComWrapper<Application>,
    knows_us: bool,
}

/// The factory of a library that is loaded and entered. Any thread may open one; what it makes belongs to that thread.
pub(super) fn open(bundle: &Path) -> Result<ComPtr<IPluginFactory>, DescribeError> {
    let failed = |source| DescribeError::Library { path: bundle.into(), source };
    if bundle.as_os_str().as_encoded_bytes().contains(&0) {
        return Err(DescribeError::Path { path: bundle.into() });
    }
    let file =
        bundle::library(bundle).ok_or_else(|| failed("it has no library for this kind of machine".into()))?;
    let path = file.canonicalize().map_err(|error| failed(error.into()))?;
    let known =
        LOADED.lock().unwrap_or_else(PoisonError::into_inner).entry(path.clone()).or_default().clone();
    // Only this library's: what its code does while it is loaded is no other's business.
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    let entered = match &mut *known {
        Some(entered) => entered,
        empty => {
            let library = Library::load(&path).map_err(|error| failed(error.into()))?;
            if !library.enter() {
                return Err(DescribeError::Refused { path: bundle.into() });
            }
            empty.insert(Entered { library, context: Application::for_factory(), knows_us: false })
        }
    };
    let factory =
        entered.library.factory().ok_or_else(|| DescribeError::NoFactory { path: bundle.into() })?;
    if !std::mem::replace(&mut entered.knows_us, true)
        && let Some(third) = factory.cast::<IPluginFactory3>()
    {
        // SAFETY: the context lives as long as the process. What the factory says to it does not matter.
        unsafe { third.setHostContext(unknown(&entered.context)) };
    }
    Ok(factory)
}

/// The entry points of a loaded library.
///
/// It stays in memory until the process ends: threads and exit handlers of the toolkits that plugins bring may outlive
/// them, and unloaded code crashes whoever returns to it.
#[derive(Clone, Copy)]
struct Library {
    enter: Option<Enter>,
    factory: Option<unsafe extern "system" fn() -> *mut IPluginFactory>,
    /// What the system knows it by.
    handle: Handle,
}

#[cfg(unix)]
type Enter = unsafe extern "system" fn(Handle) -> bool;
#[cfg(unix)]
type Handle = *mut std::ffi::c_void;
#[cfg(unix)]
use libloading::os::unix::Library as Loaded;
#[cfg(windows)]
type Enter = unsafe extern "system" fn() -> bool;
#[cfg(windows)]
type Handle = isize;
#[cfg(windows)]
use libloading::os::windows::Library as Loaded;

// SAFETY: the handle is a name that is only handed to the library; the functions are called under a lock.
unsafe impl Send for Library {}

/// What the entry point is called. On macOS it is `bundleEntry` and takes an object of that system, which we do not make: a
/// plugin that insists on being entered refuses there.
const ENTRY: &[u8] = if cfg!(windows) { b"InitDll\0" } else { b"ModuleEntry\0" };

impl Library {
    fn load(path: &Path) -> Result<Self, libloading::Error> {
        // SAFETY: nobody can vouch for a foreign library. Scans load it in a process of their own first.
        let loaded = unsafe { Loaded::new(path)? };
        // SAFETY: these names have these types in the VST3 standard, and the library is never unloaded.
        let (enter, factory) = unsafe {
            (
                loaded.get(ENTRY).ok().map(|symbol| *symbol),
                loaded.get(b"GetPluginFactory\0").ok().map(|symbol| *symbol),
            )
        };
        Ok(Self { enter, factory, handle: loaded.into_raw() })
    }

    /// Enters; `false` if the library refuses. One without an entry has nothing to prepare.
    fn enter(&self) -> bool {
        let Some(enter) = self.enter else { return true };
        // SAFETY: the library is open, and not entered.
        #[cfg(unix)]
        return unsafe { enter(self.handle) };
        // SAFETY: as above.
        #[cfg(windows)]
        return unsafe { enter() };
    }

    fn factory(&self) -> Option<ComPtr<IPluginFactory>> {
        // SAFETY: the library is open and entered; what it returns is null or a factory with one reference for us.
        self.factory.and_then(|factory| unsafe { ComPtr::from_raw(factory()) })
    }
}
