//! Attempts to get out, and attempts to take everything: each ends within its limits, and the process is well.

use std::time::Duration;

use loophole_scripting::{Limit, Limits, RunOptions, ScriptError, run};
use model::Pulse;

fn outcome(source: &str) -> Option<ScriptError> {
    let mut options = RunOptions::new("attempt");
    options.limits =
        Limits { instructions: 20_000_000, time: Duration::from_secs(5), memory: 16 << 20, log_lines: 100 };
    let outcome = run(source, Pulse::new().project(), options);
    assert!(outcome.log.len() <= 101, "{source}: floods the log");
    assert!(outcome.error.is_none() || outcome.transactions.is_empty(), "{source}: an error leaves no edits");
    outcome.error
}

/// The script ends with a limit, whatever it does to go on.
fn check_limited(source: &str) {
    eprintln!("{source}");

    match outcome(source) {
        Some(ScriptError::Limit {
            limit: Limit::Instructions(_) | Limit::Time(_) | Limit::Memory(_),
            ..
        }) => {}
        other => panic!("{source}\n  gave {other:?}"),
    }
}

/// The script is told that there is no such thing, or that it may not.
fn check_refused(source: &str) {
    match outcome(source) {
        Some(ScriptError::Raised(_) | ScriptError::Syntax(_) | ScriptError::Limit { .. }) => {}
        other => panic!("{source}\n  gave {other:?}"),
    }
}

/// The script runs to its end.
fn check_runs(source: &str) {
    assert_eq!(outcome(source), None, "{source}");
}

#[test]
fn nothing_of_the_outside_is_there() {
    for name in
        ["io", "os", "package", "debug", "load", "loadstring", "dofile", "loadfile", "collectgarbage", "warn"]
    {
        check_runs(&format!("assert({name} == nil, '{name}')"));
    }
    for name in ["dump", "pack", "unpack", "packsize"] {
        check_runs(&format!("assert(string.{name} == nil, '{name}')"));
    }
    check_refused("require('os')");
    check_refused("require('../secrets')");
    check_refused("string.format = nil; getmetatable('').__index = function() end");
    check_refused("setmetatable({}, { __gc = function() while true do end end })");
    check_refused("loophole.project = nil");
    check_refused("loophole.nothing()");
    check_refused("\u{1b}Lua");
}

#[test]
fn endless_work_ends() {
    for source in [
        "while true do end",
        "repeat until false",
        "for i = 1, math.huge do end",
        "goto here ::here:: goto here",
        "local function f() return f() end f()",
        "while true do pcall(function() while true do end end) end",
        "while true do xpcall(function() while true do end end, function() while true do end end) end",
        "while true do pcall(error, 'again') end",
        "local co = coroutine.wrap(function() while true do end end) co()",
        "while true do local co = coroutine.create(function() while true do end end) coroutine.resume(co) end",
        "while true do coroutine.close(coroutine.create(function() end)) end",
        "local t <close> = setmetatable({}, { __close = function() while true do end end }) while true do end",
        "table.sort({3, 2, 1, 5, 4}, function() while true do end end)",
        "local t = setmetatable({}, { __index = function(t, k) return t[k + 1] end }) while true do pcall(function() return t[1] end) end",
        "local t = setmetatable({}, { __len = function() return 1 << 52 end }) table.insert(t, 1, 'x')",
        "local t = setmetatable({}, { __len = function() return 1 << 52 end }) table.remove(t, 1)",
        "table.move({}, 1, 1 << 52, 2)",
        "string.find(('a'):rep(60), ('a?'):rep(60) .. ('a'):rep(60))",
        "(('a'):rep(40) .. 'b'):match(('a*'):rep(20) .. 'c')",
        "for _ in (('a'):rep(1000)):gmatch(('a*'):rep(30) .. 'b') do end",
        "string.gsub(('x'):rep(3000), ('.-'):rep(20) .. 'y', '')",
        "while true do string.rep('x', 1 << 20) end",
        "while true do ('x'):rep(1 << 20):upper() end",
        "while true do log.info('flood') end",
        "loophole.edit('x', function() while true do end end)",
        "while true do pcall(loophole.edit, 'x', function() while true do end end) end",
        "while true do loophole.tracks:add { name = 'more' } end",
        "local s = 'x' while true do s = s .. s end",
        "local t = {} while true do t[#t + 1] = ('x'):rep(1000) end",
    ] {
        check_limited(source);
    }
}

