//! Edits of the project as a whole.

use protocol::launcher::LaunchQuantum;
use protocol::{Beats, LatencyPolicy, Value};

use super::{setter, text};
use crate::view::RootId;

setter!(
    /// Title.
    set_name, RootId, "name", name: &str => text(name)
);
setter!(
    /// Who made it.
    set_artist, RootId, "artist", artist: &str => text(artist)
);
setter!(
    /// Free text.
    set_notes, RootId, "notes", notes: &str => text(notes)
);
setter!(
    /// Whether the loop is on.
    set_loop_on, RootId, "loop_on", on: bool => Value::Bool(on)
);
setter!(
    /// Start of the loop.
    set_loop_start, RootId, "loop_start", start: Beats => Value::Beats(start)
);
setter!(
    /// End of the loop.
    set_loop_end, RootId, "loop_end", end: Beats => Value::Beats(end)
);
setter!(
    /// Whether recording is kept to the punch range.
    set_punch_on, RootId, "punch_on", on: bool => Value::Bool(on)
);
setter!(
    /// Start of the punch range.
    set_punch_in, RootId, "punch_in", start: Beats => Value::Beats(start)
);
setter!(
    /// End of the punch range.
    set_punch_out, RootId, "punch_out", end: Beats => Value::Beats(end)
);
setter!(
    /// Length of the pick-up: bar 1 starts after it.
    set_pickup, RootId, "pickup", length: Beats => Value::Beats(length)
);
setter!(
    /// Where launched clips start, unless their slot says otherwise.
    set_launch_quantum, RootId, "launch_quantum", quantum: LaunchQuantum => text(quantum.word())
);
setter!(
    /// What is done about devices that are late. The frames of [`LatencyPolicy::Fixed`] are
    /// [a field of their own](set_latency_frames), which outlives other policies.
    set_latency_policy, RootId, "latency_policy", policy: LatencyPolicy => text(policy.word())
);
setter!(
    /// What [`LatencyPolicy::Fixed`] reports at least, in frames.
    set_latency_frames, RootId, "latency_frames", frames: u32 => Value::Int(frames.into())
);
setter!(
    /// How many frames apart the steps of automation and modulation are.
    set_control_frames, RootId, "control_frames", frames: u16 => Value::Int(frames.into())
);
