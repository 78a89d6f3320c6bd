//! The audio-thread half of the engine.

use std::time::Instant;

use protocol::control::TransportCommand;
use protocol::{Beats, Frames, NodeId, StreamFrame, TelemetryFrame};
use rtrb::{Consumer, Producer};

use super::block::ProcessBlock;
use super::body::{Kind, PendingStep};
use super::command::{Command, Retired};
use super::run::{self, Context, Scratch};
use super::schedule::{MacroTable, Schedule, Swap};
use crate::automation::{Ramp, Span, Step};
use crate::config::AudioConfig;
use crate::denormals::FlushDenormals;
use crate::event::{Event, EventKind, EventList, Events, Voice};
use crate::math::{declick_frames, len_f64, to_f32, to_i64, to_u32, to_usize};
use crate::transport::{Arrival, Transport};

/// Runs the engine. Goes to the audio thread, and back to
/// [`EngineController::deactivate`](super::EngineController::deactivate) in the end.
pub struct EngineProcessor {
    pub(super) config: AudioConfig,
    pub(super) schedule: Box<Schedule>,
    pub(super) swap: Option<Fading>,
    pub(super) transport: Transport,
    pub(super) commands: Consumer<Command>,
    pub(super) retired: Producer<Retired>,
    telemetry: Producer<TelemetryFrame>,
    streams: Vec<Consumer<StreamFrame>>,
    inbox: Inbox,
    scratch: Scratch,
    report: Report,
}

static_assertions::assert_impl_all!(EngineProcessor: Send);

/// A swap that waits for the fades of the old schedule.
pub(super) struct Fading {
    pub swap: Box<Swap>,
    left: usize,
}

/// What came from outside for this stretch of time.
struct Inbox {
    steps: Vec<PendingStep>,
    live: Vec<(u32, Event)>,
    notes: EventList,
    dropped: u32,
}

impl Inbox {
    const STEPS: usize = 2_048;

