//! A project as a Standard MIDI File.
//!
//! Format 1, 960 ticks to the quarter note: positions are rounded to a sixteenth of what they were. The first track has
//! the title, tempo, time signatures and markers; then comes one track for each that plays notes, clips unrolled as they
//! sound on the timeline. Volume, pan and the program of a SoundFont are sent at the start. Source: Standard MIDI Files
//! 1.0 (RP-001).

#[cfg(test)]
mod tests;
mod timeline;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use midly::num::{u4, u7, u28};
use midly::{
    Format, Header, MetaMessage, PitchBend, Smf, Timing, Track as MidiTrack, TrackEvent, TrackEventKind,
};
use protocol::device::soundfont;
use protocol::plan::{NodeKind, NoteClip};
use protocol::{Beats, BlobHash, DeviceKind, EntityId, MidiMessage, TICKS_PER_BEAT};

use crate::blobs::Blobs;
use crate::file::atomic;
use crate::plan;
use crate::project::Project;
use crate::view::{Device, DeviceSource, Track, TrackId};

/// Ticks of the file to the quarter note.
const DIVISION: u16 = 960;
/// Our ticks to one of the file.
const OURS: i64 = TICKS_PER_BEAT / DIVISION as i64;
/// More notes than this are not written: a loop of a tick in a clip of a year is not music.
const MAX_NOTES: usize = 1 << 22;
/// Nor are more than these looked at: a round of a loop looks at all of its clip.
const MAX_LOOKED_AT: usize = 1 << 27;

/// A file, and what is not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MidiExport {
    /// The file.
    pub bytes: Vec<u8>,
    /// How many tracks have notes.
    pub tracks: usize,
    /// How many notes are written.
    pub notes: usize,
    /// Tracks of audio, which MIDI cannot hold, by name.
    pub audio_tracks: Vec<String>,
    /// System-exclusive messages whose bytes are missing.
    pub missing: Vec<BlobHash>,
}

/// Why a project cannot be a MIDI file.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MidiExportError {
    /// There is nothing that MIDI can hold.
    #[error("there are no notes on the timeline")]
    NoNotes,
    /// Too much of it.
    #[error("there are more than {MAX_NOTES} notes, or messages as many")]
    TooMuch,
    /// A file counts to 2^28 ticks.
    #[error("the song is longer than a MIDI file can be ({} quarter notes)", (1_u64 << 28) / u64::from(DIVISION))]
    TooLong,
    /// It cannot be written.
    #[error("{} cannot be written", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Arc<std::io::Error>,
    },
}

/// Makes a file of what is on the timeline, muted clips left out; muted tracks are in it. Blobs hold the bytes of system-exclusive messages.
///
/// # Errors
/// There are no notes, or more than a file holds.
pub fn to_midi(project: &Project, blobs: &Blobs) -> Result<MidiExport, MidiExportError> {
    let mut export = MidiExport::default();
    let plan = plan::derive(project);
    let mut sysex = SystemExclusive { blobs, texts: Vec::new() };
    let mut parts = Vec::new();
    for node in plan.nodes() {
        match &node.kind {
            NodeKind::NotePlayer { clips } if !clips.is_empty() => {
                parts.push(part(project, node.id.entity, clips, &mut sysex, &mut export)?);
            }
            NodeKind::AudioPlayer { clips } if !clips.is_empty() => {
                export.audio_tracks.push(node.name.to_string());
            }
            _ => {}
        }
    }
    if export.notes == 0 {
        return Err(MidiExportError::NoNotes);
    }
    let timeline = timeline::Timeline::of(project);
    let header = Header { format: Format::Parallel, timing: Timing::Metrical(DIVISION.into()) };
    let mut tracks = vec![in_order(timeline.events())?];
    for part in &parts {
        tracks.push(part.track(&sysex.texts)?);
    }
    // PANIC: a vector takes all that it is given.
    #[expect(clippy::expect_used, reason = "see above")]
    Smf { header, tracks }.write_std(&mut export.bytes).expect("writing to memory does not fail");
    Ok(export)
}

/// Writes the file; what was there before stays until it is whole.
///
/// # Errors
/// There are no notes, or the file cannot be written.
pub fn save_midi(project: &Project, blobs: &Blobs, path: &Path) -> Result<MidiExport, MidiExportError> {
    let export = to_midi(project, blobs)?;
    let written = atomic::write(path, |out| out.write_all(&export.bytes));
    written.map_err(|source| MidiExportError::Io { path: path.to_owned(), source: source.into() })?;
    Ok(export)
}

