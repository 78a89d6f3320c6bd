//! The control-thread half of the engine.
//!
//! This file is long because the life of an engine, from plan to plan and from activation to deactivation, is easier to
//! follow in one place.
#![expect(unsafe_code, reason = "it puts the first schedule of a session in force")]

mod difference;
mod nested;
mod retired;
mod tap;
mod update;

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, Instant};

use protocol::control::TransportCommand;
use protocol::plan::{NodeKind, NodePlan};
use protocol::{BlobHash, EnginePlan, Frames, LatencyLedger, NodeId, StreamFrame, TelemetryFrame};
use rtrb::{Producer, RingBuffer};

use self::difference::Difference;
use super::build::{self, Builder};
use super::command::{Command, NodeTiming};
use super::crew::{Crew, Pool};
use super::options::{
    ActivateError, ApplyError, ApplyReport, ApplyWarning, EngineOptions, PluginLoader, Threads,
};
use super::plugins::{Hands, Plugins};
use super::processor::EngineProcessor;
use super::session::Session;
use crate::config::{AudioConfig, HostBuses};
use crate::devices::DeviceContent;
use crate::media::{MediaLibrary, MediaThread};
use crate::nested::PluginRequest;
use crate::timeline::Timeline;
use crate::transport::{Transport, within_reach};

/// Owns the engine: plans go in, telemetry comes out. Stays on the control thread, which is the main thread of
/// the nested plugins.
///
/// ```
/// # use loophole_host as host;
/// # use std::{io, sync::Arc};
/// # use host::{AudioConfig, EngineController, EngineOptions, EventList, Events, ProcessBlock, RenderMode};
/// # struct NoBlobs;
/// # impl host::media::BlobSource for NoBlobs {
/// #     fn open(&self, _: &protocol::BlobHash) -> io::Result<Box<dyn host::media::ReadSeek + Send>> {
/// #         Err(io::ErrorKind::NotFound.into())
/// #     }
/// # }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let options = EngineOptions::new(Arc::new(NoBlobs), host::nested::PluginLocator::new());
/// let mut controller = EngineController::new(options);
/// controller.apply(protocol::EnginePlan::default())?;
/// let config =
///     AudioConfig { rate: protocol::SampleRate(48_000.0), max_block: 512, mode: RenderMode::Offline };
/// let mut processor = controller.activate(config)?;
/// let (mut left, mut right) = ([0.0; 100], [0.0; 100]);
/// processor.process(&mut ProcessBlock {
///     frames: 100,
///     inputs: &[],
///     outputs: &mut [&mut left, &mut right],
///     events_in: Events::EMPTY,
///     events_out: &mut EventList::default(),
///     transport: None,
/// });
/// controller.deactivate(processor);
/// # Ok(()) }
/// ```
pub struct EngineController {
    loader: Box<dyn PluginLoader>,
    threads: Threads,
    /// Where nodes find help for work in parts.
    pool: Arc<Pool>,
    media: MediaLibrary,
    media_thread: Option<MediaThread>,
    fonts: BTreeMap<BlobHash, DeviceContent>,
    plugins: Plugins,
    plan: EnginePlan,
    session: Option<Session>,
    /// When a latency was last taken over, and whether one has changed since.
    latency_taken: Option<Instant>,
    latency_changed: bool,
    /// What went wrong when it was activated, until the next poll.
    late_warnings: Vec<ApplyWarning>,
    /// What an engine had told when it was stopped, for the next poll.
    late_telemetry: Vec<TelemetryFrame>,
    /// What the engine was last activated on.
    host: HostBuses,
    /// What hands do to parameters, for plugins to show.
    hands: Hands,
    rest: Rest,
    timing: NodeTiming,
    _main: PhantomData<*const ()>,
}

static_assertions::assert_not_impl_any!(EngineController: Send, Sync);

/// Where the transport is while no processor runs.
#[derive(Clone, Copy, Debug, Default)]
struct Rest {
    at: protocol::Beats,
    /// The same to the frame, for the rate it was reached at.
    frame: Option<(protocol::SampleRate, Frames)>,
    playing: bool,
}

