//! Scripts, each on a worker of its own, in a session beside the project, which is then committed or waits for review.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;

use editor::{PluginParams, ScriptEntry, ScriptOrigin};
use host::nested::PluginLocator;
use model::{Project, TrackId};
use protocol::control::{LogLevel, ScriptEnding};
use protocol::plugin::{BusLayout, PluginParam};
use protocol::{EntityId, PluginInfo};
use scripting::{CancelHandle, RunOptions, ScriptHost, ScriptHostError, ScriptOutcome, TransportState};
use serde_json::Value as Json;

use super::control::Control;
use super::error::CommandError;
use super::published::Published;
use super::request::{Reply, ReplyTo, Request};
use super::{Instance, InstanceOptions};

/// The scripts that come with Loophole: name and source.
const EXAMPLES: [(&str, &str); 5] = [
    ("Euclidean drums", include_str!("../../../examples/euclidean.lua")),
    ("Gain stage", include_str!("../../../examples/gain_stage.lua")),
    ("Humanise", include_str!("../../../examples/humanise.lua")),
    ("Randomise device", include_str!("../../../examples/randomise_device.lua")),
    ("Rename and colour", include_str!("../../../examples/rename_and_colour.lua")),
];

/// A script under way.
pub(super) struct ScriptJob {
    number: u64,
    name: String,
    cancel: CancelHandle,
    ending: ScriptEnding,
    worker: Option<JoinHandle<()>>,
    reply: ReplyTo,
}

/// What the worker says.
pub enum ScriptNews {
    /// The run with this number ended.
    Ended(u64, ScriptOutcome),
}

/// What scripts are offered: what everybody is shown, as it is when they ask, and a listening copy of the project.
struct Services {
    published: Arc<Published>,
    plugins: PluginLocator,
}

impl ScriptHost for Services {
    fn transport(&self) -> TransportState {
        let telemetry = self.published.telemetry();
        TransportState { playing: telemetry.playing, beats: telemetry.playhead_beats }
    }

    fn project(&self) -> Option<Project> {
        Some(self.published.project())
    }

    fn plugins(&self) -> Vec<PluginInfo> {
        self.published.plugins().to_vec()
    }

    fn plugin_params(&self, device: EntityId) -> Vec<PluginParam> {
        self.published.params().params(device).map(|params| params.to_vec()).unwrap_or_default()
    }

    fn plugin_layouts(&self, device: EntityId) -> Vec<BusLayout> {
        self.published.params().ports(device).map(|ports| ports.layouts.to_vec()).unwrap_or_default()
    }

    fn loudness(&self, project: &Project, track: Option<TrackId>) -> Result<f64, ScriptHostError> {
        let failed = |error: &dyn std::error::Error| ScriptHostError::Render(crate::text::chain(error));
        let listener = Instance::new(InstanceOptions { locator: self.plugins.clone(), ..Default::default() });
        listener.adopt(project.clone(), self.published.blobs()).map_err(|error| failed(&error))?;
        let loudness = crate::loudness::measure(&listener, track).map_err(|error| failed(&error))?;
        Ok(loudness.integrated_lufs)
    }
}

impl Control {
    pub fn run_script(
        &mut self,
        name: String,
        source: String,
        (args, ending): (BTreeMap<String, Json>, ScriptEnding),
        reply: ReplyTo,
    ) {
        if let Some(job) = &self.script {
            return self.answer(Err(CommandError::ScriptRunning(job.name.clone())), reply);
        }
        let services =
            Services { published: Arc::clone(&self.published), plugins: self.locator.borrow().clone() };
        self.script_runs += 1;
        let (number, cancel) = (self.script_runs, CancelHandle::default());
        let (project, requests, stop) = (self.pulse.project(), self.requests.clone(), cancel.clone());
        let modules =
            project.scripts().map(|script| (script.name().into(), script.source().into())).collect();
        let run_name = name.clone();
        let worker = std::thread::Builder::new().name("loophole-script".into()).spawn(move || {
            let options = RunOptions {
                args,
                modules,
                cancel: stop,
                host: Box::new(services),
                ..RunOptions::new(run_name)
            };
            let outcome = scripting::run(&source, project, options);
            let _gone = requests.send(Request::Script(Box::new(ScriptNews::Ended(number, outcome))));
        });
        match worker {
            Ok(worker) => {
                self.status.running_script = Some(name.clone());
                self.script = Some(ScriptJob { number, name, cancel, ending, worker: Some(worker), reply });
                self.publish_status();
            }
            Err(error) => self.answer(Err(CommandError::Thread(error)), reply),
        }
    }

