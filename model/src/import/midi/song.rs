//! A Standard MIDI File, read into parts, tempos and markers, still apart from any project.
//!
//! Source: Standard MIDI Files 1.0 (RP-001); General MIDI for the meaning of controllers 7 and 10.

use std::collections::{BTreeMap, HashMap};

use midly::{Fps, MetaMessage, MidiMessage, Timing, TrackEventKind};
use protocol::tempo::TempoMap;
use protocol::{Beats, Note, TICKS_PER_BEAT};

use super::settings::{Change, Setting, Settings};
use super::sounding::Sounding;
use super::{Lost, MidiError, MidiWarning};

/// Positions past this many quarter notes are taken for damage.
const MAX_BEATS: i64 = 10_000_000;

/// What a MIDI file says.
#[derive(Debug, Default)]
pub(super) struct Song {
    /// The name of the first track when it has no notes: the title, by custom.
    pub title: Option<String>,
    pub tempos: BTreeMap<Beats, f64>,
    pub signatures: BTreeMap<Beats, (u8, u8)>,
    pub markers: Vec<(Beats, String)>,
    pub parts: Vec<Part>,
    pub warnings: Vec<MidiWarning>,
}

/// The notes of one track on one channel.
#[derive(Debug)]
pub(super) struct Part {
    pub name: String,
    pub channel: u8,
    pub program: Option<u8>,
    pub bank: Option<u8>,
    pub volume: Option<u8>,
    pub pan: Option<u8>,
    pub notes: Vec<Note>,
}

/// Turns file ticks into beats by a ratio, so that nothing accumulates.
#[derive(Clone, Copy)]
struct Clock {
    numerator: i128,
    denominator: i128,
    /// Beats are at 120 bpm because the file counts seconds.
    is_smpte: bool,
}

impl Clock {
    fn new(timing: Timing) -> Result<Self, MidiError> {
        const TICKS_PER_SECOND: i128 = 2 * TICKS_PER_BEAT as i128;
        let (numerator, denominator, is_smpte) = match timing {
            Timing::Metrical(division) => (i128::from(TICKS_PER_BEAT), i128::from(division.as_int()), false),
            Timing::Timecode(Fps::Fps29, parts) => {
                (TICKS_PER_SECOND * 1_001, 30_000 * i128::from(parts), true)
            }
            Timing::Timecode(fps, parts) => {
                (TICKS_PER_SECOND, i128::from(fps.as_int()) * i128::from(parts), true)
            }
        };
        if denominator == 0 {
            Err(MidiError::Division)
        } else {
            Ok(Self { numerator, denominator, is_smpte })
        }
    }

    fn beats(self, tick: u64) -> Result<Beats, MidiError> {
        let ticks = (i128::from(tick) * self.numerator + self.denominator / 2) / self.denominator;
        let beats = i64::try_from(ticks).map(Beats).map_err(|_| MidiError::TooLong)?;
        if beats > Beats::whole(MAX_BEATS) { Err(MidiError::TooLong) } else { Ok(beats) }
    }
}

struct RawPart {
    track: usize,
    channel: u8,
    notes: Vec<Note>,
}

#[derive(Default)]
struct Reader {
    song: Song,
    names: Vec<Option<String>>,
    parts: Vec<RawPart>,
    changes: Vec<Change>,
    lost: BTreeMap<Lost, u64>,
    unmatched: u64,
    hanging: u64,
    tempos_clamped: u64,
    signatures_ignored: u64,
}

impl Song {
    /// Reads a file. A track that is damaged gives what comes before the damage, and a warning.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, MidiError> {
        let (header, tracks) =
            midly::parse(bytes).map_err(|error| MidiError::Malformed(error.to_string()))?;
        let clock = Clock::new(header.timing)?;
        let mut reader = Reader::default();
        let mut start = Beats::ZERO;
        for (index, track) in tracks.enumerate() {
            let events = track.map_err(|error| MidiError::Malformed(error.to_string()))?;
            let end = reader.track(index, events, clock, start)?;
            if header.format == midly::Format::Sequential {
                // Independent songs follow each other, each from a whole number of four beats on.
                let four = Beats::whole(4).0;
                start = Beats((end.0 + four - 1) / four * four);
            }
        }
        Ok(reader.finish())
    }
}

