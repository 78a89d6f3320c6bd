//! Audio files, as clips.

use protocol::{Beats, BlobHash, EntityId};

pub use crate::media::{Peak, PeakLevel, Peaks, PeaksError, peaks};

use super::{Imported, Target, short};
use crate::blobs::Blobs;
use crate::edit;
use crate::media::{DecodeError, Limits, MediaWarning, WavInfo, decode};
use crate::project::Project;
use crate::view::{ClipId, TrackId, TrackKind};

/// An audio file, decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct AudioSource {
    /// What the clip will be called.
    pub name: String,
    /// The canonical WAV.
    pub media: BlobHash,
    /// What is in it.
    pub info: WavInfo,
    /// What was lost in decoding.
    pub warnings: Vec<MediaWarning>,
}

impl AudioSource {
    /// Decodes a file into a blob.
    ///
    /// # Errors
    /// It is not audio that can be decoded.
    pub fn read(bytes: &[u8], name: &str, blobs: &Blobs, limits: Limits) -> Result<Self, DecodeError> {
        let decoded = decode(bytes, limits)?;
        let media = blobs.put(decoded.wav);
        Ok(Self { name: name.to_owned(), media, info: decoded.info, warnings: decoded.warnings })
    }

    /// A clip of the whole file, and a track for it if need be.
    #[must_use]
    pub fn edits(&self, project: &Project, target: &Target, new_id: &dyn Fn() -> EntityId) -> Imported {
        let mut imported = Imported::default();
        imported.warnings.extend(self.warnings.iter().cloned().map(Into::into));
        let is_audio =
            |id: &TrackId| project.track(*id).is_some_and(|track| track.kind() == TrackKind::Audio);
        let track = target.track.filter(is_audio);
        let track = track
            .unwrap_or_else(|| imported.new_track(project, TrackId(new_id()), TrackKind::Audio, &self.name));
        let clip = ClipId(new_id());
        let length = self.length_at(project, target.at);
        imported.edits.push(edit::clip::create_audio(clip, track, target.at, length, self.media));
        imported.edits.push(edit::clip::set_name(clip, short(&self.name)));
        imported
    }

    /// Its length in beats when it starts at a position: the shortest that plays all of it.
    fn length_at(&self, project: &Project, at: Beats) -> Beats {
        let tempo = project.tempo_map();
        let end = tempo.ticks_at_secs(tempo.secs_at(at) + self.info.seconds()).ceil();
        #[expect(clippy::cast_possible_truncation, reason = "float to integer casts saturate")]
        let end = Beats(end as i64);
        (end - at).max(Beats(1))
    }
}
