//! A Lua state that cannot reach anything but what it is given, nor outlast its budget.
//!
//! What runs unmetered in a stock Lua, and how it is held here:
//! - instructions: a count hook; Lua copies it to every coroutine, and creating one costs a whole count, since counts
//!   start anew in each;
//! - C functions that loop: metered wrappers ([`strings`], `prelude.lua`), and our own pattern matcher ([`pattern`]);
//! - code that runs where hooks are off: finalisers are refused; error handlers, `__close` handlers and
//!   `coroutine.close` are kept from running anything once a limit error is under way;
//! - errors that a script catches: `pcall` and its kin raise a reached limit again.

use std::rc::Rc;

use mlua::chunk::ChunkMode;
use mlua::{Function, HookTriggers, Lua, LuaOptions, MultiValue, StdLib, Table, Value, VmState};

use crate::limits::{Budget, Limit};

mod pattern;
pub(crate) mod place;
mod strings;

/// Instructions between two looks at the budget.
const INTERVAL: u32 = 200;
/// Longest source text, in bytes; compiling runs without a hook.
const MAX_SOURCE: usize = 4 << 20;
/// What compiling a byte costs, in instructions.
const COMPILE_COST: u64 = 16;

/// Base functions that a script never sees.
const REMOVED: [&str; 5] = ["dofile", "loadfile", "load", "warn", "collectgarbage"];

/// A Lua state within limits.
pub(crate) struct Sandbox {
    lua: Lua,
    budget: Rc<Budget>,
    /// Calls a function with errors placed in the script.
    main: Function,
}

/// What `prelude.lua` hands back.
struct Prelude {
    /// A weak set of every metatable that a script has set.
    metatables: Table,
    /// A C function that does nothing with any arguments.
    harmless: Function,
    main: Function,
}

impl Sandbox {
    pub(crate) fn new(budget: &Rc<Budget>) -> mlua::Result<Self> {
        let libraries = StdLib::TABLE | StdLib::STRING | StdLib::MATH | StdLib::UTF8 | StdLib::COROUTINE;
        let lua = Lua::new_with(libraries, LuaOptions::default())?;
        let globals = lua.globals();
        for name in REMOVED {
            globals.raw_set(name, Value::Nil)?;
        }
        let string: Table = globals.raw_get("string")?;
        string.raw_set("dump", Value::Nil)?;
        let prelude = prelude(&lua, budget)?;
        strings::install(&lua, &string, budget)?;
        globals.raw_set("load", load(&lua, budget)?)?;
        globals.raw_set("collectgarbage", collect_garbage(&lua)?)?;
        // Reproducible unless a script seeds it otherwise.
        let random: Table = globals.raw_get("math")?;
        random.raw_get::<Function>("randomseed")?.call::<()>((1, 0))?;
        let sandbox = Self { lua, budget: Rc::clone(budget), main: prelude.main.clone() };
        sandbox.lua.set_memory_limit(budget.limits().memory)?;
        watch(&sandbox.lua, budget, prelude)?;
        Ok(sandbox)
    }

    pub(crate) fn lua(&self) -> &Lua {
        &self.lua
    }

    /// Runs a script to its end.
    pub(crate) fn run(&self, name: &str, source: &str) -> mlua::Result<()> {
        let chunk = compile(&self.lua, &self.budget, source.as_bytes(), name, None)?;
        self.main.call::<()>(chunk)?;
        // A script may keep its work in a function `main`, which then runs last.
        match self.lua.globals().raw_get::<Value>("main")? {
            Value::Function(main) => self.main.call::<()>(main),
            _ => Ok(()),
        }
    }
}

/// Compiles text; never bytecode.
pub(crate) fn compile(
    lua: &Lua,
    budget: &Budget,
    source: &[u8],
    name: &str,
    environment: Option<Table>,
) -> mlua::Result<Function> {
    let length = u64::try_from(source.len()).unwrap_or(u64::MAX);
    budget.charge(length.saturating_mul(COMPILE_COST)).map_err(mlua::Error::external)?;
    if source.len() > MAX_SOURCE {
        return Err(mlua::Error::runtime(format!("{name} is longer than {} MiB", MAX_SOURCE >> 20)));
    }
    // A shebang or a byte-order mark may lead a file.
    let source = source.strip_prefix(b"\xef\xbb\xbf").unwrap_or(source);
    let chunk = lua.load(source).set_name(format!("={name}")).set_mode(ChunkMode::Text);
    match environment {
        Some(environment) => chunk.set_environment(environment).into_function(),
        None => chunk.into_function(),
    }
}

/// Has every instruction of every coroutine counted.
fn watch(lua: &Lua, budget: &Rc<Budget>, prelude: Prelude) -> mlua::Result<()> {
    let budget = Rc::clone(budget);
    lua.set_global_hook(HookTriggers::new().every_nth_instruction(INTERVAL), move |lua, _| {
        match budget.charge(u64::from(INTERVAL)) {
            Ok(()) => Ok(VmState::Continue),
            Err(tripped) => {
                budget.place(place::place(lua));
                // mlua empties the frame that the hook stopped, which closes its variables with hooks off.
                disarm(&prelude)?;
                watch_closely(lua, &budget)?;
                Err(mlua::Error::external(budget.tripped().unwrap_or(tripped)))
            }
        }
    })
}

