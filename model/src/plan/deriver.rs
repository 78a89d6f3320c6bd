//! Plans of a project as it changes.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use protocol::plan::{NodeKind, PlanPart};
use protocol::{EnginePlan, EntityId, NodeId, NodeRole};

use super::content::Contents;
use super::modulation::{self, Follower};
use super::{macros, routing, track};
use crate::entity::Entity;
use crate::project::{self, Project, Stamp, State};
use crate::view::{Track, TrackId};

/// Derives plans of a project as it changes. Only the tracks that an edit touched are derived anew, and the parts of
/// the others are shared with the plans before. The plans are those of [`derive()`](super::derive).
#[derive(Debug, Default)]
pub struct Deriver {
    /// What `plan` was derived from.
    project: Option<Project>,
    plan: EnginePlan,
    tracks: HashMap<EntityId, Derived>,
    soloed: BTreeSet<EntityId>,
    /// How many tracks send notes to the outer host.
    notes_out: usize,
}

/// A track as it was derived, and what that rests on.
#[derive(Debug, Default)]
struct Derived {
    /// Which part of the plan it is.
    place: usize,
    /// Of the track and all that is on it.
    stamp: Option<Stamp>,
    silenced: bool,
    /// What it uses of the tracks that it feeds.
    feeds: Vec<Station>,
    /// What those that feed it use of it.
    station: Station,
    followers: Vec<Follower>,
    contents: Contents,
    part: Arc<PlanPart>,
    notes_out: bool,
}

/// Where audio enters a track, and what the track is called.
#[derive(Clone, Debug, Default, PartialEq)]
struct Station {
    node: Option<NodeId>,
    name: String,
}

impl Station {
    fn of(project: &Project, id: EntityId) -> Self {
        let name = project.name_of(id).to_owned();
        Self { node: project.track(TrackId(id)).and_then(|_| track::entrance(project, id)), name }
    }
}

/// What an edit calls for.
#[derive(Debug, Default)]
struct Work {
    tracks: BTreeSet<EntityId>,
    timeline: bool,
    macros: bool,
    /// The list of tracks, or who is let through by solo, may be another.
    all: bool,
}

impl Deriver {
    /// One that knows nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The plan of a project, whatever was derived before. Costs a look at every track.
    pub fn derive(&mut self, project: &Project) -> EnginePlan {
        let open = routing::open(project);
        let mut known = std::mem::take(&mut self.tracks);
        let mut parts = Vec::with_capacity(known.len() + 1);
        (self.notes_out, self.soloed) = (0, BTreeSet::new());
        for track in project.tracks().chain([project.master()]) {
            let id = track.id().0;
            let silenced = open.as_ref().is_some_and(|open| !open.contains(&id));
            let mut derived = known.remove(&id).unwrap_or_default();
            derived.update(track, silenced);
            derived.place = parts.len();
            parts.push(derived.part.clone());
            self.notes_out += usize::from(derived.notes_out);
            if track.solo() {
                self.soloed.insert(id);
            }
            self.tracks.insert(id, derived);
        }
        self.moves(project);
        parts.push(self.common(project));
        self.plan.parts = parts.into();
        self.timeline(project);
        self.finish(project)
    }

    /// The plan of a project of which nothing but the entities in `touched` differs from the one derived last: what a
    /// commit, an undo or a merge says it touched. Costs what these take.
    pub fn update(&mut self, project: &Project, touched: &[EntityId]) -> EnginePlan {
        let Some(before) = self.project.take() else { return self.derive(project) };
        let mut work = Work::default();
        for &id in touched {
            work.add(before.state(), project.state(), id);
        }
        let is_known = |id: &EntityId| self.tracks.contains_key(id);
        if work.all && (work.lists_differ(&before, project) || !self.soloed.is_empty())
            || !work.tracks.iter().all(is_known)
        {
            return self.derive(project);
        }
        // A track with another first effect or name concerns those that feed it.
        let stations: Vec<(EntityId, Station)> = work
            .tracks
            .iter()
            .map(|&id| (id, Station::of(project, id)))
            .filter(|(id, station)| self.tracks[id].station != *station)
            .collect();
        if stations.iter().any(|(id, _)| *id == project.master_id()) {
            // Whatever has no output of its own feeds the master.
            return self.derive(project);
        }
        for (id, _) in stations {
            let state = project.state();
            work.tracks.extend(project::routing::sources(state, id));
        }
        if work.macros {
            self.moves(project);
        }
        self.redo(project, &work);
        if work.timeline {
            self.timeline(project);
        }
        self.finish(project)
    }

    /// Derives some tracks anew.
    fn redo(&mut self, project: &Project, work: &Work) {
        let tracks = &work.tracks;
        if tracks.is_empty() && !work.macros {
            return;
        }
        let had_notes_out = self.notes_out > 0;
        let parts = Arc::make_mut(&mut self.plan.parts);
        for id in tracks {
            let (Some(derived), Some(track)) = (self.tracks.get_mut(id), project.track(TrackId(*id))) else {
                continue;
            };
            self.notes_out -= usize::from(derived.notes_out);
            derived.update(track, derived.silenced);
            self.notes_out += usize::from(derived.notes_out);
            parts[derived.place] = derived.part.clone();
        }
        if (work.macros || had_notes_out != (self.notes_out > 0))
            && let Some(last) = parts.len().checked_sub(1)
        {
            let common = self.common(project);
            if !Arc::ptr_eq(&self.plan.parts[last], &common) {
                Arc::make_mut(&mut self.plan.parts)[last] = common;
            }
        }
    }

