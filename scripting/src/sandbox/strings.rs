//! The functions of `string` that work in bulk, each charged for its bulk.

use std::rc::Rc;

use mlua::{Function, Lua, LuaString, MultiValue, Table, Value, Variadic};

use super::pattern::{Capture, Matcher, PatternError};
use crate::limits::Budget;

/// Bytes of output that one step pays for.
const BYTES_PER_STEP: usize = 16;

/// Replaces what could run for long in C, and removes what reads or writes bytecode and binary layouts.
pub(super) fn install(lua: &Lua, budget: &Rc<Budget>) -> mlua::Result<()> {
    let string: Table = lua.globals().get("string")?;
    for gone in ["dump", "pack", "unpack", "packsize"] {
        string.raw_set(gone, Value::Nil)?;
    }
    for bulk in ["lower", "upper", "reverse", "byte", "char"] {
        string.raw_set(bulk, charged(lua, budget, string.get(bulk)?)?)?;
    }
    string.raw_set("rep", rep(lua, budget)?)?;
    string.raw_set("find", find(lua, budget, Find::Place)?)?;
    string.raw_set("match", find(lua, budget, Find::Captures)?)?;
    string.raw_set("gmatch", gmatch(lua, budget)?)?;
    string.raw_set("gsub", gsub(lua, budget)?)
}

fn pay(budget: &Budget, bytes: usize) -> mlua::Result<()> {
    let steps = u64::try_from(bytes / BYTES_PER_STEP).unwrap_or(u64::MAX);
    budget.charge(steps).map_err(mlua::Error::external)
}

/// A function that pays for the length of its first argument.
fn charged(lua: &Lua, budget: &Rc<Budget>, function: Function) -> mlua::Result<Function> {
    let budget = Rc::clone(budget);
    lua.create_function(move |_, arguments: MultiValue| {
        if let Some(Value::String(text)) = arguments.front() {
            pay(&budget, text.as_bytes().len())?;
        }
        function.call::<MultiValue>(arguments)
    })
}