/// From here on every instruction of this coroutine raises the limit again.
fn watch_closely(lua: &Lua, budget: &Rc<Budget>) -> mlua::Result<()> {
    let budget = Rc::clone(budget);
    lua.set_global_hook(HookTriggers::new().every_nth_instruction(1), move |_, _| match budget.tripped() {
        Some(tripped) => Err(mlua::Error::external(tripped)),
        None => Ok(VmState::Continue),
    })
}

/// Takes every `__close` handler out of service.
fn disarm(prelude: &Prelude) -> mlua::Result<()> {
    for pair in prelude.metatables.pairs::<Table, bool>() {
        let (metatable, _) = pair?;
        if !metatable.raw_get::<Value>("__close")?.is_nil() {
            metatable.raw_set("__close", prelude.harmless.clone())?;
        }
    }
    Ok(())
}

/// Runs our own Lua over the libraries.
fn prelude(lua: &Lua, budget: &Rc<Budget>) -> mlua::Result<Prelude> {
    let b = Rc::clone(budget);
    let guard = lua.create_function(move |_, ()| match b.tripped() {
        Some(tripped) => Err(mlua::Error::external(tripped)),
        None => Ok(()),
    })?;
    let b = Rc::clone(budget);
    let charge = lua.create_function(move |lua, cost: f64| pay(lua, &b, cost))?;
    let b = Rc::clone(budget);
    let span = lua.create_function(move |lua, (first, last): (Value, Value)| {
        let whole = |value: Value| {
            let found = value.type_name();
            let whole = lua.coerce_integer(value)?;
            whole.ok_or_else(|| place::misuse(lua, &format!("whole number expected, got {found}")))
        };
        let (first, last) = (whole(first)?, whole(last)?);
        let count = last.saturating_sub(first).saturating_add(1).max(0);
        pay(lua, &b, count as f64)?;
        Ok((first, last))
    })?;
    let b = Rc::clone(budget);
    let caught = lua.create_function(move |lua, error: Value| {
        let out_of_memory = match &error {
            Value::String(text) => text.as_bytes() == place::OUT_OF_MEMORY.as_bytes(),
            Value::Error(error) => place::plain(error) == place::OUT_OF_MEMORY,
            _ => false,
        };
        if out_of_memory {
            b.trip(Limit::Memory(b.limits().memory));
        }
        match b.tripped() {
            Some(tripped) => Err(mlua::Error::external(tripped)),
            None => place::as_text(lua, error),
        }
    })?;
    let b = Rc::clone(budget);
    // The error handler of every protected call: whether a limit is the cause, and the error as the script sees it.
    let locate = lua.create_function(move |lua, error: Value| {
        if b.tripped().is_some() {
            return Ok((true, error));
        }
        let placed = match &error {
            Value::String(text) if text.as_bytes().starts_with(place::PRELUDE.as_bytes()) => {
                let text = text.to_string_lossy();
                format!("{}{}", place::place(lua), place::without_prelude(&text))
            }
            _ => return Ok((false, place::as_text(lua, error)?)),
        };
        Ok((false, Value::String(lua.create_string(placed)?)))
    })?;
    let source = include_str!("sandbox/prelude.lua");
    let chunk = lua.load(source).set_name(format!("={}", place::PRELUDE)).set_mode(ChunkMode::Text);
    let arguments = (guard, charge, span, caught, locate, INTERVAL);
    let (metatables, harmless, main) = chunk.into_function()?.call(arguments)?;
    Ok(Prelude { metatables, harmless, main })
}

fn pay(lua: &Lua, budget: &Rc<Budget>, cost: f64) -> mlua::Result<()> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates, as a cost should"
    )]
    let cost = cost as u64;
    budget.charge(cost).map_err(|tripped| {
        budget.place(place::place(lua));
        mlua::Error::external(budget.tripped().unwrap_or(tripped))
    })
}

/// `load(text [, name [, mode [, env]]])`: text only.
fn load(lua: &Lua, budget: &Rc<Budget>) -> mlua::Result<Function> {
    let budget = Rc::clone(budget);
    lua.create_function(move |lua, args: MultiValue| {
        let Some(Value::String(text)) = args.front() else {
            return Err(place::misuse(lua, "load takes the source as a string"));
        };
        let name = match args.get(1) {
            Some(Value::String(name)) => name.to_string_lossy().trim_start_matches(['=', '@']).to_owned(),
            _ => "load".to_owned(),
        };
        let environment = match args.get(3) {
            Some(Value::Table(table)) => Some(table.clone()),
            _ => None,
        };
        match compile(lua, &budget, &text.as_bytes(), &name, environment) {
            Ok(function) => Ok((Value::Function(function), Value::Nil)),
            Err(error) if place::tripped(&error).is_some() => Err(error),
            Err(error) => Ok((Value::Nil, Value::String(lua.create_string(place::plain(&error))?))),
        }
    })
}

/// `collectgarbage("count")`, the one option that is harmless.
fn collect_garbage(lua: &Lua) -> mlua::Result<Function> {
    lua.create_function(|lua, option: Option<String>| match option.as_deref() {
        #[expect(clippy::cast_precision_loss, reason = "kilobytes for a person to read")]
        Some("count") => Ok(lua.used_memory() as f64 / 1_024.0),
        _ => Err(place::misuse(lua, "only collectgarbage(\"count\") is available")),
    })
}
