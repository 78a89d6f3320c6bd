//! The nodes that are the engine's own. One file each, all in one shape: plain state, and a `process` over a block.

mod audio_player;
mod delay;
mod follower;
mod gain;
mod level;
mod note_player;
mod tap;

pub(crate) use audio_player::{AudioPlayer, AudioProgram, PreparedClip};
pub(crate) use delay::{AudioDelay, EventDelay, StepDelay, add, add_two};
pub(crate) use follower::Follower;
pub(crate) use gain::Fader;
pub(crate) use level::{Level, LevelKind};
pub(crate) use note_player::{NotePlayer, NoteProgram};
pub(crate) use tap::Tap;
