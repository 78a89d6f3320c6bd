//! The first project of an instance.

use model::{DeviceId, IdSource, Pulse, TrackId, TrackKind, edit};
use protocol::{DeviceKind, Transaction};

use super::control::USER;

/// What the ids of a first project that can be played are made of.
const SEED: u64 = 0x4C6F_6F70_686F_6C65;

/// What a new project has in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Starter {
    /// A master, and nothing else.
    #[default]
    Empty,
    /// An armed instrument track with a synth, too, so that the first key that is pressed is heard.
    Playable,
}

impl Starter {
    /// The project, without a history. What can be played is the same each time to the last byte, as hosts expect of
    /// the state of a plugin that nobody has touched; what is added to it has ids of its own.
    pub(super) fn pulse(self) -> Pulse {
        if self == Self::Empty {
            return Pulse::new();
        }
        let mut pulse = Pulse::with_ids(IdSource::seeded(SEED));
        let (track, synth) = (TrackId(pulse.new_id()), DeviceId(pulse.new_id()));
        let edits = vec![
            edit::track::create(track, TrackKind::Instrument, "Synth"),
            edit::track::set_armed(track, true),
            edit::device::create_builtin(synth, track, DeviceKind::Synth, 0.0),
        ];
        let transaction = Transaction { name: "New project".into(), author: USER.into(), edits };
        // PANIC: edits of constants; `tests::a_playable_project_is_legal` makes them.
        #[expect(clippy::expect_used, reason = "see above")]
        pulse.commit(transaction).expect("the starter project is legal");
        Pulse::from_project(pulse.project())
    }
}
