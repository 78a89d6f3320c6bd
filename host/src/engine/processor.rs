//! The audio-thread half of the engine.

mod hands;
mod inbox;
mod report;
mod swaps;
mod timing;
mod voices;

use std::time::Instant;

use protocol::control::TransportCommand;
use protocol::telemetry::Gesture;
use protocol::{Beats, Frames, StreamFrame, TelemetryFrame};
use rtrb::{Consumer, Producer};

use self::hands::Run;
use self::inbox::{Inbox, hand_step};
use self::report::{REPORTS_PER_SEC, Report};
use self::swaps::Fading;
use self::timing::Timing;
use self::voices::Voices;
use super::block::ProcessBlock;
use super::body::{Kind, Node, Rest};
use super::command::{Command, Retired};
use super::crew::Crew;
use super::run::{Context, Outlets, Worker};
use super::schedule::Schedule;
use crate::automation::Span;
use crate::config::AudioConfig;
use crate::denormals::FlushDenormals;
use crate::event::EventList;
use crate::math::{declick_frames, to_i64};
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
    crew: Crew,
    voices: Voices,
    worker: Worker,
    /// Whether playback moved in the stretch before.
    was_playing: bool,
    report: Report,
    timing: Timing,
    run: Run,
}

static_assertions::assert_impl_all!(EngineProcessor: Send);

impl EngineProcessor {
    /// How many streams can be open at once.
    const STREAMS: usize = 16;

