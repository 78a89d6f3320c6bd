//! The library of a plugin: entered when the first plugin of it is made, left when the last has gone.
#![expect(unsafe_code, reason = "loading a library runs its code")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use vst3::ComPtr;
use vst3::Steinberg::IPluginFactory;

use super::bundle;
use crate::nested::error::DescribeError;

/// The libraries that are entered, by path, and how many modules use each.
///
/// This is the process's own record, because entering is the process's: a library has one state however many hosts open
/// it, and many of them take a second entry or an early exit badly.
static ENTERED: Mutex<BTreeMap<PathBuf, Entered>> = Mutex::new(BTreeMap::new());

struct Entered {
    library: Library,
    users: usize,
}

/// A library that is entered for as long as this lives. Plugins of it must go first.
pub(super) struct Module {
    path: PathBuf,
    factory: Option<ComPtr<IPluginFactory>>,
}

impl Module {
    /// Loads and enters the library of a bundle.
    pub(super) fn open(bundle: &Path) -> Result<Self, DescribeError> {
        let failed = |source| DescribeError::Library { path: bundle.into(), source };
        if bundle.as_os_str().as_encoded_bytes().contains(&0) {
            return Err(DescribeError::Path { path: bundle.into() });
        }
        let file = bundle::library(bundle)
            .ok_or_else(|| failed("it has no library for this kind of machine".into()))?;
        let path = file.canonicalize().map_err(|error| failed(error.into()))?;
        let mut entered = ENTERED.lock().unwrap_or_else(PoisonError::into_inner);
        if !entered.contains_key(&path) {
            let library = Library::load(&path).map_err(|error| failed(error.into()))?;
            if !library.enter() {
                return Err(DescribeError::Refused { path: bundle.into() });
            }
            entered.insert(path.clone(), Entered { library, users: 0 });
        }
        // From here on dropping the module leaves the library.
        let mut module = Self { path, factory: None };
        if let Some(known) = entered.get_mut(&module.path) {
            known.users += 1;
            module.factory = known.library.factory();
        }
        drop(entered);
        if module.factory.is_none() {
            return Err(DescribeError::NoFactory { path: bundle.into() });
        }
        Ok(module)
    }

    /// What makes its plugins.
    pub(super) const fn factory(&self) -> Option<&ComPtr<IPluginFactory>> {
        self.factory.as_ref()
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        let mut entered = ENTERED.lock().unwrap_or_else(PoisonError::into_inner);
        self.factory = None;
        let Some(known) = entered.get_mut(&self.path) else { return };
        known.users -= 1;
        if known.users == 0
            && let Some(known) = entered.remove(&self.path)
        {
            // Within the lock: nobody enters a library that is just being left.
            known.library.exit();
        }
    }
}

/// The entry points of a loaded library.
///
/// It stays in memory until the process ends: threads and exit handlers of the toolkits that plugins bring may outlive
/// them, and unloaded code crashes whoever returns to it.
#[derive(Clone, Copy)]
struct Library {
    enter: Option<Enter>,
    exit: Option<Exit>,
    factory: Option<unsafe extern "system" fn() -> *mut IPluginFactory>,
    /// What the system knows it by.
    handle: Handle,
}

type Exit = unsafe extern "system" fn() -> bool;
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

// SAFETY: the handle is a name that is only handed to the library; the functions are called under the lock of `ENTERED`.
unsafe impl Send for Library {}

/// What the entry points are called. On macOS they are `bundleEntry` and `bundleExit` and take an object of that system,
/// which we do not make: a plugin that insists on being entered refuses there.
const NAMES: (&[u8], &[u8]) =
    if cfg!(windows) { (b"InitDll\0", b"ExitDll\0") } else { (b"ModuleEntry\0", b"ModuleExit\0") };

impl Library {
    fn load(path: &Path) -> Result<Self, libloading::Error> {
        // SAFETY: nobody can vouch for a foreign library. Scans load it in a process of their own first.
        let loaded = unsafe { Loaded::new(path)? };
        // SAFETY: these names have these types in the VST3 standard, and the library is never unloaded.
        let (enter, exit, factory) = unsafe {
            (
                loaded.get(NAMES.0).ok().map(|symbol| *symbol),
                loaded.get(NAMES.1).ok().map(|symbol| *symbol),
                loaded.get(b"GetPluginFactory\0").ok().map(|symbol| *symbol),
            )
        };
        Ok(Self { enter, exit, factory, handle: loaded.into_raw() })
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

    fn exit(&self) {
        if let Some(exit) = self.exit {
            // SAFETY: the library is open, was entered, and nothing of it is in use.
            unsafe { exit() };
        }
    }

    fn factory(&self) -> Option<ComPtr<IPluginFactory>> {
        // SAFETY: the library is open and entered; what it returns is null or a factory with one reference for us.
        self.factory.and_then(|factory| unsafe { ComPtr::from_raw(factory()) })
    }
}
