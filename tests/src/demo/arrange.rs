//! The arrangement: tracks, clips, devices, sends, automation, macros.

use model::edit;
use model::{
    Blobs, ClipId, DeviceId, IdSource, LaneId, MacroId, MacroTargetId, MarkerId, Project, Pulse, SendId,
    TempoId, TrackId, TrackKind,
};
use protocol::{Beats, Curve, DeviceKind, Edit, EntityId, Note, PluginFormat, PluginRef, Point, Transaction};

use super::loops::Media;
use super::score::{self, BARS, BREATH, GROOVE, OUT, SONG, bar};
use super::{loops, rack};

/// Who makes the song, in its history.
pub const AUTHOR: &str = "Loophole";

/// A song in the making.
pub struct Song {
    /// The store.
    pub pulse: Pulse,
    /// Its audio, SoundFont and plugin states.
    pub blobs: Blobs,
    edits: Vec<Edit>,
    order: f64,
}

/// Makes the song, as it is before the scripts.
pub fn arrange() -> Song {
    let blobs = Blobs::new();
    let media = loops::make(&blobs);
    let mut song =
        Song { pulse: Pulse::with_ids(IdSource::seeded(0x51de_d002)), blobs, edits: Vec::new(), order: 0.0 };
    song.timeline();
    let drum_bus = song.track(TrackKind::Bus, "Drum bus", 0xc9_6a_5a, -1.5, 0.0);
    let music_bus = song.track(TrackKind::Bus, "Music bus", 0x6f_9a_c9, 0.0, 0.0);
    let space = song.track(TrackKind::Bus, "Space", 0x8f_7c_c9, -4.0, 0.0);
    song.drums(&media, drum_bus, space);
    let beat = song.bass(music_bus, drum_bus);
    let keys = song.keys(&media, music_bus, space);
    let pad = song.pad(music_bus, space);
    let arp = song.arp(music_bus, space);
    let lead = song.lead(music_bus, space);
    song.buses(drum_bus, music_bus, space);
    song.macros([pad, arp, lead, beat], keys, space);
    song.commit("Arrange Side Door");
    song
}

impl Song {
    /// The song as it is now.
    pub fn project(&self) -> Project {
        self.pulse.project()
    }

    fn id(&self) -> EntityId {
        self.pulse.new_id()
    }

    fn add(&mut self, edit: Edit) {
        self.edits.push(edit);
    }

    fn commit(&mut self, name: &str) {
        let edits = std::mem::take(&mut self.edits);
        let transaction = Transaction { name: name.to_owned(), author: AUTHOR.to_owned(), edits };
        self.pulse.commit(transaction).expect("PANIC: the demo song breaks no rule");
    }

    fn timeline(&mut self) {
        let root = self.pulse.project().root().id();
        self.add(edit::root::set_name(root, "Side Door"));
        self.add(edit::root::set_artist(root, "The Loophole authors"));
        self.add(edit::root::set_loop_start(root, bar(GROOVE)));
        self.add(edit::root::set_loop_end(root, bar(SONG)));
        let tempo = TempoId(self.id());
        self.add(edit::timeline::create_tempo(tempo, Beats::ZERO, score::BPM));
        let sections = [(0, "Intro"), (GROOVE, "Groove"), (SONG, "Song"), (BREATH, "Breath"), (OUT, "Out")];
        for (at, name) in sections {
            let marker = MarkerId(self.id());
            self.add(edit::timeline::create_marker(marker, bar(at), name));
        }
    }

    fn track(&mut self, kind: TrackKind, name: &str, color: u32, volume_db: f64, pan: f64) -> TrackId {
        let id = TrackId(self.id());
        self.order += 1.0;
        // Buses come last in the list, although they are made first.
        let order = if kind == TrackKind::Bus { self.order + 100.0 } else { self.order };
        self.add(edit::track::create(id, kind, name));
        self.add(edit::track::set_color(id, color));
        self.add(edit::track::set_order(id, order));
        self.add(edit::track::set_volume_db(id, volume_db));
        self.add(edit::track::set_pan(id, pan));
        id
    }

