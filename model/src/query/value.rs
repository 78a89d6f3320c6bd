//! Values as queries see them: borrowed from the project while a query runs, owned in what was compiled.

use std::cmp::Ordering;

use protocol::{BlobHash, EntityId, Value};

/// A value of a field, borrowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Datum<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'a str),
    /// Ticks.
    Beats(i64),
    Ref(EntityId),
    Blob(BlobHash),
}

/// A value, owned.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Const {
    Text(String),
    /// Anything that borrows nothing.
    Other(Datum<'static>),
}

impl Const {
    pub(super) const NULL: Self = Self::Other(Datum::Null);

    pub(super) fn datum(&self) -> Datum<'_> {
        match self {
            Self::Text(text) => Datum::Text(text),
            Self::Other(datum) => *datum,
        }
    }

    /// Nothing for what has parts: rows, lists, values by key.
    pub(super) fn of(value: &Value) -> Option<Self> {
        Some(Datum::of(value)?.into())
    }
}

impl From<Datum<'_>> for Const {
    fn from(datum: Datum<'_>) -> Self {
        Self::Other(match datum {
            Datum::Text(text) => return Self::Text(text.to_owned()),
            Datum::Null => Datum::Null,
            Datum::Bool(on) => Datum::Bool(on),
            Datum::Int(number) => Datum::Int(number),
            Datum::Float(number) => Datum::Float(number),
            Datum::Beats(ticks) => Datum::Beats(ticks),
            Datum::Ref(id) => Datum::Ref(id),
            Datum::Blob(hash) => Datum::Blob(hash),
        })
    }
}

impl<'a> Datum<'a> {
    /// Nothing for what has parts: rows, lists, values by key.
    pub(super) fn of(value: &'a Value) -> Option<Self> {
        Some(match value {
            Value::Null => Self::Null,
            Value::Bool(on) => Self::Bool(*on),
            Value::Int(number) => Self::Int(*number),
            Value::Float(number) => Self::Float(*number),
            Value::Text(text) => Self::Text(text),
            Value::Beats(beats) => Self::Beats(beats.0),
            Value::Ref(id) => Self::Ref(*id),
            Value::Blob(hash) => Self::Blob(*hash),
            Value::Numbers(_) | Value::Rows(_) | Value::List(_) | Value::Properties(_) => return None,
        })
    }

    /// How two values stand to each other, null before everything: the order of results. Values of different kinds,
    /// which no checked query compares, are ordered by kind.
    pub(super) fn order(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(&b),
            (Self::Int(a), Self::Int(b)) | (Self::Beats(a), Self::Beats(b)) => a.cmp(&b),
            (Self::Float(a), Self::Float(b)) => (a + 0.0).total_cmp(&(b + 0.0)),
            (Self::Int(a), Self::Float(b)) => int_to_float(a, b),
            (Self::Float(a), Self::Int(b)) => int_to_float(b, a).reverse(),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Ref(a), Self::Ref(b)) => a.cmp(&b),
            (Self::Blob(a), Self::Blob(b)) => a.cmp(&b),
            (a, b) => a.kind().cmp(&b.kind()),
        }
    }

    pub(super) fn kind(self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Bool(_) => 1,
            Self::Int(_) | Self::Float(_) => 2,
            Self::Beats(_) => 3,
            Self::Text(_) => 4,
            Self::Ref(_) => 5,
            Self::Blob(_) => 6,
        }
    }
}

/// How a whole number stands to another, without rounding either.
fn int_to_float(int: i64, float: f64) -> Ordering {
    // 2^63, the first float that no i64 reaches.
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    if float >= BEYOND {
        return Ordering::Less;
    }
    if float < -BEYOND {
        return Ordering::Greater;
    }
    #[expect(clippy::cast_possible_truncation, reason = "within the range of i64, as just checked")]
    let whole = float.trunc() as i64;
    int.cmp(&whole).then_with(|| 0.0_f64.total_cmp(&(float.fract() + 0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_and_other_numbers_compare_without_rounding() {
        let check = |int, float, expected| {
            assert_eq!(Datum::Int(int).order(Datum::Float(float)), expected, "{int} {float}");
            assert_eq!(Datum::Float(float).order(Datum::Int(int)), expected.reverse(), "{float} {int}");
        };
        check(0, -0.0, Ordering::Equal);
        check(3, 3.5, Ordering::Less);
        check(-3, -3.5, Ordering::Greater);
        check((1 << 53) + 1, 9_007_199_254_740_992.0, Ordering::Greater);
        check(i64::MAX, 9_223_372_036_854_775_807.0, Ordering::Less);
        check(i64::MIN, -9_223_372_036_854_775_808.0, Ordering::Equal);
        check(i64::MIN, -1e300, Ordering::Greater);
    }
}
