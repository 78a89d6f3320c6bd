//! A project far larger than any song, for the benches that ask what its size costs.

use loophole_model::{ClipId, DeviceId, IdSource, LaneId, Pulse, TrackId, TrackKind, edit};
use protocol::{Beats, Curve, DeviceKind, Edit, Note, Point, Transaction};

/// How many tracks it has at its largest.
pub const TRACKS: usize = 1_000;
/// How many clips each track has.
pub const CLIPS: usize = 20;
const NOTES: i64 = 25;
const POINTS: i64 = 100;

/// The song, and what is in it.
pub struct Song {
    pub pulse: Pulse,
    pub tracks: Vec<TrackId>,
    /// Those of the first track, then those of the second.
    pub clips: Vec<ClipId>,
}

impl Song {
    pub fn new(tracks: usize) -> Self {
        let pulse = Pulse::with_ids(IdSource::seeded(1));
        let mut song = Self { pulse, tracks: Vec::new(), clips: Vec::new() };
        for _ in 0..tracks {
            song.add_track();
        }
        // What was just built is not what is measured.
        song.pulse = Pulse::from_project_with_ids(song.pulse.project(), IdSource::seeded(2));
        song
    }

    fn add_track(&mut self) {
        let track = TrackId(self.pulse.new_id());
        let device = DeviceId(self.pulse.new_id());
        let lane = LaneId(self.pulse.new_id());
        let point = |at: i64| Point { at: Beats::whole(at), value: 0.1, curve: Curve::Linear };
        let points = (0..POINTS).map(|at| (at.unsigned_abs(), Some(point(at))));
        let mut edits = vec![
            edit::track::create(track, TrackKind::Instrument, "Track"),
            edit::device::create_builtin(device, track, DeviceKind::Synth, 0.0),
            edit::lane::create(lane, track, "pan"),
            edit::lane::change_points(lane, points),
        ];
        for start in (0..).map(|number| Beats::whole(16 * number)).take(CLIPS) {
            let clip = ClipId(self.pulse.new_id());
            let note = |at: i64| Note {
                start: Beats(at * 7_000),
                length: Beats(5_000),
                key: 60,
                velocity: 0.8,
                channel: 0,
            };
            let notes = (0..NOTES).map(|at| (at.unsigned_abs(), Some(note(at))));
            edits.push(edit::clip::create_notes(clip, track, start, Beats::whole(16)));
            edits.push(edit::clip::change_notes(clip, notes));
            self.clips.push(clip);
        }
        self.tracks.push(track);
        self.commit(edits);
    }

    pub fn commit(&mut self, edits: Vec<Edit>) {
        let transaction = Transaction { name: "Edit".into(), author: "me".into(), edits };
        self.pulse.commit(transaction).expect("legal");
    }
}

/// Another level at every turn, in decibels.
pub fn volume(turn: usize) -> f64 {
    -((turn % 90) as f64) / 1.5 - (turn / 90 % 7) as f64 / 10.0
}
