//! When and where a commit was made: what orders and names the steps of a history on every peer alike.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A reading of a hybrid logical clock: wall time, and a count of what happened within the same millisecond. Later events
/// of one peer, and events that knew of others, always read later, even when the wall clock is set back.
///
/// Source: Kulkarni and others, *Logical Physical Clocks*, 2014.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Hlc {
    /// Milliseconds since the start of 1970, UTC.
    pub ms: u64,
    /// Counts on within the millisecond.
    pub count: u32,
}

/// A commit: who made it (a random number for each run of a program), and how many operations that peer had made by the
/// end of it.
///
/// Written as 16 hexadecimal digits, a hyphen and a decimal number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId {
    /// The peer.
    pub peer: u64,
    /// The number of its last operation.
    pub counter: u32,
}

/// Why a text is not the id of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected 16 hexadecimal digits, a hyphen and a number")]
pub struct ParseCommitIdError;

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{}", self.peer, self.counter)
    }
}

impl fmt::Debug for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CommitId({self})")
    }
}

impl FromStr for CommitId {
    type Err = ParseCommitIdError;

    fn from_str(text: &str) -> Result<Self, ParseCommitIdError> {
        let (peer, counter) = text.split_once('-').ok_or(ParseCommitIdError)?;
        if peer.len() != 16 {
            return Err(ParseCommitIdError);
        }
        let peer = u64::from_str_radix(peer, 16).map_err(|_| ParseCommitIdError)?;
        let counter = counter.parse().map_err(|_| ParseCommitIdError)?;
        Ok(Self { peer, counter })
    }
}

impl Serialize for CommitId {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CommitId {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
        text.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for CommitId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CommitId".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[0-9a-f]{16}-[0-9]+$" })
    }
}
