//! What the timeline is measured by, read from the project once per revision: there may be very many points.

use egui::Color32;
use model::Project;
use protocol::plan::SignaturePoint;
use protocol::{Beats, EntityId, SignatureMap, TempoMap, Transition};

use crate::theme::color;

/// Tempo, time signatures and markers, by position.
#[derive(Default)]
pub(crate) struct Times {
    revision: Option<u64>,
    pub signatures: SignatureMap,
    pickup: Beats,
    pub tempo: TempoMap,
    pub markers: Vec<MarkerAt>,
    pub tempos: Vec<TempoAt>,
    pub changes: Vec<SignatureAt>,
    /// Where the last clip ends, in quarter notes.
    pub end: f64,
}

/// A marker.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct MarkerAt {
    pub id: EntityId,
    pub at: Beats,
    pub tint: Color32,
}

/// A change of tempo.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TempoAt {
    pub id: EntityId,
    pub at: Beats,
    pub bpm: f64,
    pub transition: Transition,
}

/// A change of time signature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SignatureAt {
    pub id: EntityId,
    pub point: SignaturePoint,
}

impl Times {
    /// Reads the project, unless this revision of it is known.
    pub fn update(&mut self, project: &Project) {
        if self.revision == Some(project.revision()) {
            return;
        }
        self.revision = Some(project.revision());
        self.signatures = project.signature_map();
        self.pickup = project.root().pickup();
        self.tempo = project.tempo_map();
        self.end = project.end().to_beats();
        let marker = |marker: model::Marker<'_>| MarkerAt {
            id: marker.id().0,
            at: marker.at(),
            tint: color::from_project(marker.color()),
        };
        self.markers.clear();
        self.markers.extend(project.markers().map(marker));
        self.tempos.clear();
        self.tempos.extend(project.tempos().map(|tempo| TempoAt {
            id: tempo.id().0,
            at: tempo.at(),
            bpm: tempo.bpm(),
            transition: tempo.transition(),
        }));
        self.changes.clear();
        self.changes.extend(project.signatures().map(|change| SignatureAt {
            id: change.id().0,
            point: SignaturePoint {
                at: change.at(),
                numerator: change.numerator(),
                denominator: change.denominator(),
            },
        }));
    }

    /// The bars as they are without one of the changes of time signature: those that it can be moved among.
    pub fn bars_without(&self, id: EntityId) -> SignatureMap {
        let others = self.changes.iter().filter(|change| change.id != id);
        let others: Vec<_> = others.map(|change| change.point).collect();
        SignatureMap::new(&others, self.pickup)
    }
}