/// What happened since the last poll.
#[derive(Debug, Default)]
pub struct Polled {
    /// From the audio thread, in order.
    pub telemetry: Vec<TelemetryFrame>,
    /// What nested plugins want that is not the engine's own business; restarts and latencies are.
    pub requests: Vec<(NodeId, PluginRequest)>,
    /// What could not be done when the engine was activated or a plugin restarted.
    pub warnings: Vec<ApplyWarning>,
}

/// Every change of a latency is a new schedule between two fades; a plugin that changes its mind in every block gets
/// one so often at most.
const LATENCY_PAUSE: Duration = Duration::from_millis(100);

/// Commands under way at most; more wait on the control thread.
const COMMANDS: usize = 1_024;
const TELEMETRY: usize = 8_192;
const STREAM: usize = 1_024;

impl EngineController {
    /// An engine without nodes.
    #[must_use]
    pub fn new(options: EngineOptions) -> Self {
        let pool = Arc::new(Pool::new());
        Self {
            loader: options.plugins,
            threads: options.threads,
            media: MediaLibrary::new(options.blobs, options.memory_secs),
            media_thread: None,
            fonts: BTreeMap::new(),
            plugins: Plugins::new(pool.clone()),
            pool,
            plan: EnginePlan::default(),
            session: None,
            latency_taken: None,
            latency_changed: false,
            late_warnings: Vec::new(),
            late_telemetry: Vec::new(),
            host: HostBuses::default(),
            hands: Hands::new(),
            rest: Rest::default(),
            timing: NodeTiming::Off,
            _main: PhantomData,
        }
    }

    /// The plan in force.
    #[must_use]
    pub fn plan(&self) -> &EnginePlan {
        &self.plan
    }

    /// Makes the engine play a plan, running or not. Only what differs is touched: parameters, clips and automation
    /// change in place; other changes swap the schedule, between short fades where it would be heard.
    ///
    /// # Errors
    /// A plan that cannot be scheduled is refused, and the engine goes on with the one it has.
    pub fn apply(&mut self, plan: EnginePlan) -> Result<ApplyReport, ApplyError> {
        let mut report = ApplyReport::default();
        let difference = Difference::between(&self.plan, &plan);
        if difference.is_other_graph() {
            build::check(&plan)?;
        }
        for node in difference.changed(&plan) {
            if let NodeKind::Plugin { plugin, state, layout } = &node.kind {
                let blobs = self.media.source().clone();
                report.warnings.extend(self.plugins.provide(node.id, plugin, *state, &*self.loader, &*blobs));
                self.plugins.overrule(&self.plan, node);
                self.plugins.want_layout(node.id, layout.as_ref(), &mut report.warnings);
                self.plugins.indicate(node, &plan.macros, &self.hands);
            }
        }
        if plan.macros != self.plan.macros {
            for node in plan.nodes().filter(|node| matches!(node.kind, NodeKind::Plugin { .. })) {
                self.plugins.indicate(node, &plan.macros, &self.hands);
            }
        }
        if plan.tempo != self.plan.tempo {
            self.rest.frame = None;
        }
        let old = std::mem::replace(&mut self.plan, plan);
        if let Err(error) = self.catch_up(&mut report.warnings) {
            self.plan = old;
            return Err(error);
        }
        if difference.is_other_graph() {
            self.forget_unplanned();
        }
        if self.session.is_none() {
            self.plugins.forget_leaving();
        }
        Ok(report)
    }

    /// Lets plugins and content go that the plan has no more.
    fn forget_unplanned(&mut self) {
        let is_plugin = |node: &&NodePlan| matches!(node.kind, NodeKind::Plugin { .. });
        let planned: BTreeSet<NodeId> = self.plan.nodes().filter(is_plugin).map(|node| node.id).collect();
        self.plugins.retain(|id| planned.contains(&id));
        let blob = |node: &NodePlan| match node.kind {
            NodeKind::Device { blob, .. } => blob,
            _ => None,
        };
        let blobs: BTreeSet<BlobHash> = self.plan.nodes().filter_map(blob).collect();
        self.fonts.retain(|hash, _| blobs.contains(hash));
    }