    pub(super) fn new(
        config: AudioConfig,
        schedule: Box<Schedule>,
        crew: Crew,
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
            order: 0,
        };
        let report = Report { every, left: every, ..Report::default() };
        Self {
            worker: Worker::new(config.max_block),
            was_playing: false,
            config,
            schedule,
            crew,
            swap: None,
            transport,
            commands,
            retired,
            telemetry,
            streams: Vec::with_capacity(Self::STREAMS),
            inbox,
            voices: Voices::new(),
            report,
            timing: Timing::default(),
            run: Run::default(),
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

    /// Events that were lost on their way here or from here, for the [count](TelemetryFrame::Load) of them.
    ///
    /// # Real-time
    /// Constant time.
    pub fn lose_events(&mut self, count: u32) {
        self.report.dropped_events = self.report.dropped_events.saturating_add(count);
    }

    /// The audio device ran dry so many times, for the [count](TelemetryFrame::Load) of that.
    ///
    /// # Real-time
    /// Constant time.
    pub fn count_xruns(&mut self, count: u32) {
        self.report.xruns = self.report.xruns.saturating_add(count);
    }

    /// Moves the engine's own transport. While a host is followed, only the host moves it.
    ///
    /// # Real-time
    /// Constant time.
    pub fn transport(&mut self, command: TransportCommand) {
        self.transport.command(command);
    }

    /// Follows no host any more: the transport is our own, stopped where it is, and obeys [`transport`](Self::transport).
    ///
    /// # Real-time
    /// Constant time.
    pub fn leave_host(&mut self) {
        self.transport.follow(None);
    }

    /// Moves a macro (0..=127) to a position of 0..=1, from the first frame of the next block on. Several moves of one
    /// macro before that block come one after the other.
    ///
    /// # Real-time
    /// Logarithmic in the targets of all macros.
    pub fn set_macro(&mut self, slot: u8, value: f64) {
        self.move_macro(0, slot, value);
    }

    /// Everything back to its initial state; position and parameters stay.
    ///
    /// # Real-time
    /// As long as all processors take to reset.
    pub fn reset(&mut self) {
        let _flush = FlushDenormals::new();
        self.schedule.reset();
        self.transport.reset();
        self.voices.clear();
    }

    /// Runs the engine for one block of any length, zero included.
    ///
    /// # Real-time
    /// No allocation, lock, I/O or panic; in [offline mode](crate::RenderMode::Offline) it waits for streamed media.
    pub fn process(&mut self, block: &mut ProcessBlock<'_, '_>) {
        let _flush = FlushDenormals::new();
        let start = Instant::now();
        for out in block.outputs.iter_mut() {
            out.fill(0.0);
        }
        self.transport.follow(block.transport.as_ref());
        self.take_commands();
        self.take_streams();
        self.timing.begin_block(block.frames, self.config.rate);
        let mut done = 0;
        while done < block.frames {
            done += self.stretch(block, done);
        }
        block.events_out.sort();
        self.finish_report(block.frames, start);
    }

    /// Runs up to the next place where something changes at once: the end of the block, a loop wrap, a swap.
    fn stretch(&mut self, block: &mut ProcessBlock<'_, '_>, offset: usize) -> usize {
        let wanted = (block.frames - offset).min(self.config.max_block);
        let wanted = self.swap.as_ref().map_or(wanted, |fading| wanted.min(fading.left));
        let frames = self.transport.until_wrap(wanted).max(1);
        self.tell_jump();
        if self.transport.arrival() == Arrival::Started {
            self.reset_silent_nodes();
        }
        self.take_host_events(block, offset, frames);
        let view = self.transport.view();
        self.inbox.sort();
        let playing = self.transport.is_playing();
        let context = Context {
            frames,
            offset,
            span: Span {
                start: self.transport.frame(),
                frames,
                playing,
                arrival: self.transport.arrival(),
                loop_frames: self.transport.loop_frames(),
                map: self.transport.map(),
            },
            transport: &view,
            transport_moved: view.jumped || playing != self.was_playing,
            mode: self.config.mode,
            timed: self.timing.block_secs(),
            inputs: block.inputs,
            events_in: self.inbox.notes.view(),
            calm: self.inbox.steps.is_empty() && self.inbox.live.is_empty(),
            steps: &self.inbox.steps,
            live: &self.inbox.live,
        };
        let mut outlets = Outlets { outputs: &mut *block.outputs, events: &mut *block.events_out };
        self.crew.run(&mut self.schedule, &context, &mut self.worker, &mut outlets);
        self.was_playing = playing;
        let Self { crew, worker, telemetry, report, .. } = self;
        for worker in crew.workers().chain([worker]) {
            let mut lost = 0;
            lost += worker.reports.flush(|frame| {
                if let TelemetryFrame::EventsDropped { count, .. } = frame {
                    report.dropped_events = report.dropped_events.saturating_add(count);
                }
                lost += u32::from(telemetry.push(frame).is_err());
            });
            report.lost = report.lost.saturating_add(lost);
        }
        self.tell_own_moves();
        self.run.played(&view, frames, self.config.rate.0);
        self.inbox.clear();
        self.tell_note_ends(block.events_out, offset, frames);
        self.transport.advance(frames);
        self.advance_swap(frames);
        frames
    }

    /// So that a render from a start of playback is the same however long the engine idled before: what is silent
    /// starts from its initial state. What still sounds goes on.
    fn reset_silent_nodes(&mut self) {
        for node in self.schedule.each_node() {
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
            Command::Swap(swap) => {
                self.begin_swap(swap);
                return self.advance_swap(0);
            }
            Command::Param { node, param, value } => {
                self.inbox.step(node, hand_step(0, param, value));
                return;
            }
            Command::Hand { node, param, value } => {
                self.inbox.step(node, hand_step(0, param, value));
                return self.tell_hand(node, param, value, Gesture::Change);
            }
            Command::Wake { node } => {
                self.schedule.node(node).body.rest = Rest::default();
                return;
            }
            Command::Bypass { node, bypassed } => return self.bypass(node, bypassed),
            Command::Transport(command) => return self.transport.command(command),
            Command::Reset => return self.reset(),
            Command::Notes { node, program } => match &mut self.schedule.node(node).body.kind {
                Kind::NotePlayer(player) => Retired::Notes(player.replace(program)),
                _ => Retired::Notes(program),
            },
            Command::Audio { node, program, pages } => match &mut self.schedule.node(node).body.kind {
                Kind::AudioPlayer(player) => {
                    let pages = player.give_pages(pages);
                    Retired::Audio(player.replace(program), pages)
                }
                _ => Retired::Audio(program, pages),
            },
            Command::Automation { node, automation } => {
                let Node { body, calm, .. } = self.schedule.node(node);
                *calm = false;
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
            Command::Tap { node, tap } => match &mut self.schedule.node(node).body.kind {
                Kind::Level(level) => match level.tap.replace(tap) {
                    Some(before) => Retired::Tap(before),
                    None => return,
                },
                _ => Retired::Tap(tap),
            },
            Command::TimeNodes(timing) => {
                self.timing.set(timing);
                return self.schedule.forget_spent();
            }
        };
        // There is room: `take_commands` looked.
        let _ = self.retired.push(retired);
    }

    fn bypass(&mut self, node: u32, bypassed: bool) {
        let frames = declick_frames(self.config.rate);
        let Node { body, calm, .. } = self.schedule.node(node);
        *calm = false;
        if !bypassed
            && body.bypass.is_dry()
            && let Kind::Processor(processor) = &mut body.kind
        {
            processor.reset();
        }
        body.bypass.wet.head_for([if bypassed { 0.0 } else { 1.0 }; 2], frames);
    }
}
