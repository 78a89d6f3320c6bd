//! The engine's side of the control thread: plans in, telemetry out.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::rc::Rc;
use std::sync::Arc;

use editor::TelemetryView;
use host::engine::{ApplyError, ApplyWarning, EngineOptions, PluginLoader};
use host::media::{BlobSource, ReadSeek};
use host::nested::{LoadError, PluginController, PluginLocator};
use host::{AudioConfig, EngineController, EngineProcessor, HostBuses};
use model::Project;
use protocol::control::LogLevel;
use protocol::plan::{ModulationPlan, ModulatorPlan};
use protocol::telemetry::Gesture;
use protocol::{BlobHash, EnginePlan, EntityId, NodeId, PluginRef, StreamFrame, TelemetryFrame};

use super::control::Control;
use super::macros::narrow;
use super::published::Published;

/// The blobs of whichever project is loaded.
struct CurrentBlobs(Arc<Published>);

impl BlobSource for CurrentBlobs {
    fn open(&self, hash: &BlobHash) -> io::Result<Box<dyn ReadSeek + Send>> {
        let opened = self.0.blobs().open(hash)?;
        Ok(Box::new(opened))
    }
}

/// Blobs that stay the same ones, for an engine beside the instance's.
pub(crate) struct BlobsOf(pub model::Blobs);

impl BlobSource for BlobsOf {
    fn open(&self, hash: &BlobHash) -> io::Result<Box<dyn ReadSeek + Send>> {
        let opened = self.0.open(hash)?;
        Ok(Box::new(opened))
    }
}

/// The plugins known so far; scans add to them.
struct KnownPlugins(Rc<RefCell<PluginLocator>>);

impl PluginLoader for KnownPlugins {
    fn load(&self, plugin: &PluginRef, state: Option<&[u8]>) -> (PluginController, Option<LoadError>) {
        self.0.borrow().load(plugin, state)
    }
}

/// An engine that plays what `published` shows.
pub(super) fn controller(
    published: &Arc<Published>,
    plugins: &Rc<RefCell<PluginLocator>>,
) -> EngineController {
    let blobs = Arc::new(CurrentBlobs(Arc::clone(published)));
    EngineController::new(EngineOptions::new(blobs, KnownPlugins(Rc::clone(plugins))))
}

impl Control {
    pub fn activate(
        &mut self,
        config: AudioConfig,
        host: HostBuses,
    ) -> Result<EngineProcessor, host::engine::ActivateError> {
        // What a host moved while the engine ran is not in the plan that it starts with again.
        let project = self.pulse.project();
        let bank = self.published.macros();
        if project.macros().any(|slot| bank.get(usize::from(slot.slot())) != narrow(slot.value())) {
            self.apply_plan(&project);
        }
        let processor = self.engine.activate_on(config, host)?;
        self.is_active = true;
        self.stream = Some(self.engine.stream());
        self.status.sample_rate = config.rate.0;
        self.status.inputs = host.inputs.iter().collect();
        self.status.outputs = host.outputs.iter().collect();
        self.latency_changed();
        Ok(processor)
    }

    pub fn deactivate(&mut self, processor: EngineProcessor) {
        self.engine.deactivate(processor);
        self.is_active = false;
        self.stream = None;
        // What the audio thread had is dropped here.
        self.poll();
        self.status.sample_rate = 0.0;
        self.publish_status();
    }

    /// Hands the project to the engine. What cannot be had is reported once, not at every change.
    pub fn apply_plan(&mut self, project: &Project) {
        let plan = self.deriver.derive(project);
        self.play(project, plan);
    }

    /// Hands a plan of the project to the engine.
    pub fn play(&mut self, project: &Project, mut plan: EnginePlan) {
        // A host may have moved macros since the project last heard of them; the plan must not move them back.
        for slot in &mut plan.macros {
            let moved = self.published.macros().get(usize::from(slot.slot));
            if moved != narrow(slot.value) {
                slot.value = f64::from(moved);
            }
        }
        let is_macro = |of: &ModulationPlan| matches!(of.modulator, ModulatorPlan::Macro { .. });
        let modulations = if plan.modulations.iter().any(is_macro) {
            Arc::make_mut(&mut plan.modulations)
        } else {
            &mut []
        };
        for modulation in modulations {
            if let ModulatorPlan::Macro { slot, value } = &mut modulation.modulator {
                let moved = self.published.macros().get(usize::from(*slot));
                if moved != narrow(*value) {
                    *value = f64::from(moved);
                }
            }
        }
        self.recorder.override_plan(&mut plan);
        match self.engine.apply(plan) {
            Ok(report) => self.report(project, &report.warnings),
            Err(error) => self.report_refusal(project, &error),
        }
        self.latency_changed();
    }

