//! Telling the host that the latency is another.
//!
//! On Linux, which has no main thread, nice-plug 0.4.2 has a thread for this that all instances share, and that ends with the
//! first of them that goes while it has something to tell; the last to go then ends the process of the host. Elsewhere the
//! main thread does it, as a host wants it, and nice-plug is left to ask it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use nice_plug::wrapper::vst3::vst3::ComPtr;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::RestartFlags_::kLatencyChanged;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{IComponentHandler, IComponentHandlerTrait as _};
use nice_plug::wrapper::vst3::vst3::Steinberg::int32;

use crate::instance::Published;

/// Whether the host is told from here.
pub const IS_TOLD_HERE: bool = cfg!(target_os = "linux");

/// What the host was told.
pub struct Latency {
    published: Arc<Published>,
    told: AtomicU32,
    handler: Mutex<Option<ComPtr<IComponentHandler>>>,
}

impl Latency {
    /// Looks after the latency that is published here, from now on.
    pub fn of(published: &Arc<Published>) -> Arc<Self> {
        let told = AtomicU32::new(published.latency_frames());
        let latency = Arc::new(Self { published: Arc::clone(published), told, handler: Mutex::new(None) });
        let watched = Arc::downgrade(&latency);
        published.watch(Box::new(move || {
            if let Some(latency) = watched.upgrade() {
                latency.look();
            }
        }));
        latency
    }

    /// Whom to tell; nobody any more if there is none.
    pub fn set_handler(&self, handler: Option<ComPtr<IComponentHandler>>) {
        *self.handler.lock().unwrap_or_else(PoisonError::into_inner) = handler;
    }

    /// In frames; the host knows it from now on.
    pub fn tell(&self) -> u32 {
        let frames = self.published.latency_frames();
        self.told.store(frames, Ordering::Relaxed);
        frames
    }

    /// Called on the control thread, which a host that restarts us at once would wait for: so a thread of its own asks it.
    fn look(&self) {
        let frames = self.published.latency_frames();
        let handler = self.handler.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(handler) = handler.filter(|_| IS_TOLD_HERE) else { return };
        if self.told.swap(frames, Ordering::Relaxed) == frames {
            return;
        }
        #[allow(clippy::unnecessary_cast, reason = "the type differs between platforms")]
        let flags = kLatencyChanged as int32;
        let ask = move || {
            // SAFETY: the host's object lives as long as this count of it.
            unsafe { handler.restartComponent(flags) };
        };
        // Without a thread the host learns of it when it next activates us.
        let _asked = std::thread::Builder::new().name("latency".into()).spawn(ask);
    }
}