/// What is sent at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    NoteOff { channel: u8, key: u8 },
    Message { channel: u8, message: Kind },
    Exclusive(usize),
    NoteOn { channel: u8, key: u8, velocity: u8 },
}

/// What a message of a channel says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Controller(u8, u8),
    Program(u8),
    PitchBend(i16),
    Pressure(u8),
    KeyPressure(u8, u8),
}

/// The bytes of system-exclusive messages, which a file borrows.
struct SystemExclusive<'a> {
    blobs: &'a Blobs,
    texts: Vec<Vec<u8>>,
}

impl SystemExclusive<'_> {
    /// Where the bytes are, without the first, which says what they are.
    fn get(&mut self, hash: BlobHash) -> Option<usize> {
        let bytes = self.blobs.read(&hash).ok()?;
        self.texts.push(bytes.strip_prefix(&[0xf0]).unwrap_or(&bytes).to_vec());
        Some(self.texts.len() - 1)
    }
}

/// A track that plays notes.
struct Part {
    name: String,
    /// In order.
    sent: Vec<(Beats, Sent)>,
}

fn part(
    project: &Project,
    track: EntityId,
    clips: &[NoteClip],
    sysex: &mut SystemExclusive<'_>,
    export: &mut MidiExport,
) -> Result<Part, MidiExportError> {
    let (mut sent, mut looked_at) = (Vec::new(), 0_usize);
    let before = export.notes;
    for clip in clips {
        for round in clip.rounds() {
            looked_at = looked_at.saturating_add(1 + clip.notes.len() + clip.events.len());
            // Each note is two.
            if sent.len() > 2 * MAX_NOTES || looked_at > MAX_LOOKED_AT {
                return Err(MidiExportError::TooMuch);
            }
            for note in clip.notes.iter() {
                let Some(start) = round.place(note.start) else { continue };
                let end = (start + note.length.max(Beats(1))).min(clip.start + clip.length);
                let (channel, key) = (note.channel.min(15), note.key.min(127));
                sent.push((start, Sent::NoteOn { channel, key, velocity: seven_bits(note.velocity).max(1) }));
                // A note that is shorter than a tick of the file still ends after it has begun.
                let end = end.max(start + Beats(OURS));
                sent.push((end, Sent::NoteOff { channel, key }));
                export.notes += 1;
            }
            for event in clip.events.iter() {
                let Some(at) = round.place(event.at) else { continue };
                let message = match event.message {
                    MidiMessage::Controller { number, value } => Kind::Controller(number, value),
                    MidiMessage::Program(program) => Kind::Program(program),
                    MidiMessage::PitchBend(bend) => Kind::PitchBend(bend),
                    MidiMessage::ChannelPressure(value) => Kind::Pressure(value),
                    MidiMessage::KeyPressure { key, value } => Kind::KeyPressure(key, value),
                    MidiMessage::SystemExclusive(hash) => {
                        let Some(place) = sysex.get(hash) else {
                            export.missing.push(hash);
                            continue;
                        };
                        sent.push((at, Sent::Exclusive(place)));
                        continue;
                    }
                };
                sent.push((at, Sent::Message { channel: event.channel.min(15), message }));
            }
        }
    }
    export.tracks += usize::from(export.notes > before);
    let track = project.track(TrackId(track));
    let name = track.as_ref().map(|track| track.name().to_owned()).unwrap_or_default();
    if let Some(track) = &track {
        begin(track, &mut sent);
    }
    // Stable: what a clip sends at one place keeps its order.
    sent.sort_by_key(|(at, sent)| (ticks(*at), rank(sent)));
    Ok(Part { name, sent })
}

/// At one place notes end first and begin last.
fn rank(sent: &Sent) -> u8 {
    match sent {
        Sent::NoteOff { .. } => 0,
        Sent::Message { .. } | Sent::Exclusive(_) => 1,
        Sent::NoteOn { .. } => 2,
    }
}

