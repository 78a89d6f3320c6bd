//! Edits of modulators and what they move.

use protocol::plan::{LfoShape, Polarity};
use protocol::{Beats, Edit, EntityId, Value};

use super::{create as new, reference, setter, text};
use crate::view::{LfoRate, MacroId, ModulationId, ModulatorId, TrackId};

/// A new wave, a sine of four beats until told otherwise.
#[must_use]
pub fn create_lfo(id: ModulatorId, track: TrackId, shape: LfoShape) -> Edit {
    let fields = [("track", Value::Ref(track.0)), ("kind", text("lfo")), ("shape", text(shape.word()))];
    new("modulators", id, fields)
}

/// A new follower of a track's loudness.
#[must_use]
pub fn create_follower(id: ModulatorId, track: TrackId, source: TrackId) -> Edit {
    let fields =
        [("track", Value::Ref(track.0)), ("kind", text("follower")), ("source", Value::Ref(source.0))];
    new("modulators", id, fields)
}

/// A new modulator that is a macro's position.
#[must_use]
pub fn create_macro(id: ModulatorId, track: TrackId, of: MacroId) -> Edit {
    let fields = [("track", Value::Ref(track.0)), ("kind", text("macro")), ("macro", Value::Ref(of.0))];
    new("modulators", id, fields)
}

/// Lets a modulator move the parameter, by key, of a track, a device or a send, by `amount` in its own unit.
#[must_use]
pub fn create_modulation(
    id: ModulationId,
    modulator: ModulatorId,
    owner: impl Into<EntityId>,
    param: &str,
    amount: f64,
) -> Edit {
    let fields = [
        ("modulator", Value::Ref(modulator.0)),
        ("owner", Value::Ref(owner.into())),
        ("param", text(param)),
        ("amount", Value::Float(amount)),
    ];
    new("modulations", id, fields)
}

/// How long a wave is: sets its unit with it.
#[must_use]
pub fn set_rate(id: ModulatorId, rate: LfoRate) -> [Edit; 2] {
    let (unit, edit) = match rate {
        LfoRate::Period(period) => ("beats", super::set(id, "period", Value::Beats(period))),
        LfoRate::Hz(hz) => ("hz", super::set(id, "rate_hz", Value::Float(hz))),
    };
    [super::set(id, "rate_unit", text(unit)), edit]
}

setter!(
    /// What a person calls it.
    set_name, ModulatorId, "name", name: &str => text(name)
);
setter!(
    /// At work.
    set_enabled, ModulatorId, "enabled", enabled: bool => Value::Bool(enabled)
);
setter!(
    /// The wave.
    set_shape, ModulatorId, "shape", shape: LfoShape => text(shape.word())
);
setter!(
    /// Length of a wave in beats.
    set_period, ModulatorId, "period", period: Beats => Value::Beats(period)
);
setter!(
    /// Where in the wave the timeline starts, 0..=1.
    set_phase, ModulatorId, "phase", phase: f64 => Value::Float(phase)
);
setter!(
    /// Whose loudness a follower follows; its own track's if `None`.
    set_source, ModulatorId, "source", source: Option<TrackId> => reference(source)
);
setter!(
    /// How fast a follower rises, in seconds.
    set_attack_secs, ModulatorId, "attack_secs", secs: f64 => Value::Float(secs)
);
setter!(
    /// How fast a follower falls, in seconds.
    set_release_secs, ModulatorId, "release_secs", secs: f64 => Value::Float(secs)
);
setter!(
    /// How much louder than it is a follower takes its source for, in dB.
    set_gain_db, ModulatorId, "gain_db", gain_db: f64 => Value::Float(gain_db)
);
setter!(
    /// The macro.
    set_macro, ModulatorId, "macro", of: Option<MacroId> => reference(of)
);
setter!(
    /// How far a parameter moves at the most, in its unit.
    set_amount, ModulationId, "amount", amount: f64 => Value::Float(amount)
);
setter!(
    /// Whether it moves both ways.
    set_polarity, ModulationId, "polarity", polarity: Polarity => text(match polarity {
        Polarity::Bipolar => "bipolar",
        Polarity::Unipolar => "unipolar",
    })
);
