//! `core`: users' tables, edges, identity and conflicts, from Lua.

use loophole_scripting::{RunOptions, ScriptError, ScriptOutcome, run};
use model::{IdSource, Project, Pulse, TrackId, TrackKind, edit};
use protocol::Transaction;

/// Two tracks, `Bass` and `Keys`.
fn song() -> Project {
    let mut pulse = Pulse::with_ids(IdSource::seeded(3));
    let edits = ["Bass", "Keys"].map(|name| {
        let id = TrackId(pulse.new_id());
        edit::track::create(id, TrackKind::Instrument, name)
    });
    pulse
        .commit(Transaction { name: "song".into(), author: "test".into(), edits: edits.into() })
        .expect("legal");
    pulse.project()
}

/// Runs a script whose own asserts say whether it does what it should.
fn check(source: &str) -> ScriptOutcome {
    check_on(song(), source)
}

fn check_on(project: Project, source: &str) -> ScriptOutcome {
    let source = format!("{PRELUDE}\n{source}");
    let outcome = run(&source, project, RunOptions::new("relations.lua"));
    assert_eq!(outcome.error, None);
    outcome
}

fn raises(source: &str, part: &str) {
    match run(&format!("{PRELUDE}\n{source}"), song(), RunOptions::new("relations.lua")).error {
        Some(ScriptError::Raised(message)) => assert!(message.contains(part), "{message}"),
        other => panic!("{other:?}"),
    }
}

/// A table of fixtures, as a user would make it.
const PRELUDE: &str = r#"
core.schema.define_table("fixtures", { doc = "A lamp.", fields = {
  { name = "unit", holds = "text" },
  { name = "channel", holds = "int", min = 1, max = 512, default = 1, indexed = true, doc = "Where it listens." },
  { name = "position", holds = "ref", tables = { "places" } },
  { name = "tags", holds = "list" },
  { name = "levels", holds = "numbers" },
  { name = "since", holds = "beats", min = 0, default = 4 },
  { name = "color", holds = "choice", words = { "red", "blue" } },
} })
core.schema.define_table("places", { fields = { { name = "height", holds = "float", min = 0, max = 30, unit = "m" } } })
bass, keys = loophole.tracks[1], loophole.tracks[2]
"#;