    fn device(&mut self, track: TrackId, kind: DeviceKind, order: f64, params: &[(&str, f64)]) -> DeviceId {
        let id = DeviceId(self.id());
        self.add(edit::device::create_builtin(id, track, kind, order));
        self.add(edit::device::set_params(id, params.iter().map(|&(key, value)| (key, Some(value)))));
        id
    }

    fn send(&mut self, track: TrackId, target: TrackId, level_db: f64) -> SendId {
        let id = SendId(self.id());
        self.add(edit::send::create(id, track, target));
        self.add(edit::send::set_level_db(id, level_db));
        id
    }

    /// A clip of notes from one bar to another that repeats its content.
    fn notes(
        &mut self,
        track: TrackId,
        name: &str,
        from: i64,
        to: i64,
        period_bars: i64,
        notes: &[Note],
    ) -> ClipId {
        let id = ClipId(self.id());
        self.add(edit::clip::create_notes(id, track, bar(from), bar(to - from)));
        self.add(edit::clip::set_name(id, name));
        if to - from > period_bars {
            self.add(edit::clip::set_loop_length(id, Some(bar(period_bars))));
        }
        self.add(edit::clip::change_notes(id, (1..).zip(notes.iter().copied().map(Some))));
        id
    }

    /// Automation of a parameter: bar, value, shape of the way to the next point.
    fn lane(&mut self, owner: impl Into<EntityId>, param: &str, points: &[(f64, f64, Curve)]) {
        let id = LaneId(self.id());
        let point = |&(bars, value, curve): &(f64, f64, Curve)| {
            Some(Point { at: Beats::from_beats(bars * 4.0), value, curve })
        };
        self.add(edit::lane::create(id, owner, param));
        self.add(edit::lane::change_points(id, (1..).zip(points.iter().map(point))));
    }

    fn audio(
        &mut self,
        track: TrackId,
        name: &str,
        media: protocol::BlobHash,
        from: i64,
        to: i64,
    ) -> Vec<ClipId> {
        let clip = |song: &mut Self, start| {
            let id = ClipId(song.id());
            song.add(edit::clip::create_audio(id, track, bar(start), bar(2), media));
            song.add(edit::clip::set_name(id, name));
            id
        };
        (from..to).step_by(2).map(|start| clip(self, start)).collect()
    }

    fn drums(&mut self, media: &Media, bus: TrackId, space: TrackId) {
        let beat = self.track(TrackKind::Audio, "Beat", 0xe0_7a_5f, -8.0, 0.0);
        let hats = self.track(TrackKind::Audio, "Hats", 0xe8_a8_5c, -11.0, 0.12);
        let riser = self.track(TrackKind::Audio, "Riser", 0xd9_b9_6e, -14.0, 0.0);
        for (from, to) in [(GROOVE, BREATH), (OUT, BARS - 2)] {
            self.audio(beat, "Beat", media.beat, from, to);
        }
        for (from, to) in [(GROOVE + 2, BREATH), (OUT, BARS - 2)] {
            self.audio(hats, "Hats", media.hats, from, to);
        }
        for from in [GROOVE - 2, SONG - 2, OUT - 2] {
            for clip in self.audio(riser, "Riser", media.riser, from, from + 2) {
                self.add(edit::clip::set_fade_in_secs(clip, 0.4));
                self.add(edit::clip::set_fade_out_secs(clip, 0.01));
            }
        }
        let percussion = self.track(TrackKind::Instrument, "Percussion", 0xc9_a2_5a, -12.0, -0.15);
        let player = self.device(percussion, DeviceKind::SoundFont, 0.0, &[("program", 1.0)]);
        self.add(edit::device::set_blob(player, Some(media.soundfont)));
        // The notes of this track come from a script.
        self.notes(percussion, "Euclid", GROOVE, BREATH, 2, &[]);
        self.send(percussion, space, -12.0);
        self.send(beat, space, -24.0);
        for track in [beat, hats, percussion] {
            self.add(edit::track::set_output(track, Some(bus)));
        }
    }

