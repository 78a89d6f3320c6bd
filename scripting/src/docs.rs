//! The LuaCATS stubs and the reference, from the same declarations as the bindings.
//!
//! `docs/lua/loophole.lua` and `docs/lua/README.md` hold them; a test fails when they are stale.

use std::fmt::Write as _;

use crate::api::{CLASSES, Class, Kind, LIBRARIES, Library, lua_type, range};

/// The fields of a class that come from the schema: name, type, what it means.
fn fields(class: &Class) -> Vec<(&'static str, String, String)> {
    let table = class.table.and_then(model::schema::table);
    let own = |name: &str| class.members.iter().any(|member| member.name == name);
    let fields = table.into_iter().flat_map(|table| table.fields).filter(|field| !own(field.name));
    fields
        .map(|field| {
            let range = range(&field.kind);
            let range = if range.is_empty() { range } else { format!(" ({range})") };
            let ty = lua_type(&field.kind);
            let ty = if field.name == "color" { "integer|string".to_owned() } else { ty };
            (field.name, ty, format!("{}{range}", field.doc))
        })
        .collect()
}

fn write(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
}

macro_rules! line {
    ($out:expr, $($text:tt)*) => { write($out, format_args!("{}\n", format_args!($($text)*))) };
}

const ROWS: &str = "\
---@class Note
---@field id integer? Identity within the clip; new without one.
---@field start number Onset in beats, from the start of the clip's content.
---@field length number Length in beats.
---@field key integer MIDI key, 0..=127; 60 is middle C.
---@field velocity number 0..=1.
---@field channel integer 1..=16.

---@class MidiEvent
---@field id integer? Identity within the clip; new without one.
---@field at number Position in beats, from the start of the clip's content.
---@field channel integer 1..=16.
---@field kind string controller, program, pitch_bend, channel_pressure, key_pressure or system_exclusive.
---@field number integer? Controller or key, 0..=127.
---@field value integer? 0..=127; -8192..=8191 for pitch bend.
---@field data string? The blob that holds a system-exclusive message.

---@class Point
---@field id integer? Identity within the lane; new without one.
---@field at number Position in beats.
---@field value number Value in the parameter's unit.
---@field curve string? The way to the next point: linear, smooth, exponential or hold.
";

/// The stubs for editors that speak LuaCATS.
#[must_use]
pub fn stubs() -> String {
    let mut out = String::from(
        "---@meta\n-- Generated from the declarations in scripting/src/api; a test keeps it current.\n\n",
    );
    out.push_str(ROWS);
    for class in CLASSES {
        line!(&mut out, "\n---{}", class.doc);
        line!(&mut out, "---@class {}", class.name);
        for (name, ty, doc) in fields(class) {
            line!(&mut out, "---@field {name} {ty} {doc}");
        }
        for member in class.members {
            if let Kind::Property(ty, _, set) = &member.kind {
                let access = if set.is_some() { "" } else { " (read-only)" };
                line!(&mut out, "---@field {} {ty} {}{access}", member.name, member.doc);
            }
        }
        if let Some((item, _)) = class.list {
            line!(&mut out, "---@field [integer] {item}");
        }
        let local = format!("{}_", class.name);
        line!(&mut out, "local {local} = {{}}");
        for member in class.members {
            let Kind::Method(params, returns, _) = &member.kind else { continue };
            function(&mut out, &format!("{local}:{}", member.name), member.doc, params, returns);
        }
    }
    line!(&mut out, "\n---@type Loophole\nloophole = nil\n");
    line!(&mut out, "---The script's arguments by name.\n---@type table<string, any>\nargs = {{}}\n");
    for library @ Library { name, doc, .. } in LIBRARIES {
        line!(&mut out, "---{doc}\n{name} = {{}}");
        for entry in library.entries() {
            function(&mut out, &format!("{name}.{}", entry.name), entry.doc, entry.params, entry.returns);
        }
        out.push('\n');
    }
    out
}

fn function(out: &mut String, name: &str, doc: &str, params: &[(&str, &str)], returns: &str) {
    line!(out, "\n---{doc}");
    for (name, ty) in params {
        line!(out, "---@param {name} {ty}");
    }
    if !returns.is_empty() {
        line!(out, "---@return {returns}");
    }
    let names: Vec<&str> = params.iter().map(|(name, _)| *name).collect();
    line!(out, "function {name}({}) end", names.join(", "));
}

const INTRODUCTION: &str = include_str!("docs/introduction.md");

/// The reference for people.
#[must_use]
pub fn reference() -> String {
    let mut out = INTRODUCTION.to_owned();
    for class in CLASSES {
        line!(&mut out, "\n### {}\n\n{}\n", class.name, class.doc);
        let fields = fields(class);
        let properties = class.members.iter().filter(|member| matches!(member.kind, Kind::Property(..)));
        if !fields.is_empty() || properties.clone().next().is_some() {
            line!(&mut out, "| Property | Type | |\n|---|---|---|");
        }
        for (name, ty, doc) in fields {
            line!(&mut out, "| `{name}` | `{}` | {doc} |", ty.replace('|', "\\|"));
        }
        for member in properties {
            let Kind::Property(ty, _, set) = &member.kind else { continue };
            let access = if set.is_some() { "" } else { " Read-only." };
            line!(&mut out, "| `{}` | `{}` | {}{access} |", member.name, ty.replace('|', "\\|"), member.doc);
        }
        let mut first = true;
        for member in class.members {
            let Kind::Method(params, returns, _) = &member.kind else { continue };
            if std::mem::take(&mut first) {
                out.push('\n');
            }
            let names: Vec<String> = params.iter().map(|(name, ty)| format!("{name}: {ty}")).collect();
            let arrow = if returns.is_empty() { String::new() } else { format!(" -> {returns}") };
            line!(&mut out, "- `:{}({}){arrow}` — {}", member.name, names.join(", "), member.doc);
        }
    }
    line!(&mut out, "\n## Libraries");
    for library @ Library { name, doc, .. } in LIBRARIES {
        line!(&mut out, "\n### {name}\n\n{doc}\n");
        for entry in library.entries() {
            let names: Vec<String> = entry.params.iter().map(|(name, ty)| format!("{name}: {ty}")).collect();
            let arrow =
                if entry.returns.is_empty() { String::new() } else { format!(" -> {}", entry.returns) };
            line!(&mut out, "- `{name}.{}({}){arrow}` — {}", entry.name, names.join(", "), entry.doc);
        }
    }
    out
}
