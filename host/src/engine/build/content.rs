//! What nodes play: notes, media, SoundFonts.

use std::io::Read as _;
use std::sync::Arc;

use protocol::plan::{AudioClip, NoteClip};
use protocol::{BlobHash, DeviceKind, NodeId};

use super::Builder;
use crate::devices::DeviceContent;
use crate::engine::options::ApplyWarning;
use crate::math::{db_to_gain, to_f32};
use crate::media::{MediaThread, Pages};
use crate::nodes::{AudioProgram, NoteProgram, PreparedClip};

/// The longest system-exclusive message that is played, in bytes: more does not fit into a block's events.
const MAX_SYSEX: u64 = 1 << 16;

impl Builder<'_> {
    pub(super) fn content(
        &mut self,
        node: NodeId,
        device: DeviceKind,
        blob: BlobHash,
    ) -> Option<DeviceContent> {
        if let Some(content) = self.fonts.get(&blob) {
            return Some(content.clone());
        }
        let mut reader = match self.media.source().open(&blob) {
            Ok(reader) => std::io::BufReader::new(reader),
            Err(source) => {
                self.warnings.push(ApplyWarning::Blob { node, blob, source });
                return None;
            }
        };
        match DeviceContent::read(device, &mut reader) {
            Ok(content) => {
                self.fonts.insert(blob, content.clone());
                Some(content)
            }
            Err(source) => {
                self.warnings.push(ApplyWarning::Content { node, blob, source });
                None
            }
        }
    }

    pub fn note_program(&mut self, node: NodeId, clips: &[NoteClip]) -> Box<NoteProgram> {
        let blobs = self.media.source().clone();
        let warnings = &mut *self.warnings;
        let (program, left_out) = NoteProgram::new(clips, |blob| {
            let read = blobs.open(&blob).and_then(|reader| {
                let mut bytes = Vec::new();
                reader.take(MAX_SYSEX).read_to_end(&mut bytes)?;
                Ok(bytes)
            });
            match read {
                Ok(bytes) => Some(bytes.into()),
                Err(source) => {
                    warnings.push(ApplyWarning::Blob { node, blob, source });
                    None
                }
            }
        });
        if left_out > 0 {
            self.warnings.push(ApplyWarning::TooManyNotes { node, left_out });
        }
        Box::new(program)
    }

    /// The clips of a track with their media loaded, and pages if some is streamed.
    pub fn audio_program(
        &mut self,
        node: NodeId,
        clips: &[AudioClip],
    ) -> (Box<AudioProgram>, Option<Box<Pages>>) {
        let prepared = clips.iter().filter_map(|clip| self.prepare(node, clip)).collect();
        let program = Box::new(AudioProgram::new(prepared));
        let pages = if program.is_streamed() { self.pages() } else { None };
        (program, pages)
    }

    fn pages(&mut self) -> Option<Box<Pages>> {
        if self.media_thread.is_none() {
            match MediaThread::start() {
                Ok(thread) => *self.media_thread = Some(thread),
                Err(error) => self.warnings.push(ApplyWarning::MediaThread(error)),
            }
        }
        self.media_thread.as_ref().map(|thread| Box::new(thread.pages()))
    }

    fn prepare(&mut self, node: NodeId, clip: &AudioClip) -> Option<PreparedClip> {
        let media = match self.media.get(&clip.media) {
            Ok(media) => media,
            Err(source) => {
                self.warnings.push(ApplyWarning::Media { node, source });
                return None;
            }
        };
        let finite = |secs: f64| if secs.is_finite() { secs.max(0.0) } else { 0.0 };
        let rate = self.config.rate;
        Some(PreparedClip {
            start: clip.start,
            end: clip.start + clip.length,
            origin: finite(clip.offset_secs) * media.rate.0,
            gain: to_f32(db_to_gain(if clip.gain_db.is_finite() { clip.gain_db.min(48.0) } else { 0.0 })),
            fade_in: finite(clip.fade_in_secs) * rate.0,
            fade_out: finite(clip.fade_out_secs) * rate.0,
            table: self.media.table(media.rate, rate),
            media: Arc::clone(&media),
        })
    }
}
