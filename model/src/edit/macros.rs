//! Edits of macros and their targets.

use protocol::{Curve, Edit, EntityId, Value};

use super::{create as new, setter, text};
use crate::view::{MacroId, MacroTargetId};

/// A new macro in a free slot, 0..=127.
#[must_use]
pub fn create(id: MacroId, slot: u8, name: &str) -> Edit {
    new("macros", id, [("slot", Value::Int(slot.into())), ("name", text(name))])
}

/// A new target: the parameter, by key, of a track, a device or a send, from `min` to `max` in its own unit.
#[must_use]
pub fn create_target(
    id: MacroTargetId,
    of: MacroId,
    owner: impl Into<EntityId>,
    param: &str,
    min: f64,
    max: f64,
) -> Edit {
    let fields = [
        ("macro", Value::Ref(of.0)),
        ("owner", Value::Ref(owner.into())),
        ("param", text(param)),
        ("min", Value::Float(min)),
        ("max", Value::Float(max)),
    ];
    new("macro_targets", id, fields)
}

setter!(
    /// What a person calls it.
    set_name, MacroId, "name", name: &str => text(name)
);
setter!(
    /// Position, 0..=1.
    set_value, MacroId, "value", value: f64 => Value::Float(value)
);
setter!(
    /// Value of the target at position 0.
    set_min, MacroTargetId, "min", min: f64 => Value::Float(min)
);
setter!(
    /// Value of the target at position 1.
    set_max, MacroTargetId, "max", max: f64 => Value::Float(max)
);
setter!(
    /// The way between.
    set_curve, MacroTargetId, "curve", curve: Curve => text(match curve {
        Curve::Hold => "hold",
        Curve::Linear => "linear",
        Curve::Smooth => "smooth",
        Curve::Exponential => "exponential",
    })
);