    fn bass(&mut self, bus: TrackId, key: TrackId) -> DeviceId {
        let track = self.track(TrackKind::Instrument, "Bass", 0x4f_a6_7a, -12.0, 0.0);
        let synth = self.device(
            track,
            DeviceKind::Synth,
            0.0,
            &[
                ("osc1_wave", 2.0),
                ("osc1_level", 0.7),
                ("osc2_wave", 0.0),
                ("osc2_level", 0.8),
                ("osc2_semitones", 0.0),
                ("osc2_detune", 0.0),
                ("cutoff", 240.0),
                ("resonance", 0.18),
                ("filter_env", 26.0),
                ("filter_decay", 0.16),
                ("amp_decay", 0.3),
                ("amp_sustain", 0.6),
                ("amp_release", 0.06),
                ("spread", 0.0),
                ("level_db", -6.0),
            ],
        );
        // The drums push the bass aside a little.
        let squeeze = [
            ("threshold_db", -26.0),
            ("ratio", 3.0),
            ("attack", 0.002),
            ("release", 0.11),
            ("sidechain", 1.0),
        ];
        let compressor = self.device(track, DeviceKind::Compressor, 1.0, &squeeze);
        self.add(edit::device::set_sidechain(compressor, Some(key)));
        let line = score::bass();
        self.notes(track, "Bass", GROOVE, BREATH, 4, &line);
        self.notes(track, "Bass out", OUT, BARS - 2, 4, &line);
        self.add(edit::track::set_output(track, Some(bus)));
        synth
    }

    fn keys(&mut self, media: &Media, bus: TrackId, space: TrackId) -> TrackId {
        let track = self.track(TrackKind::Instrument, "Keys", 0x5b_8d_ef, -9.0, -0.2);
        let player = self.device(track, DeviceKind::SoundFont, 0.0, &[("program", 0.0)]);
        self.add(edit::device::set_blob(player, Some(media.soundfont)));
        let shape = [
            ("low_cut_on", 1.0),
            ("low_cut", 180.0),
            ("mid2_freq", 3_200.0),
            ("mid2_gain_db", -2.5),
            ("high_gain_db", 2.0),
        ];
        self.device(track, DeviceKind::Equalizer, 1.0, &shape);
        let chords = score::keys();
        self.notes(track, "Keys intro", 0, GROOVE, 4, &chords);
        self.notes(track, "Keys", GROOVE, BREATH, 4, &chords);
        self.notes(track, "Keys breath", BREATH, BARS - 1, 4, &chords);
        self.send(track, space, -11.0);
        self.add(edit::track::set_output(track, Some(bus)));
        track
    }

    fn pad(&mut self, bus: TrackId, space: TrackId) -> DeviceId {
        let track = self.track(TrackKind::Instrument, "Pad", 0x8f_7c_c9, -7.0, 0.0);
        let synth = self.device(
            track,
            DeviceKind::Synth,
            0.0,
            &[
                ("osc1_wave", 2.0),
                ("osc1_level", 0.5),
                ("osc2_wave", 2.0),
                ("osc2_level", 0.5),
                ("osc2_detune", 11.0),
                ("cutoff", 700.0),
                ("resonance", 0.12),
                ("filter_env", 0.0),
                ("amp_attack", 0.7),
                ("amp_decay", 1.0),
                ("amp_sustain", 0.85),
                ("amp_release", 1.6),
                ("lfo_target", 1.0),
                ("lfo_rate", 0.18),
                ("lfo_depth", 0.15),
                ("velocity", 0.3),
                ("spread", 0.9),
                ("level_db", -3.0),
            ],
        );
        // A Loophole in the Loophole: its rack widens and echoes the pad.
        let nested = DeviceId(self.id());
        let plugin = PluginRef { format: PluginFormat::Clap, id: rack::PLUGIN_ID.to_owned() };
        let state = self.blobs.put(rack::state());
        self.add(edit::device::create_plugin(nested, track, &plugin, "Loophole (rack)", 1.0));
        self.add(edit::device::set_blob(nested, Some(state)));
        let chords = score::pad();
        self.notes(track, "Pad", 0, BARS - 1, 4, &chords);
        let sweep = [
            (0.0, 260.0, Curve::Smooth),
            (4.0, 900.0, Curve::Linear),
            (12.0, 1_400.0, Curve::Hold),
            (20.0, 500.0, Curve::Exponential),
            (24.0, 2_600.0, Curve::Linear),
            (27.0, 300.0, Curve::Linear),
        ];
        self.lane(synth, "cutoff", &sweep);
        self.send(track, space, -9.0);
        self.add(edit::track::set_output(track, Some(bus)));
        synth
    }

