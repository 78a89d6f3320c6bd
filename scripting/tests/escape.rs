//! No input escapes the limits: every snippet ends in time with a named error, or does harmless work, and the next
//! script runs as if nothing had been.

use std::time::{Duration, Instant};

use loophole_scripting::{CancelHandle, Limit, Limits, RunOptions, ScriptError, ScriptOutcome, run};
use model::Pulse;

const LIMITS: Limits =
    Limits { instructions: 20_000_000, time: Duration::from_secs(2), memory: 32 << 20, log_lines: 100 };

/// No limit on time that a slow machine could reach first.
const PATIENT: Limits = Limits { time: Duration::from_secs(300), ..LIMITS };

/// How a snippet is to end.
#[derive(Clone, Copy, Debug)]
enum End {
    /// A limit, whichever comes first.
    Limited,
    /// An error of the script, with this in its message.
    Raised(&'static str),
    /// Well: the danger was defused, and the snippet's own asserts hold.
    Fine,
}
use End::{Fine, Limited, Raised};

fn exec(source: &str) -> ScriptOutcome {
    exec_on(&Pulse::new(), source)
}

fn exec_on(pulse: &Pulse, source: &str) -> ScriptOutcome {
    let options = RunOptions { limits: LIMITS, ..RunOptions::new("escape.lua") };
    let outcome = run(source, pulse.project(), options);
    assert!(
        outcome.error.is_none() || outcome.transactions().is_empty(),
        "an error leaves nothing to commit"
    );
    outcome
}

fn check(cases: &[(&str, End, &str)]) {
    for (name, end, source) in cases {
        let start = Instant::now();
        let error = exec(source).error;
        let took = start.elapsed();
        assert!(took < LIMITS.time + Duration::from_secs(6), "{name}: took {took:?}");
        match (end, &error) {
            (Limited, Some(ScriptError::Limit { .. })) | (Fine, None) => {}
            (Raised(part), Some(ScriptError::Raised(text) | ScriptError::Syntax(text)))
                if text.contains(part) => {}
            _ => panic!("{name}: expected {end:?}, got {error:?}"),
        }
        let after =
            exec("local t = {3, 1, 2} table.sort(t) assert(t[1] == 1 and ('ab'):rep(2) == 'abab')").error;
        assert!(after.is_none(), "{name}: the next script failed: {after:?}");
    }
}

#[test]
fn loops_end() {
    check(&[
        ("empty loop", Limited, "while true do end"),
        ("goto", Limited, "::a:: goto a"),
        ("pcall around a loop", Limited, "pcall(function() while true do end end) while true do end"),
        ("pcall in a loop", Limited, "while true do pcall(function() while true do end end) end"),
        ("nested pcall", Limited, "local function f() pcall(f) while true do end end f()"),
        (
            "xpcall whose handler loops",
            Limited,
            "xpcall(function() while true do end end, function() while true do end end)",
        ),
        ("error handler that loops", Limited, "xpcall(error, function() while true do end end)"),
        (
            "swallow and go on",
            Limited,
            "while true do local ok = pcall(function() for i = 1, 1e12 do end end) end",
        ),
        ("iterator that never ends", Limited, "for _ in function() return 1 end do end"),
        (
            "error object whose __tostring loops",
            Limited,
            "error(setmetatable({}, {__tostring = function() while true do end end}))",
        ),
        (
            "tostring in pcall",
            Limited,
            "pcall(tostring, setmetatable({}, {__tostring = function() while true do end end}))",
        ),
    ]);
}

#[test]
fn coroutines_end() {
    check(&[
        ("loop in a coroutine", Limited, "coroutine.wrap(function() while true do end end)()"),
        (
            "loop in a resumed coroutine",
            Limited,
            "local c = coroutine.create(function() while true do end end) while true do coroutine.resume(c) end",
        ),
        (
            "many short coroutines",
            Limited,
            "while true do coroutine.wrap(function() for i = 1, 20 do end end)() end",
        ),
        (
            "tree of short coroutines",
            Limited,
            "local function f(d) if d > 0 then for i = 1, 12 do coroutine.wrap(f)(d - 1) end end end f(40)",
        ),
        (
            "endless yields",
            Limited,
            "local f = coroutine.wrap(function() while true do coroutine.yield() end end) while true do f() end",
        ),
        (
            "__close that loops after the limit",
            Limited,
            "coroutine.wrap(function() local x <close> = setmetatable({}, {__close = function() while true do end end}) while true do end end)()",
        ),
        (
            "__close on coroutine.close",
            Limited,
            "local c = coroutine.create(function() local x <close> = setmetatable({}, {__close = function() while true do end end}) coroutine.yield() end) coroutine.resume(c) coroutine.close(c)",
        ),
        (
            "__close of a failed coroutine",
            Fine,
            "local c = coroutine.create(function() local x <close> = setmetatable({}, {__close = function() while true do end end}) error('x') end) assert(not coroutine.resume(c)) local ok, e = coroutine.close(c) assert(not ok and e:find('x'))",
        ),
        (
            "__close in a for loop",
            Limited,
            "for _ in next, {}, nil, setmetatable({}, {__close = function() while true do end end}) do end",
        ),
        (
            "recursion through coroutines",
            Raised("C stack overflow"),
            "local function f() return coroutine.wrap(f)() end f()",
        ),
        (
            "resume of the running one",
            Fine,
            "local ok, e = coroutine.resume(coroutine.running()) assert(not ok and e)",
        ),
    ]);
}

#[test]
fn memory_ends() {
    check(&[
        ("table", Limited, "local t = {} for i = 1, 1e9 do t[i] = {i} end"),
        ("doubling text", Limited, "local s = 'x' while true do s = s .. s end"),
        (
            "doubling text in pcall",
            Limited,
            "local s = 'x' while true do pcall(function() s = s .. s end) end",
        ),
        ("rep", Limited, "local s = ('x'):rep(1 << 40)"),
        ("rep of rep", Limited, "while true do local s = ('x'):rep(1 << 24) end"),
        ("rep of nothing", Fine, "assert((''):rep(1 << 62) == '')"),
        ("rep with separator", Limited, "local s = (''):rep(1 << 40, 'x')"),
        ("format width", Raised("invalid conversion"), "string.format('%99999999d', 1)"),
        ("pack", Limited, "while true do string.pack('c20000000', 'x') end"),
        (
            "concat",
            Limited,
            "local t = {} for i = 1, 1e5 do t[i] = ('x'):rep(1000) end while true do table.concat(t) end",
        ),
        ("gsub that grows", Limited, "local s = ('x'):rep(1e6) while true do s = s:gsub('x', 'xxxx') end"),
        (
            "upvalues of many closures",
            Limited,
            "local t = {} while true do t[#t + 1] = function() return t end end",
        ),
        ("deep recursion", Limited, "local function f() return 1 + f() end f()"),
        (
            "recursion through gsub",
            Raised("C stack overflow"),
            "local function f() return ('x'):gsub('x', f) end f()",
        ),
        (
            "recursion through __index",
            Raised("C stack overflow"),
            "local t = {} setmetatable(t, {__index = function(_, k) return t[k + 1] end}) local _ = t[1]",
        ),
        (
            "recursion through sort",
            Raised("C stack overflow"),
            "local function f() table.sort({1, 2, 3}, f) end f()",
        ),
        (
            "recursion through edit",
            Raised("C stack overflow"),
            "local function f() loophole.edit('x', f) end f()",
        ),
        (
            "deep nesting of source",
            Raised("overflow"),
            "assert(load('return ' .. ('('):rep(1000) .. '1' .. (')'):rep(1000), 'deep'))",
        ),
    ]);
}

#[test]
fn library_functions_that_loop_end() {
    check(&[
        (
            "backtracking match",
            Limited,
            "(('a'):rep(30) .. 'b'):match(('a?'):rep(30) .. ('a*'):rep(30) .. 'c')",
        ),
        ("backtracking find", Limited, "('a'):rep(5000):find('.-.-.-.-.-b')"),
        ("backtracking gsub", Limited, "('a'):rep(5000):gsub('.-.-.-.-.-b', '')"),
        ("backtracking gmatch", Limited, "for _ in ('a'):rep(5000):gmatch('.-.-.-.-.-b') do end"),
        (
            "backtracking in pcall",
            Limited,
            "while true do pcall(string.match, ('a'):rep(5000), '.-.-.-.-.-b') end",
        ),
        ("back references", Limited, "('a'):rep(20000):find('(.-)%1%1%1b')"),
        ("pattern that nests", Raised("too complex"), "('x'):rep(500):match(('x?'):rep(500) .. 'y')"),
        (
            "concat over an invented length",
            Limited,
            "table.concat(setmetatable({}, {__index = getmetatable, __metatable = ''}), '', 1, 1 << 60)",
        ),
        (
            "insert over an invented length",
            Limited,
            "table.insert(setmetatable({}, {__len = function() return 1 << 60 end, __newindex = type}), 1, 1)",
        ),
        (
            "remove over an invented length",
            Limited,
            "table.remove(setmetatable({}, {__len = function() return 1 << 60 end, __index = rawlen, __newindex = type}), 1)",
        ),
        ("move over nothing", Limited, "table.move({}, 1, 1 << 60, 2)"),
        ("unpack over nothing", Limited, "table.unpack({}, 1, 1 << 60)"),
        (
            "sort over an invented length",
            Limited,
            "table.sort(setmetatable({}, {__len = function() return 1 << 30 end, __index = rawlen, __newindex = type}))",
        ),
        ("sort whose comparator loops", Limited, "table.sort({1, 2}, function() while true do end end)"),
        (
            "sort whose comparator lies",
            Raised("invalid order function"),
            "local t = {} for i = 1, 100 do t[i] = i end table.sort(t, function() return true end)",
        ),
        (
            "__len, __eq, __lt, __concat, __call that loop",
            Limited,
            "local f = function() while true do end end local m = setmetatable({}, {__len = f, __eq = f, __lt = f, __concat = f, __call = f}) pcall(function() return #m end) pcall(m)",
        ),
        ("load of much", Limited, "local s = ('local a = 1 '):rep(1e5) while true do load(s) end"),
        ("tonumber of much", Limited, "local s = ('1'):rep(1e7) while true do tonumber(s) end"),
        (
            "json of a circle",
            Fine,
            "local t = {} t.t = t local text, why = json.encode(t) assert(text == nil and why)",
        ),
        (
            "json that nests",
            Fine,
            "local text, why = json.decode(('['):rep(1e5)) assert(text == nil and why)",
        ),
        ("notes without end", Limited, "local n = {} for i = 1, 1e9 do n[i] = {start = i, key = 60} end"),
        (
            "pcall around edits without end",
            Limited,
            "while true do pcall(function() loophole.project.name = ('x'):rep(1000) end) end",
        ),
    ]);
}

#[test]
fn finalisers_and_forbidden_globals_do_not_exist() {
    check(&[
        ("__gc", Raised("finalisers"), "setmetatable({}, {__gc = function() while true do end end})"),
        (
            "__gc added later",
            Fine,
            "local m = {} setmetatable({}, m) m.__gc = function() while true do end end for i = 1, 1e5 do local t = {} end",
        ),
        ("io", Raised("nil value (global 'io')"), "io.open('/etc/passwd')"),
        ("os", Raised("nil value (global 'os')"), "os.execute('true')"),
        ("debug", Raised("nil value (global 'debug')"), "debug.sethook()"),
        ("package", Raised("nil value (global 'package')"), "package.loadlib('x', 'y')"),
        (
            "dofile and loadfile",
            Fine,
            "assert(dofile == nil and loadfile == nil and string.dump == nil and warn == nil)",
        ),
        ("collectgarbage", Raised("only collectgarbage"), "collectgarbage('stop')"),
        ("bytecode through load", Fine, "local f, e = load('\\27Lua', 'x', 'b') assert(f == nil and e)"),
        (
            "the string metatable",
            Fine,
            "assert(getmetatable('') == false) assert(not pcall(setmetatable, 'x', {}))",
        ),
        (
            "an object's metatable",
            Fine,
            "assert(getmetatable(loophole.tracks) == false) assert(not pcall(setmetatable, loophole.tracks, {}))",
        ),
        ("require of a file", Raised("has no script '/etc/passwd'"), "require '/etc/passwd'"),
        ("the environment of load", Fine, "local f = load('return io, os, debug') assert(f() == nil)"),
        ("upvalues of the prelude", Fine, "for k, v in pairs(_G) do assert(type(k) == 'string') end"),
    ]);
}

#[test]
fn bytecode_as_a_script_is_refused() {
    let error = exec("\u{1b}Lua").error;
    assert!(matches!(error, Some(ScriptError::Syntax(_))), "{error:?}");
}

#[test]
fn a_flood_of_log_is_cut() {
    let outcome = exec("for i = 1, 1000 do print('x') end print(('y'):rep(1e6))");
    assert_eq!(outcome.error, None);
    assert_eq!(outcome.log.len(), 101);
    assert_eq!(outcome.log[100].text, "901 more lines were dropped");
}

#[test]
fn a_script_can_be_stopped_from_elsewhere() {
    let cancel = CancelHandle::default();
    let limits = Limits { instructions: u64::MAX, ..Limits::default() };
    let options = RunOptions { limits, cancel: cancel.clone(), ..RunOptions::new("loop.lua") };
    let stop = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        cancel.cancel();
    });
    let source = "while true do pcall(function() while true do end end) end";
    let error = run(source, Pulse::new().project(), options).error;
    stop.join().expect("it only sleeps");
    assert!(matches!(error, Some(ScriptError::Limit { limit: Limit::Cancelled, .. })), "{error:?}");
}