    pub fn report(&mut self, project: &Project, warnings: &[ApplyWarning]) {
        for warning in warnings {
            let owner = node_of(warning).map(|node| node.entity);
            let name = owner.map_or("engine", |entity| project.name_of(entity));
            let text = crate::text::chain(warning);
            if let (ApplyWarning::Plugin { .. }, Some(device)) = (warning, owner) {
                self.status.missing.insert(device);
            }
            // The engine says it again with every plan, but that a layout was chosen in vain only when one is chosen.
            let is_once = matches!(warning, ApplyWarning::NoSuchLayout { .. } | ApplyWarning::Layout { .. });
            if is_once || self.reported.insert(format!("{name}: {text}")) {
                self.published.log(LogLevel::Warning, name, &text);
            }
        }
        let still_there: BTreeSet<_> = project.devices().map(|device| device.id().0).collect();
        self.status.missing.retain(|device| still_there.contains(device));
        if !self.knows_plugins(project) {
            self.refresh_plugins(project);
        }
    }

    /// What could not be had of a device is news again: it has other ports.
    pub fn tell_again(&mut self, device: EntityId) {
        let project = self.pulse.project();
        let name = format!("{}: ", project.name_of(device));
        self.reported.retain(|line| !line.starts_with(&name));
    }

    fn report_refusal(&self, project: &Project, error: &ApplyError) {
        let mut text = crate::text::chain(error);
        if let ApplyError::Cycle(nodes) = error {
            let names: Vec<_> = nodes.iter().map(|node| project.name_of(node.entity)).collect();
            text = format!("{text}: {}; the last routing that works goes on", names.join(" -> "));
        }
        self.published.log(LogLevel::Error, "engine", &text);
    }

    pub fn stream(&mut self, frame: StreamFrame) {
        if let StreamFrame::Macro { slot, value } = frame {
            self.published.macros().set(usize::from(slot), narrow(value));
        }
        if let StreamFrame::Param { node, param, value } = frame {
            self.record(node, param, value);
        }
        // A full queue means that the engine does not run; the value follows in the commit at the end of the gesture.
        if let Some(stream) = &mut self.stream {
            let _dropped = stream.push(frame);
        }
    }

    /// Looks after the engine: what comes back from the audio thread, and what plugins want.
    pub fn poll(&mut self) {
        let mut view = TelemetryView::clone(&self.published.telemetry());
        let before = view.clone();
        let mut touched = Vec::new();
        let polled = self.engine.poll();
        for frame in &polled.telemetry {
            if let TelemetryFrame::ParamMoved { node, param, gesture: Gesture::Begin, .. } = frame {
                touched.push((*node, *param));
            }
            if let TelemetryFrame::Fault { node, fault } = frame
                && !view.faults.contains_key(node)
            {
                let project = self.published.project();
                let text = format!("bypassed for a block: {fault:?}");
                self.published.log(LogLevel::Error, project.name_of(node.entity), &text);
            }
            view.absorb(frame);
        }
        for (node, param) in touched {
            self.touched(node, param);
        }
        for frame in &polled.telemetry {
            if let TelemetryFrame::ParamMoved { node, param, value, gesture, .. } = *frame {
                self.moved_by_plugin(node, param, value, gesture);
                self.grip(node, param, gesture);
            }
        }
        self.keep_released();
        self.show_values();
        self.measure(&polled.telemetry);
        polled.telemetry.iter().for_each(|frame| self.hear_hands(frame));
        self.poll_recording();
        self.show_held();
        self.plugin_news(polled);
        if view != before {
            self.published.set_telemetry(view);
            self.published.notify();
        }
    }

    /// Reports a new latency to whoever is around us.
    pub fn latency_changed(&mut self) {
        let frames = self.engine.latency().0;
        self.published.set_latency(frames);
        let ledger = self.engine.ledger();
        if self.status.latency_frames != frames || !Arc::ptr_eq(&self.status.latency, &ledger) {
            self.status.latency_frames = frames;
            self.status.latency = ledger;
            self.publish_status();
        }
    }
}

/// Which node a warning is about.
fn node_of(warning: &ApplyWarning) -> Option<NodeId> {
    match warning {
        ApplyWarning::Media { node, .. }
        | ApplyWarning::TooManyNotes { node, .. }
        | ApplyWarning::Content { node, .. }
        | ApplyWarning::Blob { node, .. }
        | ApplyWarning::Device { node, .. }
        | ApplyWarning::Plugin { node, .. }
        | ApplyWarning::PluginStart { node, .. }
        | ApplyWarning::PluginState { node, .. }
        | ApplyWarning::NoSuchLayout { node, .. }
        | ApplyWarning::Layout { node, .. }
        | ApplyWarning::NoSuchPort { node, .. } => Some(*node),
        _ => None,
    }
}