    fn arp(&mut self, bus: TrackId, space: TrackId) -> DeviceId {
        let track = self.track(TrackKind::Instrument, "Arp", 0x4f_b3_bf, -16.0, 0.25);
        let synth = self.device(
            track,
            DeviceKind::Synth,
            0.0,
            &[
                ("osc1_wave", 3.0),
                ("osc1_level", 0.6),
                ("osc2_wave", 1.0),
                ("osc2_level", 0.5),
                ("osc2_semitones", 12.0),
                ("osc2_detune", 4.0),
                ("cutoff", 1_500.0),
                ("resonance", 0.25),
                ("filter_env", 18.0),
                ("filter_decay", 0.14),
                ("amp_decay", 0.16),
                ("amp_sustain", 0.2),
                ("amp_release", 0.12),
                ("velocity", 0.8),
                ("spread", 0.4),
                ("level_db", 0.0),
            ],
        );
        let echo = [
            ("sync", 1.0),
            ("beats", 0.75),
            ("feedback", 0.38),
            ("damping", 4_500.0),
            ("mode", 1.0),
            ("mix", 0.28),
        ];
        self.device(track, DeviceKind::Delay, 1.0, &echo);
        let line = score::arp();
        self.notes(track, "Arp", GROOVE + 4, BREATH, 4, &line);
        self.notes(track, "Arp out", OUT, BARS - 2, 4, &line);
        let swell = [
            (8.0, -20.0, Curve::Smooth),
            (12.0, -5.0, Curve::Hold),
            (20.0, -7.0, Curve::Hold),
            (24.0, -4.0, Curve::Linear),
            (26.0, -14.0, Curve::Linear),
        ];
        self.lane(track, "volume_db", &swell);
        self.lane(
            track,
            "pan",
            &[(8.0, 0.3, Curve::Smooth), (14.0, -0.3, Curve::Smooth), (20.0, 0.3, Curve::Linear)],
        );
        self.send(track, space, -14.0);
        self.add(edit::track::set_output(track, Some(bus)));
        synth
    }

    fn lead(&mut self, bus: TrackId, space: TrackId) -> DeviceId {
        let track = self.track(TrackKind::Instrument, "Lead", 0xe0_6c_9f, -5.0, 0.05);
        let synth = self.device(
            track,
            DeviceKind::Synth,
            0.0,
            &[
                ("osc1_wave", 2.0),
                ("osc1_level", 0.6),
                ("osc2_wave", 3.0),
                ("osc2_level", 0.35),
                ("osc2_detune", -8.0),
                ("cutoff", 2_400.0),
                ("resonance", 0.15),
                ("filter_env", 10.0),
                ("filter_decay", 0.4),
                ("amp_attack", 0.015),
                ("amp_decay", 0.4),
                ("amp_sustain", 0.75),
                ("amp_release", 0.22),
                ("lfo_target", 0.0),
                ("lfo_rate", 5.2),
                ("lfo_depth", 0.04),
                ("glide", 0.05),
                ("level_db", -3.0),
            ],
        );
        let echo = [
            ("sync", 1.0),
            ("beats", 1.5),
            ("feedback", 0.3),
            ("damping", 3_500.0),
            ("mode", 0.0),
            ("mix", 0.2),
        ];
        self.device(track, DeviceKind::Delay, 1.0, &echo);
        let line = score::lead();
        self.notes(track, "Melody", SONG, BREATH, 8, &line);
        let half = Beats::whole(16);
        let answer: Vec<Note> = line.iter().copied().filter(|note| note.start < half).collect();
        self.notes(track, "Answer", OUT, BARS - 1, 4, &answer);
        let send = self.send(track, space, -10.0);
        self.lane(
            send,
            "level_db",
            &[(12.0, -16.0, Curve::Linear), (20.0, -7.0, Curve::Hold), (24.0, -12.0, Curve::Hold)],
        );
        self.add(edit::track::set_output(track, Some(bus)));
        synth
    }

