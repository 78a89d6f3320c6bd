---@meta
-- Generated from the declarations in scripting/src/api; a test keeps it current.

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

---The root of everything a script can reach.
---@class Loophole
---@field project Project The project as a whole. (read-only)
---@field tracks Tracks The tracks, in order. (read-only)
---@field clips Clips All clips of all tracks. (read-only)
---@field devices Devices All devices of all tracks. (read-only)
---@field parameters Parameters Parameters of anything that has some. (read-only)
---@field macros Macros The 128 knobs towards the outer host. (read-only)
---@field automation Automation All automation lanes. (read-only)
---@field mixer Mixer The mix as a whole. (read-only)
---@field transport Transport Play, stop, go elsewhere. (read-only)
---@field diagnostics Diagnostics What the script uses, and what is installed. (read-only)
---@field edit fun(name: string, change: fun(): any): any Runs `change` as one undo step called `name`, of at most 256 bytes. If it raises an error, or a limit ends the script within it, what it did is taken back and the error goes on. If it changes nothing, there is no step. Steps nest; inner ones join the outer. Gives what `change` returns. (read-only)
---@field loudness fun(track: Track?): number?, string? Integrated loudness (EBU R128) of a track, or of the mix, in LUFS, by rendering the project as it is in this script; nil and a message where nothing can render. (read-only)
local Loophole_ = {}

---What an object is called in error messages.
---@param object any
---@return string
function Loophole_:name_of(object) end

---The project as a whole. Positions and lengths are in beats (quarter notes), starting at 0.
---@class Project
---@field name string Title.
---@field artist string Who made it.
---@field notes string Free text.
---@field loop_on boolean Whether the loop is on.
---@field loop_start number Start of the loop. (in beats)
---@field loop_end number End of the loop. (in beats)
---@field punch_on boolean Whether recording is kept to the punch range.
---@field punch_in number Start of the punch range. (in beats)
---@field punch_out number End of the punch range. (in beats)
---@field pickup number Length of the pick-up: bar 1 starts after it. (in beats)
---@field launch_quantum "bar"|"none"|"sixteenth"|"eighth"|"quarter"|"half"|"two_bars"|"four_bars"|"eight_bars" Where launched clips start, unless their slot says otherwise.
---@field latency_policy "auto"|"fixed"|"zero" What is done about devices that are late: the rest waits and the outer host is told how late all is; the same, and no less than `latency_frames`; or nothing waits, for playing live.
---@field latency_frames integer What `fixed` reports at least, in frames. (0..=192000)
---@field control_frames integer How many frames apart the steps are in which automation and modulation move a parameter between its points. Fewer are smoother, and cost more. (8..=512)
---@field id string Identity, stable for the life of the project. (read-only)
---@field tempo number Tempo at the start, in quarter notes a minute, 10..=1000.
---@field tempos Tempo[] The changes of tempo, by position. (read-only)
---@field signature string Time signature at the start, such as "4/4".
---@field signatures Signature[] The changes of time signature, by position. (read-only)
---@field markers Marker[] The markers, by position. (read-only)
---@field scenes Scene[] The scenes, in order. (read-only)
---@field scripts Script[] The scripts that belong to the project. (read-only)
---@field length number Where the last clip ends, in beats. (read-only)
local Project_ = {}

---Adds a marker.
---@param marker {at: number, name: string?, color: integer|string?}
---@return Marker
function Project_:add_marker(marker) end

---Changes the tempo from a position on.
---@param at number
---@param bpm number
---@return Tempo
function Project_:add_tempo(at, bpm) end

---The time of a position, in seconds.
---@param beats number
---@return number
function Project_:seconds(beats) end

---The position at a time, in beats.
---@param seconds number
---@return number
function Project_:beats(seconds) end

---The tracks, in order, without the master. `#tracks`, `tracks[i]` and `ipairs(tracks)` work.
---@class Tracks
---@field master Track The end of the mixer. (read-only)
---@field [integer] Track
local Tracks_ = {}

---The tracks as a list that later changes do not move.
---@return Track[]
function Tracks_:list() end

---The first track with a name, or the one at an index; nil and a message if there is none.
---@param name string|integer
---@return Track?, string?
function Tracks_:find(name) end