    pub fn script_news(&mut self, news: ScriptNews) {
        let ScriptNews::Ended(number, outcome) = news;
        // One that was stopped may still have had its last word.
        let Some(mut job) = self.script.take_if(|job| job.number == number) else { return };
        if let Some(worker) = job.worker.take() {
            let _ended = worker.join();
        }
        self.status.running_script = None;
        for line in &outcome.log {
            self.published.log(line.level, &job.name, &line.text);
        }
        let result = self.finish_script(&job.name, job.ending, outcome);
        self.answer(result, job.reply.take());
        self.publish_status();
    }

    fn finish_script(
        &mut self,
        name: &str,
        ending: ScriptEnding,
        outcome: ScriptOutcome,
    ) -> Result<Reply, CommandError> {
        let ScriptOutcome { session, commands, error, .. } = outcome;
        let edits = session.operations().iter().map(|operation| operation.edits.len()).sum();
        if let Some(source) = error {
            if edits > 0 {
                self.hold(name, session);
                let text = "what it did before it failed is kept, but not in the project: accept or discard it in the \
                            Review tab";
                self.published.log(LogLevel::Warning, "Scripts", text);
            }
            return Err(CommandError::Script { name: name.into(), source });
        }
        if ending == ScriptEnding::Review {
            if edits > 0 {
                return Ok(self.hold(name, session));
            }
            self.published.log(LogLevel::Info, name, "done: nothing to review");
        } else if session.ground().is_same(&self.pulse.project()) {
            let steps: Vec<_> = session.steps().collect();
            // All of them or none: a step that is refused must not leave those before it.
            let all = steps.iter().try_fold(self.pulse.project(), |project, step| project.apply(&step.edits));
            if let Err(error) = all {
                self.hold(name, session);
                return Err(error.into());
            }
            for step in steps {
                self.commit(step.name, &step.author, step.edits)?;
            }
        } else if edits > 0 {
            // Others changed the project meanwhile. What clashes with that is kept, and somebody decides.
            let session = self.pulse.adopt_session(session);
            self.accept(session)?;
        }
        for command in commands {
            self.engine.transport(command);
        }
        self.published.log(LogLevel::Info, name, &format!("done: {edits} edits"));
        Ok(Reply::ScriptEnded { edits })
    }

    pub fn stop_script(&mut self) {
        if let Some(mut job) = self.script.take() {
            job.cancel.cancel();
            if let Some(worker) = job.worker.take() {
                let _ended = worker.join();
            }
            self.status.running_script = None;
            self.published.log(LogLevel::Warning, &job.name, "stopped; the project is unchanged");
            self.publish_status();
        }
    }

    /// What the script list shows: the project's own first, then those that come with Loophole.
    pub fn list_scripts(&mut self) {
        let project = self.pulse.project();
        let own = project.scripts().map(|script| ScriptEntry {
            name: script.name().into(),
            about: about(script.source()),
            source: script.source().into(),
            origin: ScriptOrigin::Project(script.id().0),
        });
        let examples = EXAMPLES.iter().map(|(name, source)| ScriptEntry {
            name: (*name).into(),
            about: about(source),
            source: (*source).into(),
            origin: ScriptOrigin::Example,
        });
        self.published.set_scripts(own.chain(examples).collect());
    }
}

/// The first comment line of a script.
fn about(source: &str) -> String {
    let first = source.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    first.trim().strip_prefix("--").map(|text| text.trim_matches(['-', ' ']).to_owned()).unwrap_or_default()
}
