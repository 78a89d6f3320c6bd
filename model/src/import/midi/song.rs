//! A Standard MIDI File, read into parts, tempos and markers, still apart from any project.
//!
//! Source: Standard MIDI Files 1.0 (RP-001); General MIDI for the meaning of controllers 7 and 10.
//!
//! This file is long because a track is read in one pass that handles every kind of message.

use std::collections::{BTreeMap, HashMap};

use midly::{Fps, MetaMessage, MidiMessage, Timing, TrackEventKind};
use protocol::tempo::TempoMap;
use protocol::{Beats, Note, TICKS_PER_BEAT};
use protocol::{BlobHash, MidiEvent, MidiMessage as Message};

use super::settings::{Change, Setting, Settings};
use super::sounding::Sounding;
use super::{Lost, MidiError, MidiWarning};
use crate::blobs::Blobs;

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

/// The notes of one track on one channel, and what goes with them.
#[derive(Debug)]
pub(super) struct Part {
    pub name: String,
    pub channel: u8,
    pub program: Option<u8>,
    pub bank: Option<u8>,
    pub volume: Option<u8>,
    pub pan: Option<u8>,
    pub notes: Vec<Note>,
    /// Everything else, in the order it is sent, without the settings above where they hold throughout.
    pub events: Vec<MidiEvent>,
    /// The program and bank, where they hold throughout.
    pub instrument: Vec<MidiEvent>,
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

struct Reader<'a> {
    song: Song,
    /// Where system-exclusive messages go.
    blobs: &'a Blobs,
    names: Vec<Option<String>>,
    parts: Vec<RawPart>,
    changes: Vec<Change>,
    /// What is no note, with its track, in file order.
    events: Vec<(usize, MidiEvent)>,
    lost: BTreeMap<Lost, u64>,
    unmatched: u64,
    hanging: u64,
    tempos_clamped: u64,
    signatures_ignored: u64,
}

impl Song {
    /// Reads a file. A track that is damaged gives what comes before the damage, and a warning.
    pub(super) fn read(bytes: &[u8], blobs: &Blobs) -> Result<Self, MidiError> {
        if has_impossible_rate(bytes) {
            return Err(MidiError::Division);
        }
        let (header, tracks) =
            midly::parse(bytes).map_err(|error| MidiError::Malformed(error.to_string()))?;
        let clock = Clock::new(header.timing)?;
        let mut reader = Reader::new(blobs);
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

impl<'a> Reader<'a> {
    fn new(blobs: &'a Blobs) -> Self {
        Self {
            song: Song::default(),
            blobs,
            names: Vec::new(),
            parts: Vec::new(),
            changes: Vec::new(),
            events: Vec::new(),
            lost: BTreeMap::new(),
            unmatched: 0,
            hanging: 0,
            tempos_clamped: 0,
            signatures_ignored: 0,
        }
    }

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
                TrackEventKind::SysEx(data) => self.exclusive(index, at, &[&[0xf0], data].concat()),
                TrackEventKind::Escape(data) => self.exclusive(index, at, data),
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
            MidiMessage::ProgramChange { program } => {
                change(Setting::Program, program);
                self.event(track, channel, at, Message::Program(program.as_int()));
            }
            MidiMessage::Controller { controller, value } => {
                match controller.as_int() {
                    0 => change(Setting::Bank, value),
                    7 => change(Setting::Volume, value),
                    10 => change(Setting::Pan, value),
                    120 | 123 => _ = sounding.release_all(channel, at, notes),
                    _ => {}
                }
                let (number, value) = (controller.as_int(), value.as_int());
                self.event(track, channel, at, Message::Controller { number, value });
            }
            MidiMessage::Aftertouch { key, vel } => {
                let (key, value) = (key.as_int(), vel.as_int());
                self.event(track, channel, at, Message::KeyPressure { key, value });
            }
            MidiMessage::ChannelAftertouch { vel } => {
                self.event(track, channel, at, Message::ChannelPressure(vel.as_int()));
            }
            MidiMessage::PitchBend { bend } => {
                self.event(track, channel, at, Message::PitchBend(bend.as_int()));
            }
        }
    }