---Adds a track at the end, an instrument track unless `kind` says audio or bus; any property can be given.
---@param track {kind: string?, name: string?, [string]: any}?
---@return Track
function Tracks_:add(track) end

---A channel of the mixer, with clips, devices and sends.
---@class Track
---@field name string What a person calls it.
---@field kind "audio"|"instrument"|"bus"|"master" What it is for.
---@field color integer|string 0xRRGGBB. (0..=16777215)
---@field order number Place in the track list, ascending. (-1000000000000..=1000000000000)
---@field volume_db number Fader; -90 dB is silence. (-90..=12 dB)
---@field pan number Balance: -1 left, 1 right. (-1..=1)
---@field mute boolean Silenced.
---@field solo boolean Heard alone with the other soloed tracks.
---@field armed boolean Hears live notes or input.
---@field output Track? Bus it feeds; unset for the master.
---@field output_bus integer 0 for `output`, 1..=31 for an extra output of the outer host (which has 8) or of an audio device. (0..=31)
---@field note_output "auto"|"host"|"none" Whether notes and MIDI that come out of its last device that speaks them, or of its clips, go on to the outer host: only of an instrument track without devices, always, or never.
---@field input "none"|"main"|"sidechain" Live audio input, heard while armed.
---@field input_bus integer 0 for `input`, 1..=31 for an extra input of an audio device, of which 1 is the sidechain. (0..=31)
---@field input_channel integer 0 to hear all channels of the input, 1..=64 for one of them alone, in mono. (0..=64)
---@field frozen string? While the track is frozen, what its clips and devices sound like before the fader: a WAV blob that starts with the timeline and is played in their place.
---@field frozen_of string Fingerprint of what `frozen` was rendered from; it is out of date when the track would give another.
---@field id string Identity, stable for the life of the project. (read-only)
---@field is_master boolean Whether it is the end of the mixer. (read-only)
---@field index integer? Its place among the tracks, from 1. (read-only)
---@field clips Clip[] Its clips, by position. (read-only)
---@field devices Device[] Its devices, in the order of the chain. (read-only)
---@field sends Send[] Its sends. (read-only)
---@field lanes Lane[] The automation of its fader, pan and mute. (read-only)
---@field parameters Parameter[] Fader, pan and mute as parameters. (read-only)
local Track_ = {}

---A parameter by key.
---@param key string
---@return Parameter?, string?
function Track_:parameter(key) end

---The automation lane of a parameter such as `volume_db`; a new one if there is none.
---@param key string
---@param points Point[]?
---@return Lane
function Track_:automate(key, points) end

---Adds a clip of notes; any property can be given.
---@param clip {start: number, length: number, name: string?, notes: Note[]?, [string]: any}
---@return Clip
function Track_:add_clip(clip) end

---Adds a device at the end of the chain: a built-in such as "loophole.synth", or a plugin by its id (`{format = "clap", plugin = "org.example.synth"}`).
---@param device string|{plugin: string, format: string?, name: string?, [string]: any}
---@return Device
function Track_:add_device(device) end

---Sends a part of its sound to a bus, at a level in dB or with options.
---@param bus Track
---@param options number|{level_db: number?, pre_fader: boolean?}?
---@return Send
function Track_:add_send(bus, options) end

---Moves it to a place among the tracks, from 1.
---@param index integer
function Track_:move(index) end

---Integrated loudness after the fader in LUFS, by rendering the project as it is in this script; nil and a message where nothing can render.
---@return number?, string?
function Track_:loudness() end

---Deletes it and everything it owns.
function Track_:delete() end

---All clips, by track and position. `#clips`, `clips[i]` and `ipairs(clips)` work.
---@class Clips
---@field [integer] Clip
local Clips_ = {}

---The clips as a list.
---@return Clip[]
function Clips_:list() end