#[test]
fn deep_and_large_things_are_refused() {
    for source in [
        "local function f() return 1 + f() end f()",
        "local function f() return pcall(f) end while true do f() end",
        "string.rep('x', 1 << 40)",
        "string.rep('x', -1 >> 1)",
        "local t = {} t[1] = t json.encode(t)",
        "assert(json.decode(('['):rep(100000)))",
        "('x'):rep(10):gsub('.', function() error('out') end)",
        "local f = function(...) end f(table.unpack({}, 1, 1e7))",
        "error(setmetatable({}, { __tostring = function() error('no') end }))",
        "local co co = coroutine.wrap(function() co() end) co()",
        "string.format('%99999d', 1)",
        "utf8.char(-1)",
        "loophole.tracks:add { kind = 'master' }",
        "loophole.project.tempo = 0/0",
        "loophole.project.loop_start = 1/0",
        "loophole.tracks:add({}).volume_db = 1e9",
        "loophole.tracks:add({}).volume = 0",
        "local t = loophole.tracks:add({}) t:delete() t.name = 'x'",
    ] {
        check_refused(source);
    }
}

#[test]
fn ordinary_lua_works() {
    for source in [
        "assert(('hello world'):gsub('o', '0') == 'hell0 w0rld')",
        "assert(select(2, ('abc'):gsub('%w', '%0%0')) == 3)",
        "local k, v = ('key = value'):match('^(%w+)%s*=%s*(%w+)$') assert(k == 'key' and v == 'value')",
        "local n = 0 for w in ('one two three'):gmatch('%a+') do n = n + 1 end assert(n == 3)",
        "assert(('a.b'):find('.', 1, true) == 2)",
        "local t = {3, 1, 2} table.sort(t) assert(table.concat(t, ',') == '1,2,3')",
        "local t = {1, 2} table.insert(t, 1, 0) assert(t[1] == 0 and #t == 3 and table.remove(t) == 2)",
        "assert(table.concat(table.move({1, 2, 3}, 1, 3, 2), ',') == '1,1,2,3')",
        "local co = coroutine.wrap(function() local ok = pcall(coroutine.yield, 1) coroutine.yield(ok) end) assert(co() == 1 and co() == true)",
        "local ok, message = pcall(error, 'x') assert(not ok and message == 'x')",
        "assert(json.decode(json.encode({ a = { 1, 2 } })).a[2] == 2)",
        "local value, message = json.decode('{') assert(value == nil and message)",
        "assert(require.try('missing') == nil)",
        "assert(loophole.tracks:find('nobody') == nil)",
    ] {
        check_runs(source);
    }
}

#[test]
fn errors_name_the_script_and_the_line() {
    let error = outcome("local x = 1\nloophole.tracks:add({}).pan = 7").expect("out of range").to_string();
    assert!(error.starts_with("attempt:2: "), "{error}");
    assert!(error.contains("'pan'") && error.contains("-1..=1"), "{error}");
    let error = outcome("\n\nwhile true do end").expect("a limit").to_string();
    assert!(error.starts_with("attempt:3: "), "{error}");
}

#[test]
fn an_edit_that_fails_is_taken_back_and_the_rest_stays() {
    let mut options = RunOptions::new("edits");
    options.limits.instructions = 1_000_000;
    let source = "
        loophole.tracks:add { name = 'kept' }
        local ok = pcall(loophole.edit, 'lost', function()
            loophole.tracks:add { name = 'lost' }
            error('no')
        end)
        assert(not ok and #loophole.tracks == 1)
        loophole.edit('empty', function() end)
        loophole.edit('named', function() loophole.tracks[1].mute = true end)";
    let outcome = run(source, Pulse::new().project(), options);
    assert_eq!(outcome.error, None);
    let names: Vec<&str> = outcome.transactions.iter().map(|transaction| transaction.name.as_str()).collect();
    assert_eq!(names, ["edits", "named"]);
}