    /// What is common to all tracks: the outlet for the notes of instrument tracks without devices, which go to the
    /// outer host; the cables from followers to what they move.
    fn common(&self, project: &Project) -> Arc<PlanPart> {
        let mut part =
            PlanPart { connections: modulation::cables(&self.plan.modulations), ..PlanPart::default() };
        if self.notes_out > 0 {
            part.nodes.push(track::plain(outlet(project), "Notes out", NodeKind::HostEventsOutput));
        }
        match self.plan.parts.last() {
            Some(known) if **known == part => known.clone(),
            _ => part.into(),
        }
    }

    /// What macros and modulators move.
    fn moves(&mut self, project: &Project) {
        self.plan.macros = macros(project);
        self.plan.modulations = modulation::derive(project).into();
    }

    fn timeline(&mut self, project: &Project) {
        let root = project.root();
        self.plan.tempo = project.tempo_map();
        self.plan.signatures = project.signature_points();
        self.plan.pickup = root.pickup();
        self.plan.latency = root.latency_policy();
        self.plan.control = root.control_frames();
        self.plan.loop_range = (root.loop_on() && root.loop_start() < root.loop_end())
            .then(|| (root.loop_start(), root.loop_end()));
    }

    fn finish(&mut self, project: &Project) -> EnginePlan {
        self.plan.revision = project.revision();
        self.project = Some(project.clone());
        self.plan.clone()
    }
}

impl Work {
    fn add(&mut self, before: &State, after: &State, id: EntityId) {
        let (was, is) = (before.shared(id), after.shared(id));
        let Some(entity) = is.or(was) else { return };
        if let (Some(was), Some(is)) = (was, is)
            && Arc::ptr_eq(was, is)
        {
            return;
        }
        for (state, entity) in [(before, was), (after, is)] {
            if entity.is_some_and(|entity| entity.table() == "devices") {
                let sends = state.referring(id, "sends", "target_device");
                self.tracks.extend(sends.filter_map(|send| state.entity(send)?.reference("track")));
            }
            self.tracks.extend(entity.and_then(|entity| state.track_of(id, entity)));
            let heard = entity.into_iter().flat_map(|entity| project::routing::followed(state, id, entity));
            self.tracks.extend(heard);
        }
        let differs = |fields: &[&str]| match (was, is) {
            (Some(was), Some(is)) => fields.iter().any(|field| was.plain(field) != is.plain(field)),
            _ => true,
        };
        let is_target = || {
            let targets = |state: &State| {
                let mut macros = state.referring(id, "macro_targets", "owner");
                macros.next().or_else(|| state.referring(id, "modulations", "owner").next()).is_some()
            };
            targets(before) || targets(after)
        };
        match entity.table() {
            "tracks" => {
                self.all |= differs(&["order", "solo", "output", "output_bus", "kind"]);
                self.macros |= differs(&["frozen", "kind"]);
            }
            "sends" => {
                self.all |= differs(&["target", "track"]);
                self.macros |= is_target();
            }
            "devices" => {
                self.all |= differs(&["sidechain", "track"]);
                self.macros |= is_target();
            }
            "tempo" | "signatures" | "project" => self.timeline = true,
            "macros" | "macro_targets" | "modulators" | "modulations" => self.macros = true,
            _ => {}
        }
    }

    /// Whether there are other tracks, in another order, or one is soloed that was not or the reverse.
    fn lists_differ(&self, before: &Project, after: &Project) -> bool {
        self.tracks.iter().any(|&id| {
            let (was, is) = (before.entity(id), after.entity(id));
            let essence = |entity: &Entity| (entity.float("order"), entity.bool("solo"));
            was.map(essence) != is.map(essence)
        })
    }
}

impl Derived {
    fn update(&mut self, track: Track<'_>, silenced: bool) {
        let project = track.project();
        let state = project.state();
        let id = track.id().0;
        let stamp = state.stamp(id).cloned();
        let fed = project::routing::targets(state, id);
        let inputs = track.sends().map(|send| Station {
            node: track::extra_input(&send).map(|port| port.node),
            name: String::new(),
        });
        let feeds = fed.into_iter().map(|id| Station::of(project, id)).chain(inputs).collect();
        let followers = modulation::followers(track);
        let same = (&self.stamp, &self.feeds, &self.followers) == (&stamp, &feeds, &followers);
        if self.stamp.is_some() && same && self.silenced == silenced {
            return;
        }
        let part = track::derive(&mut self.contents, track, silenced, &followers);
        self.followers = followers;
        self.contents.finish();
        let outlet = outlet(project);
        self.notes_out = part.connections.iter().any(|cable| cable.to.node == outlet);
        self.part = part.into();
        self.station = Station::of(project, id);
        (self.stamp, self.feeds, self.silenced) = (stamp, feeds, silenced);
    }
}

fn outlet(project: &Project) -> NodeId {
    NodeId { entity: project.root().id().0, role: NodeRole::Output }
}