---A stretch of notes or audio on the timeline. Read and write its notes in bulk: one call moves them all.
---@class Clip
---@field track Track Where it lies.
---@field kind "notes"|"audio" What it holds.
---@field name string What a person calls it.
---@field color integer|string 0xRRGGBB, or -1 for the track's. (-1..=16777215)
---@field start number Where it starts. (in beats)
---@field length number How long it plays. (in beats)
---@field offset number Where in its notes it begins. (in beats)
---@field loop_length number? Its notes repeat with this period. (in beats)
---@field muted boolean Not played.
---@field arranged boolean Played on the timeline; otherwise only from the launcher's slots.
---@field notes Note[] Its notes, relative to the start of the content.
---@field events MidiEvent[] Its controllers, program changes and the like, placed as its notes are.
---@field media string? Its audio: a WAV blob.
---@field offset_secs number Where in its audio it begins. (0..=1000000 s)
---@field gain_db number Level of its audio. (-90..=36 dB)
---@field fade_in_secs number Fade-in. (0..=3600 s)
---@field fade_out_secs number Fade-out. (0..=3600 s)
---@field id string Identity, stable for the life of the project. (read-only)
---@field note_count integer How many notes it has. (read-only)
local Clip_ = {}

---Its notes by start, as copies: change them and hand them to `set_notes`.
---@return Note[]
function Clip_:get_notes() end

---Replaces all notes. Those that carry the `id` of `get_notes` stay the same notes.
---@param notes Note[]
function Clip_:set_notes(notes) end

---Adds one note; length 1, velocity 0.8 and channel 1 unless given.
---@param note {start: number, key: integer, length: number?, velocity: number?, channel: integer?}
function Clip_:add_note(note) end

---Removes all notes.
function Clip_:clear_notes() end

---Deletes it and everything it owns.
function Clip_:delete() end

---All devices, by track and place in the chain. `#devices`, `devices[i]` and `ipairs(devices)` work.
---@class Devices
---@field builtin string[] The keys of the built-in devices. (read-only)
---@field plugins {format: string, id: string, name: string, vendor: string, is_instrument: boolean}[] The plugins that can be loaded. (read-only)
---@field [integer] Device
local Devices_ = {}

---The devices as a list.
---@return Device[]
function Devices_:list() end

---The first device with a name, or the one at an index; nil and a message if there is none.
---@param name string|integer
---@return Device?, string?
function Devices_:find(name) end

---An instrument or effect on a track: built in, or a nested plugin.
---@class Device
---@field track Track Where it sits.
---@field order number Place in the chain, ascending. (-1000000000000..=1000000000000)
---@field name string What a person calls it.
---@field format "builtin"|"clap"|"vst3" What kind of device it is.
---@field plugin string Which: a built-in key such as `loophole.synth`, or the plugin's own id.
---@field bypassed boolean Passes its input through.
---@field params table<string, number> Parameter values by key; for plugins, by decimal parameter id.
---@field blob string? Its content: a plugin's state, or a SoundFont.
---@field layout string Which of its sets of audio buses a plugin has, by name, or by name and the plugin's own id as in `Stereo#2`; empty for the one it comes with.
---@field sidechain Track? The track whose output feeds its sidechain.
---@field sidechain_input "none"|"main"|"sidechain" The input of the outer host that feeds its sidechain, beside the track.
---@field id string Identity, stable for the life of the project. (read-only)
---@field is_builtin boolean Whether it is part of Loophole. (read-only)
---@field is_plugin boolean Whether it is a nested plugin. (read-only)
---@field is_instrument boolean Whether it is a built-in instrument. (read-only)
---@field layouts {id: integer, name: string, inputs: integer, outputs: integer}[] The sets of audio buses that a nested plugin can have, for `layout`; none while it is not loaded. (read-only)
---@field parameters Parameter[] Its parameters. (read-only)
---@field lanes Lane[] The automation of its parameters. (read-only)
local Device_ = {}

---A parameter by key.
---@param key string
---@return Parameter?, string?
function Device_:parameter(key) end

---A parameter's value, in its unit.
---@param key string
---@return number?, string?
function Device_:get(key) end

---Sets a parameter in its unit, or many from a table of values by key.
---@param key string|table<string, number>
---@param value number?
function Device_:set(key, value) end

---Gives a parameter its default back.
---@param key string
function Device_:reset(key) end

---The automation lane of a parameter; a new one if there is none.
---@param key string
---@param points Point[]?
---@return Lane
function Device_:automate(key, points) end

---Deletes it and everything it owns.
function Device_:delete() end

---Parameters of anything that has some.
---@class Parameters
local Parameters_ = {}

---The parameters of a track, device or send.
---@param owner Track|Device|Send
---@return Parameter[]
function Parameters_:of(owner) end

