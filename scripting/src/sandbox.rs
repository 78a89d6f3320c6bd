//! A Lua state without a way out.
//!
//! What is left of the standard library is pure computation. Every function of it that can work for long in C, out of
//! reach of the instruction hook, is replaced: in Lua by `prelude.lua`, in Rust by [`strings`].

mod pattern;
mod strings;

use std::collections::BTreeMap;
use std::rc::Rc;

use mlua::{HookTriggers, Lua, LuaOptions, MultiValue, StdLib, Table, Value, VmState};

use crate::limits::Budget;

/// Instructions between two looks at the budget.
const STRIDE: u32 = 512;

/// Names of the base library that scripts keep.
const BASE: &[&str] = &[
    "assert",
    "error",
    "getmetatable",
    "ipairs",
    "next",
    "pairs",
    "pcall",
    "rawequal",
    "rawget",
    "rawlen",
    "rawset",
    "select",
    "setmetatable",
    "tonumber",
    "tostring",
    "type",
    "xpcall",
    "_VERSION",
    "coroutine",
    "table",
    "string",
    "math",
    "utf8",
];

/// Opens a sandboxed state whose use is charged to `budget`.
pub(crate) fn open(budget: &Rc<Budget>) -> mlua::Result<Lua> {
    let libs = StdLib::COROUTINE | StdLib::TABLE | StdLib::STRING | StdLib::MATH | StdLib::UTF8;
    let lua = Lua::new_with(libs, LuaOptions::new().catch_rust_panics(true))?;
    let globals = lua.globals();
    let names: Vec<String> =
        globals.pairs::<String, Value>().filter_map(|pair| pair.ok()).map(|pair| pair.0).collect();
    for name in names.iter().filter(|name| !BASE.contains(&name.as_str())) {
        globals.raw_set(name.as_str(), Value::Nil)?;
    }
    // Scripts give the same result on the same project.
    globals.get::<Table>("math")?.get::<mlua::Function>("randomseed")?.call::<()>(0x100b_401e)?;
    strings::install(&lua, budget)?;
    prelude(&lua, budget)?;
    protect_strings(&lua)?;
    lua.set_memory_limit(budget.limits().memory)?;
    let meter = Rc::clone(budget);
    let triggers = HookTriggers::new().every_nth_instruction(STRIDE);
    lua.set_global_hook(triggers, move |_, debug| match meter.charge(u64::from(STRIDE)) {
        Ok(()) => Ok(VmState::Continue),
        Err(tripped) => {
            let line = debug.current_line();
            let source = debug.source();
            if let (Some(line), Some(name)) = (line, source.short_src) {
                meter.place(format!("{name}:{line}: "));
            }
            Err(mlua::Error::external(tripped))
        }
    })?;
    Ok(lua)
}

fn prelude(lua: &Lua, budget: &Rc<Budget>) -> mlua::Result<()> {
    let meter = Rc::clone(budget);
    let check = lua.create_function(move |_, results: MultiValue| match meter.tripped() {
        Some(tripped) => Err(mlua::Error::external(tripped)),
        None => Ok(results),
    })?;
    let meter = Rc::clone(budget);
    let charge = lua.create_function(move |_, steps: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        meter.charge(steps.max(0.0) as u64).map_err(mlua::Error::external)
    })?;
    lua.load(include_str!("sandbox/prelude.lua")).set_name("=prelude").call::<()>((check, charge))
}

/// All strings share a metatable: scripts must not reach it, or they could change what later code does.
fn protect_strings(lua: &Lua) -> mlua::Result<()> {
    let meta: Table = lua.load("return getmetatable('')").eval()?;
    let string: Table = lua.globals().get("string")?;
    meta.set("__index", string)?;
    meta.set("__metatable", false)
}

/// Installs `require` and `require.try`, which load the given modules and nothing else.
pub(crate) fn install_require(lua: &Lua, modules: &BTreeMap<String, String>) -> mlua::Result<()> {
    let sources = lua.create_table()?;
    for (name, source) in modules {
        sources.raw_set(name.as_str(), source.as_str())?;
    }
    let compile = lua.create_function(|lua, (name, source): (String, String)| {
        lua.load(source).set_name(format!("={name}")).set_mode(mlua::chunk::ChunkMode::Text).into_function()
    })?;
    lua.load(include_str!("sandbox/require.lua")).set_name("=require").call::<()>((sources, compile))
}