    fn buses(&mut self, drums: TrackId, music: TrackId, space: TrackId) {
        let glue = [
            ("threshold_db", -16.0),
            ("ratio", 2.5),
            ("attack", 0.02),
            ("release", 0.15),
            ("makeup_db", 2.0),
        ];
        self.device(drums, DeviceKind::Compressor, 0.0, &glue);
        let tidy = [("low_cut_on", 1.0), ("low_cut", 28.0), ("mid1_freq", 320.0), ("mid1_gain_db", -1.5)];
        self.device(music, DeviceKind::Equalizer, 0.0, &tidy);
        let hall = [
            ("size", 0.72),
            ("decay", 3.2),
            ("damping", 5_500.0),
            ("pre_delay", 0.022),
            ("low_cut", 220.0),
            ("mix", 1.0),
        ];
        self.device(space, DeviceKind::Reverb, 0.0, &hall);
        let master = self.pulse.project().master().id();
        self.device(master, DeviceKind::Equalizer, 0.0, &[("high_gain_db", 1.0), ("high_freq", 9_000.0)]);
        let limit = [
            ("threshold_db", -9.0),
            ("ratio", 2.0),
            ("knee_db", 8.0),
            ("attack", 0.012),
            ("release", 0.14),
            ("makeup_db", 1.5),
        ];
        self.device(master, DeviceKind::Compressor, 1.0, &limit);
        let fade = [(0.0, 0.0, Curve::Hold), (26.0, 0.0, Curve::Smooth), (28.0, -40.0, Curve::Hold)];
        self.lane(master, "volume_db", &fade);
    }

    /// The macro page: four knobs that change the song from the outside.
    fn macros(&mut self, [_, arp, lead, bass]: [DeviceId; 4], keys: TrackId, space: TrackId) {
        let slot = |song: &mut Self, slot: u8, name: &str, value: f64| {
            let id = MacroId(song.id());
            song.add(edit::macros::create(id, slot, name));
            song.add(edit::macros::set_value(id, value));
            id
        };
        let brightness = slot(self, 0, "Brightness", 0.45);
        self.target(brightness, arp, "cutoff", 500.0, 4_500.0);
        self.target(brightness, lead, "cutoff", 1_000.0, 6_000.0);
        let room = slot(self, 1, "Space", 0.6);
        self.target(room, space, "volume_db", -24.0, 3.0);
        let weight = slot(self, 2, "Weight", 0.5);
        self.target(weight, bass, "cutoff", 120.0, 420.0);
        let glass = slot(self, 3, "Keys", 0.7);
        self.target(glass, keys, "volume_db", -30.0, 0.0);
    }

    fn target(&mut self, of: MacroId, owner: impl Into<EntityId>, param: &str, min: f64, max: f64) {
        let id = MacroTargetId(self.id());
        self.add(edit::macros::create_target(id, of, owner, param, min, max));
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_arrangement_is_the_same_every_time() {
        let (a, b) = (super::arrange(), super::arrange());
        assert!(a.project() == b.project());
        assert_eq!(a.blobs.in_memory_hashes(), b.blobs.in_memory_hashes());
        assert!(model::plan::derive(&a.project()).nodes().count() > 30);
    }
}
