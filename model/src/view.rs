//! Typed views of a snapshot: nobody spells a field as a string. Lists come in the order that a person sees.

mod clip;
mod device;
mod lane;
mod macros;
mod modulator;
mod root;
mod send;
mod slot;
mod timeline;
mod track;
mod user;

pub use clip::{Clip, ClipKind};
pub use device::{Device, DeviceSource};
pub use lane::{Lane, LaneMode};
pub use macros::{Macro, MacroTarget};
pub use modulator::{LfoRate, Modulation, Modulator, ModulatorKind};
pub use root::{Root, Scene, Script};
pub use send::Send;
pub use slot::Slot;
pub use timeline::{Marker, Signature, Tempo};
pub use track::{NoteOutput, Track, TrackInput, TrackKind};
pub use user::{DeclaredField, DeclaredTable, Edge, Item, OpenConflict};

use protocol::EntityId;

use crate::entity::Entity;
use crate::project::Project;

/// A view: an entity within a snapshot. Views are cheap to copy and borrow the snapshot.
macro_rules! view {
    ($(#[$doc:meta])* $view:ident, $id:ident, $table:literal) => {
        #[doc = concat!("The id of an entity in `", $table, "`.")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $id(pub protocol::EntityId);

        impl From<protocol::EntityId> for $id {
            fn from(id: protocol::EntityId) -> Self {
                Self(id)
            }
        }

        impl From<$id> for protocol::EntityId {
            fn from(id: $id) -> Self {
                id.0
            }
        }

        impl std::fmt::Display for $id {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $view<'a> {
            project: &'a crate::project::Project,
            entity: &'a crate::entity::Entity,
            id: $id,
        }

        impl<'a> $view<'a> {
            pub(crate) fn new(project: &'a crate::project::Project, id: protocol::EntityId) -> Option<Self> {
                let entity = project.entity(id).filter(|entity| entity.table() == $table)?;
                Some(Self { project, entity, id: $id(id) })
            }

            /// Its id.
            #[must_use]
            pub fn id(&self) -> $id {
                self.id
            }

            /// The snapshot it is part of.
            #[must_use]
            pub fn project(&self) -> &'a crate::project::Project {
                self.project
            }

            /// The entity behind the view, for code that goes by the schema.
            #[must_use]
            pub fn entity(&self) -> &'a crate::entity::Entity {
                self.entity
            }
        }
    };
}
pub(crate) use view;

pub use clip::ClipId;
pub use device::DeviceId;
pub use lane::LaneId;
pub use macros::{MacroId, MacroTargetId};
pub use modulator::{ModulationId, ModulatorId};
pub use root::{RootId, SceneId, ScriptId};
pub use send::SendId;
pub use slot::SlotId;
pub use timeline::{MarkerId, SignatureId, TempoId};
pub use track::TrackId;
pub use user::{DeclaredFieldId, DeclaredTableId, EdgeId, ItemId, OpenConflictId};

impl Project {
    /// The project as a whole.
    #[must_use]
    pub fn root(&self) -> Root<'_> {
        Root::new(self, self.root_id()).expect("PANIC: every project has a root")
    }

    /// All tracks but the master, in order.
    pub fn tracks(&self) -> impl Iterator<Item = Track<'_>> {
        let tracks = self.table("tracks").filter(|&id| id != self.master_id());
        tracks.filter_map(|id| Track::new(self, id))
    }

    /// The track at the end of the mixer.
    #[must_use]
    pub fn master(&self) -> Track<'_> {
        Track::new(self, self.master_id()).expect("PANIC: every project has a master")
    }

    /// A track, the master included.
    #[must_use]
    pub fn track(&self, id: TrackId) -> Option<Track<'_>> {
        Track::new(self, id.0)
    }

    /// A clip.
    #[must_use]
    pub fn clip(&self, id: ClipId) -> Option<Clip<'_>> {
        Clip::new(self, id.0)
    }

    /// All clips, by start.
    pub fn clips(&self) -> impl Iterator<Item = Clip<'_>> {
        self.table("clips").filter_map(|id| Clip::new(self, id))
    }

    /// A device.
    #[must_use]
    pub fn device(&self, id: DeviceId) -> Option<Device<'_>> {
        Device::new(self, id.0)
    }

    /// All devices, by order: those of all tracks mixed.
    pub fn devices(&self) -> impl Iterator<Item = Device<'_>> {
        self.table("devices").filter_map(|id| Device::new(self, id))
    }

    /// A send.
    #[must_use]
    pub fn send(&self, id: SendId) -> Option<Send<'_>> {
        Send::new(self, id.0)
    }

    /// An automation lane.
    #[must_use]
    pub fn lane(&self, id: LaneId) -> Option<Lane<'_>> {
        Lane::new(self, id.0)
    }

    /// The lanes of a track, device or send, in order of id.
    pub fn lanes_of(&self, owner: EntityId) -> impl Iterator<Item = Lane<'_>> + use<'_> {
        self.referring(owner, "lanes", "owner").filter_map(|id| Lane::new(self, id))
    }

    /// The macros, by slot.
    pub fn macros(&self) -> impl Iterator<Item = Macro<'_>> {
        self.table("macros").filter_map(|id| Macro::new(self, id))
    }

    /// The scenes, in order.
    pub fn scenes(&self) -> impl Iterator<Item = Scene<'_>> {
        self.table("scenes").filter_map(|id| Scene::new(self, id))
    }

    /// The scripts, by name.
    pub fn scripts(&self) -> impl Iterator<Item = Script<'_>> {
        let mut scripts: Vec<Script<'_>> =
            self.table("scripts").filter_map(|id| Script::new(self, id)).collect();
        scripts.sort_by(|a, b| a.name().cmp(b.name()).then_with(|| a.id().cmp(&b.id())));
        scripts.into_iter()
    }

    /// The declarations of users' tables, in order.
    pub fn declared_tables(&self) -> impl Iterator<Item = DeclaredTable<'_>> {
        self.table("tables").filter_map(|id| DeclaredTable::new(self, id))
    }

    /// The entities that are in users' tables alone, by id.
    pub fn items(&self) -> impl Iterator<Item = Item<'_>> {
        self.table("items").filter_map(|id| Item::new(self, id))
    }

    /// An edge.
    #[must_use]
    pub fn edge(&self, id: EdgeId) -> Option<Edge<'_>> {
        Edge::new(self, id.0)
    }

    /// The conflicts that wait for a person, by id.
    pub fn conflicts(&self) -> impl Iterator<Item = OpenConflict<'_>> {
        self.table("conflicts").filter_map(|id| OpenConflict::new(self, id))
    }

    /// What a person calls an entity; empty if it has no name or does not exist.
    #[must_use]
    pub fn name_of(&self, id: impl Into<EntityId>) -> &str {
        self.entity(id).map_or("", |entity: &Entity| entity.text("name"))
    }
}
