//! Looking for the presets of plugins, on workers: folders may be full, and what reads them slow.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use host::nested::PresetError;
use protocol::EntityId;
use protocol::plugin::PresetInfo;

use super::control::Control;
use super::error::CommandError;
use super::kept::kept_in;
use super::plugins::node_of;
use super::published::PluginCache;
use super::request::{Reply, ReplyTo, Request};

/// A search under way.
pub(super) struct PresetJob {
    device: EntityId,
    stop: Arc<AtomicBool>,
    worker: Option<JoinHandle<()>>,
    reply: ReplyTo,
}

/// What a worker found.
pub struct PresetNews {
    device: EntityId,
    kept: Vec<PresetInfo>,
    found: Result<Vec<PresetInfo>, PresetError>,
}

impl Control {
    /// Looks for the presets of a plugin, and shows them once they are found.
    pub fn list_presets(&mut self, device: EntityId, reply: ReplyTo) {
        if self.preset_jobs.iter().any(|job| job.device == device) {
            return self.answer(Err(CommandError::PresetsRunning(device)), reply);
        }
        let Some(plugin) = self.engine.plugin(node_of(device)) else {
            return self.answer(Err(CommandError::NoPlugin(device)), reply);
        };
        let (search, reference) = (plugin.presets(), plugin.info().plugin.clone());
        let kept = self.folder_of(&reference);
        let stop = Arc::new(AtomicBool::new(false));
        let (requests, stopped) = (self.requests.clone(), Arc::clone(&stop));
        let worker = std::thread::Builder::new().name("loophole-presets".into()).spawn(move || {
            // Those that the user keeps come first.
            let kept = kept.map_or_else(Vec::new, |folder| kept_in(&folder, reference.format));
            let news = PresetNews { device, kept, found: search.run(&stopped) };
            let _gone = requests.send(Request::Presets(news));
        });
        match worker {
            Ok(worker) => {
                self.preset_jobs.push(PresetJob { device, stop, worker: Some(worker), reply });
            }
            Err(error) => self.answer(Err(CommandError::Thread(error)), reply),
        }
    }

    /// Shows what was found.
    pub fn preset_news(&mut self, news: PresetNews) {
        let PresetNews { device, mut kept, found } = news;
        let Some(at) = self.preset_jobs.iter().position(|job| job.device == device) else { return };
        let mut job = self.preset_jobs.swap_remove(at);
        if let Some(worker) = job.worker.take() {
            let _ended = worker.join();
        }
        let mut cache = PluginCache::clone(&self.published.params());
        if let Some(known) = cache.0.get_mut(&device) {
            // One that fails to list them is not asked again and again.
            kept.extend_from_slice(found.as_deref().unwrap_or_default());
            known.presets = Some(kept.into());
        }
        self.published.set_params(cache);
        self.published.notify();
        let result = found.map(|_| Reply::Done).map_err(CommandError::Preset);
        self.answer(result, job.reply.take());
    }

    /// Waits for workers: their code must not go from under them.
    pub fn stop_presets(&mut self) {
        for job in &self.preset_jobs {
            job.stop.store(true, Ordering::Relaxed);
        }
        for worker in self.preset_jobs.drain(..).filter_map(|mut job| job.worker.take()) {
            let _ended = worker.join();
        }
    }
}
