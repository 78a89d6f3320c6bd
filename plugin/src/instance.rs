//! One Loophole: project, engine, nested plugins, scripts. Every shell is a small adapter around an [`Instance`].
//!
//! Life of an instance:
//! 1. [`Instance::new`] starts its **control thread**, which owns the project ([`model::Pulse`]), the engine's
//!    controlling half, and the main-thread halves of all nested plugins (for those, it *is* the main thread);
//! 2. anybody sends [`Command`]s ([`Instance::send`], [`Instance::call`]) and reads what is published ([`Published`]);
//! 3. a shell borrows the engine's audio half with [`Instance::activate`] and gives it back with
//!    [`Instance::deactivate`];
//! 4. dropping the instance ends the control thread and waits for it.
//!
//! # Threads
//! An `Instance` is `Send` and `Sync`; its methods are for any thread but the audio thread. Only [`MacroBank`] is for
//! the audio thread, too.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::JoinHandle;

use host::nested::PluginLocator;
use host::{AudioConfig, EngineProcessor, HostBuses};
use model::file::Loaded;
use model::{Blobs, Project};
use protocol::control::LogLevel;
use protocol::{Command, StreamFrame};

mod control;
mod diagnostics;
mod duplicate;
mod engine;
mod error;
mod files;
mod freeze;
mod hands;
mod held;
mod keeper;
mod kept;
mod learn;
mod macros;
mod nesting;
mod peaks;
mod plugins;
mod presets;
mod published;
mod record;
mod request;
mod review;
mod scan;
mod scripts;
mod starter;

#[cfg(test)]
mod tests;

pub(crate) use engine::BlobsOf;
pub use error::{CallError, CommandError, LoadStateError};
pub use macros::{MACRO_SLOTS, MacroBank, MacroSink, MacroTexts, narrow};
pub use nesting::own_entry;
pub use peaks::PeaksOf;
pub use published::{PluginCache, Published, Watcher};
pub use request::Reply;
pub use starter::Starter;

use self::control::Control;
use self::request::Request;

/// How an instance starts.
#[derive(Default)]
pub struct InstanceOptions {
    /// The first project.
    pub starter: Starter,
    /// Plugins known from the start, besides those in the scan cache.
    pub locator: PluginLocator,
    /// Where scan results are kept; the user's cache folder if not given.
    pub scan_cache: Option<PathBuf>,
    /// Folders to look for plugins in, besides the standard ones.
    pub scan_folders: Vec<PathBuf>,
    /// Where presets of nested plugins are kept; the user's data folder if not given.
    pub preset_folder: Option<PathBuf>,
    /// Where projects are kept that were never saved. With it, everything that is done to a project is recorded at once, and
    /// survives a crash; without it nothing is, because somebody else keeps the project.
    pub state_folder: Option<PathBuf>,
    /// The program whose hidden command `scan-file` looks into plugins; without it only the cache is used.
    pub scanner: Option<PathBuf>,
}

/// A running Loophole.
pub struct Instance {
    requests: Sender<Request>,
    published: Arc<Published>,
    thread: Option<JoinHandle<()>>,
    sink: Arc<RwLock<Option<std::sync::Weak<dyn MacroSink>>>>,
}

impl Instance {
    /// Starts an instance.
    #[must_use]
    pub fn new(options: InstanceOptions) -> Self {
        let (requests, inbox) = channel();
        let published = Arc::new(Published::default());
        let sink = Arc::new(RwLock::new(None));
        let (worker_requests, worker_published) = (requests.clone(), Arc::clone(&published));
        let worker_sink = Arc::clone(&sink);
        let (ready, started) = channel();
        let thread = std::thread::Builder::new().name("loophole-control".into()).spawn(move || {
            let mut control = Control::new(options, worker_requests, worker_published, worker_sink);
            // The starter of this thread may have given up; then the inbox is closed, too.
            let _nobody_waits = ready.send(());
            control.run(&inbox);
        });
        // Without a thread every call answers that the instance is gone, and what is published stays as it is.
        let thread = thread.ok();
        let _ended = started.recv();
        Self { requests, published, thread, sink }
    }

    /// What the instance shows to everybody: snapshots that are replaced, never changed.
    #[must_use]
    pub fn published(&self) -> &Arc<Published> {
        &self.published
    }

    /// The project, as of its last commit. Constant time.
    #[must_use]
    pub fn project(&self) -> Project {
        self.published.project()
    }