---A parameter of a device, a track's fader, pan or mute, or a send's level.
---@class Parameter
---@field key string Stable name; for plugins, the number of the parameter. (read-only)
---@field name string What a person reads. (read-only)
---@field owner Track|Device|Send What it belongs to. (read-only)
---@field value number Its value, in its unit.
---@field normalized number Its value as a knob position, 0..=1. Setting it clamps.
---@field text string Its value as a person reads and writes it, such as "-6.0 dB".
---@field min number Smallest value. (read-only)
---@field max number Largest value. (read-only)
---@field default number Value of a new device. (read-only)
---@field stepped boolean Whether values are whole numbers. (read-only)
---@field choices string[] The names of the values, if it is a choice. (read-only)
local Parameter_ = {}

---Gives it its default.
function Parameter_:reset() end

---A part of a track's sound sent to a bus.
---@class Send
---@field track Track Where it comes from.
---@field target Track The bus it goes to, or the track with the device that hears it.
---@field device Device? The device on the track whose extra output is sent.
---@field output integer Which output of the device, from 1; 0 for the track's own sound. (0..=31)
---@field target_device Device? The device on the target whose extra input hears it.
---@field input integer Which input of the target device: 1 is its sidechain; 0 for where audio enters the target. (0..=31)
---@field order number Place among the sends, ascending. (-1000000000000..=1000000000000)
---@field level_db number Level. (-90..=12 dB)
---@field pre_fader boolean Taken before the fader.
---@field enabled boolean Heard.
---@field id string Identity, stable for the life of the project. (read-only)
---@field lanes Lane[] The automation of its level. (read-only)
---@field parameters Parameter[] Its level as a parameter. (read-only)
local Send_ = {}

---A parameter by key.
---@param key string
---@return Parameter?, string?
function Send_:parameter(key) end

---The automation lane of `level_db`.
---@param key string
---@param points Point[]?
---@return Lane
function Send_:automate(key, points) end

---Deletes it and everything it owns.
function Send_:delete() end

---All automation lanes. `#automation`, `automation[i]` and `ipairs(automation)` work; `automate` of a track, device or send makes one.
---@class Automation
---@field [integer] Lane
local Automation_ = {}

---The lanes as a list.
---@return Lane[]
function Automation_:list() end

---Automation of one parameter over the timeline.
---@class Lane
---@field owner Track|Device|Send Whose parameter.
---@field param string Which: `volume_db`, `pan`, `mute`, `level_db`, or a device's parameter key.
---@field points Point[] Its points, in the parameter's unit.
---@field enabled boolean Played.
---@field mode "read"|"touch"|"latch"|"write"|"off" What a moved control does while playback runs: nothing; writes while it is held; writes from then on; everything is written from the start of playback; or the lane is neither written nor played.
---@field id string Identity, stable for the life of the project. (read-only)
local Lane_ = {}

---Its points by position, as copies.
---@return Point[]
function Lane_:get_points() end

---Replaces all points.
---@param points Point[]
function Lane_:set_points(points) end

---Adds one point, in the parameter's unit.
---@param point {at: number, value: number, curve: string?}
function Lane_:add_point(point) end

---Removes all points.
function Lane_:clear_points() end

---Deletes it and everything it owns.
function Lane_:delete() end

---The macros. `macros[slot]` is the one in a slot of 1..=128, or nil; `list` gives those in use.
---@class Macros
---@field [integer] Macro?
local Macros_ = {}

---The macros in use as a list.
---@return Macro[]
function Macros_:list() end

---The macro in a slot of 1..=128; nil and a message if the slot is free.
---@param slot integer
---@return Macro?, string?
function Macros_:get(slot) end

---Takes a slot (the first free one unless given) for a macro; nil and a message if it is taken.
---@param macro {slot: integer?, name: string?, value: number?}
---@return Macro?, string?
function Macros_:add(macro) end

---One of the knobs towards the outer host.
---@class Macro
---@field name string What a person calls it.
---@field value number Position. (0..=1)
---@field id string Identity, stable for the life of the project. (read-only)
---@field slot integer Which, 1..=128. (read-only)
---@field targets MacroTarget[] What it moves. (read-only)
local Macro_ = {}

