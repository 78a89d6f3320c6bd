//! What things are called.

use protocol::{EntityId, SignatureMap, Value};

use super::Teller;
use crate::entity::{Entity, Name, Stored};
use crate::plan::known_params;
use crate::project::Project;
use crate::view::{Device, DeviceSource, TrackId, TrackKind};

impl Teller<'_> {
    /// The track that an entity is, or is on.
    pub(super) fn track_of(&self, id: EntityId, entity: &Entity) -> Option<TrackId> {
        let (mut id, mut entity) = (id, entity);
        // Tracks own devices, which own lanes.
        for _ in 0..2 {
            let Some(owner) = entity.owner() else { break };
            let Some(owning) = self.b.entity(owner).or_else(|| self.a.entity(owner)) else { break };
            (id, entity) = (owner, owning);
        }
        (entity.table() == "tracks").then_some(TrackId(id))
    }

    /// What a line about an entity begins with.
    pub(super) fn subject(&self, track: Option<TrackId>, entity: &Entity) -> String {
        match (track, entity.table()) {
            (Some(track), _) => self.name(track.0),
            (None, "macro_targets") => entity.owner().map(|of| self.label_of_macro(of)).unwrap_or_default(),
            _ => String::new(),
        }
    }

    /// The name of an entity, as it is called now if it is still there.
    pub(super) fn name(&self, id: EntityId) -> String {
        let project = if self.b.entity(id).is_some() { self.b } else { self.a };
        name(project, id)
    }

    fn label_of_macro(&self, id: EntityId) -> String {
        let of = self.b.entity(id).or_else(|| self.a.entity(id));
        of.map(macro_label).unwrap_or_default()
    }

    /// What a send is called.
    fn send(&self, send: &Entity) -> String {
        let named = |field: &str| send.reference(field).map(|id| self.name(id)).unwrap_or_default();
        let from = match send.int("output") {
            0 => "send".to_owned(),
            output => format!("output {output} of {}", named("device")),
        };
        match send.int("input") {
            0 => format!("{from} to {}", named("target")),
            input => format!("{from} to input {input} of {}", named("target_device")),
        }
    }

    /// What an entity is called beside its subject; empty for a track, which is the subject.
    pub(super) fn label(
        &self,
        project: &Project,
        bars: &SignatureMap,
        id: EntityId,
        entity: &Entity,
    ) -> String {
        let quoted = |what: &str| match entity.text("name") {
            "" => what.to_owned(),
            name => format!("{what} '{name}'"),
        };
        match entity.table() {
            "project" => String::new(),
            "tracks" if project.master_id() == id => String::new(),
            "tracks" if self.is_in_both(id) => String::new(),
            "tracks" => format!("{} track", entity.text("kind")).replace("bus track", "bus"),
            "clips" if entity.text("name").is_empty() => {
                format!("clip at {}", bars.position(entity.beats("start")))
            }
            "clips" => quoted("clip"),
            "devices" => name(project, id),
            "sends" => self.send(entity),
            "lanes" => format!("automation of {}", self.param_of(project, entity)),
            "macros" => macro_label(entity),
            "macro_targets" => format!("target {}", self.target(project, entity)),
            "markers" => quoted("marker"),
            "scenes" => quoted("scene"),
            "scripts" => quoted("script"),
            "tempo" => {
                let bpm = crate::diff::words::number(entity.float("bpm"));
                if self.is_in_both(id) {
                    "tempo".into()
                } else {
                    format!("tempo {bpm} at {}", bars.position(entity.beats("at")))
                }
            }
            "signatures" => {
                let text = format!("{}/{}", entity.int("numerator"), entity.int("denominator"));
                if self.is_in_both(id) {
                    "time signature".into()
                } else {
                    format!("time signature {text} at {}", bars.position(entity.beats("at")))
                }
            }
            "tables" => quoted("table"),
            "fields" => {
                let table = entity.reference("in_table").map(|table| self.name(table)).unwrap_or_default();
                format!("{} of table '{table}'", quoted("field"))
            }
            "edges" => {
                let end = |field| entity.reference(field).map(|end| self.end(end)).unwrap_or_default();
                format!("'{}' from {} to {}", entity.text("kind"), end("source"), end("target"))
            }
            "conflicts" => "open conflict".into(),
            "items" => self.item(project, id, entity),
            table => match entity.text("name") {
                "" => format!("{table} {}", &id.to_string()[24..]),
                name => format!("{table} '{name}'"),
            },
        }
    }

    /// An item of users' tables, by the first text that it holds, as it has no name of its own.
    fn item(&self, project: &Project, id: EntityId, entity: &Entity) -> String {
        let tables: Vec<&str> = entity.facets().collect();
        let what =
            if tables.is_empty() { "item".to_owned() } else { format!("item of '{}'", tables.join("', '")) };
        let text = |(path, _): (&Name, &Stored)| match project.value(id, path) {
            Some(Value::Text(text)) if !path.ends_with('.') && !text.is_empty() => Some(text),
            _ => None,
        };
        match entity.user().find_map(text) {
            Some(text) => format!("{what} '{text}'"),
            None => format!("{what} {}", &id.to_string()[24..]),
        }
    }

    /// One end of an edge.
    fn end(&self, id: EntityId) -> String {
        let project = if self.b.entity(id).is_some() { self.b } else { self.a };
        match (self.name(id), project.entity(id)) {
            (name, Some(entity)) if name.is_empty() && entity.table() == "edges" => "another edge".into(),
            (name, Some(entity)) if name.is_empty() => self.label(project, &self.is, id, entity),
            (name, _) => name,
        }
    }

    pub(super) fn is_in_both(&self, id: EntityId) -> bool {
        self.a.entity(id).is_some() && self.b.entity(id).is_some()
    }

    /// The parameter that a lane is for, with its device where it is not the track's own.
    fn param_of(&self, project: &Project, lane: &Entity) -> String {
        let param = param_name(project, lane);
        let owner = lane.owner().and_then(|owner| Some((owner, project.entity(owner)?)));
        match owner {
            Some((id, owner)) if owner.table() == "devices" => format!("{} {param}", name(project, id)),
            Some((_, owner)) if owner.table() == "sends" => {
                format!(
                    "{param} to {}",
                    owner.reference("target").map(|to| self.name(to)).unwrap_or_default()
                )
            }
            _ => param,
        }
    }

    /// What a macro moves, the track included.
    fn target(&self, project: &Project, target: &Entity) -> String {
        let owner = target.reference("owner");
        let of = owner.and_then(|owner| self.track_of(owner, project.entity(owner)?));
        let track = of.map(|track| self.name(track.0)).unwrap_or_default();
        let owner = owner.and_then(|owner| Some((owner, project.entity(owner)?)));
        let param = param_name(project, target);
        match owner {
            Some((id, owner)) if owner.table() == "devices" => {
                format!("{track} {} {param}", name(project, id))
            }
            Some((_, owner)) if owner.table() == "sends" => format!("{track} send {param}"),
            _ => format!("{track} {param}"),
        }
    }
}

