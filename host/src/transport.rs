//! The transport on the audio thread: its own, or following an outer host's.
//!
//! Position is a whole number of frames. While following, the own counter runs and the host's position only
//! corrects it when the two are more than half a frame apart; so every host gives the same samples. A host that tells
//! its position in steps coarser than a frame corrects it only as far as all of what it says agrees. Where the
//! host's tempo is the project's, the project's map is used, for the same reason.

use protocol::control::TransportCommand;
use protocol::{Beats, Frames, SampleRate, TICKS_PER_BEAT, TempoMap};

use crate::math::{span, to_f64, to_i64};
use crate::processor::BlockTransport;
use crate::timeline::{HostTempo, TimeMap, Timeline};

/// What an outer host says about its transport at the first frame of a block. What it does not say is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HostTransport {
    /// Whether it plays.
    pub playing: bool,
    /// Position in quarter notes.
    pub beats: Option<f64>,
    /// Position in seconds; used when there are no beats.
    pub secs: Option<f64>,
    /// Quarter notes per minute.
    pub bpm: Option<f64>,
    /// Numerator and denominator.
    pub signature: Option<(u8, u8)>,
    /// Start of the current bar, in quarter notes.
    pub bar_start_beats: Option<f64>,
    /// Start and end of the loop in quarter notes, when it loops.
    pub loop_beats: Option<(f64, f64)>,
}

/// How far from the start a host can be, in quarter notes: at the slowest tempo and the highest rate, frames can still be
/// counted one by one there. What is beyond is no position.
const FARTHEST: f64 = 1e9;

/// The nearest position to this one at which there can be playback.
pub(crate) fn within_reach(to: Beats) -> Beats {
    let farthest = Beats::from_beats(FARTHEST);
    to.clamp(Beats::ZERO - farthest, farthest)
}

/// Differences up to this are the host's clock drifting, or how coarsely it counts; larger ones are jumps.
const SLIP_SECS: f64 = 0.001;
/// The same in quarter notes: the coarsest tick that sequencers count in.
const SLIP_BEATS: f64 = 1.0 / 480.0;

/// How far a running host has been from the own counter since it last jumped.
#[derive(Clone, Copy, Debug, Default)]
struct Slips {
    /// In the last block, in frames.
    ahead: f64,
    /// Whether it takes steps that no clock drifts by, or did lately.
    is_coarse: bool,
    /// The blocks seen of a coarse host since they were last looked at, whether it took such a step in them, and the
    /// least and the most it was ahead.
    blocks: u32,
    has_stepped: bool,
    least: f64,
    most: f64,
}

impl Slips {
    /// A clock that drifts further than this within a block is none.
    const DRIFT_FRAMES: f64 = 1.0;
    /// Blocks after which the steps of a coarse host have been of every size.
    const BLOCKS: u32 = 256;

    /// By how many frames the own counter is to be moved when the host is so many ahead of it.
    fn correction(&mut self, ahead: f64) -> i64 {
        self.has_stepped |= (ahead - self.ahead).abs() > Self::DRIFT_FRAMES;
        self.is_coarse |= self.has_stepped;
        if !self.is_coarse {
            let by = if ahead.abs() <= 0.5 + 1e-6 { 0 } else { to_i64(ahead.round()) };
            self.ahead = ahead - to_f64(by);
            return by;
        }
        self.ahead = ahead;
        (self.least, self.most) =
            if self.blocks == 0 { (ahead, ahead) } else { (self.least.min(ahead), self.most.max(ahead)) };
        self.blocks += 1;
        if self.blocks < Self::BLOCKS {
            return 0;
        }
        // One slip, and steady since: it was no step of a count.
        (self.blocks, self.is_coarse, self.has_stepped) = (0, self.has_stepped, false);
        // What all of its steps agree on.
        let by = self.least.max(0.0) + self.most.min(0.0);
        let by = if by.abs() <= Self::DRIFT_FRAMES { 0 } else { to_i64(by.round()) };
        self.ahead -= to_f64(by);
        by
    }
}

/// How the position came to be where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// By running, or standing still.
    Ran,
    /// By a jump or a loop wrap.
    Jumped,
    /// Playback starts here.
    Started,
}

#[derive(Debug)]
pub(crate) struct Transport {
    pub timeline: Box<Timeline>,
    rate: SampleRate,
    playing: bool,
    frame: i64,
    arrival: Arrival,
    /// The host's tempo, while it is not the project's.
    host_tempo: Option<HostTempo>,
    host: Option<HostTransport>,
    slips: Slips,
}

