//! Edits of the project as a whole.

use protocol::{Beats, Value};

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
