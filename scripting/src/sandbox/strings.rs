//! `string.find`, `match`, `gmatch`, `gsub` and `rep`, metered.

use std::cell::Cell;
use std::rc::Rc;

use memchr::memmem;
use mlua::{Function, IntoLua as _, Lua, LuaString, MultiValue, Table, Value};

use super::pattern::{Capture, Matcher, PatternError};
use super::place::misuse;
use crate::limits::{Budget, Limit};

/// Bytes of plain copying or searching that cost as much as one instruction.
const BYTES_PER_INSTRUCTION: usize = 8;

/// Replaces the pattern functions and `rep` of the `string` table.
pub(super) fn install(lua: &Lua, string: &Table, budget: &Rc<Budget>) -> mlua::Result<()> {
    let b = Rc::clone(budget);
    string.raw_set("find", lua.create_function(move |lua, args| find(lua, &b, &args, "find"))?)?;
    let b = Rc::clone(budget);
    string.raw_set("match", lua.create_function(move |lua, args| find(lua, &b, &args, "match"))?)?;
    let b = Rc::clone(budget);
    string.raw_set("gmatch", lua.create_function(move |lua, args| gmatch(lua, &b, &args))?)?;
    let b = Rc::clone(budget);
    string.raw_set("gsub", lua.create_function(move |lua, args| gsub(lua, &b, &args))?)?;
    let b = Rc::clone(budget);
    string.raw_set("rep", lua.create_function(move |lua, args| rep(lua, &b, &args))?)
}

/// The number of instructions that working through `bytes` costs.
pub(super) fn cost(bytes: usize) -> u64 {
    u64::try_from(bytes / BYTES_PER_INSTRUCTION).unwrap_or(u64::MAX)
}

fn bad(lua: &Lua, function: &str, position: usize, expected: &str, found: &Value) -> mlua::Error {
    let found = if found.is_nil() { "nothing" } else { found.type_name() };
    misuse(lua, &format!("bad argument #{position} to '{function}' ({expected} expected, got {found})"))
}

fn text(lua: &Lua, args: &MultiValue, index: usize, function: &str) -> mlua::Result<LuaString> {
    let value = args.get(index).cloned().unwrap_or(Value::Nil);
    match &value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(_) | Value::Number(_) => {
            lua.coerce_string(value.clone())?.ok_or_else(|| bad(lua, function, index + 1, "string", &value))
        }
        _ => Err(bad(lua, function, index + 1, "string", &value)),
    }
}

fn integer(lua: &Lua, args: &MultiValue, index: usize, function: &str) -> mlua::Result<Option<i64>> {
    match args.get(index).cloned().unwrap_or(Value::Nil) {
        Value::Nil => Ok(None),
        value => match lua.coerce_integer(value.clone())? {
            Some(integer) => Ok(Some(integer)),
            None => Err(bad(lua, function, index + 1, "whole number", &value)),
        },
    }
}

/// Lua's start index (1-based, negative from the end) as an offset; `None` past the end.
fn offset(init: i64, len: usize) -> Option<usize> {
    let start = match usize::try_from(init) {
        Ok(0) => 0,
        Ok(init) => init - 1,
        Err(_) => len.saturating_sub(usize::try_from(init.unsigned_abs()).unwrap_or(usize::MAX)),
    };
    (start <= len).then_some(start)
}

fn position(offset: usize) -> Value {
    Value::Integer(i64::try_from(offset).unwrap_or(i64::MAX).saturating_add(1))
}

fn raise(lua: &Lua, error: PatternError) -> mlua::Error {
    match error {
        PatternError::Tripped(tripped) => mlua::Error::external(tripped),
        other => misuse(lua, &other.to_string()),
    }
}

fn capture_value(lua: &Lua, subject: &[u8], capture: Capture) -> mlua::Result<Value> {
    match capture {
        Capture::Text(start, end) => lua.create_string(&subject[start..end])?.into_lua(lua),
        Capture::Position(at) => Ok(position(at)),
    }
}

/// The captures of a match; the whole match where there are none and `whole` is given.
fn values(
    lua: &Lua,
    matcher: &Matcher<'_>,
    subject: &[u8],
    whole: Option<(usize, usize)>,
) -> mlua::Result<Vec<Value>> {
    if matcher.captures() == 0 {
        return whole.map(|(s, e)| capture_value(lua, subject, Capture::Text(s, e))).into_iter().collect();
    }
    (0..matcher.captures())
        .map(|i| capture_value(lua, subject, matcher.capture(i).map_err(|e| raise(lua, e))?))
        .collect()
}