impl Reader {
    /// Reads a track that begins at `start`, and says where it ends.
    fn track(
        &mut self,
        index: usize,
        mut events: midly::EventIter<'_>,
        clock: Clock,
        start: Beats,
    ) -> Result<Beats, MidiError> {
        let mut tick = 0_u64;
        let mut at = start;
        let mut sounding = Sounding::default();
        let mut parts: BTreeMap<u8, Vec<Note>> = BTreeMap::new();
        let mut name = None;
        let mut is_ended = false;
        let mut running = None;
        while let Some(event) = events.next() {
            let event = event.map_err(|error| MidiError::Malformed(error.to_string()))?;
            // Some writers carry running status over meta events, against the standard.
            running = events.running_status().or(running);
            *events.running_status_mut() = running;
            tick += u64::from(event.delta.as_int());
            at = start + clock.beats(tick)?;
            match event.kind {
                TrackEventKind::Midi { channel, message } => {
                    let channel = channel.as_int();
                    self.message(
                        index,
                        channel,
                        message,
                        at,
                        &mut sounding,
                        parts.entry(channel).or_default(),
                    );
                }
                TrackEventKind::Meta(MetaMessage::EndOfTrack) => {
                    is_ended = true;
                    break;
                }
                TrackEventKind::Meta(MetaMessage::TrackName(bytes)) if name.is_none() => name = text(bytes),
                TrackEventKind::Meta(meta) => self.meta(meta, at, clock),
                TrackEventKind::SysEx(_) | TrackEventKind::Escape(_) => self.lose(Lost::SystemExclusive),
            }
        }
        for (channel, notes) in &mut parts {
            self.hanging += sounding.release_all(*channel, at, notes);
        }
        if !is_ended {
            self.song.warnings.push(MidiWarning::TrackCutShort { track: index });
        }
        parts.retain(|_, notes| !notes.is_empty());
        match &name {
            Some(title) if parts.is_empty() && index == 0 => self.song.title = Some(title.clone()),
            Some(name) if parts.is_empty() => {
                self.song.warnings.push(MidiWarning::EmptyTrack { name: name.clone() });
            }
            _ => {}
        }
        self.names.push(name);
        self.parts.extend(parts.into_iter().map(|(channel, notes)| RawPart { track: index, channel, notes }));
        Ok(at)
    }

    fn message(
        &mut self,
        track: usize,
        channel: u8,
        message: MidiMessage,
        at: Beats,
        sounding: &mut Sounding,
        notes: &mut Vec<Note>,
    ) {
        let mut change = |setting, value: midly::num::u7| {
            self.changes.push(Change { track, channel, at, setting, value: value.as_int() });
        };
        match message {
            MidiMessage::NoteOn { key, vel } if vel.as_int() > 0 => {
                sounding.press(channel, key.as_int(), at, vel.as_int());
            }
            MidiMessage::NoteOn { key, vel } | MidiMessage::NoteOff { key, vel } => {
                if !sounding.release(channel, key.as_int(), at, notes) {
                    self.unmatched += 1;
                }
                // 0 and 64 are what is sent when nothing was measured.
                if !matches!(vel.as_int(), 0 | 64) {
                    self.lose(Lost::ReleaseVelocity);
                }
            }
            MidiMessage::ProgramChange { program } => change(Setting::Program, program),
            MidiMessage::Controller { controller, value } => match controller.as_int() {
                0 => change(Setting::Bank, value),
                7 => change(Setting::Volume, value),
                10 => change(Setting::Pan, value),
                120 | 123 => {
                    sounding.release_all(channel, at, notes);
                }
                other => self.lose(Lost::Controller(other)),
            },
            MidiMessage::Aftertouch { .. } => self.lose(Lost::KeyPressure),
            MidiMessage::ChannelAftertouch { .. } => self.lose(Lost::ChannelPressure),
            MidiMessage::PitchBend { .. } => self.lose(Lost::PitchBend),
        }
    }