fn macro_label(of: &Entity) -> String {
    let slot = of.int("slot") + 1;
    match of.text("name") {
        "" => format!("macro {slot}"),
        name => format!("macro {slot} '{name}'"),
    }
}

/// The name of the parameter that a lane or a macro's target is for.
fn param_name(project: &Project, entity: &Entity) -> String {
    let key = entity.text("param");
    let owner = entity.reference("owner").and_then(|owner| project.entity(owner));
    let known = owner.and_then(known_params).and_then(|params| params.iter().find(|param| param.key == key));
    known.map_or_else(|| format!("parameter {key}"), |param| param.name.to_lowercase())
}

/// What a person calls an entity, whatever it is.
pub(super) fn name(project: &Project, id: EntityId) -> String {
    if let Some(device) = Device::new(project, id) {
        return match device.source() {
            _ if !device.name().is_empty() => device.name().to_owned(),
            DeviceSource::Builtin(kind) => kind.name().to_owned(),
            DeviceSource::Plugin(plugin) => plugin.id,
            DeviceSource::Unknown(key) => key,
        };
    }
    match project.name_of(id) {
        "" => {
            let track = project.track(TrackId(id));
            track.map_or_else(String::new, |track| match track.kind() {
                TrackKind::Bus => "unnamed bus".to_owned(),
                TrackKind::Master => "Master".to_owned(),
                _ => "unnamed track".to_owned(),
            })
        }
        name => name.to_owned(),
    }
}
