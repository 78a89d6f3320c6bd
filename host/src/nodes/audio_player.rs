//! Plays audio clips. What a sample is depends on nothing but its place on the timeline, except for the short
//! fades where playback stops, jumps, or starts within a clip.

use std::sync::Arc;

use protocol::Beats;

use crate::automation::Span;
use crate::config::RenderMode;
use crate::math::{frames, len_f64, span, to_f32, to_f64};
use crate::media::{Content, Media, Pages, Sinc};
use crate::nodes::delay::add;
use crate::processor::StereoOut;
use crate::timeline::TimeMap;
use crate::transport::Arrival;

/// A clip ready to be played.
#[derive(Debug)]
pub(crate) struct PreparedClip {
    pub start: Beats,
    pub end: Beats,
    /// Media position at the start of the clip, in media frames.
    pub origin: f64,
    pub gain: f32,
    /// Fades, in frames.
    pub fade_in: f64,
    pub fade_out: f64,
    pub media: Arc<Media>,
    pub table: Arc<Sinc>,
}

/// The clips of a track, by start. Immutable but for its scratch space; replaced whole.
#[derive(Debug, Default)]
pub(crate) struct AudioProgram {
    clips: Vec<PreparedClip>,
    /// Media samples of a chunk, left and right.
    window: [Vec<f32>; 2],
}

/// Frames that are rendered at a time.
const CHUNK: usize = 256;

impl AudioProgram {
    pub fn new(mut clips: Vec<PreparedClip>) -> Self {
        clips.sort_by_key(|clip| clip.start);
        let needed = clips.iter().map(|clip| clip.table.needed(CHUNK)).max().unwrap_or(0);
        Self { clips, window: [vec![0.0; needed], vec![0.0; needed]] }
    }

    pub fn is_streamed(&self) -> bool {
        self.clips.iter().any(|clip| clip.media.is_streamed())
    }
}

/// What went on when playback stopped or jumped, dying away.
#[derive(Clone, Copy, Debug)]
struct Ghost {
    frame: i64,
    left: usize,
}

/// The node.
#[derive(Debug)]
pub(crate) struct AudioPlayer {
    program: Box<AudioProgram>,
    pages: Option<Box<Pages>>,
    declick: usize,
    /// Where the last block ended, if it was playing.
    ran_to: Option<i64>,
    ghost: Option<Ghost>,
    /// Frames of the fade-in after a jump that are done; as many as `declick` when there is none.
    faded_in: usize,
    scratch: [Box<[f32]>; 2],
    /// Whether anything was written in this block.
    wrote: bool,
}

impl AudioPlayer {
    pub fn new(program: Box<AudioProgram>, pages: Option<Box<Pages>>, declick: u32) -> Self {
        let declick = crate::math::to_usize(declick);
        let scratch = [0, 1].map(|_| vec![0.0; CHUNK].into_boxed_slice());
        Self { program, pages, declick, ran_to: None, ghost: None, faded_in: declick, scratch, wrote: false }
    }

    /// Plays other clips from now on. Gives back the old program.
    pub fn replace(&mut self, program: Box<AudioProgram>) -> Box<AudioProgram> {
        std::mem::replace(&mut self.program, program)
    }

    /// Takes pages if it has none; gives back those it does not need.
    pub fn give_pages(&mut self, pages: Option<Box<Pages>>) -> Option<Box<Pages>> {
        if self.pages.is_some() { pages } else { std::mem::replace(&mut self.pages, pages) }
    }

    pub fn reset(&mut self) {
        self.ran_to = None;
        self.ghost = None;
        self.faded_in = self.declick;
    }

    /// How often streamed media was late.
    pub fn take_late(&mut self) -> u32 {
        self.pages.as_mut().map_or(0, |pages| pages.take_late())
    }

    /// Writes a block. Returns whether it did: silence is not written.
    #[must_use]
    pub fn process(&mut self, block: &Span<'_>, mode: RenderMode, out: &mut StereoOut<'_>) -> bool {
        self.wrote = false;
        if !block.playing || block.arrival != Arrival::Ran {
            if let Some(frame) = self.ran_to.take() {
                self.ghost = Some(Ghost { frame, left: self.declick });
            }
            // Only what is cut into needs a fade: a clip that starts here starts as it is.
            self.faded_in = 0;
        }
        if block.playing {
            self.ran_to = Some(block.end());
            let mut at = 0;
            while at < block.frames {
                let run = CHUNK.min(block.frames - at);
                let start = block.start + frames(at);
                self.render(start, at..at + run, block.map, mode, Part::Live, out);
                self.faded_in = (self.faded_in + run).min(self.declick);
                at += run;
            }
        }
        self.render_ghost(block, mode, out);
        self.prefetch(block);
        self.wrote
    }

    fn render_ghost(&mut self, block: &Span<'_>, mode: RenderMode, out: &mut StereoOut<'_>) {
        let mut at = 0;
        while at < block.frames
            && let Some(ghost) = self.ghost
        {
            let run = CHUNK.min(block.frames - at).min(ghost.left);
            self.render(ghost.frame, at..at + run, block.map, mode, Part::Ghost { left: ghost.left }, out);
            let left = ghost.left - run;
            self.ghost = (left > 0).then_some(Ghost { frame: ghost.frame + frames(run), left });
            at += run;
        }
    }