#[test]
fn errors_name_the_script_the_line_and_the_object() {
    let text = exec("local x = 1\n\nwhile true do x = x + 1 end").error.expect("it loops").to_string();
    assert!(text.starts_with("escape.lua:3: the script used up its budget"), "{text}");
    for (source, expected) in [
        (
            "local t = loophole.tracks:add { name = 'Bass' }\nt.pan = 7",
            "escape.lua:2: tracks 'Bass', field 'pan': 7 is outside -1..=1",
        ),
        (
            "loophole.tracks:add { name = 'Bass' }.volume = 1",
            "escape.lua:1: Track \"Bass\": has no property 'volume'",
        ),
        (
            "loophole.tracks:add { name = 'Bass' }.pan = 'x'",
            "escape.lua:1: Track \"Bass\": 'pan' must be a finite number, got a string",
        ),
        ("local t = loophole.tracks:add() t:delete() t.name = 'x'", "escape.lua:1: this Track was deleted"),
        ("loophole.tracks.add {}", "escape.lua:1: call Tracks.add with a colon"),
        ("loophole.project.tempo = 0/0", "escape.lua:1: Project: 'tempo' must be a finite number"),
        (
            "loophole.project.loop_start = 1/0",
            "escape.lua:1: Project: 'loop_start' must be a finite number of beats",
        ),
        ("loophole.nothing()", "escape.lua:1: Loophole: has no member 'nothing'"),
        ("loophole.project = nil", "escape.lua:1: Loophole: 'project' is read-only"),
        ("table.insert(nil, 1)", "escape.lua:1: bad argument #1 to 'insert'"),
        ("table.concat({{}})", "escape.lua:1: invalid value (table) at index 1 in table for 'concat'"),
        ("('x'):rep(1e100)", "escape.lua:1: bad argument #2 to 'rep'"),
    ] {
        let text = exec(source).error.expect("misuse raises").to_string();
        assert!(text.starts_with(expected), "{source}\n  gave {text}");
    }
}