---Has it move a parameter, over its whole range unless `min` and `max` say otherwise. Give an owner and a key, or a `Parameter` and nil.
---@param owner Track|Device|Send|Parameter
---@param key string?
---@param options {min: number?, max: number?, curve: string?}?
---@return MacroTarget
function Macro_:add_target(owner, key, options) end

---Deletes it and everything it owns.
function Macro_:delete() end

---A parameter that a macro moves.
---@class MacroTarget
---@field macro Macro The macro.
---@field owner Track|Device|Send Whose parameter.
---@field param string Which, as in `lanes`.
---@field min number Value at position 0, in the parameter's unit. (-1000000000..=1000000000)
---@field max number Value at position 1. (-1000000000..=1000000000)
---@field id string Identity, stable for the life of the project. (read-only)
---@field curve string The way between: linear, smooth, exponential or hold.
local MacroTarget_ = {}

---Deletes it and everything it owns.
function MacroTarget_:delete() end

---A change of tempo.
---@class Tempo
---@field at number Where. (in beats)
---@field bpm number Quarter notes a minute from there on. (10..=1000 bpm)
---@field transition "jump"|"ramp" How it gets to the next tempo: at once where that is, or in a straight line over the beats between.
---@field id string Identity, stable for the life of the project. (read-only)
local Tempo_ = {}

---Deletes it and everything it owns.
function Tempo_:delete() end

---A change of time signature.
---@class Signature
---@field at number Where. (in beats)
---@field numerator integer Notes in a bar. (1..=64)
---@field denominator integer The kind of note: a power of two. (1..=32)
---@field id string Identity, stable for the life of the project. (read-only)
local Signature_ = {}

---Deletes it and everything it owns.
function Signature_:delete() end

---A named place on the timeline.
---@class Marker
---@field at number Where. (in beats)
---@field name string What it says.
---@field color integer|string 0xRRGGBB. (0..=16777215)
---@field id string Identity, stable for the life of the project. (read-only)
local Marker_ = {}

---Deletes it and everything it owns.
function Marker_:delete() end

---A row of the launcher.
---@class Scene
---@field name string What a person calls it.
---@field order number Place, ascending. (-1000000000000..=1000000000000)
---@field id string Identity, stable for the life of the project. (read-only)
local Scene_ = {}

---Deletes it and everything it owns.
function Scene_:delete() end

---A Lua script that belongs to the project.
---@class Script
---@field name string What a person calls it.
---@field source string Lua source.
---@field id string Identity, stable for the life of the project. (read-only)
local Script_ = {}

---Deletes it and everything it owns.
function Script_:delete() end

---The transport. What a script asks of it happens when the script has ended and its edits are in.
---@class Transport
---@field playing boolean? Whether it ran when asked. (read-only)
---@field position number? Where it was when asked, in beats. (read-only)
local Transport_ = {}

---Runs.
function Transport_:play() end

---Stops.
function Transport_:stop() end

---Goes elsewhere.
---@param beats number
function Transport_:locate(beats) end

---The mix as a whole.
---@class Mixer
---@field master Track The end of the mixer. (read-only)
---@field buses Track[] The buses, in order. (read-only)
local Mixer_ = {}

---Integrated loudness of the mix in LUFS, by rendering; nil and a message where nothing can render.
---@return number?, string?
function Mixer_:loudness() end

---What the script uses of its limits.
---@class Diagnostics
---@field memory integer Bytes the script holds. (read-only)
---@field memory_limit integer Bytes the script may hold. (read-only)
---@field instructions integer Instructions used so far. (read-only)
---@field time_limit number Seconds the script may run. (read-only)
local Diagnostics_ = {}

---An entity of any table. Its fields are properties, by the names that `core.schema.get_fields` lists; so are those of the users' tables that it is in.
---@class Entity
---@field id string Identity, stable for the life of the project. (read-only)
---@field table string The table it is of. (read-only)
local Entity_ = {}

---Deletes it and everything it owns.
function Entity_:delete() end

---@type Loophole
loophole = nil

---The script's arguments by name.
---@type table<string, any>
args = {}

---Writes to the script console. Values are joined with a space.
log = {}

---For whoever looks for a fault.
---@param ... any
function log.debug(...) end

---Good to know; `print` does the same.
---@param ... any
function log.info(...) end

---Something is not as it should be.
---@param ... any
function log.warn(...) end

---Something did not happen.
---@param ... any
function log.error(...) end

