//! `loophole.transport` and `loophole.loudness`.

use std::rc::Rc;

use mlua::{Function, Lua, UserData, UserDataFields, UserDataMethods, UserDataRef};
use protocol::control::TransportCommand;

use super::Shared;
use super::convert::beats;
use super::track::TrackObject;

/// The transport. What a script asks of it happens once the script has ended.
pub(super) struct TransportObject(pub(super) Shared);

impl UserData for TransportObject {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_field_method_get("playing", |_, this| Ok(this.0.host.transport().playing));
        fields.add_field_method_get("position", |_, this| Ok(this.0.host.transport().beats));
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("play", |_, this, ()| {
            this.0.command(TransportCommand::Play);
            Ok(())
        });
        methods.add_method("stop", |_, this, ()| {
            this.0.command(TransportCommand::Stop);
            Ok(())
        });
        methods.add_method("locate", |lua, this, to: f64| {
            this.0.command(TransportCommand::Locate { to: beats(lua, to)? });
            Ok(())
        });
    }
}

/// `loophole.loudness(track)`: integrated loudness in LUFS of a track, or of the mix; `nil, message` where it cannot be had.
pub(super) fn loudness(lua: &Lua, session: &Shared) -> mlua::Result<Function> {
    let session = Rc::clone(session);
    lua.create_function(move |_, track: Option<UserDataRef<TrackObject>>| {
        let project = session.project();
        let track = track.map(|track| track.id);
        let measured = session.budget.off_the_clock(|| session.host.loudness(&project, track));
        Ok(match measured {
            Ok(lufs) => (Some(lufs), None),
            Err(error) => (None, Some(error.to_string())),
        })
    })
}