    fn event(&mut self, track: usize, channel: u8, at: Beats, message: Message) {
        self.events.push((track, MidiEvent { at, channel, message }));
    }

    fn exclusive(&mut self, track: usize, at: Beats, bytes: &[u8]) {
        let hash: BlobHash = self.blobs.put(bytes);
        self.event(track, 0, at, Message::SystemExclusive(hash));
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
        let mut raw = std::mem::take(&mut self.parts);
        let events = std::mem::take(&mut self.events);
        let changes = std::mem::take(&mut self.changes);
        let homes = homes(&mut raw, &events);
        let mut channels_of: HashMap<usize, usize> = HashMap::new();
        for part in &raw {
            *channels_of.entry(part.track).or_default() += 1;
        }
        let settings = Settings::new(&changes);
        for RawPart { track, channel, mut notes } in raw {
            notes.sort_by_key(|note| (note.start, note.key));
            let first = notes.first().map_or(Beats::ZERO, |note| note.start);
            let name = self.names.get(track).cloned().flatten();
            let name = name.unwrap_or_else(|| format!("Track {}", track + 1));
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
                events: Vec::new(),
                instrument: Vec::new(),
            });
        }
        for ((_, event), home) in events.into_iter().zip(homes) {
            if let Some(part) = self.song.parts.get_mut(home) {
                part.events.push(event);
            }
        }
        self.song.parts.iter_mut().for_each(Part::settle);
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

/// Whether a header asks for -128 frames a second, which no arithmetic in eight bits survives: midly 0.5 negates it.
fn has_impossible_rate(bytes: &[u8]) -> bool {
    memchr::memmem::find_iter(bytes, b"MThd").any(|header| bytes.get(header + 12) == Some(&0x80))
}

/// The part that each event goes with: its own track's on its channel, or else the first on its channel, or else one
/// made for it. What is for no channel goes with the first part of its track, or else the first of all.
fn homes(parts: &mut Vec<RawPart>, events: &[(usize, MidiEvent)]) -> Vec<usize> {
    let (mut of_channel, mut of_track): (HashMap<u8, usize>, HashMap<usize, usize>) = Default::default();
    let mut own: HashMap<(usize, u8), usize> = HashMap::new();
    for (at, part) in parts.iter().enumerate() {
        own.insert((part.track, part.channel), at);
        of_channel.entry(part.channel).or_insert(at);
        of_track.entry(part.track).or_insert(at);
    }
    let mut homes = Vec::with_capacity(events.len());
    for (track, event) in events {
        let found = match event.message {
            Message::SystemExclusive(_) => of_track.get(track).copied().or((!parts.is_empty()).then_some(0)),
            _ => own.get(&(*track, event.channel)).or_else(|| of_channel.get(&event.channel)).copied(),
        };
        homes.push(found.unwrap_or_else(|| {
            let at = parts.len();
            parts.push(RawPart { track: *track, channel: event.channel, notes: Vec::new() });
            own.insert((*track, event.channel), at);
            of_channel.insert(event.channel, at);
            of_track.entry(*track).or_insert(at);
            at
        }));
    }
    homes
}

impl Part {
    /// Settings that hold from the first note on to the end are the track's, and no events. Those that change are
    /// events alone, lest they be heard twice.
    fn settle(&mut self) {
        self.events.sort_by_key(|event| event.at);
        let Some(first) = self.notes.first().map(|note| note.start) else { return };
        for setting in [Setting::Program, Setting::Bank, Setting::Volume, Setting::Pan] {
            let is_of = |event: &MidiEvent| setting.is_set_by(event.message);
            let holds = self.events.iter().filter(|event| is_of(event)).all(|event| event.at <= first);
            match setting {
                Setting::Program | Setting::Bank if holds => {
                    let taken = self.events.extract_if(.., |event| is_of(event));
                    self.instrument.extend(taken);
                }
                Setting::Volume | Setting::Pan if holds => self.events.retain(|event| !is_of(event)),
                Setting::Volume => self.volume = None,
                Setting::Pan => self.pan = None,
                Setting::Program | Setting::Bank => {}
            }
        }
        self.instrument.sort_by_key(|event| event.at);
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