---JSON text from Lua values and back.
json = {}

---Text of a value; nil and a message if it has none.
---@param value any
---@return string?, string?
function json.encode(value) end

---Value of a text; nil and a message if it is not JSON.
---@param text string
---@return any, string?
function json.decode(text) end

---What is known of this run.
context = {}

---Whether somebody asked the script to end.
---@return boolean
function context.cancelled() end

---What the script is called.
---@return string
function context.script_name() end

---The project by schema: any entity, any field. The objects of `loophole` are the comfortable way.
core = {}

---The value of a field: one of its own, or `table.field` of a user's table that it is in, or just `field`. nil if it is not in the table.
---@param entity string|table
---@param field string
---@return any
function core.get_field(entity, field) end

---Sets a field, named as for `get_field`; nil is the default.
---@param entity string|table
---@param field string
---@param value any
function core.set_field(entity, field, value) end

---A new entity of any table, as an object.
---@param entity {table: string, fields: table?}
---@return any
function core.create_entity(entity) end

---Deletes an entity and everything it owns.
---@param entity string|table
function core.delete_entity(entity) end

---An id that no entity has, for `split_entity`.
---@return string
function core.new_id() end

---All entities of a table, as objects.
---@param table string
---@return any[]
function core.entities(table) end

---The entities that meet a condition, as objects: `core.query("table == 'clips' AND start >= ?", 16)`. The values for `?` follow; a list goes with `IN ?`. The language is in `docs/query.md`.
---@param query string
---@param ... any
---@return any[]
function core.query(query, ...) end

---The first of them, or nil.
---@param query string
---@param ... any
---@return any
function core.query_one(query, ...) end

---As `query`, over the project as it is now with what the script did on top, rather than as it was when the script started. Where others did something else, the script's way is seen.
---@param query string
---@param ... any
---@return any[]
function core.query_live(query, ...) end

---How a query is answered: which index is walked, and what is left to test and sort.
---@param query string
---@param ... any
---@return string
function core.explain(query, ...) end

---Puts an entity into a user's table, with values by field name. Its fields are then `table.field`.
---@param entity string|table
---@param table string
---@param fields table?
function core.add_to_table(entity, table, fields) end

---Takes an entity out of a user's table and forgets its values there.
---@param entity string|table
---@param table string
function core.remove_from_table(entity, table) end

---As `add_to_table`; values that were preserved are there again.
---@param entity string|table
---@param table string
---@param fields table?
function core.attach_facet(entity, table, fields) end

---As `remove_from_table`; with `preserve`, the values are kept for when it is attached again.
---@param entity string|table
---@param table string
---@param options {preserve: boolean?}?
function core.detach_facet(entity, table, options) end

---Joins two entities by an edge of a kind, and gives its id. There is one of a kind between two entities.
---@param kind string
---@param source string|table
---@param target string|table
---@param properties table?
---@return string
function core.create_edge(kind, source, target, properties) end

---Takes an edge away; its ends stay.
---@param edge string|table
function core.delete_edge(edge) end

---As `create_edge`, with a place among the edges of its kind to the target: the last one unless `after` or `before` another edge, or `first`.
---@param kind string
---@param source string|table
---@param target string|table
---@param options {after: string?, before: string?, first: boolean?, properties: table?}?
---@return string
function core.create_ordered_edge(kind, source, target, options) end

---Moves an edge among those of its kind to its target.
---@param edge string|table
---@param options {after: string?, before: string?, first: boolean?}
function core.move_ordered_edge(edge, options) end

---The edges of a kind to an entity, in order.
---@param target string|table
---@param kind string
---@return {id: string, source_id: string, target_id: string, properties: table}[]
function core.query_ordered_edges(target, kind) end

---The edges of a kind from an entity.
---@param source string|table
---@param kind string
---@return {id: string, source_id: string, target_id: string, properties: table}[]
function core.query_edges(source, kind) end

---Makes one entity of two: the first stays, and what named the second names it. `resolutions` has the values of fields in which they differ; nil and a message that names those still undecided.
---@param keep string|table
---@param gone string|table
---@param resolutions table?
---@return boolean?, string?
function core.merge_entities(keep, gone, resolutions) end