fn unanchored(pattern: &[u8]) -> (bool, &[u8]) {
    pattern.strip_prefix(b"^").map_or((false, pattern), |rest| (true, rest))
}

/// `find` and `match`: they differ in what they return.
fn find(lua: &Lua, budget: &Budget, args: &MultiValue, function: &str) -> mlua::Result<MultiValue> {
    let (subject, pattern) = (text(lua, args, 0, function)?, text(lua, args, 1, function)?);
    let (subject, pattern) = (subject.as_bytes(), pattern.as_bytes());
    let Some(start) = offset(integer(lua, args, 2, function)?.unwrap_or(1), subject.len()) else {
        return Ok(MultiValue::from_vec(vec![Value::Nil]));
    };
    let is_find = function == "find";
    let plain = args.get(3).is_some_and(|v| !matches!(v, Value::Nil | Value::Boolean(false)));
    if is_find && (plain || !pattern.iter().any(|c| b"^$*+?.([%-".contains(c))) {
        budget.charge(cost(subject.len() - start + pattern.len())).map_err(mlua::Error::external)?;
        return Ok(MultiValue::from_vec(match memmem::find(&subject[start..], &pattern) {
            Some(at) => vec![
                position(start + at),
                Value::Integer(i64::try_from(start + at + pattern.len()).unwrap_or(i64::MAX)),
            ],
            None => vec![Value::Nil],
        }));
    }
    let (anchored, pattern) = unanchored(&pattern);
    let mut matcher = Matcher::new(&subject, pattern, budget);
    let last = if anchored { start } else { subject.len() };
    for s in start..=last {
        if let Some(e) = matcher.match_at(s).map_err(|e| raise(lua, e))? {
            matcher.settle().map_err(|e| raise(lua, e))?;
            let mut out = Vec::new();
            if is_find {
                out = vec![position(s), Value::Integer(i64::try_from(e).unwrap_or(i64::MAX))];
            }
            out.extend(values(lua, &matcher, &subject, (!is_find).then_some((s, e)))?);
            return Ok(MultiValue::from_vec(out));
        }
    }
    matcher.settle().map_err(|e| raise(lua, e))?;
    Ok(MultiValue::from_vec(vec![Value::Nil]))
}

fn gmatch(lua: &Lua, budget: &Rc<Budget>, args: &MultiValue) -> mlua::Result<Function> {
    let (subject, pattern) = (text(lua, args, 0, "gmatch")?, text(lua, args, 1, "gmatch")?);
    let start = offset(integer(lua, args, 2, "gmatch")?.unwrap_or(1), subject.as_bytes().len());
    let next = Cell::new(start);
    let last_end = Cell::new(None);
    let budget = Rc::clone(budget);
    lua.create_function(move |lua, ()| {
        let (subject, pattern) = (subject.as_bytes(), pattern.as_bytes());
        let Some(start) = next.get() else { return Ok(MultiValue::from_vec(vec![Value::Nil])) };
        let mut matcher = Matcher::new(&subject, &pattern, &budget);
        for s in start..=subject.len() {
            if let Some(e) = matcher.match_at(s).map_err(|e| raise(lua, e))?
                && last_end.get() != Some(e)
            {
                matcher.settle().map_err(|e| raise(lua, e))?;
                next.set(Some(e));
                last_end.set(Some(e));
                return Ok(MultiValue::from_vec(values(lua, &matcher, &subject, Some((s, e)))?));
            }
        }
        matcher.settle().map_err(|e| raise(lua, e))?;
        next.set(None);
        Ok(MultiValue::from_vec(vec![Value::Nil]))
    })
}

