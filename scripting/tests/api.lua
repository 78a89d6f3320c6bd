-- Every object of the API, read and written through.
local project = loophole.project
project.name, project.artist, project.notes = "Song", "Me", "Text"
project.tempo, project.signature = 128, "3/4"
assert(project.tempo == 128 and project.signature == "3/4" and #project.tempos == 1)
project.loop_on, project.loop_start, project.loop_end = true, 4, 12
assert(project.loop_on and project.loop_start == 4 and project.loop_end == 12)
local marker = project:add_marker { at = 8, name = "Chorus", color = "#ff8800" }
assert(marker.at == 8 and marker.color == 0xff8800 and project.markers[1] == marker)
assert(project:seconds(128) == 60 and project:beats(60) == 128)

local bass = loophole.tracks:add { name = "Bass", color = 0x00ff00, volume_db = -6 }
local bus = loophole.tracks:add { kind = "bus", name = "Room" }
assert(#loophole.tracks == 2 and loophole.tracks[1] == bass and loophole.tracks:find("Room") == bus)
assert(tostring(bass) == 'Track "Bass"' and bass.kind == "instrument" and bass.index == 1)
bass.pan, bass.mute, bass.solo, bass.armed, bass.output = -0.5, true, true, true, bus
assert(bass.pan == -0.5 and bass.mute and bass.output == bus)
bass.output = nil
assert(bass.output == nil)
bass:move(2)
assert(loophole.tracks[2] == bass)
local missing, why = loophole.tracks:find("nobody")
assert(missing == nil and why == "no such track")
assert(loophole.tracks.master.is_master and loophole.mixer.buses[1] == bus)

local send = bass:add_send(bus, -12)
send.pre_fader = true
assert(bass.sends[1] == send and send.level_db == -12 and send.target == bus)

local clip = bass:add_clip { start = 4, length = 4, name = "Riff", notes = { { start = 0, key = 40 } } }
clip:add_note { start = 1, key = 43, length = 0.5, velocity = 0.7, channel = 2 }
local notes = clip:get_notes()
assert(#notes == 2 and clip.note_count == 2 and notes[2].channel == 2 and notes[1].length == 1)
notes[1].key, notes[3] = 41, { start = 2, key = 45 }
clip:set_notes(notes)
assert(clip:get_notes()[1].id == notes[1].id and clip:get_notes()[1].key == 41 and clip.note_count == 3)
clip.loop_length = 2
assert(clip.loop_length == 2 and project.length == 8 and loophole.clips[1] == clip and clip.track == bass)
assert(not pcall(clip.set_notes, clip, { { start = 0 } }))
clip:clear_notes()
assert(clip.note_count == 0)

local synth = bass:add_device("loophole.synth")
assert(synth.name == "Synth" and synth.is_builtin and synth.is_instrument and not synth.is_plugin)
synth:set("cutoff", 440)
synth:set { resonance = 0.5, osc1_wave = 2 }
local cutoff = synth:parameter("cutoff")
assert(cutoff.value == 440 and synth:get("cutoff") == 440 and cutoff.text == "440.0 Hz")
cutoff.normalized = 1
assert(cutoff.value == 20000 and cutoff.max == 20000 and cutoff.name == "Cutoff")
cutoff.text = "1 kHz"
assert(cutoff.value == 1000 and not cutoff.stepped)
assert(synth:parameter("osc1_wave").choices[3] == "Saw" and synth:parameter("osc1_wave").text == "Saw")
cutoff:reset()
assert(cutoff.value == cutoff.default and #synth.parameters == #loophole.parameters:of(synth))
local none, because = synth:parameter("nonsense")
assert(none == nil and because)
assert(not pcall(synth.set, synth, "nonsense", 1))
synth.bypassed = true
assert(loophole.devices:find("Synth").bypassed and #loophole.devices.plugins == 0)
local plugin = bass:add_device { format = "clap", plugin = "org.example.synth", name = "Example" }
assert(plugin.is_plugin and #bass.devices == 2)
assert(bass:parameter("volume_db").text == "-6.0 dB")
bass:parameter("mute").value = 0
assert(bass.mute == false)

local lane = bass:automate("volume_db", { { at = 0, value = -6 }, { at = 4, value = 0, curve = "smooth" } })
lane:add_point { at = 8, value = -3 }
local points = lane:get_points()
assert(#points == 3 and points[2].curve == "smooth" and bass:automate("volume_db") == lane)
assert(bass.lanes[1] == lane and loophole.automation[1] == lane and lane.param == "volume_db")
assert(synth:automate("cutoff").owner == synth)

local knob = loophole.macros:add { name = "Bright", value = 0.25 }
local target = knob:add_target(synth, "cutoff", { min = 200, max = 8000 })
knob:add_target(bass:parameter("pan"))
target.curve = "exponential"
assert(knob.slot == 1 and #knob.targets == 2 and target.curve == "exponential" and target.owner == synth)
assert(loophole.macros:get(1) == knob and loophole.macros:get(2) == nil)
assert(loophole.macros[1] == knob and loophole.macros[2] == nil and #loophole.macros:list() == 1)
assert(loophole.macros:add { slot = 128, name = "Last" }.slot == 128 and loophole.macros[128].name == "Last")
loophole.macros[128]:delete()
assert(loophole.macros:add { slot = 1 } == nil)

loophole.transport:locate(4)
loophole.transport:play()
assert(loophole.transport.playing == false)
local lufs, message = loophole.loudness(bass)
assert(lufs == nil and message == "not available here")
assert(loophole.diagnostics.instructions > 0 and loophole.diagnostics.memory > 0)

assert(core.get_field(bass, "pan") == -0.5)
core.set_field(bass.id, "pan", 0)
assert(bass.pan == 0)
local scene = core.create_entity { table = "scenes", fields = { name = "Intro" } }
assert(core.entities("scenes")[1] == scene and project.scenes[1].name == "Intro")
core.delete_entity(scene)
assert(#project.scenes == 0)
assert(core.schema.list_tables()[1] == "project")
assert(core.schema.get_fields("tracks")[1].name == "name")

core.create_entity { table = "scripts", fields = { name = "lib", source = "return { twice = function(x) return 2 * x end }" } }
assert(require("lib").twice(4) == 8 and require("lib") == require "lib")
assert(require.try("missing") == nil)
assert(context.cancelled() == false and context.script_name() == "escape.lua")

local result = loophole.edit("step", function() return 1, 2 end)
assert(result == 1)
clip:delete()
assert(#bass.clips == 0 and tostring(clip) == "Clip (deleted)")
assert(not pcall(function() return clip.name end))