---Takes an entity apart: for each new id (`core.new_id()`, or any name) there is a new entity in the users' tables of its list, with the values there, which the old one leaves. Gives the new entities by what they were called.
---@param entity string|table
---@param options {facet_distribution: table<string, string[]>}
---@return table<string, Entity>?, string?
function core.split_entity(entity, options) end

---What is still to be decided after a merge. `ours` is what the project has. Without `field`, it is about the entity as a whole.
---@return {id: string, entity: string, field: string?, base: any, ours: any, theirs: any, origin: string, reason: string}[]
function core.get_conflicts() end

---Decides a conflict: the field gets the value, nil being the default, and the conflict is gone. One about an entity as a whole is decided by `ours` or `theirs`.
---@param conflict string|table
---@param value any
function core.resolve_conflict(conflict, value) end

---Ends the undo step: what was done outside of `loophole.edit` so far becomes one step, called `name` or after the script; what follows begins another. All steps reach the project when the script has ended well.
---@param name string?
function core.commit(name) end

---Takes back everything since the last `core.commit`, or since the script started.
function core.discard() end

---What there is: tables and their fields, and making one's own.
core.schema = {}

---The names of the tables: the built-in ones, then the users'.
---@return string[]
function core.schema.list_tables() end

---The fields of a table. `path` is the name by which any entity in the table has the field.
---@param table string
---@return {name: string, path: string, type: string, range: string, unit: string, indexed: boolean, doc: string}[]
function core.schema.get_fields(table) end

---Makes a table of the user's own, with fields as for `define_field`. One of this name is brought to what is given.
---@param name string
---@param options {doc: string?, fields: table[]?}?
function core.schema.define_table(name, options) end

---Makes a field of a user's table. `holds` is `text`, `bool`, `int`, `float`, `choice` (of `words`), `beats`, `ref` (to an entity of `tables`, of any without), `blob`, `numbers`, `list`, `properties`, `notes`, `points` or `events`. What is `indexed` is found quickly. One of this name is brought to what is given.
---@param table string
---@param field {name: string, holds: string, min: number?, max: number?, default: any, words: string[]?, tables: string[]?, unit: string?, indexed: boolean?, doc: string?}
function core.schema.define_field(table, field) end

---Removes a user's table and its fields. What entities hold for it comes back if it is made again.
---@param name string
function core.schema.remove_table(name) end

---Removes a field of a user's table, as `remove_table` does.
---@param table string
---@param name string
function core.schema.remove_field(table, name) end

---Edits texts in place: what others type elsewhere in them stays. Positions count characters from 0.
core.text = {}

---Puts text in before a character.
---@param entity string|table
---@param field string
---@param at integer
---@param text string
function core.text.insert_at(entity, field, at, text) end

---Takes the characters from one place to before another out.
---@param entity string|table
---@param field string
---@param from integer
---@param to integer
function core.text.delete_range(entity, field, from, to) end

---Puts text in place of the characters from one place to before another.
---@param entity string|table
---@param field string
---@param from integer
---@param to integer
---@param text string
function core.text.replace_range(entity, field, from, to, text) end

---Edits lists in place: what others do elsewhere in them stays. Positions count from 1, as everywhere in Lua.
core.list = {}

---Puts an item in at a position; those from there on move up.
---@param entity string|table
---@param field string
---@param at integer
---@param value any
function core.list.insert(entity, field, at, value) end

---Puts an item in at the end.
---@param entity string|table
---@param field string
---@param value any
function core.list.append(entity, field, value) end

---Takes the first item with a value out; an error if there is none.
---@param entity string|table
---@param field string
---@param value any
function core.list.remove(entity, field, value) end

---Takes the item at a position out.
---@param entity string|table
---@param field string
---@param at integer
function core.list.remove_at(entity, field, at) end

---Moves an item to another position.
---@param entity string|table
---@param field string
---@param from integer
---@param to integer
function core.list.move(entity, field, from, to) end

---What the script has done so far, before it reaches the project.
core.overlay = {}

---What the script has done so far, in order: `create`, `set`, `rows`, `numbers`, `properties`, `text`, `list`, `attach`, `detach` or `delete`, and of what.
---@return {edit: string, entity: string, table: string?, field: string?}[]
function core.overlay.operations() end

---What differs from the project that the script started from, in a musician's words, a line each.
---@return string
function core.overlay.diff() end

