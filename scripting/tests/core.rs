//! `core`: queries, texts, lists and the overlay, from Lua.

use loophole_scripting::{
    Limit, Limits, RunOptions, ScriptError, ScriptHost, ScriptHostError, ScriptOutcome, TransportState, run,
};
use model::{ClipId, DeviceId, IdSource, Project, Pulse, TrackId, TrackKind, edit};
use protocol::plugin::BusLayout;
use protocol::{Beats, Edit, EntityId, Note, PluginFormat, PluginRef, Transaction};

/// `Bass` and `Keys`, with three clips of one note each, at 0, 4 and 8 beats.
fn song() -> Pulse {
    let mut pulse = Pulse::with_ids(IdSource::seeded(3));
    let mut edits = Vec::new();
    for name in ["Bass", "Keys"] {
        let track = TrackId(pulse.new_id());
        edits.push(edit::track::create(track, TrackKind::Instrument, name));
        for at in 0..3 {
            let clip = ClipId(pulse.new_id());
            let note = Note { start: Beats(0), length: Beats(1), key: 60, velocity: 0.5, channel: 0 };
            edits.push(edit::clip::create_notes(clip, track, Beats::whole(4 * at), Beats::whole(4)));
            edits.push(edit::clip::change_notes(clip, [(1, Some(note))]));
        }
    }
    commit(&mut pulse, edits);
    pulse
}

fn commit(pulse: &mut Pulse, edits: Vec<Edit>) {
    let transaction = Transaction { name: "step".into(), author: "test".into(), edits };
    pulse.commit(transaction).expect("legal");
}

/// Runs a script whose own asserts say whether it does what it should.
fn check(source: &str) -> ScriptOutcome {
    let outcome = run(source, song().project(), RunOptions::new("core.lua"));
    assert_eq!(outcome.error, None);
    outcome
}