/// Volume, pan and program at the start, on each channel that the track uses. Sources: General MIDI level 1 (volume as
/// the square of the controller, -40 dB a decade), MMA RP-036 (64 is the centre of the pan).
fn begin(track: &Track<'_>, sent: &mut Vec<(Beats, Sent)>) {
    let mut channels: Vec<u8> = sent
        .iter()
        .filter_map(|(_, sent)| if let Sent::NoteOn { channel, .. } = sent { Some(*channel) } else { None })
        .collect();
    channels.sort_unstable();
    channels.dedup();
    let mut settings = Vec::new();
    let is_soundfont = |device: &Device<'_>| device.source() == DeviceSource::Builtin(DeviceKind::SoundFont);
    let soundfont = track.devices().find(is_soundfont);
    if let Some(device) = soundfont {
        let value = |id| {
            let param = soundfont::PARAMS.iter().find(|param| param.id == id);
            param.map_or(0.0, |param| device.param(param.key).unwrap_or(param.default))
        };
        let bank = value(soundfont::id::BANK);
        // The bank of drums is a custom of SoundFonts; in MIDI the channel says it.
        if bank > 0.0 && bank < 128.0 {
            settings.push(Kind::Controller(0, whole(bank)));
        }
        settings.push(Kind::Program(whole(value(soundfont::id::PROGRAM))));
    }
    if track.volume_db() != 0.0 {
        settings.push(Kind::Controller(7, seven_bits(10_f64.powf(track.volume_db() / 40.0))));
    }
    if track.pan() != 0.0 {
        settings.push(Kind::Controller(10, whole(64.0 + track.pan() * 63.0)));
    }
    let settings: Vec<_> = channels
        .iter()
        .flat_map(|&channel| settings.iter().map(move |&message| Sent::Message { channel, message }))
        .map(|sent| (Beats::ZERO, sent))
        .collect();
    sent.splice(0..0, settings);
}

impl Part {
    fn track<'a>(&'a self, texts: &'a [Vec<u8>]) -> Result<MidiTrack<'a>, MidiExportError> {
        let name = TrackEventKind::Meta(MetaMessage::TrackName(self.name.as_bytes()));
        let events = self.sent.iter().map(|(at, sent)| (*at, event(*sent, texts)));
        in_order(std::iter::once((Beats::ZERO, name)).chain(events))
    }
}

fn event(sent: Sent, texts: &[Vec<u8>]) -> TrackEventKind<'_> {
    use midly::MidiMessage as Midi;
    let (channel, message) = match sent {
        Sent::NoteOff { channel, key } => (channel, Midi::NoteOff { key: key.into(), vel: 64.into() }),
        Sent::NoteOn { channel, key, velocity } => {
            (channel, Midi::NoteOn { key: key.into(), vel: velocity.into() })
        }
        Sent::Exclusive(place) => {
            return TrackEventKind::SysEx(texts.get(place).map_or(&[], Vec::as_slice));
        }
        Sent::Message { channel, message } => (
            channel,
            match message {
                Kind::Controller(controller, value) => {
                    Midi::Controller { controller: u7::from(controller), value: value.into() }
                }
                Kind::Program(program) => Midi::ProgramChange { program: program.into() },
                Kind::PitchBend(bend) => Midi::PitchBend { bend: PitchBend::from_int(bend) },
                Kind::KeyPressure(key, value) => Midi::Aftertouch { key: key.into(), vel: value.into() },
                Kind::Pressure(value) => Midi::ChannelAftertouch { vel: value.into() },
            },
        ),
    };
    TrackEventKind::Midi { channel: u4::from(channel), message }
}

/// Events at places that never go back, as a track says them: by how much each comes after the one before.
fn in_order<'a>(
    events: impl IntoIterator<Item = (Beats, TrackEventKind<'a>)>,
) -> Result<MidiTrack<'a>, MidiExportError> {
    let mut last = 0;
    let mut track = MidiTrack::new();
    for (at, kind) in events {
        let at = ticks(at);
        let delta = u32::try_from(at - last).ok().and_then(u28::try_from).ok_or(MidiExportError::TooLong)?;
        track.push(TrackEvent { delta, kind });
        last = at;
    }
    track.push(TrackEvent { delta: 0.into(), kind: TrackEventKind::Meta(MetaMessage::EndOfTrack) });
    Ok(track)
}

/// The nearest tick of the file; what is before its start is at it.
fn ticks(at: Beats) -> i64 {
    (at.0.max(0) + OURS / 2) / OURS
}

/// 0..=1 in seven bits.
fn seven_bits(value: f64) -> u8 {
    whole(value * 127.0)
}

/// The nearest number of seven bits.
fn whole(value: f64) -> u8 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0..=127 after the clamp")]
    let value = value.round().clamp(0.0, 127.0) as u8;
    value
}
