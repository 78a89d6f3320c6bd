//! Looking for plugins, on a worker of its own; every file in a process of its own.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use host::scan::{Cache, Rescan, ScanOptions, ScanReport, ScannerCommand, scan};
use protocol::PluginInfo;
use protocol::control::LogLevel;
use protocol::plugin::ScanFailure;

use super::control::Control;
use super::error::CommandError;
use super::request::{Reply, ReplyTo, Request};

/// A scan under way.
pub(super) struct ScanJob {
    cancel: Arc<AtomicBool>,
    worker: Option<JoinHandle<()>>,
    reply: ReplyTo,
}

/// What the worker says.
pub enum ScanNews {
    /// So many files of so many are done.
    Progress(u32, u32),
    /// All are.
    Done(ScanReport),
}

impl Control {
    fn scan_options(&self) -> ScanOptions {
        let command =
            self.scanner.clone().map(|program| ScannerCommand { program, args: vec!["scan-file".into()] });
        let mut options = ScanOptions::standard(command);
        if self.scan_cache.is_some() {
            options.cache.clone_from(&self.scan_cache);
        }
        options.folders.extend(self.scan_folders.iter().cloned());
        options
    }

    /// What earlier scans found, without looking again.
    pub fn load_scan_cache(&mut self) {
        match self.scan_options().cache.as_deref().map(Cache::load) {
            Some(Ok(cache)) => {
                self.take_scanned(cache.plugins().cloned().collect(), cache.blocked().collect())
            }
            Some(Err(error)) => self.published.log(LogLevel::Warning, "scan", &crate::text::chain(&error)),
            None => {}
        }
    }

    /// Loophole nests in itself, whether it is installed or not.
    pub fn add_ourselves(&mut self) {
        let added = self.locator.borrow_mut().add_static(&super::own_entry());
        match added {
            Ok(plugins) => self.own_plugins = plugins,
            Err(error) => self.published.log(LogLevel::Error, "loophole", &crate::text::chain(&error)),
        }
        self.published.set_plugins(self.own_plugins.clone());
    }

    fn take_scanned(&mut self, plugins: Vec<PluginInfo>, failures: Vec<ScanFailure>) {
        self.locator.borrow_mut().add_scanned(&plugins);
        let is_ours = |plugin: &PluginInfo| self.own_plugins.iter().any(|own| own.plugin == plugin.plugin);
        let others = plugins.into_iter().filter(|plugin| !is_ours(plugin));
        self.published.set_plugins(self.own_plugins.iter().cloned().chain(others).collect());
        self.published.set_failures(failures);
    }

    pub fn start_scan(&mut self, rescan: Rescan, reply: ReplyTo) {
        if self.scan.is_some() {
            return self.answer(Err(CommandError::ScanRunning), reply);
        }
        let cancel = Arc::new(AtomicBool::new(false));
        let (stop, requests, mut options) = (Arc::clone(&cancel), self.requests.clone(), self.scan_options());
        options.rescan = rescan;
        let worker = std::thread::Builder::new().name("loophole-scan".into()).spawn(move || {
            let report = scan(&options, |progress| {
                let _gone = requests.send(Request::Scan(ScanNews::Progress(progress.done, progress.total)));
                if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            let _gone = requests.send(Request::Scan(ScanNews::Done(report)));
        });
        match worker {
            Ok(worker) => {
                self.scan = Some(ScanJob { cancel, worker: Some(worker), reply });
                self.status.scan = Some((0, 0));
                self.publish_status();
            }
            Err(error) => self.answer(Err(CommandError::Thread(error)), reply),
        }
    }

    pub fn scan_news(&mut self, news: ScanNews) {
        match news {
            ScanNews::Progress(done, total) => self.status.scan = Some((done, total)),
            ScanNews::Done(report) => {
                let ScanReport { plugins, failures, warnings } = report;
                for warning in &warnings {
                    self.published.log(LogLevel::Warning, "scan", &crate::text::chain(warning));
                }
                for failure in &failures {
                    let text = format!("{}: {}", failure.path.display(), failure.reason);
                    self.published.log(LogLevel::Warning, "scan", &text);
                }
                self.take_scanned(plugins.clone(), failures.clone());
                self.status.scan = None;
                if let Some(mut job) = self.scan.take() {
                    if let Some(worker) = job.worker.take() {
                        let _ended = worker.join();
                    }
                    self.answer(Ok(Reply::Scanned { plugins, failures }), job.reply.take());
                }
                self.replace_placeholders();
            }
        }
        self.publish_status();
    }

    /// Placeholders may have become plugins: the engine forgets those nodes, and makes them anew.
    fn replace_placeholders(&mut self) {
        let missing = std::mem::take(&mut self.status.missing);
        if missing.is_empty() {
            return;
        }
        self.reported.clear();
        let mut plan = self.deriver.derive(&self.pulse.project());
        let is_there = |node: protocol::NodeId| !missing.contains(&node.entity);
        for part in Arc::make_mut(&mut plan.parts) {
            let is_without = part.nodes.iter().all(|node| is_there(node.id))
                && part.connections.iter().all(|cable| is_there(cable.from.node) && is_there(cable.to.node));
            if !is_without {
                let part = Arc::make_mut(part);
                part.nodes.retain(|node| is_there(node.id));
                part.connections.retain(|cable| is_there(cable.from.node) && is_there(cable.to.node));
            }
        }
        if let Err(error) = self.engine.apply(plan) {
            self.published.log(LogLevel::Error, "engine", &crate::text::chain(&error));
        }
        self.published.set_params(super::PluginCache::default());
        self.project_changed();
    }

    pub fn stop_scan(&mut self) {
        if let Some(mut job) = self.scan.take() {
            job.cancel.store(true, Ordering::Relaxed);
            if let Some(worker) = job.worker.take() {
                let _ended = worker.join();
            }
        }
    }
}