fn rep(lua: &Lua, budget: &Rc<Budget>) -> mlua::Result<Function> {
    let budget = Rc::clone(budget);
    lua.create_function(move |lua, (text, count, between): (LuaString, i64, Option<LuaString>)| {
        let count = usize::try_from(count).unwrap_or(0);
        let between = between.map(|between| between.as_bytes().to_vec()).unwrap_or_default();
        let text = text.as_bytes();
        let length = text.len().saturating_add(between.len()).saturating_mul(count);
        if length > budget.limits().memory {
            return Err(mlua::Error::runtime("resulting string too large"));
        }
        pay(&budget, length)?;
        let mut out = Vec::with_capacity(length);
        for index in 0..count {
            if index > 0 {
                out.extend_from_slice(&between);
            }
            out.extend_from_slice(&text);
        }
        lua.create_string(out)
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Find {
    /// Start and end, then the captures.
    Place,
    /// The captures, or the whole match.
    Captures,
}

fn find(lua: &Lua, budget: &Rc<Budget>, what: Find) -> mlua::Result<Function> {
    type Arguments = (LuaString, LuaString, Option<i64>, Option<bool>);
    let budget = Rc::clone(budget);
    lua.create_function(move |lua, (subject, pattern, init, plain): Arguments| {
        let (subject, pattern) = (subject.as_bytes(), pattern.as_bytes());
        let Some(start) = start_of(init, subject.len()) else { return Ok(nil()) };
        if what == Find::Place && plain == Some(true) {
            pay(&budget, subject.len())?;
            let place = find_plain(&subject[start..], &pattern).map(|at| at + start);
            return Ok(place.map_or_else(nil, |at| {
                [lua_int(at + 1), lua_int(at + pattern.len())].into_iter().collect()
            }));
        }
        let (anchored, pattern) = split_anchor(&pattern);
        let mut matcher = Matcher::new(&subject, pattern, &budget);
        let Some((from, to)) = search(&mut matcher, start, subject.len(), anchored)? else {
            return Ok(nil());
        };
        let mut results = MultiValue::new();
        if what == Find::Place {
            results.push_back(lua_int(from + 1));
            results.push_back(lua_int(to));
        }
        if what == Find::Captures || matcher.captures() > 0 {
            for value in captures(lua, &matcher, &subject, from, to)? {
                results.push_back(value);
            }
        }
        Ok(results)
    })
}

fn gmatch(lua: &Lua, budget: &Rc<Budget>) -> mlua::Result<Function> {
    let budget = Rc::clone(budget);
    lua.create_function(move |lua, (subject, pattern): (LuaString, LuaString)| {
        let budget = Rc::clone(&budget);
        let subject = subject.as_bytes().to_vec();
        let pattern = pattern.as_bytes().to_vec();
        let mut at = 0;
        let mut last_end = None;
        lua.create_function_mut(move |lua, ()| {
            let mut matcher = Matcher::new(&subject, &pattern, &budget);
            while at <= subject.len() {
                let end = matcher.match_at(at).map_err(mlua::Error::external)?;
                if let Some(end) = end.filter(|&end| last_end != Some(end)) {
                    let from = at;
                    (at, last_end) = (end, Some(end));
                    matcher.settle().map_err(mlua::Error::external)?;
                    return Ok(captures(lua, &matcher, &subject, from, end)?.into_iter().collect());
                }
                at += 1;
            }
            matcher.settle().map_err(mlua::Error::external)?;
            Ok(nil())
        })
    })
}

fn gsub(lua: &Lua, budget: &Rc<Budget>) -> mlua::Result<Function> {
    type Arguments = (LuaString, LuaString, Value, Option<i64>);
    let budget = Rc::clone(budget);
    lua.create_function(move |lua, (subject, pattern, with, most): Arguments| {
        let (subject, pattern) = (subject.as_bytes(), pattern.as_bytes());
        let most = most.map_or(u64::MAX, |most| u64::try_from(most).unwrap_or(0));
        let (anchored, pattern) = split_anchor(&pattern);
        let mut matcher = Matcher::new(&subject, pattern, &budget);
        let (mut out, mut at, mut done) = (Vec::new(), 0, 0_u64);
        let mut last_end = None;
        while done < most {
            let end = matcher.match_at(at).map_err(mlua::Error::external)?;
            if let Some(end) = end.filter(|&end| last_end != Some(end)) {
                done += 1;
                let before = out.len();
                replacement(lua, &matcher, &subject, (at, end), &with, &mut out)?;
                pay(&budget, out.len() - before)?;
                if out.len() > budget.limits().memory {
                    return Err(mlua::Error::runtime("resulting string too large"));
                }
                (at, last_end) = (end, Some(end));
            } else if let Some(&byte) = subject.get(at) {
                out.push(byte);
                at += 1;
            } else {
                break;
            }
            if anchored {
                break;
            }
        }
        matcher.settle().map_err(mlua::Error::external)?;
        out.extend_from_slice(subject.get(at..).unwrap_or_default());
        Ok((lua.create_string(out)?, done))
    })
}

fn replacement(
    lua: &Lua,
    matcher: &Matcher<'_>,
    subject: &[u8],
    (from, to): (usize, usize),
    with: &Value,
    out: &mut Vec<u8>,
) -> mlua::Result<()> {
    let whole = &subject[from..to];
    let value = match with {
        Value::String(template) => return expand(matcher, subject, (from, to), &template.as_bytes(), out),
        Value::Integer(_) | Value::Number(_) => {
            let text = lua.coerce_string(with.clone())?;
            return text.map_or(Ok(()), |text| expand(matcher, subject, (from, to), &text.as_bytes(), out));
        }
        Value::Table(table) => {
            let key = captures(lua, matcher, subject, from, to)?.into_iter().next().unwrap_or(Value::Nil);
            table.get::<Value>(key)?
        }
        Value::Function(function) => {
            let arguments: Variadic<Value> = captures(lua, matcher, subject, from, to)?.into_iter().collect();
            function.call::<Value>(arguments)?
        }
        other => {
            let text = format!("string/function/table expected as replacement, got {}", other.type_name());
            return Err(mlua::Error::runtime(text));
        }
    };
    match &value {
        Value::Nil | Value::Boolean(false) => out.extend_from_slice(whole),
        Value::String(text) => out.extend_from_slice(&text.as_bytes()),
        Value::Integer(_) | Value::Number(_) => {
            if let Some(text) = lua.coerce_string(value)? {
                out.extend_from_slice(&text.as_bytes());
            }
        }
        other => {
            return Err(mlua::Error::runtime(format!("invalid replacement value (a {})", other.type_name())));
        }
    }
    Ok(())
}

/// A replacement string with `%0`..`%9` and `%%`.
fn expand(
    matcher: &Matcher<'_>,
    subject: &[u8],
    (from, to): (usize, usize),
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
            Some(b'0') => out.extend_from_slice(&subject[from..to]),
            Some(b'1') if matcher.captures() == 0 => out.extend_from_slice(&subject[from..to]),
            Some(&digit) if digit.is_ascii_digit() => {
                match matcher.capture(usize::from(digit - b'1')).map_err(mlua::Error::external)? {
                    Capture::Text(start, end) => out.extend_from_slice(&subject[start..end]),
                    Capture::Position(at) => out.extend_from_slice((at + 1).to_string().as_bytes()),
                }
            }
            _ => return Err(mlua::Error::runtime("invalid use of '%' in replacement string")),
        }
    }
    Ok(())
}

fn search(
    matcher: &mut Matcher<'_>,
    start: usize,
    length: usize,
    anchored: bool,
) -> mlua::Result<Option<(usize, usize)>> {
    let last = if anchored { start } else { length };
    let mut found = None;
    for at in start..=last {
        if let Some(end) = matcher.match_at(at).map_err(pattern_error)? {
            found = Some((at, end));
            break;
        }
    }
    matcher.settle().map_err(pattern_error)?;
    Ok(found)
}

fn pattern_error(error: PatternError) -> mlua::Error {
    match error {
        PatternError::Tripped(tripped) => mlua::Error::external(tripped),
        other => mlua::Error::runtime(other),
    }
}

/// The captures of a match; the whole match if it has none.
fn captures(
    lua: &Lua,
    matcher: &Matcher<'_>,
    subject: &[u8],
    from: usize,
    to: usize,
) -> mlua::Result<Vec<Value>> {
    if matcher.captures() == 0 {
        return Ok(vec![Value::String(lua.create_string(&subject[from..to])?)]);
    }
    let one = |index| match matcher.capture(index).map_err(pattern_error)? {
        Capture::Text(start, end) => Ok(Value::String(lua.create_string(&subject[start..end])?)),
        Capture::Position(at) => Ok(lua_int(at + 1)),
    };
    (0..matcher.captures()).map(one).collect()
}

fn split_anchor(pattern: &[u8]) -> (bool, &[u8]) {
    pattern.strip_prefix(b"^").map_or((false, pattern), |rest| (true, rest))
}

fn start_of(init: Option<i64>, length: usize) -> Option<usize> {
    let length_signed = i64::try_from(length).unwrap_or(i64::MAX);
    let init = init.unwrap_or(1);
    let from = if init > 0 {
        init - 1
    } else if init == 0 {
        0
    } else {
        (length_signed + init).max(0)
    };
    usize::try_from(from).ok().filter(|&from| from <= length)
}

fn find_plain(subject: &[u8], pattern: &[u8]) -> Option<usize> {
    if pattern.is_empty() {
        return Some(0);
    }
    subject.windows(pattern.len()).position(|window| window == pattern)
}

fn lua_int(value: usize) -> Value {
    Value::Integer(i64::try_from(value).unwrap_or(i64::MAX))
}

fn nil() -> MultiValue {
    std::iter::once(Value::Nil).collect()
}