    fn step(&mut self, node: u32, step: Step) {
        if self.steps.len() < Self::STEPS {
            self.steps.push(PendingStep { node, step });
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    fn note(&mut self, node: u32, event: Event) {
        if self.live.len() < Self::STEPS {
            self.live.push((node, event));
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    fn clear(&mut self) {
        self.steps.clear();
        self.live.clear();
        self.notes.clear();
    }
}

/// What is said on the telemetry plane, and how often.
struct Report {
    /// Frames between two reports.
    every: usize,
    left: usize,
    /// The largest load since the last report.
    load: f32,
    underruns: u32,
    dropped_events: u32,
    lost: u32,
}

/// How often meters are sent, per second.
const REPORTS_PER_SEC: f64 = 30.0;

impl EngineProcessor {
    /// How many streams can be open at once.
    const STREAMS: usize = 16;

    pub(super) fn new(
        config: AudioConfig,
        schedule: Box<Schedule>,
        transport: Transport,
        commands: Consumer<Command>,
        retired: Producer<Retired>,
        telemetry: Producer<TelemetryFrame>,
    ) -> Self {
        let every = crate::math::span(to_i64(config.rate.0 / REPORTS_PER_SEC)).max(1);
        let inbox = Inbox {
            steps: Vec::with_capacity(Inbox::STEPS),
            live: Vec::with_capacity(Inbox::STEPS),
            notes: EventList::with_capacity(4_096),
            dropped: 0,
        };
        let report = Report { every, left: every, load: 0.0, underruns: 0, dropped_events: 0, lost: 0 };
        Self {
            scratch: Scratch::new(config.max_block),
            config,
            schedule,
            swap: None,
            transport,
            commands,
            retired,
            telemetry,
            streams: Vec::with_capacity(Self::STREAMS),
            inbox,
            report,
        }
    }

    /// What it was activated with.
    #[must_use]
    pub fn config(&self) -> &AudioConfig {
        &self.config
    }

    /// Whether the transport runs.
    #[must_use]
    pub fn is_playing(&self) -> bool {
        self.transport.is_playing()
    }

    /// Where the transport is.
    #[must_use]
    pub fn position(&self) -> (Frames, Beats) {
        (Frames(self.transport.frame()), self.transport.position())
    }

    /// Telemetry frames lost because nobody read them.
    #[must_use]
    pub fn lost_telemetry(&self) -> u32 {
        self.report.lost
    }

    /// Moves the engine's own transport. While a host is followed, only the host moves it.
    ///
    /// # Real-time
    /// Constant time.
    pub fn transport(&mut self, command: TransportCommand) {
        self.transport.command(command);
    }

    /// Everything back to its initial state; position and parameters stay.
    ///
    /// # Real-time
    /// As long as all processors take to reset.
    pub fn reset(&mut self) {
        let _flush = FlushDenormals::new();
        self.schedule.reset();
        self.transport.reset();
    }

    /// Runs the engine for one block of any length, zero included.
    ///
    /// # Real-time
    /// No allocation, lock, I/O or panic; in [offline mode](crate::RenderMode::Offline) it waits for streamed media.
    pub fn process(&mut self, block: &mut ProcessBlock<'_>) {
        let _flush = FlushDenormals::new();
        let start = Instant::now();
        for out in block.outputs.iter_mut() {
            out.silence();
        }
        self.transport.follow(block.transport.as_ref());
        self.take_commands();
        self.take_streams();
        let mut done = 0;
        while done < block.frames {
            done += self.stretch(block, done);
        }
        self.finish_report(block.frames, start);
    }

    /// Runs up to the next place where something changes at once: the end of the block, a loop wrap, a swap.
    fn stretch(&mut self, block: &mut ProcessBlock<'_>, offset: usize) -> usize {
        let wanted = (block.frames - offset).min(self.config.max_block);
        let wanted = self.swap.as_ref().map_or(wanted, |fading| wanted.min(fading.left));
        let frames = self.transport.until_wrap(wanted).max(1);
        if self.transport.arrival() == Arrival::Started {
            self.reset_silent_nodes();
        }
        self.take_host_events(block.events_in, offset, frames);
        let view = self.transport.view();
        let mut context = Context {
            frames,
            offset,
            span: Span {
                start: self.transport.frame(),
                frames,
                playing: self.transport.is_playing(),
                arrival: self.transport.arrival(),
                map: self.transport.map(),
            },
            transport: &view,
            mode: self.config.mode,
            inputs: block.inputs,
            outputs: &mut *block.outputs,
            events_in: self.inbox.notes.view(),
            events_out: &mut *block.events_out,
            steps: &self.inbox.steps,
            live: &self.inbox.live,
            scratch: &mut self.scratch,
            telemetry: &mut self.telemetry,
            lost_telemetry: &mut self.report.lost,
        };
        run::run(&mut self.schedule, &mut context);
        self.inbox.clear();
        self.transport.advance(frames);
        self.advance_swap(frames);
        frames
    }

    /// So that a render from a start of playback is the same however long the engine idled before: what is silent
    /// starts from its initial state. What still sounds goes on.
    fn reset_silent_nodes(&mut self) {
        for node in &mut self.schedule.nodes {
            let starts_afresh = match &node.body.kind {
                Kind::Processor(_) => node.body.silent,
                Kind::Level(_) => true,
                _ => false,
            };
            if starts_afresh {
                node.body.reset();
            }
        }
    }

    fn take_commands(&mut self) {
        while self.swap.is_none() && self.retired.slots() > 0 && self.inbox.steps.len() < Inbox::STEPS {
            let Ok(command) = self.commands.pop() else { return };
            self.obey(command);
        }
    }

    fn obey(&mut self, command: Command) {
        let retired = match command {
            Command::Swap(swap) => return self.begin_swap(swap),
            Command::Param { node, param, value } => {
                self.inbox.step(node, hand_step(0, param, value));
                return;
            }
            Command::Bypass { node, bypassed } => return self.bypass(node, bypassed),
            Command::Transport(command) => return self.transport.command(command),
            Command::Reset => return self.reset(),
            Command::Notes { node, program } => match &mut self.schedule.nodes[to_usize(node)].body.kind {
                Kind::NotePlayer(player) => Retired::Notes(player.replace(program)),
                _ => Retired::Notes(program),
            },
            Command::Audio { node, program, pages } => {
                match &mut self.schedule.nodes[to_usize(node)].body.kind {
                    Kind::AudioPlayer(player) => {
                        let pages = player.give_pages(pages);
                        Retired::Audio(player.replace(program), pages)
                    }
                    _ => Retired::Audio(program, pages),
                }
            }
            Command::Automation { node, automation } => {
                let body = &mut self.schedule.nodes[to_usize(node)].body;
                Retired::Automation(std::mem::replace(&mut body.automation, automation))
            }
            Command::Timeline(timeline) => Retired::Timeline(self.transport.replace(timeline)),
            Command::Macros(macros) => Retired::Macros(std::mem::replace(&mut self.schedule.macros, macros)),
            Command::Stream(stream) => {
                if self.streams.len() < Self::STREAMS {
                    self.streams.push(stream);
                    return;
                }
                Retired::Stream(stream)
            }
        };
        // There is room: `take_commands` looked.
        let _ = self.retired.push(retired);
    }

    fn bypass(&mut self, node: u32, bypassed: bool) {
        let frames = declick_frames(self.config.rate);
        let body = &mut self.schedule.nodes[to_usize(node)].body;
        if !bypassed
            && body.bypass.is_dry()
            && let Kind::Processor(processor) = &mut body.kind
        {
            processor.reset();
        }
        body.bypass.wet.head_for([if bypassed { 0.0 } else { 1.0 }; 2], frames);
    }

    fn begin_swap(&mut self, swap: Box<Swap>) {
        let frames = declick_frames(self.config.rate);
        let mut left = 0;
        for &node in &swap.fade_out {
            let node = &mut self.schedule.nodes[to_usize(node)];
            let mut fader = node.fade.unwrap_or_else(|| crate::nodes::Fader::standing([1.0; 2]));
            fader.head_for([0.0; 2], frames);
            node.fade = Some(fader);
            left = to_usize(frames);
        }
        self.swap = Some(Fading { swap, left });
        self.advance_swap(0);
    }

    fn advance_swap(&mut self, frames: usize) {
        let Some(mut fading) = self.swap.take() else { return };
        fading.left = fading.left.saturating_sub(frames);
        if fading.left > 0 {
            self.swap = Some(fading);
            return;
        }
        fading.swap.perform(&mut self.schedule);
        let off = EventKind::NoteOff { voice: Voice::ALL, velocity: 0.0 };
        for &node in &fading.swap.release {
            self.inbox.note(node, Event::new(0, off));
        }
        let _ = self.retired.push(Retired::Swap(fading.swap));
        self.take_commands();
    }

    fn take_streams(&mut self) {
        let mut index = 0;
        while index < self.streams.len() {
            for _ in 0..self.streams[index].slots() {
                if let Ok(frame) = self.streams[index].pop() {
                    self.take_stream_frame(frame);
                }
            }
            if self.streams[index].is_abandoned()
                && self.streams[index].is_empty()
                && self.retired.slots() > 1
            {
                let _ = self.retired.push(Retired::Stream(self.streams.swap_remove(index)));
            } else {
                index += 1;
            }
        }
    }

    fn take_stream_frame(&mut self, frame: StreamFrame) {
        match frame {
            StreamFrame::Param { node, param, value } => {
                if let Some(node) = self.schedule.find(node) {
                    self.inbox.step(node, hand_step(0, param, value));
                }
            }
            StreamFrame::Macro { slot, value } => self.move_macro(0, slot, value),
            StreamFrame::NoteOn { node, key, velocity } => {
                let velocity = f64::from(velocity).clamp(0.0, 1.0);
                self.live_note(
                    node,
                    EventKind::NoteOn { voice: Voice::key(0, i16::from(key.min(127))), velocity },
                );
            }
            StreamFrame::NoteOff { node, key } => {
                let voice = Voice::key(0, i16::from(key.min(127)));
                self.live_note(node, EventKind::NoteOff { voice, velocity: 0.0 });
            }
        }
    }

    /// A live note goes to a player, or like a host's to every node that hears the host.
    fn live_note(&mut self, node: Option<NodeId>, kind: EventKind) {
        let event = Event::new(0, kind);
        if let Some(id) = node {
            if let Some(node) = self.schedule.find(id) {
                self.inbox.note(node, event);
            }
            return;
        }
        for (index, node) in (0..).zip(&self.schedule.nodes) {
            if matches!(node.body.kind, Kind::HostEvents) {
                self.inbox.note(index, event);
            }
        }
    }

    fn move_macro(&mut self, frame: u32, slot: u8, value: f64) {
        if !value.is_finite() {
            return;
        }
        for (node, param, value) in self.schedule.macros.targets(slot, value.clamp(0.0, 1.0)) {
            self.inbox.step(node, hand_step(frame, param, value));
        }
    }

    /// Sorts the host's events of a stretch into macro moves and notes.
    fn take_host_events(&mut self, events: Events<'_>, offset: usize, frames: usize) {
        if events.is_empty() {
            return;
        }
        let range = to_u32(offset)..to_u32(offset + frames);
        let within = events.between(range.clone());
        if within.iter().any(|event| event.kind.is_about_params()) {
            for event in within.iter() {
                if let EventKind::Param { param, value, .. } = event.kind
                    && param.0 < MacroTable::SLOTS
                {
                    let slot = u8::try_from(param.0).unwrap_or(u8::MAX);
                    self.move_macro(event.frame - range.start, slot, value);
                }
            }
        }
        self.inbox.notes.extend_range(within, range);
        self.inbox.notes.retain_notes();
    }

    fn finish_report(&mut self, frames: usize, start: Instant) {
        if frames == 0 {
            return;
        }
        let secs = len_f64(frames) / self.config.rate.0;
        self.report.load = self.report.load.max(to_f32(start.elapsed().as_secs_f64() / secs));
        if frames < self.report.left {
            self.report.left -= frames;
            return;
        }
        self.report.left = self.report.every;
        self.count_losses();
        self.send_report();
    }

    fn count_losses(&mut self) {
        let report = &mut self.report;
        let mut dropped = self.inbox.notes.take_dropped()
            + std::mem::take(&mut self.inbox.dropped)
            + self.scratch.take_dropped();
        for list in self.schedule.buffers.events.iter_mut().flatten() {
            dropped += list.take_dropped();
        }
        for delay in &mut self.schedule.delays {
            if let super::schedule::Delay::Events(delay) = delay {
                dropped += delay.take_dropped();
            }
        }
        for node in &mut self.schedule.nodes {
            match &mut node.body.kind {
                Kind::NotePlayer(player) => dropped += player.take_dropped(),
                Kind::AudioPlayer(player) => {
                    report.underruns = report.underruns.saturating_add(player.take_late())
                }
                _ => {}
            }
            if let Some(automation) = &mut node.body.automation {
                dropped += automation.delay.take_dropped();
            }
        }
        report.dropped_events = report.dropped_events.saturating_add(dropped);
    }

    fn send_report(&mut self) {
        let view = self.transport.view();
        let report = &mut self.report;
        let mut send = |frame| {
            if self.telemetry.push(frame).is_err() {
                report.lost = report.lost.saturating_add(1);
            }
        };
        send(TelemetryFrame::Playhead {
            frame: view.frame,
            beats: view.beats,
            bpm: view.bpm,
            playing: view.playing,
        });
        for &strip in &self.schedule.strips {
            let node = &mut self.schedule.nodes[to_usize(strip)];
            if let Kind::Level(level) = &mut node.body.kind {
                send(level.meter.take(node.id));
            }
        }
        send(TelemetryFrame::Load {
            load: report.load,
            underruns: report.underruns,
            dropped_events: report.dropped_events,
        });
        report.load = 0.0;
    }
}

/// A change that comes from a hand or a macro rather than from the timeline.
fn hand_step(frame: u32, param: protocol::ParamId, value: f64) -> Step {
    Step { frame, param, value, target: value, ramp: Ramp::Declick }
}