    fn meta(&mut self, meta: MetaMessage<'_>, at: Beats, clock: Clock) {
        match meta {
            MetaMessage::Tempo(_) if clock.is_smpte => self.lose(Lost::TempoBesideTimecode),
            MetaMessage::Tempo(micros) => {
                let bpm = 60_000_000.0 / f64::from(micros.as_int());
                let legal = bpm.clamp(TempoMap::MIN_BPM, TempoMap::MAX_BPM);
                self.tempos_clamped += u64::from(bpm.to_bits() != legal.to_bits());
                self.song.tempos.insert(at, legal);
            }
            MetaMessage::TimeSignature(numerator, power, ..) => {
                if (1..=64).contains(&numerator) && power <= 5 {
                    self.song.signatures.insert(at, (numerator, 1 << power));
                } else {
                    self.signatures_ignored += 1;
                }
            }
            MetaMessage::Marker(bytes) | MetaMessage::CuePoint(bytes) => {
                self.song.markers.push((at, text(bytes).unwrap_or_default()));
            }
            MetaMessage::Lyric(_) => self.lose(Lost::Lyric),
            MetaMessage::Text(_) | MetaMessage::Copyright(_) | MetaMessage::TrackName(_) => {
                self.lose(Lost::Text)
            }
            MetaMessage::KeySignature(..) => self.lose(Lost::KeySignature),
            MetaMessage::SmpteOffset(_) => self.lose(Lost::SmpteOffset),
            MetaMessage::SequencerSpecific(_) | MetaMessage::Unknown(..) => self.lose(Lost::SequencerData),
            // Where the file was to be played, which is here now.
            MetaMessage::TrackNumber(_)
            | MetaMessage::InstrumentName(_)
            | MetaMessage::ProgramName(_)
            | MetaMessage::DeviceName(_)
            | MetaMessage::MidiChannel(_)
            | MetaMessage::MidiPort(_)
            | MetaMessage::EndOfTrack => {}
        }
    }

    fn lose(&mut self, what: Lost) {
        *self.lost.entry(what).or_default() += 1;
    }

    fn finish(mut self) -> Song {
        let raw = std::mem::take(&mut self.parts);
        let changes = std::mem::take(&mut self.changes);
        let mut channels_of: HashMap<usize, usize> = HashMap::new();
        for part in &raw {
            *channels_of.entry(part.track).or_default() += 1;
        }
        let settings = Settings::new(&changes);
        let mut first_of_part: HashMap<(usize, u8), Beats> = HashMap::new();
        let mut last_first_of_channel: HashMap<u8, Beats> = HashMap::new();
        for RawPart { track, channel, mut notes } in raw {
            notes.sort_by_key(|note| (note.start, note.key));
            let first = notes.first().map_or(Beats::ZERO, |note| note.start);
            first_of_part.insert((track, channel), first);
            let last = last_first_of_channel.entry(channel).or_insert(first);
            *last = first.max(*last);
            let name = self.names[track].clone().unwrap_or_else(|| format!("Track {}", track + 1));
            let is_shared = channels_of.get(&track).is_some_and(|channels| *channels > 1);
            let name = if is_shared { format!("{name} ch {}", channel + 1) } else { name };
            let setting = |setting| settings.in_force(track, channel, setting, first);
            self.song.parts.push(Part {
                name,
                channel,
                program: setting(Setting::Program),
                bank: setting(Setting::Bank),
                volume: setting(Setting::Volume),
                pan: setting(Setting::Pan),
                notes,
            });
        }
        for change in &changes {
            // What comes before the first note is in the part; on a channel without notes nobody hears it.
            let own = first_of_part.get(&(change.track, change.channel));
            let heard_from = own.or_else(|| last_first_of_channel.get(&change.channel));
            if heard_from.is_some_and(|first| change.at > *first) {
                self.lose(change.setting.lost());
            }
        }
        let mut song = self.song;
        let lost = self.lost.into_iter().map(|(what, count)| MidiWarning::NotRepresented { what, count });
        song.warnings.extend(lost);
        let counted = |count: u64, warning: fn(u64) -> MidiWarning| (count > 0).then(|| warning(count));
        song.warnings.extend(counted(self.unmatched, |count| MidiWarning::UnmatchedNoteOffs { count }));
        song.warnings.extend(counted(self.hanging, |count| MidiWarning::HangingNotes { count }));
        song.warnings.extend(counted(self.tempos_clamped, |count| MidiWarning::TemposClamped { count }));
        song.warnings
            .extend(counted(self.signatures_ignored, |count| MidiWarning::SignaturesIgnored { count }));
        song
    }
}

/// Text as people meant it: UTF-8 if it is, else Latin-1, without control characters. `None` when nothing is left.
fn text(bytes: &[u8]) -> Option<String> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    };
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
