//! What a MIDI file becomes in a project.

use protocol::device::soundfont;
use protocol::{Beats, DeviceKind, Edit, EntityId, ParamId, TempoMap};

use super::song::{Part, Song};
use super::{MidiError, MidiWarning};
use crate::blobs::Blobs;
use crate::edit;
use crate::import::{Imported, Target, short};
use crate::project::Project;
use crate::view::{ClipId, DeviceId, MarkerId, SignatureId, TempoId, TrackId, TrackKind};

/// Clips begin and end on multiples of this.
const GRID: Beats = Beats::whole(4);
/// The bank of drum kits in SoundFonts, and the channel (from zero) that General MIDI gives to drums.
const DRUM_BANK: f64 = 128.0;
const DRUM_CHANNEL: u8 = 9;

/// A MIDI file, read.
#[derive(Debug)]
pub struct MidiSource {
    song: Song,
}

impl MidiSource {
    /// Reads a Standard MIDI File, of format 0, 1 or 2. A damaged track gives what comes before the damage.
    /// System-exclusive messages go into `blobs`.
    ///
    /// # Errors
    /// It is no MIDI file, or there is nothing in it.
    pub fn read(bytes: &[u8], blobs: &Blobs) -> Result<Self, MidiError> {
        let song = Song::read(bytes, blobs)?;
        if song.parts.is_empty() && song.tempos.is_empty() && song.markers.is_empty() {
            return Err(MidiError::Empty);
        }
        Ok(Self { song })
    }

    /// How many notes there are.
    #[must_use]
    pub fn note_count(&self) -> usize {
        self.song.parts.iter().map(|part| part.notes.len()).sum()
    }

    /// A track with a clip and an instrument for each part; tempo, time signatures and title if the project has no
    /// clips yet; markers.
    #[must_use]
    pub fn edits(&self, project: &Project, target: &Target, new_id: &dyn Fn() -> EntityId) -> Imported {
        let mut imported = Imported::default();
        imported.warnings.extend(self.song.warnings.iter().cloned().map(Into::into));
        if project.clips().next().is_none() {
            imported.edits.extend(self.tempo_edits(project, target.at, new_id));
        } else if self.differs_in_tempo(project, target.at) {
            imported.warnings.push(MidiWarning::TempoKept.into());
        }
        for (at, text) in &self.song.markers {
            imported.edits.push(edit::timeline::create_marker(
                MarkerId(new_id()),
                target.at + *at,
                short(text),
            ));
        }
        for part in &self.song.parts {
            let track = TrackId(new_id());
            let track = imported.new_track(project, track, TrackKind::Instrument, &part.name);
            imported.edits.extend(strip_edits(part, track));
            imported.edits.extend(instrument_edits(part, track, target, DeviceId(new_id())));
            imported.edits.extend(clip_edits(part, track, target, ClipId(new_id())));
        }
        let programs = self.song.parts.iter().filter(|part| part.program.is_some()).count();
        if target.soundfont.is_none() && programs > 0 {
            imported.warnings.push(MidiWarning::ProgramsUnused { count: programs }.into());
        }
        imported
    }

    /// Tempo, time signatures and title, in place of those that the project has.
    fn tempo_edits(&self, project: &Project, at: Beats, new_id: &dyn Fn() -> EntityId) -> Vec<Edit> {
        let old_tempos = project.tempos().map(|tempo| edit::any::delete(tempo.id()));
        let mut edits: Vec<_> = old_tempos.collect();
        edits.extend(project.signatures().map(|signature| edit::any::delete(signature.id())));
        // What holds from the start of the file on also holds before the place of import.
        let place = |place: Beats| if place == Beats::ZERO { place } else { at + place };
        let mut tempos = self.song.tempos.clone();
        tempos.entry(Beats::ZERO).or_insert(TempoMap::DEFAULT_BPM);
        for (start, bpm) in tempos {
            edits.push(edit::timeline::create_tempo(TempoId(new_id()), place(start), bpm));
        }
        for (start, (numerator, denominator)) in &self.song.signatures {
            let (id, start) = (SignatureId(new_id()), place(*start));
            edits.push(edit::timeline::create_signature(id, start, *numerator, *denominator));
        }
        if let Some(title) = &self.song.title {
            edits.push(edit::root::set_name(project.root().id(), short(title)));
        }
        edits
    }

    fn differs_in_tempo(&self, project: &Project, at: Beats) -> bool {
        let map = project.tempo_map();
        self.song.tempos.iter().any(|(place, bpm)| map.bpm_at(at + *place).to_bits() != bpm.to_bits())
    }
}

/// Volume and pan that the channel had at its first note. Sources: General MIDI level 1 (volume as the square of the
/// controller, -40 dB a decade), MMA RP-036 (64 is the centre).
fn strip_edits(part: &Part, track: TrackId) -> impl Iterator<Item = Edit> {
    let volume = part.volume.map(|volume| {
        let volume_db = 40.0 * (f64::from(volume) / 127.0).log10();
        edit::track::set_volume_db(track, volume_db.max(-90.0))
    });
    let pan = part.pan.map(|pan| {
        let pan = (f64::from(pan) - 64.0) / 63.0;
        edit::track::set_pan(track, pan.max(-1.0))
    });
    volume.into_iter().chain(pan)
}

fn instrument_edits(part: &Part, track: TrackId, target: &Target, id: DeviceId) -> Vec<Edit> {
    let Some(soundfont) = target.soundfont else {
        return vec![edit::device::create_builtin(id, track, DeviceKind::Synth, 0.0)];
    };
    let bank = if part.channel == DRUM_CHANNEL { DRUM_BANK } else { part.bank.unwrap_or(0).into() };
    let program = f64::from(part.program.unwrap_or(0));
    let key =
        |id: ParamId| soundfont::PARAMS.iter().find(|param| param.id == id).map_or("", |param| param.key);
    let params = [(key(soundfont::id::BANK), Some(bank)), (key(soundfont::id::PROGRAM), Some(program))];
    vec![
        edit::device::create_builtin(id, track, DeviceKind::SoundFont, 0.0),
        edit::device::set_params(id, params),
        edit::device::set_blob(id, Some(soundfont)),
    ]
}

fn clip_edits(part: &Part, track: TrackId, target: &Target, id: ClipId) -> Vec<Edit> {
    let mut events = part.events.clone();
    if target.soundfont.is_none() {
        // Nothing takes the program up, so it stays what it was.
        events.extend(&part.instrument);
        events.sort_by_key(|event| event.at);
    }
    let note = part.notes.first().map(|note| note.start);
    let first = note.into_iter().chain(events.first().map(|event| event.at)).min().unwrap_or(Beats::ZERO);
    let ends = part.notes.iter().map(|note| note.start + note.length);
    let end = ends.chain(events.last().map(|event| event.at + Beats(1))).max().unwrap_or(GRID);
    let start = Beats(first.0 / GRID.0 * GRID.0);
    let end = Beats((end.0 + GRID.0 - 1) / GRID.0 * GRID.0);
    let notes = (1..).zip(&part.notes).map(|(key, note)| {
        let mut note = *note;
        note.start -= start;
        (key, Some(note))
    });
    let mut edits = vec![
        edit::clip::create_notes(id, track, target.at + start, end - start),
        edit::clip::set_name(id, short(&part.name)),
        edit::clip::change_notes(id, notes),
    ];
    if !events.is_empty() {
        let events = (1..).zip(events).map(|(key, mut event)| {
            event.at -= start;
            (key, Some(event))
        });
        edits.push(edit::clip::change_events(id, events));
    }
    edits
}