#[test]
fn an_edit_that_fails_is_taken_back_and_the_rest_stays() {
    let mut pulse = Pulse::new();
    let outcome = exec_on(
        &pulse,
        "loophole.tracks:add { name = 'kept' }
        local ok = pcall(loophole.edit, 'lost', function()
            loophole.tracks:add { name = 'lost' }
            error('no')
        end)
        assert(not ok and #loophole.tracks == 1)
        loophole.edit('empty', function() end)
        loophole.edit('nothing in the end', function()
            loophole.tracks[1].mute = true
            loophole.tracks[1].mute = false
        end)
        loophole.edit('named', function()
            loophole.tracks[1].mute = true
            pcall(loophole.edit, 'inner', function() loophole.tracks[1].pan = 1 error('no') end)
            loophole.edit('inner', function() loophole.tracks[1].solo = true end)
        end)
        assert(loophole.tracks[1].pan == 0)
        loophole.project.name = 'Song'",
    );
    assert_eq!(outcome.error, None);
    let operations = outcome.session.operations();
    let steps: Vec<_> = operations.iter().map(|step| (step.name.as_str(), step.edits.len())).collect();
    assert_eq!(steps, [("escape.lua", 1), ("named", 2), ("escape.lua", 1)]);
    for transaction in outcome.transactions() {
        pulse.commit(transaction).expect("what a script did is legal");
    }
    assert_eq!(pulse.project().root().name(), "Song");
}

#[test]
fn names_and_values_count_against_the_memory() {
    let limited = |source: &str| {
        let limits = Limits { instructions: 1_000_000_000, ..PATIENT };
        let options = RunOptions { limits, ..RunOptions::new("escape.lua") };
        run(source, Pulse::new().project(), options).error
    };
    for source in [
        "local s = ('x'):rep(1 << 20) for i = 1, 1e6 do core.create_entity{table = 'scripts', fields = {source = s}} end",
        "core.schema.define_table('show', {fields = {{name = 'tags', holds = 'list'}}})
         local t = loophole.tracks:add{} core.attach_facet(t, 'show')
         local s, list = ('x'):rep(60000), {} for i = 1, 50000 do list[i] = s end
         core.set_field(t, 'show.tags', list)",
    ] {
        let error = limited(source);
        assert!(
            matches!(error, Some(ScriptError::Limit { limit: Limit::Memory(_), .. })),
            "{source}: {error:?}"
        );
    }
    // What is refused takes no room for long.
    let refused = "core.schema.define_table('show', {fields = {{name = 'tags', holds = 'list'}}})
         local t = loophole.tracks:add{} core.attach_facet(t, 'show')
         local s = ('x'):rep(1 << 20)
         for i = 1, 200 do pcall(core.set_field, t, 'show.tags', {s, s, {}}) end";
    assert_eq!(limited(refused), None);
    for source in ["loophole.edit(('x'):rep(257), function() end)", "core.commit(('x'):rep(257))"] {
        match limited(source) {
            Some(ScriptError::Raised(text)) => assert!(text.contains("at most 256 bytes"), "{text}"),
            other => panic!("{source}: {other:?}"),
        }
    }
}

#[test]
fn ordinary_lua_works_as_in_the_manual() {
    assert_eq!(exec(include_str!("ordinary.lua")).error, None);
}

#[test]
fn everything_of_the_api_can_be_used() {
    assert_eq!(exec(include_str!("api.lua")).error, None);
}

#[test]
fn queries_count_against_the_budget() {
    let mut pulse = Pulse::new();
    let edits = (0..2_000).map(|_| {
        model::edit::track::create(
            model::TrackId(pulse.new_id()),
            model::TrackKind::Instrument,
            &"a".repeat(1_000),
        )
    });
    let transaction = protocol::Transaction { name: "t".into(), author: "t".into(), edits: edits.collect() };
    pulse.commit(transaction).expect("legal");
    let cases = [
        "while true do core.query(\"table == 'tracks' AND name LIKE '%_b%'\") end",
        "pcall(function() while true do core.query_one(\"table == 'tracks' AND name == 'x'\") end end) while true do end",
        // Every track against every other, in one query.
        "core.query(\"table == 'tracks' AND COUNT(tracks<-output) == 0\" ..
            (\" AND NOT name LIKE '%_aaaaaaaaaa_b%'\"):rep(1500))",
        "while true do core.query_live(\"table == 'tracks'\") end",
        "while true do pcall(core.query, ('('):rep(60000)) end",
    ];
    for source in cases {
        let start = Instant::now();
        let error = exec_on(&pulse, source).error;
        assert!(matches!(error, Some(ScriptError::Limit { .. })), "{source}: {error:?}");
        assert!(start.elapsed() < LIMITS.time + Duration::from_secs(6), "{source}");
    }
    let error =
        exec_on(&pulse, "core.query(\"table == 'tracks' AND \" .. (\"NOT \"):rep(70) .. \"mute\")").error;
    assert!(matches!(error, Some(ScriptError::Raised(message)) if message.contains("nested deeper")));
}

#[test]
fn tracks_without_end_meet_the_limit_of_the_project() {
    let options = RunOptions { limits: PATIENT, ..RunOptions::new("escape.lua") };
    let source = "while true do loophole.tracks:add {kind = 'bus'} end";
    match run(source, Pulse::new().project(), options).error {
        Some(ScriptError::Raised(text)) => assert!(text.contains("over the limit of 10000 tracks"), "{text}"),
        other => panic!("{other:?}"),
    }
}