impl Transport {
    pub fn new(timeline: Box<Timeline>, rate: SampleRate, at: Beats) -> Self {
        let frame = timeline.tempo.frame_at(at, rate).0;
        Self {
            timeline,
            rate,
            playing: false,
            frame,
            arrival: Arrival::Jumped,
            host_tempo: None,
            host: None,
            slips: Slips::default(),
        }
    }

    pub fn is_playing(&self) -> bool {
        self.playing
    }

    pub fn frame(&self) -> i64 {
        self.frame
    }

    pub fn arrival(&self) -> Arrival {
        self.arrival
    }

    pub fn position(&self) -> Beats {
        Beats(to_i64(self.map().ticks_at(self.frame).round()))
    }

    pub fn map(&self) -> TimeMap<'_> {
        match &self.host_tempo {
            Some(tempo) => TimeMap::Host(tempo),
            None => TimeMap::Project(&self.timeline.tempo, self.rate),
        }
    }

    /// Goes to a frame.
    pub fn locate(&mut self, frame: Frames) {
        self.frame = frame.0;
        self.jumped();
    }

    /// Forgets having been anywhere: the next block counts as a jump or a start.
    pub fn reset(&mut self) {
        self.arrival = if self.playing { Arrival::Started } else { Arrival::Jumped };
    }

    /// Obeys, unless a host is in charge.
    pub fn command(&mut self, command: TransportCommand) {
        if self.host.is_some() {
            return;
        }
        match command {
            TransportCommand::Play => self.start(),
            TransportCommand::Stop => self.stop(),
            TransportCommand::Locate { to } => {
                self.frame = self.map().frame_at(to);
                self.jumped();
            }
        }
    }

    /// Swaps in another timeline, keeping the musical position. Gives back the old one.
    pub fn replace(&mut self, timeline: Box<Timeline>) -> Box<Timeline> {
        let ticks = self.map().ticks_at(self.frame);
        let old = std::mem::replace(&mut self.timeline, timeline);
        if old.tempo != self.timeline.tempo && self.host_tempo.is_none() {
            self.frame = to_i64(exact_frame(&self.timeline.tempo, ticks, self.rate).round());
            self.jumped();
        }
        old
    }

    /// Goes where the host is, or back to running by itself.
    pub fn follow(&mut self, host: Option<&HostTransport>) {
        let Some(host) = host else {
            if self.host.take().is_some() {
                self.leave_host();
            }
            return;
        };
        let ticks =
            host.beats.filter(|beats| beats.abs() <= FARTHEST).map(|beats| beats * to_f64(TICKS_PER_BEAT));
        let secs = host.secs.filter(|secs| secs.abs() <= FARTHEST);
        let ticks = ticks.or_else(|| secs.map(|secs| self.timeline.tempo.ticks_at_secs(secs)));
        let was_playing = self.playing && self.host.is_some();
        self.host = Some(*host);
        match (host.playing, self.playing) {
            (true, false) => self.start(),
            (false, true) => self.stop(),
            _ => {}
        }
        let Some(ticks) = ticks else { return };
        let bpm = host.bpm.filter(|bpm| (TempoMap::MIN_BPM..=TempoMap::MAX_BPM).contains(bpm));
        let bpm = bpm.unwrap_or_else(|| self.map().bpm_at(ticks));
        self.follow_position(ticks, bpm, was_playing);
    }

    fn follow_position(&mut self, ticks: f64, bpm: f64, was_playing: bool) {
        let exact = match &self.host_tempo {
            Some(tempo) => tempo.exact_frame_at(ticks),
            None => exact_frame(&self.timeline.tempo, ticks, self.rate),
        };
        let ahead = exact - to_f64(self.frame);
        let is_where_expected = ahead.abs() <= 0.5 + 1e-6;
        let same_tempo = same(self.map().bpm_at(ticks), bpm);
        if was_playing && same_tempo && ahead.abs() <= self.slip_frames(bpm) {
            // Nobody jumped, so nothing is let go.
            self.frame += self.slips.correction(ahead);
            return;
        }
        self.slips = Slips::default();
        if is_where_expected && same_tempo {
            return;
        }
        if is_where_expected && was_playing {
            // The tempo changes under way: time bends here, and nothing jumps.
            let tempo = self.host_tempo.get_or_insert_with(|| {
                let current = self.timeline.tempo.bpm_at_ticks(ticks);
                HostTempo::constant(current, self.rate)
            });
            if tempo.frame_at(ticks).abs_diff(self.frame) <= 1 {
                tempo.change(self.frame, bpm);
                return;
            }
        }
        let project_bpm = self.timeline.tempo.bpm_at_ticks(ticks);
        self.host_tempo = (!same(project_bpm, bpm)).then(|| HostTempo::constant(bpm, self.rate));
        let exact = match &self.host_tempo {
            Some(tempo) => tempo.exact_frame_at(ticks),
            None => exact_frame(&self.timeline.tempo, ticks, self.rate),
        };
        self.frame = to_i64(exact.round());
        self.jumped();
    }

    /// The most that is not a jump, in frames.
    fn slip_frames(&self, bpm: f64) -> f64 {
        self.rate.0 * SLIP_SECS.max(SLIP_BEATS * 60.0 / bpm)
    }

    fn leave_host(&mut self) {
        let ticks = self.map().ticks_at(self.frame);
        self.host_tempo = None;
        self.frame = to_i64(exact_frame(&self.timeline.tempo, ticks, self.rate).round());
        self.stop();
        self.jumped();
    }

    fn start(&mut self) {
        if !self.playing {
            self.playing = true;
            self.arrival = Arrival::Started;
        }
    }

    fn stop(&mut self) {
        self.playing = false;
    }

    fn jumped(&mut self) {
        if self.arrival != Arrival::Started {
            self.arrival = Arrival::Jumped;
        }
    }

    /// Start and end of the loop in force, in ticks.
    fn loop_ticks(&self) -> Option<(f64, f64)> {
        let range = match self.host {
            Some(host) => {
                let finite =
                    host.loop_beats.filter(|(start, end)| start.abs() <= FARTHEST && end.abs() <= FARTHEST);
                finite.map(|(start, end)| (start * to_f64(TICKS_PER_BEAT), end * to_f64(TICKS_PER_BEAT)))
            }
            None => self.timeline.loop_range.map(|(start, end)| (to_f64(start.0), to_f64(end.0))),
        };
        range.filter(|(start, end)| end > start)
    }

    /// The loop in frames, if it is longer than nothing.
    pub fn loop_frames(&self) -> Option<(i64, i64)> {
        let (start, end) = self.loop_ticks()?;
        let frame = |ticks: f64| match &self.host_tempo {
            Some(tempo) => tempo.frame_at(ticks),
            None => to_i64(exact_frame(&self.timeline.tempo, ticks, self.rate).round()),
        };
        Some((frame(start), frame(end))).filter(|(start, end)| end > start)
    }

    /// How many of the next `wanted` frames come before a loop wrap.
    pub fn until_wrap(&self, wanted: usize) -> usize {
        match self.loop_frames() {
            Some((_, end)) if self.playing && self.frame < end => wanted.min(span(end - self.frame)),
            _ => wanted,
        }
    }

    /// Runs on. Never past the end of the loop; see [`until_wrap`](Self::until_wrap).
    pub fn advance(&mut self, frames: usize) {
        self.arrival = Arrival::Ran;
        if !self.playing {
            return;
        }
        let before = self.frame;
        self.frame = self.frame.saturating_add(crate::math::frames(frames));
        if let Some((start, end)) = self.loop_frames()
            && before < end
            && self.frame >= end
        {
            self.frame = start;
            self.arrival = Arrival::Jumped;
        }
    }

    /// What processors get to see.
    pub fn view(&self) -> BlockTransport {
        let ticks = self.map().ticks_at(self.frame);
        let ticks_per_beat = to_f64(TICKS_PER_BEAT);
        let place = self.timeline.bar_at(ticks);
        let host = self.host.unwrap_or_default();
        let (numerator, denominator) =
            host.signature.unwrap_or((place.signature.numerator, place.signature.denominator));
        BlockTransport {
            playing: self.playing,
            frame: Frames(self.frame),
            beats: ticks / ticks_per_beat,
            bpm: self.map().bpm_at(ticks),
            numerator,
            denominator,
            bar_start_beats: host.bar_start_beats.unwrap_or(place.start.to_beats()),
            bar: i32::try_from(place.number.saturating_sub(1)).unwrap_or(i32::MAX),
            loop_beats: self.loop_ticks().map(|(start, end)| (start / ticks_per_beat, end / ticks_per_beat)),
            jumped: self.arrival != Arrival::Ran,
        }
    }
}

/// Whether two tempos are the same but for a host that holds its own in single precision.
fn same(a: f64, b: f64) -> bool {
    (a - b).abs() <= a.abs() * 1e-6
}

/// The frame of a fractional position, unrounded.
fn exact_frame(tempo: &TempoMap, ticks: f64, rate: SampleRate) -> f64 {
    let whole = Beats(to_i64(ticks.floor()));
    let part = ticks - ticks.floor();
    let start = tempo.secs_at(whole);
    let secs = if part == 0.0 { start } else { start + part * (tempo.secs_at(whole + Beats(1)) - start) };
    secs * rate.0
}

#[cfg(test)]
mod tests;