#[test]
fn users_tables_are_declared_listed_and_filled() {
    check(
        r#"
        local tables = {}
        for _, name in ipairs(core.schema.list_tables()) do tables[name] = true end
        assert(tables.tracks and tables.fixtures and tables.places)
        local fields = core.schema.get_fields("fixtures")
        assert(#fields == 7 and fields[2].name == "channel" and fields[2].path == "fixtures.channel")
        assert(fields[2].range == "1..=512" and fields[2].indexed and fields[2].doc == "Where it listens.")
        assert(core.schema.get_fields("places")[1].unit == "m")

        local place = core.create_entity({ table = "places", fields = { height = 4 } })
        local lamp = core.create_entity({
            table = "fixtures",
            fields = { unit = "A1", position = place, tags = { "wash" }, levels = { left = 0.5 } },
        })
        assert(lamp.unit == "A1" and lamp.channel == 1 and lamp.since == 4 and lamp.color == "red")
        assert(lamp.position == place and lamp.tags[1] == "wash" and lamp.levels.left == 0.5 and lamp.table == "items")
        lamp.channel = 42
        core.set_field(lamp.id, "unit", "B2")
        core.set_field(lamp, "fixtures.color", "blue")
        assert(core.get_field(lamp.id, "fixtures.channel") == 42 and core.get_field(lamp.id, "color") == "blue")
        assert(core.get_field(bass, "fixtures.channel") == nil)
        core.list.append(lamp, "fixtures.tags", "front")
        local bare = core.create_entity({ table = "fixtures" })
        core.list.append(bare, "tags", "first")
        assert(bare.tags[1] == "first")
        bare:delete()
        core.text.insert_at(lamp, "fixtures.unit", 0, "x")
        assert(#lamp.tags == 2 and lamp.unit == "xB2")
        assert(core.entities("fixtures")[1] == lamp)
        assert(core.query_one("table == 'fixtures' AND channel == ? AND position->height < 5", 42) == lamp)

        -- Said again, a declaration changes what differs.
        core.schema.define_field("fixtures", { name = "channel", holds = "int", min = 1, max = 1024, indexed = true })
        lamp.channel = 1000
        core.schema.remove_field("fixtures", "unit")
        assert(not pcall(function() return lamp.unit end))
        core.schema.define_field("fixtures", { name = "unit" })
        assert(lamp.unit == "xB2")
        core.schema.remove_table("places")
        assert(not pcall(core.entities, "places"))
        "#,
    );
    raises("core.create_entity({ table = 'fixtures', fields = { unti = 'x' } })", "there is no 'unti'");
    raises("core.create_entity({ table = 'fixtures', fields = { channel = 600 } })", "outside 1..=512");
    raises("core.schema.define_field('fixtures', { name = 'x', hold = 'int' })", "field 'x': has no 'hold'");
    raises("core.schema.define_field('fixtures', { name = 'Bad Name' })", "name");
    raises("core.schema.remove_field('fixtures', 'nothing')", "no user has declared that");
}

#[test]
fn entities_are_put_into_tables_and_taken_out_again() {
    check(
        r#"
        core.add_to_table(bass, "fixtures", { channel = 7 })
        core.add_to_table(bass.id, "places")
        assert(bass.channel == 7 and bass.height == 0 and bass.name == "Bass")
        assert(#core.query("table == 'tracks' AND fixtures.channel == 7 AND table == 'places'") == 1)
        core.detach_facet(bass, "fixtures", { preserve = true })
        assert(#core.entities("fixtures") == 0 and core.get_field(bass, "fixtures.channel") == nil)
        core.attach_facet(bass, "fixtures")
        assert(bass.channel == 7)
        core.remove_from_table(bass, "fixtures")
        core.attach_facet(bass, "fixtures", { unit = "A1" })
        assert(bass.channel == 1 and bass.unit == "A1")
        core.schema.define_field("places", { name = "unit" })
        local ok, why = pcall(function() return bass.unit end)
        assert(not ok and tostring(why):find("fixtures.unit", 1, true), why)
        assert(core.get_field(bass, "places.unit") == "")
        "#,
    );
    raises("core.add_to_table(bass, 'lamps')", "lamps");
    raises("core.add_to_table(bass, 'fixtures', { chanel = 1 })", "there is no field 'chanel'");
}

#[test]
fn edges_join_entities_in_an_order() {
    check(
        r#"
        local a, b, c = loophole.tracks:add{ name = "A" }, loophole.tracks:add{ name = "B" }, loophole.tracks:add{ name = "C" }
        local function order()
            local names = {}
            for i, edge in ipairs(core.query_ordered_edges(bass, "in_list")) do
                assert(edge.target_id == bass.id)
                names[i] = core.query_one("table == 'tracks' AND id == ?", edge.source_id).name
            end
            return table.concat(names)
        end
        local first = core.create_ordered_edge("in_list", a, bass, { properties = { call = "GO" } })
        local last = core.create_ordered_edge("in_list", c.id, bass.id)
        assert(order() == "AC")
        local middle = core.create_ordered_edge("in_list", b, bass, { after = first })
        assert(order() == "ABC")
        core.move_ordered_edge(last, { before = first })
        assert(order() == "CAB")
        core.move_ordered_edge(middle, { first = true })
        core.move_ordered_edge(first, {})
        assert(order() == "BCA")
        assert(core.query_ordered_edges(bass, "in_list")[3].properties.call == "GO")
        -- Said again, it is the same edge, moved.
        assert(core.create_ordered_edge("in_list", a, bass, { before = middle }) == first and order() == "ABC")
        core.delete_edge(middle)
        assert(order() == "AC")

        local edge = core.create_edge("mounted_at", bass, keys, { unit_number = "A1", how = "loosely" })
        assert(core.create_edge("mounted_at", bass, keys, { how = "tightly" }) == edge)
        local found = core.query("table == 'tracks' AND EXISTS(->mounted_at WHERE edge.how == 'tightly')")
        assert(#found == 1 and found[1] == bass)
        keys:delete()
        assert(#core.entities("edges") == 2)
        "#,
    );
    raises("core.delete_edge(bass)", "there is no such edge");
    raises("core.create_edge('Not a kind', bass, keys)", "kind");
    raises(
        "local e = core.create_edge('a', bass, keys) core.create_ordered_edge('b', bass, keys, { after = e })",
        "edge",
    );
    raises("core.create_ordered_edge('b', bass, keys, { after = 'x' })", "'after' must be the id of an edge");
}

#[test]
fn entities_are_merged_and_split() {
    check(
        r#"
        local one = core.create_entity({ table = "fixtures", fields = { unit = "A", channel = 5 } })
        local two = core.create_entity({ table = "fixtures", fields = { unit = "B" } })
        core.add_to_table(two, "places", { height = 3 })
        local edge = core.create_edge("near", bass, two)
        local merged, why = core.merge_entities(one, two)
        assert(merged == nil and why:find("fixtures.unit", 1, true), why)
        assert(core.merge_entities(one, two, { unit = "AB" }))
        assert(one.unit == "AB" and one.channel == 5 and one.height == 3)
        assert(core.query_edges(bass, "near")[1].target_id == one.id)
        assert(not pcall(function() return two.unit end))

        local id = core.new_id()
        local made = core.split_entity(one, { facet_distribution = { [id] = { "fixtures" }, high = { "places" } } })
        assert(made[id].id == id and made[id].channel == 5 and made.high.height == 3)
        assert(#core.query("table == 'fixtures'") == 1)
        local none, message = core.split_entity(one, { facet_distribution = { x = { "fixtures" } } })
        assert(none == nil and message:find("fixtures", 1, true))
        assert(core.merge_entities(bass, one) == nil)
        "#,
    );
}

#[test]
fn conflicts_of_a_merge_are_told_and_decided() {
    let base = song();
    let bass = base.tracks().next().expect("a track").id();
    let other = base.tracks().nth(1).expect("a track").id();
    let with = |edits: Vec<protocol::Edit>| base.apply(&edits).expect("legal");
    let ours = with(vec![edit::track::set_pan(bass, 0.25), edit::any::delete(other)]);
    let theirs = with(vec![edit::track::set_pan(bass, -0.25), edit::track::set_name(other, "Organ")]);
    let merge = model::merge::three_way(&base, &ours, &theirs).expect("related");
    let project = merge.with_conflicts(&ours, &theirs, "their.song");
    assert_eq!(project.conflicts().count(), 2);
    let outcome = check_on(
        project,
        r#"
        local by_field = {}
        for _, conflict in ipairs(core.get_conflicts()) do
            assert(conflict.origin == "their.song" and #conflict.reason > 0)
            by_field[conflict.field or "all"] = conflict
        end
        local pan, all = by_field.pan, by_field.all
        assert(pan.entity == bass.id and pan.ours == 0.25 and pan.theirs == -0.25 and pan.base == nil)
        assert(not pcall(core.resolve_conflict, pan.id, "loud"))
        core.resolve_conflict(pan.id, -0.5)
        assert(bass.pan == -0.5 and #core.get_conflicts() == 1)
        assert(not pcall(core.resolve_conflict, all.id, 4))
        core.resolve_conflict(all.id, "ours")
        assert(#core.get_conflicts() == 0)
        assert(not pcall(core.resolve_conflict, all.id, "ours"))
        "#,
    );
    assert_eq!(outcome.transactions().len(), 1);
}
