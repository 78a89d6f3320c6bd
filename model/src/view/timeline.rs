//! Tempo, time signatures and markers.

use protocol::plan::SignaturePoint;
use protocol::{Beats, SignatureMap, TempoMap, TempoPoint, Transition};

use super::view;
use crate::project::Project;

view!(
    /// A change of tempo.
    Tempo, TempoId, "tempo"
);

view!(
    /// A change of time signature.
    Signature, SignatureId, "signatures"
);

view!(
    /// A named place on the timeline.
    Marker, MarkerId, "markers"
);

impl Tempo<'_> {
    /// Where.
    #[must_use]
    pub fn at(&self) -> Beats {
        self.entity.beats("at")
    }

    /// Quarter notes a minute from there on.
    #[must_use]
    pub fn bpm(&self) -> f64 {
        self.entity.float("bpm")
    }

    /// How it gets to the next tempo.
    #[must_use]
    pub fn transition(&self) -> Transition {
        Transition::from_word(self.entity.text("transition"))
    }
}

impl Signature<'_> {
    /// Where.
    #[must_use]
    pub fn at(&self) -> Beats {
        self.entity.beats("at")
    }

    /// Notes in a bar.
    #[must_use]
    pub fn numerator(&self) -> u8 {
        u8::try_from(self.entity.int("numerator")).unwrap_or(4)
    }

    /// The kind of note: a power of two.
    #[must_use]
    pub fn denominator(&self) -> u8 {
        u8::try_from(self.entity.int("denominator")).unwrap_or(4)
    }
}

impl<'a> Marker<'a> {
    /// Where.
    #[must_use]
    pub fn at(&self) -> Beats {
        self.entity.beats("at")
    }

    /// What it says.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.entity.text("name")
    }

    /// 0xRRGGBB.
    #[must_use]
    pub fn color(&self) -> u32 {
        u32::try_from(self.entity.int("color")).unwrap_or(0)
    }
}

impl Project {
    /// The changes of tempo, by position.
    pub fn tempos(&self) -> impl Iterator<Item = Tempo<'_>> {
        self.table("tempo").filter_map(|id| Tempo::new(self, id))
    }

    /// The changes of time signature, by position.
    pub fn signatures(&self) -> impl Iterator<Item = Signature<'_>> {
        self.table("signatures").filter_map(|id| Signature::new(self, id))
    }

    /// The markers, by position.
    pub fn markers(&self) -> impl Iterator<Item = Marker<'_>> {
        self.table("markers").filter_map(|id| Marker::new(self, id))
    }

    /// Converts between beats, seconds and frames.
    #[must_use]
    pub fn tempo_map(&self) -> TempoMap {
        let point = |tempo: Tempo<'_>| TempoPoint {
            at: tempo.at(),
            bpm: tempo.bpm(),
            transition: tempo.transition(),
        };
        self.tempos().map(point).collect::<Vec<_>>().into()
    }

    /// Converts between beats and bars.
    #[must_use]
    pub fn signature_map(&self) -> SignatureMap {
        SignatureMap::new(&self.signature_points(), self.root().pickup())
    }

    /// The time signatures, as the engine takes them.
    #[must_use]
    pub fn signature_points(&self) -> Vec<SignaturePoint> {
        let point = |signature: Signature<'_>| SignaturePoint {
            at: signature.at(),
            numerator: signature.numerator(),
            denominator: signature.denominator(),
        };
        self.signatures().map(point).collect()
    }

    /// Where the last clip on the timeline ends; zero without clips.
    #[must_use]
    pub fn end(&self) -> Beats {
        self.clips().filter(|clip| clip.arranged()).map(|clip| clip.end()).max().unwrap_or(Beats::ZERO)
    }
}