    /// [`activate_on`](Self::activate_on) a host with stereo buses.
    ///
    /// # Errors
    /// As there.
    pub fn activate(&mut self, config: AudioConfig) -> Result<EngineProcessor, ActivateError> {
        self.activate_on(config, HostBuses::default())
    }

    /// Starts the engine. Blocks of the processor may be larger than `config.max_block`, which is what nodes get at
    /// most; it is cut to [`AudioConfig::MAX_BLOCK`].
    ///
    /// # Errors
    /// [`ActivateError`]; the engine stays inactive.
    pub fn activate_on(
        &mut self,
        config: AudioConfig,
        host: HostBuses,
    ) -> Result<EngineProcessor, ActivateError> {
        if self.session.is_some() {
            return Err(ActivateError::AlreadyActive);
        }
        if !config.rate.is_legal() {
            return Err(ActivateError::Rate(config.rate));
        }
        if config.max_block == 0 {
            return Err(ActivateError::BlockSize);
        }
        let config = AudioConfig { max_block: config.max_block.min(AudioConfig::MAX_BLOCK), ..config };
        self.host = host;
        let mut warnings = Vec::new();
        let plan = self.plan.clone();
        let (swap, built) =
            self.builder(config, &mut warnings).build(&plan, None).map_err(ActivateError::Plan)?;
        self.late_warnings.append(&mut warnings);
        let mut transport = Transport::new(Box::new(Timeline::new(&plan)), config.rate, self.rest.at);
        if let Some((_, frame)) = self.rest.frame.filter(|(rate, _)| *rate == config.rate) {
            transport.locate(frame);
        }
        if self.rest.playing {
            transport.command(TransportCommand::Play);
        }
        let (commands, incoming) = RingBuffer::new(COMMANDS);
        let (outgoing, retired) = RingBuffer::new(COMMANDS);
        let (meters, telemetry) = RingBuffer::new(TELEMETRY);
        self.session = Some(Session {
            config,
            commands,
            backlog: std::collections::VecDeque::new(),
            retired,
            telemetry,
            built,
            sent: plan,
            in_flight: 0,
            behind: false,
        });
        if self.timing != NodeTiming::Off {
            self.send(Command::TimeNodes(self.timing));
        }
        let crew = Crew::new(self.threads, config.max_block, &self.pool);
        // SAFETY: it was built without one before, so all it has is new; from now on schedules come to this processor only.
        let schedule = unsafe { swap.schedule.begin() };
        Ok(EngineProcessor::new(config, schedule, crew, transport, incoming, outgoing, meters))
    }

    /// Stops the engine. The transport keeps its place; the engine can be activated again.
    pub fn deactivate(&mut self, mut processor: EngineProcessor) {
        let (frame, at) = processor.position();
        let frame = Some((processor.config().rate, frame));
        self.rest = Rest { at, frame, playing: processor.is_playing() };
        let mut told = std::mem::take(&mut self.late_telemetry);
        self.drain_retired(&mut told);
        if processor.is_playing() {
            told.push(TelemetryFrame::Jumped { left: at, to: None });
        }
        self.late_telemetry = told;
        if let Some(mut session) = self.session.take() {
            let mut left = Vec::new();
            while let Ok(command) = processor.commands.pop() {
                left.push(command);
            }
            left.extend(session.backlog.drain(..));
            // What it has is in those schedules too, which give it back.
            drop(session);
            for command in left {
                self.take_back_command(command);
            }
        }
        if let Some(fading) = processor.swap.take() {
            self.take_back(fading.swap.schedule);
        }
        let EngineProcessor { schedule, .. } = processor;
        self.take_back(schedule.into());
        self.plugins.forget_leaving();
    }