fn gsub(lua: &Lua, budget: &Budget, args: &MultiValue) -> mlua::Result<(LuaString, i64)> {
    let (subject, pattern) = (text(lua, args, 0, "gsub")?, text(lua, args, 1, "gsub")?);
    let replacement = args.get(2).cloned().unwrap_or(Value::Nil);
    let replacement = match replacement {
        Value::Integer(_) | Value::Number(_) => Value::String(text(lua, args, 2, "gsub")?),
        Value::String(_) | Value::Table(_) | Value::Function(_) => replacement,
        other => return Err(bad(lua, "gsub", 3, "string, function or table", &other)),
    };
    let most = integer(lua, args, 3, "gsub")?.unwrap_or(i64::MAX);
    let (subject, pattern) = (subject.as_bytes(), pattern.as_bytes());
    let (anchored, pattern) = unanchored(&pattern);
    let mut matcher = Matcher::new(&subject, pattern, budget);
    let (mut out, mut s, mut count, mut last_end) = (Vec::new(), 0, 0, None);
    while count < most {
        let end = matcher.match_at(s).map_err(|e| raise(lua, e))?.filter(|&e| last_end != Some(e));
        if let Some(e) = end {
            count += 1;
            let before = out.len();
            substitute(lua, &matcher, &subject, (s, e), &replacement, &mut out)?;
            budget.charge(cost(out.len() - before)).map_err(mlua::Error::external)?;
            (s, last_end) = (e, Some(e));
        } else if s < subject.len() {
            out.push(subject[s]);
            s += 1;
        } else {
            break;
        }
        if out.len() > budget.limits().memory {
            return Err(mlua::Error::external(budget.trip(Limit::Memory(budget.limits().memory))));
        }
        if anchored {
            break;
        }
    }
    matcher.settle().map_err(|e| raise(lua, e))?;
    out.extend_from_slice(&subject[s.min(subject.len())..]);
    Ok((lua.create_string(&out)?, count))
}

/// Appends what replaces the match `(s, e)`.
fn substitute(
    lua: &Lua,
    matcher: &Matcher<'_>,
    subject: &[u8],
    (s, e): (usize, usize),
    replacement: &Value,
    out: &mut Vec<u8>,
) -> mlua::Result<()> {
    let value = match replacement {
        Value::String(template) => return expand(lua, matcher, subject, (s, e), &template.as_bytes(), out),
        Value::Table(table) => {
            let key = values(lua, matcher, subject, Some((s, e)))?.swap_remove(0);
            table.get::<Value>(key)?
        }
        Value::Function(function) => {
            let captures = values(lua, matcher, subject, Some((s, e)))?;
            function.call::<Value>(MultiValue::from_vec(captures))?
        }
        _ => Value::Nil,
    };
    match value {
        Value::Nil | Value::Boolean(false) => out.extend_from_slice(&subject[s..e]),
        Value::String(text) => out.extend_from_slice(&text.as_bytes()),
        Value::Integer(_) | Value::Number(_) => {
            if let Some(text) = lua.coerce_string(value)? {
                out.extend_from_slice(&text.as_bytes());
            }
        }
        other => {
            return Err(misuse(lua, &format!("invalid replacement value (a {})", other.type_name())));
        }
    }
    Ok(())
}

/// Appends a replacement text, with `%0`..`%9` and `%%` resolved.
fn expand(
    lua: &Lua,
    matcher: &Matcher<'_>,
    subject: &[u8],
    (s, e): (usize, usize),
    template: &[u8],
    out: &mut Vec<u8>,
) -> mlua::Result<()> {
    let mut bytes = template.iter();
    while let Some(&byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        match bytes.next() {
            Some(b'%') => out.push(b'%'),
            Some(b'0') => out.extend_from_slice(&subject[s..e]),
            Some(digit) if digit.is_ascii_digit() => {
                let index = usize::from(digit - b'1');
                if index == 0 && matcher.captures() == 0 {
                    out.extend_from_slice(&subject[s..e]);
                    continue;
                }
                match matcher.capture(index).map_err(|error| raise(lua, error))? {
                    Capture::Text(start, end) => out.extend_from_slice(&subject[start..end]),
                    Capture::Position(at) => out.extend_from_slice((at + 1).to_string().as_bytes()),
                }
            }
            _ => return Err(misuse(lua, "invalid use of '%' in replacement string")),
        }
    }
    Ok(())
}

fn rep(lua: &Lua, budget: &Budget, args: &MultiValue) -> mlua::Result<LuaString> {
    let unit = text(lua, args, 0, "rep")?;
    let Some(times) = integer(lua, args, 1, "rep")? else {
        return Err(bad(lua, "rep", 2, "whole number", &Value::Nil));
    };
    let separator = if args.len() > 2 { text(lua, args, 2, "rep")? } else { lua.create_string("")? };
    let (unit, separator) = (unit.as_bytes(), separator.as_bytes());
    let times = usize::try_from(times).unwrap_or(0);
    let total = (unit.len() + separator.len()).saturating_mul(times);
    budget.charge(cost(total)).map_err(mlua::Error::external)?;
    if total > budget.limits().memory {
        return Err(mlua::Error::external(budget.trip(Limit::Memory(budget.limits().memory))));
    }
    let mut out = Vec::with_capacity(total);
    for index in 0..times {
        if total == 0 {
            break;
        }
        if index > 0 {
            out.extend_from_slice(&separator);
        }
        out.extend_from_slice(&unit);
    }
    lua.create_string(&out)
}