fn raises(source: &str) -> String {
    match run(source, song().project(), RunOptions::new("core.lua")).error {
        Some(ScriptError::Raised(message)) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn queries_give_objects_and_take_objects() {
    check(
        r#"
        local bass = core.query_one("table == 'tracks' AND name == ?", "Bass")
        assert(bass.name == "Bass" and bass == loophole.tracks[1])
        local clips = core.query("table == 'clips' AND track == ? AND start >= 4 ORDER BY start DESC", bass)
        assert(#clips == 2 and clips[1].start == 8 and clips[1].note_count == 1)
        assert(#core.query("table == 'clips' AND start IN ?", {0, 8}) == 4)
        assert(#core.query("table == 'clips' AND loop_length == ?", nil) == 6)
        assert(core.query_one("table == 'clips' AND start > 100") == nil)
        assert(core.query_one("table == 'clips' ORDER BY start LIMIT 0") == nil)
        assert(core.explain("table == 'clips' AND track == ?", bass):find("by track", 1, true))
        "#,
    );
}

#[test]
fn queries_see_what_the_script_did() {
    let outcome = check(
        r#"
        local clip = core.query_one("table == 'clips' AND track->name == 'Keys' ORDER BY start")
        clip.name = "Intro"
        assert(core.query_one("table == 'clips' AND name CONTAINS 'intro'") == clip)
        assert(core.query_live("table == 'clips' AND name CONTAINS 'intro'")[1] == clip)
        clip:delete()
        assert(#core.query("table == 'clips'") == 5)
        "#,
    );
    assert_eq!(outcome.transactions().len(), 1);
}

#[test]
fn a_wrong_query_names_the_line_of_the_script_and_the_column_of_the_query() {
    let message = raises("\ncore.query(\"table == 'clips' AND strat > 4\")");
    assert!(message.starts_with("core.lua:2: column 22: there is no field 'strat'"), "{message}");
    assert!(message.contains("did you mean 'start'?"), "{message}");
    assert!(
        raises("core.query('table == ?', print)").contains("parameter 1 of the query cannot be a function")
    );
    assert!(raises("core.query(\"table == 'clips'\", 4)").contains("0 parameter(s), 1 given"));
    assert!(raises("core.query(4 == 4)").contains("argument 1 must be a string"));
}

/// A host whose project is further on than the script's.
struct Later(Project);

impl ScriptHost for Later {
    fn transport(&self) -> TransportState {
        TransportState::default()
    }

    fn project(&self) -> Option<Project> {
        Some(self.0.clone())
    }

    fn loudness(&self, _: &Project, _: Option<TrackId>) -> Result<f64, ScriptHostError> {
        Err(ScriptHostError::Unavailable)
    }
}

#[test]
fn a_live_query_sees_what_others_did_and_the_script_did() {
    let mut pulse = song();
    let start = pulse.project();
    let (keys, last) =
        (start.tracks().nth(1).expect("keys").id(), start.clips().last().expect("a clip").id());
    commit(&mut pulse, vec![edit::track::set_name(keys, "Organ")]);
    let run_beside = |pulse: &Pulse, source: &str| {
        let options = RunOptions { host: Box::new(Later(pulse.project())), ..RunOptions::new("core.lua") };
        let outcome = run(source, start.clone(), options);
        assert_eq!(outcome.error, None);
    };
    run_beside(
        &pulse,
        r#"
        core.query_one("table == 'clips' AND track->name == 'Keys' AND start == 0").name = "Mine"
        assert(#core.query("table == 'clips' AND track->name == 'Organ'") == 0)
        assert(#core.query_live("table == 'clips' AND track->name == 'Organ'") == 3)
        assert(#core.query_live("table == 'clips' AND track->name == 'Organ' AND name == 'Mine'") == 1)
        "#,
    );
    commit(&mut pulse, vec![edit::any::delete(last)]);
    run_beside(
        &pulse,
        r#"
        for _, clip in ipairs(core.query("table == 'clips'")) do clip.name = "x" end
        core.query_one("table == 'tracks' AND name == 'Keys'").name = "Piano"
        -- What both changed is as the script has it; what another deleted is there for the script.
        assert(#core.query_live("table == 'clips' AND name == 'x'") == 6)
        assert(#core.query_live("table == 'clips' AND track->name == 'Piano'") == 3)
        assert(core.query_live("table == 'tracks' AND name == 'Organ'")[1] == nil)
        "#,
    );
}

/// A host with a plugin that has two layouts.
struct Layouts;

impl ScriptHost for Layouts {
    fn transport(&self) -> TransportState {
        TransportState::default()
    }

    fn loudness(&self, _: &Project, _: Option<TrackId>) -> Result<f64, ScriptHostError> {
        Err(ScriptHostError::Unavailable)
    }

    fn plugin_layouts(&self, _: EntityId) -> Vec<BusLayout> {
        let layout = |id, name: &str| BusLayout {
            id,
            name: name.into(),
            inputs: 1,
            outputs: id,
            main_input: Some(2),
            main_output: Some(2),
        };
        vec![layout(1, "Stereo"), layout(8, "Outputs")]
    }
}

#[test]
fn the_bus_layout_of_a_plugin_is_listed_and_chosen() {
    let mut pulse = song();
    let (track, device) = (pulse.project().tracks().next().expect("a track").id(), DeviceId(pulse.new_id()));
    let plugin = PluginRef { format: PluginFormat::Clap, id: "org.example.drums".into() };
    commit(&mut pulse, vec![edit::device::create_plugin(device, track, &plugin, "Drums", 9.0)]);
    let options = RunOptions { host: Box::new(Layouts), ..RunOptions::new("core.lua") };
    let source = r#"
        local drums = loophole.devices:find("Drums")
        local layouts = drums.layouts
        assert(#layouts == 2 and layouts[2].name == "Outputs" and layouts[2].outputs == 8)
        assert(drums.layout == "")
        drums.layout = layouts[2].name
        assert(drums.layout == "Outputs")
    "#;
    let outcome = run(source, pulse.project(), options);
    assert_eq!(outcome.error, None);
    assert_eq!(outcome.transactions().len(), 1);
}

#[test]
fn texts_are_edited_in_place() {
    check(
        r#"
        local id = loophole.project.id
        core.set_field(id, "notes", "Grüße")
        core.text.insert_at(id, "notes", 5, "!")
        core.text.replace_range(id, "notes", 0, 1, "g")
        core.text.delete_range(id, "notes", 2, 3)
        assert(core.get_field(id, "notes") == "grße!", core.get_field(id, "notes"))
        assert(not pcall(core.text.insert_at, id, "notes", 99, "x"))
        assert(not pcall(core.text.delete_range, id, "notes", 3, 2))
        assert(not pcall(core.list.append, id, "notes", "x"))
        "#,
    );
}

#[test]
fn the_overlay_can_be_listed_told_committed_and_discarded() {
    let outcome = check(
        r#"
        local track = loophole.tracks[1]
        assert(#core.overlay.operations() == 0 and core.overlay.diff() == "")
        track.pan = 0.5
        core.commit("Pan the bass")
        track.pan = -0.5
        track.mute = true
        local done = core.overlay.operations()
        assert(#done == 3 and done[3].edit == "set" and done[3].field == "mute" and done[3].entity == track.id)
        assert(core.overlay.diff():find("Bass", 1, true))
        core.discard()
        assert(track.pan == 0.5 and not track.mute and #core.overlay.operations() == 1)
        track.solo = true
        loophole.edit("inner", function() assert(not pcall(core.commit) and not pcall(core.discard)) end)
        "#,
    );
    let names: Vec<_> = outcome.session.operations().iter().map(|step| step.name.as_str()).collect();
    assert_eq!(names, ["Pan the bass", "core.lua"]);
    assert_eq!((outcome.session.name(), outcome.session.author()), ("core.lua", "core.lua"));
}

#[test]
fn what_changes_nothing_is_no_step() {
    let outcome = check(
        r#"
        local track = loophole.tracks[1]
        loophole.edit("Nothing", function() end)
        loophole.edit("There and back", function() track.pan = 1 track.pan = 0 end)
        pcall(loophole.edit, "Fails", function() track.pan = 1 error("no") end)
        loophole.edit("Mute", function() track.mute = true end)
        track.solo = true
        track.solo = false
        "#,
    );
    let names: Vec<_> = outcome.session.operations().iter().map(|step| step.name.as_str()).collect();
    assert_eq!(names, ["Mute"]);
    assert_eq!(outcome.session.name(), "Mute", "a single step gives the session its name");
}

#[test]
fn what_was_done_before_an_error_or_a_limit_is_left_for_review_but_never_half_a_step() {
    let after = |source: &str| {
        let limits = Limits { instructions: 1_000_000, ..Limits::default() };
        run(source, song().project(), RunOptions { limits, ..RunOptions::new("core.lua") })
    };
    let steps = |outcome: &ScriptOutcome| {
        let operations = outcome.session.operations().iter();
        operations.map(|step| (step.name.clone(), step.edits.len())).collect::<Vec<_>>()
    };
    let cut = after(
        "local t = loophole.tracks[1]; t.pan = 0.5
         loophole.edit('Whole', function() t.solo = true end)
         loophole.edit('Half', function() t.mute = true pcall(function() while true do end end) end)",
    );
    assert!(matches!(cut.error, Some(ScriptError::Limit { limit: Limit::Instructions(_), .. })));
    assert_eq!(steps(&cut), [("core.lua".into(), 1), ("Whole".into(), 1)]);
    assert!(cut.transactions().is_empty() && cut.commands.is_empty());
    assert!(cut.session.project() != cut.session.ground());
    let failed = after(
        "loophole.tracks[1].pan = 0.5
         loophole.edit('Half', function()
             loophole.edit('inner', function() loophole.tracks[1].mute = true end)
             error('no')
         end)",
    );
    assert!(matches!(failed.error, Some(ScriptError::Raised(_))));
    assert_eq!(steps(&failed), [("core.lua".into(), 1)]);
    assert!(failed.transactions().is_empty() && failed.commands.is_empty());
    let nothing = after("loophole.edit('Half', function() loophole.tracks[1].mute = true error('no') end)");
    assert_eq!(steps(&nothing), []);
    let stopped = RunOptions::new("core.lua");
    stopped.cancel.cancel();
    let stopped = run("loophole.tracks[1].pan = 0.5", song().project(), stopped);
    assert!(matches!(stopped.error, Some(ScriptError::Limit { limit: Limit::Cancelled, .. })));
    assert_eq!(steps(&stopped), []);
}