    /// Whether a processor is out.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.session.is_some()
    }

    /// Moves the engine's own transport, no further than frames can be counted.
    pub fn transport(&mut self, command: TransportCommand) {
        let command = match command {
            TransportCommand::Locate { to } => TransportCommand::Locate { to: within_reach(to) },
            TransportCommand::Play | TransportCommand::Stop => command,
        };
        match &mut self.session {
            Some(session) => session.send(Command::Transport(command)),
            None => match command {
                TransportCommand::Play => self.rest.playing = true,
                TransportCommand::Stop => self.rest.playing = false,
                TransportCommand::Locate { to } => (self.rest.at, self.rest.frame) = (to, None),
            },
        }
    }

    /// Everything back to its initial state; position and parameters stay.
    pub fn reset(&mut self) {
        if let Some(session) = &mut self.session {
            session.send(Command::Reset);
        }
    }

    /// How late the output is, in frames of the active rate; zero while inactive.
    #[must_use]
    pub fn latency(&self) -> Frames {
        Frames(self.session.as_ref().map_or(0, |session| i64::from(session.built.latency)))
    }

    /// Who adds how much latency, and who waits for whom; empty while inactive.
    #[must_use]
    pub fn ledger(&self) -> Arc<LatencyLedger> {
        self.session.as_ref().map(|session| session.built.ledger.clone()).unwrap_or_default()
    }

    /// Opens a stream to the audio thread, for whoever moves controls or plays notes; dropping it closes it. At most
    /// sixteen are served at once, and they end with the session. A full stream gives the frame back.
    pub fn stream(&mut self) -> Producer<StreamFrame> {
        let (producer, consumer) = RingBuffer::new(STREAM);
        if let Some(session) = &mut self.session {
            session.send(Command::Stream(consumer));
        }
        producer
    }

    /// Takes in what came back from the audio thread, and serves the nested plugins. To be called some thirty times
    /// a second; it is what lets displaced things be dropped and plugins restart.
    pub fn poll(&mut self) -> Polled {
        let mut polled = Polled {
            warnings: std::mem::take(&mut self.late_warnings),
            telemetry: std::mem::take(&mut self.late_telemetry),
            ..Polled::default()
        };
        let mut requests = Vec::new();
        self.plugins.poll(&mut requests);
        let mut rebuild = self.drain_retired(&mut polled.telemetry);
        for (node, request) in requests {
            if let PluginRequest::ParamMoved { param, value, gesture } = request {
                self.moved_by_plugin(node, param, value, gesture);
            }
            match request {
                PluginRequest::Restart | PluginRequest::PortsChanged if self.session.is_some() => {
                    self.plugins.want_restart(node);
                }
                PluginRequest::LatencyChanged if self.session.is_some() => self.latency_changed = true,
                PluginRequest::Wake => self.wake(node),
                PluginRequest::LayoutsChanged => {
                    self.plugins.retry_layout(node, &mut polled.warnings);
                    polled.requests.push((node, request));
                }
                request => polled.requests.push((node, request)),
            }
        }
        if self.session.is_some() {
            rebuild |= self.plugins.begin_restarts(Instant::now(), &mut polled.requests);
        }
        let is_settled = self.latency_taken.is_none_or(|taken| taken.elapsed() >= LATENCY_PAUSE);
        if rebuild || (self.latency_changed && is_settled) {
            self.latency_changed = false;
            self.latency_taken = Some(Instant::now());
            let Some(sent) = self.session.as_ref().map(|session| session.sent.clone()) else { return polled };
            // The same nodes and cables were scheduled before; only absurd latencies can be in the way.
            let _ = self.swap(&sent, &sent, &mut polled.warnings);
        }
        if let Some(session) = &mut self.session {
            session.flush();
        }
        if self.session.as_ref().is_some_and(|session| session.behind) {
            // It was checked when it was applied; only absurd latencies can be in the way.
            let _ = self.catch_up(&mut polled.warnings);
        }
        self.plugins.tell_ports(&mut polled.requests);
        polled
    }

    fn builder<'a>(&'a mut self, config: AudioConfig, warnings: &'a mut Vec<ApplyWarning>) -> Builder<'a> {
        Builder {
            plugins: &mut self.plugins,
            media: &mut self.media,
            media_thread: &mut self.media_thread,
            fonts: &mut self.fonts,
            config,
            host: self.host,
            warnings,
        }
    }

    /// A plugin that rests wants to be processed.
    fn wake(&mut self, node: NodeId) {
        let index =
            self.session.as_ref().and_then(|session| session.built.nodes.get(&node)).map(|info| info.index);
        if let Some(node) = index {
            self.send(Command::Wake { node });
        }
    }

    fn send(&mut self, command: Command) {
        if let Some(session) = &mut self.session {
            session.send(command);
        }
    }
}