    /// Asks for something and does not wait. What goes wrong ends up in the log.
    pub fn send(&self, command: Command) {
        // An instance without a thread has nobody to do it, which its log says.
        let _no_thread = self.requests.send(Request::Command { command, reply: None });
    }

    /// Asks for something and waits until it is done; for a script or a scan, until that has ended.
    ///
    /// # Errors
    /// Why it was not done.
    pub fn call(&self, command: Command) -> Result<Reply, CallError> {
        let (reply, answer) = channel();
        self.ask(Request::Command { command, reply: Some(reply) }, &answer)?.map_err(CallError::Refused)
    }

    /// Hands a frame of the stream plane to the engine.
    pub fn stream(&self, frame: StreamFrame) {
        let _no_thread = self.requests.send(Request::Stream(frame));
    }

    /// Makes the engine's audio half. A second one while the first is out is refused.
    ///
    /// # Errors
    /// If the engine cannot run under these conditions.
    pub fn activate(&self, config: AudioConfig) -> Result<EngineProcessor, CallError> {
        self.activate_on(config, HostBuses::default())
    }

    /// As [`activate`](Self::activate), on a host with these buses.
    ///
    /// # Errors
    /// As there.
    pub fn activate_on(&self, config: AudioConfig, host: HostBuses) -> Result<EngineProcessor, CallError> {
        let (reply, answer) = channel();
        self.ask(Request::Activate { config, host, reply }, &answer)?.map_err(CallError::Activate)
    }

    /// Takes the audio half back, and waits until everything that it held is put away.
    pub fn deactivate(&self, processor: EngineProcessor) {
        let (reply, answer) = channel();
        let _no_thread = self.ask(Request::Deactivate { processor: Box::new(processor), reply }, &answer);
    }

    /// The whole project with everything in it, as a host keeps it. The same project gives the same bytes.
    ///
    /// Nested plugins are asked for their states first.
    #[must_use]
    pub fn state(&self) -> Vec<u8> {
        let (reply, answer) = channel();
        match self.ask(Request::Collect { reply }, &answer) {
            Ok((project, blobs)) => model::bundle::to_bytes(&project, &blobs),
            // Better the last known project than none: a host would save an empty one over it.
            Err(_) => model::bundle::to_bytes(&self.project(), &self.published.blobs()),
        }
    }

    /// Replaces the project by one that [`state`](Self::state) wrote. Audio goes on; the new project takes over at a
    /// block boundary.
    ///
    /// # Errors
    /// If the bytes are not a project that this version can read. The project stays as it was.
    pub fn load_state(&self, bytes: &[u8]) -> Result<(), LoadStateError> {
        let loaded = match model::bundle::from_bytes(bytes) {
            Ok(loaded) => Box::new(loaded),
            Err(error) => {
                self.published.log(LogLevel::Error, "state", &crate::text::chain(&error));
                return Err(LoadStateError::Unreadable(error));
            }
        };
        let (reply, answer) = channel();
        self.ask(Request::Load { loaded, reply }, &answer).map_err(|_| LoadStateError::Gone)
    }

    /// Replaces the project by a snapshot of another instance's.
    ///
    /// # Errors
    /// If the control thread does not run any more.
    pub fn adopt(&self, project: Project, blobs: Blobs) -> Result<(), CallError> {
        let (reply, answer) = channel();
        let loaded = Box::new(Loaded { project, blobs, warnings: Vec::new() });
        self.ask(Request::Load { loaded, reply }, &answer)
    }

    /// Who is told when the project moves a macro. Held weakly.
    pub fn set_macro_sink(&self, sink: &Arc<dyn MacroSink>) {
        *self.sink.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::downgrade(sink));
    }

    /// How macro slots read.
    #[must_use]
    pub fn macro_texts(&self) -> &MacroTexts {
        self.published.macro_texts()
    }

    fn ask<T>(&self, request: Request, answer: &Receiver<T>) -> Result<T, CallError> {
        self.requests.send(request).map_err(|_| CallError::Gone)?;
        answer.recv().map_err(|_| CallError::Gone)
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _no_thread = self.requests.send(Request::Quit);
        if let Some(thread) = self.thread.take() {
            // A panic was reported when it happened; the thread is gone either way.
            let _ended = thread.join();
        }
    }
}

static_assertions::assert_impl_all!(Instance: Send, Sync);
