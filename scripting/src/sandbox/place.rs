//! Where in a script something happens, and errors that say so.

use mlua::{Error, Lua, Value};

use crate::limits::Tripped;

/// The chunk name of our own Lua code; errors are never placed there.
pub(crate) const PRELUDE: &str = "[loophole]";
/// What Lua says when its allocator refuses.
pub(crate) const OUT_OF_MEMORY: &str = "not enough memory";
/// How deep we look for a line of the script.
const MAX_LEVELS: usize = 16;

/// `script:line: ` of the innermost running Lua function that is the script's own; empty if there is none.
pub(crate) fn place(lua: &Lua) -> String {
    for level in 0..MAX_LEVELS {
        let found = lua.inspect_stack(level, |debug| {
            let source = debug.source();
            let name = source.short_src.unwrap_or_default().into_owned();
            (source.what != "C" && name != PRELUDE).then(|| (name, debug.current_line()))
        });
        match found {
            None => return String::new(),
            Some(Some((name, Some(line)))) => return format!("{name}:{line}: "),
            Some(_) => {}
        }
    }
    String::new()
}

/// An error for wrong use of a function or an object: raised in the script, naming script and line.
pub(crate) fn misuse(lua: &Lua, message: &str) -> Error {
    Error::RuntimeError(format!("{}{message}", place(lua)))
}

/// The limit that caused an error, if one did.
pub(crate) fn tripped(error: &Error) -> Option<Tripped> {
    match error {
        Error::CallbackError { cause, .. } | Error::WithContext { cause, .. } => tripped(cause),
        Error::BadArgument { cause, .. } => tripped(cause),
        Error::ExternalError(external) => external.downcast_ref::<Tripped>().cloned(),
        _ => None,
    }
}

/// The error as the one line that a script author reads.
pub(crate) fn plain(error: &Error) -> String {
    let text = match error {
        Error::CallbackError { cause, .. } | Error::WithContext { cause, .. } => return plain(cause),
        Error::SyntaxError { message, .. } => message.clone(),
        Error::RuntimeError(message) | Error::MemoryError(message) => message.clone(),
        other => other.to_string(),
    };
    let text = text.split_once("\nstack traceback:").map_or(text.as_str(), |(head, _)| head);
    without_prelude(text).to_owned()
}

/// Takes our own place off a message that a library function raised on behalf of a wrapper.
pub(crate) fn without_prelude(message: &str) -> &str {
    message
        .strip_prefix(PRELUDE)
        .and_then(|rest| rest.strip_prefix(':'))
        .and_then(|rest| rest.split_once(": "))
        .filter(|(line, _)| line.bytes().all(|b| b.is_ascii_digit()))
        .map_or(message, |(_, text)| text)
}

/// What a script's `pcall` hands out for an error of ours: its text.
pub(crate) fn as_text(lua: &Lua, value: Value) -> mlua::Result<Value> {
    match value {
        Value::Error(error) => Ok(Value::String(lua.create_string(plain(&error))?)),
        Value::String(text) => {
            let bytes = text.as_bytes();
            if !bytes.starts_with(PRELUDE.as_bytes()) {
                return Ok(Value::String(text.clone()));
            }
            let whole = String::from_utf8_lossy(&bytes).into_owned();
            Ok(Value::String(lua.create_string(without_prelude(&whole))?))
        }
        other => Ok(other),
    }
}