    /// Adds timeline frames from `start` on to frames `place` of the output, at most [`CHUNK`].
    fn render(
        &mut self,
        start: i64,
        place: std::ops::Range<usize>,
        map: TimeMap<'_>,
        mode: RenderMode,
        part: Part,
        out: &mut StereoOut<'_>,
    ) {
        let end = start + frames(place.len());
        let (ticks_from, ticks_to) = (map.ticks_at(start) - 1.0, map.ticks_at(end) + 1.0);
        let AudioProgram { clips, window } = &mut *self.program;
        for clip in clips {
            if to_f64(clip.start.0) > ticks_to {
                break;
            }
            if to_f64(clip.end.0) < ticks_from {
                continue;
            }
            let (clip_start, clip_end) = (map.frame_at(clip.start), map.frame_at(clip.end));
            let (from, to) = (start.max(clip_start), end.min(clip_end));
            if from >= to {
                continue;
            }
            if !std::mem::replace(&mut self.wrote, true) {
                out.silence();
            }
            let (index, count) = (from - clip_start, span(to - from));
            let first = clip.table.first_needed(clip.origin, index);
            let needed = clip.table.needed(count);
            let [left, right] = window;
            let (left, right) = (&mut left[..needed], &mut right[..needed]);
            read(&clip.media, first, [left, right], self.pages.as_deref_mut(), mode);
            let [scratch_left, scratch_right] = &mut self.scratch;
            clip.table.render(clip.origin, index, left, &mut scratch_left[..count]);
            clip.table.render(clip.origin, index, right, &mut scratch_right[..count]);
            let skipped = span(from - start);
            let fade = match part {
                Part::Live if index > 0 => Some((self.faded_in + skipped, self.declick, Way::In)),
                Part::Live => None,
                Part::Ghost { left } => Some((left.saturating_sub(skipped), self.declick, Way::Out)),
            };
            // A clip that starts after the jump came in whole; only those cut into are faded.
            let fade = fade.filter(|(_, _, way)| *way == Way::Out || index > frames(self.faded_in + skipped));
            for offset in 0..count {
                let mut gain = clip.gain_at(index + frames(offset), clip_end - clip_start);
                if let Some((at, length, way)) = fade {
                    gain *= way.gain(at, length, offset);
                }
                scratch_left[offset] *= gain;
                scratch_right[offset] *= gain;
            }
            let target = place.start + skipped..place.start + skipped + count;
            add(&mut out.left[target.clone()], &scratch_left[..count]);
            add(&mut out.right[target], &scratch_right[..count]);
        }
    }

    /// Asks for the streamed media that is needed now and in the next two seconds, over the end of the loop.
    fn prefetch(&mut self, block: &Span<'_>) {
        let Some(pages) = &mut self.pages else { return };
        let clips = &self.program.clips;
        for clip in clips.iter().filter(|clip| clip.media.is_streamed()) {
            clip.prefetch(block.start, block.map, pages);
            if let Some((start, end)) = block.loop_frames
                && block.start < end
                && end - block.start < clip.lookahead()
            {
                clip.prefetch(start, block.map, pages);
            }
        }
    }
}

/// What is being rendered.
#[derive(Clone, Copy, Debug)]
enum Part {
    Live,
    Ghost { left: usize },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    In,
    Out,
}

impl Way {
    /// `at` counts up when fading in and down when fading out.
    fn gain(self, at: usize, length: usize, offset: usize) -> f32 {
        let at = match self {
            Self::In => at + offset,
            Self::Out => at.saturating_sub(offset),
        };
        to_f32((len_f64(at) / len_f64(length)).min(1.0))
    }
}

impl PreparedClip {
    /// The clip's own gain and fades, at a frame of the clip.
    fn gain_at(&self, index: i64, length: i64) -> f32 {
        let mut gain = self.gain;
        let done = to_f64(index);
        if done < self.fade_in {
            gain *= to_f32(done / self.fade_in);
        }
        let left = to_f64(length - index);
        if left < self.fade_out {
            gain *= to_f32(left / self.fade_out);
        }
        gain
    }

    /// Asks for what is needed from a place on the timeline on, if that is near.
    fn prefetch(&self, frame: i64, map: TimeMap<'_>, pages: &mut Pages) {
        let (start, end) = (map.frame_at(self.start), map.frame_at(self.end));
        if start < frame.saturating_add(self.lookahead()) && frame < end {
            let index = frame.max(start) - start;
            pages.prefetch(&self.media, self.table.first_needed(self.origin, index));
        }
    }

    fn secs_per_frame(&self) -> f64 {
        self.table.ratio() / self.media.rate.0
    }

    /// How far ahead its media is asked for, in frames.
    fn lookahead(&self) -> i64 {
        crate::math::to_i64(2.0 / self.secs_per_frame())
    }
}

fn read(media: &Arc<Media>, first: i64, sides: [&mut [f32]; 2], pages: Option<&mut Pages>, mode: RenderMode) {
    match (&media.content, pages) {
        (Content::Memory(content), _) => {
            for (side, content) in sides.into_iter().zip(content) {
                copy_padded(content, first, side);
            }
        }
        (Content::Streamed, Some(pages)) => pages.read(media, first, sides, mode),
        (Content::Streamed, None) => sides.into_iter().for_each(|side| side.fill(0.0)),
    }
}

/// Copies from `first` on, with silence before the beginning and after the end.
fn copy_padded(source: &[f32], first: i64, out: &mut [f32]) {
    let before = span(-first).min(out.len());
    let from = span(first).min(source.len());
    let count = (source.len() - from).min(out.len() - before);
    out[..before].fill(0.0);
    out[before..before + count].copy_from_slice(&source[from..from + count]);
    out[before + count..].fill(0.0);
}
