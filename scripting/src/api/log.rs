//! `log`, `print` and `context`.

use std::rc::Rc;

use mlua::{Lua, Table, Value, Variadic};
use protocol::control::LogLevel;

use super::Shared;

/// The longest line that is kept, in bytes.
const MAX_LINE: usize = 4_096;

/// `log.debug`, `log.info`, `log.warn`, `log.error`.
pub(super) fn table(lua: &Lua, session: &Shared) -> mlua::Result<Table> {
    let log = lua.create_table()?;
    let levels = [
        ("debug", LogLevel::Debug),
        ("info", LogLevel::Info),
        ("warn", LogLevel::Warning),
        ("error", LogLevel::Error),
    ];
    for (name, level) in levels {
        let session = Rc::clone(session);
        let line = lua.create_function(move |_, values: Variadic<Value>| {
            let mut text = String::new();
            for value in values.iter() {
                if !text.is_empty() {
                    text.push('\t');
                }
                text.push_str(&value.to_string()?);
                if text.len() > MAX_LINE {
                    let end = (0..=MAX_LINE).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
                    text.truncate(end);
                    text.push_str(" ...");
                    break;
                }
            }
            session.log(level, text);
            Ok(())
        })?;
        log.set(name, line)?;
    }
    Ok(log)
}

/// `context`: who runs, and whether somebody wants it to stop.
pub(super) fn context(lua: &Lua, session: &Shared) -> mlua::Result<Table> {
    let context = lua.create_table()?;
    context.set("script", session.name.as_str())?;
    let stopped = Rc::clone(session);
    let cancelled = lua.create_function(move |_, ()| Ok(stopped.budget.cancel_handle().is_cancelled()))?;
    context.set("cancelled", cancelled)?;
    Ok(context)
}
