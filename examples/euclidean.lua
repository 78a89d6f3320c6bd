-- Euclidean drums: spreads hits as evenly as they go over a number of steps, one voice each.
--
-- args.track   name of the track that gets the pattern (default "Percussion"; made if it is missing)
-- args.bars    length of the pattern in bars of 4/4 (default 2)
-- args.step    length of a step in beats (default 0.25)
-- args.voices  list of { key, hits, steps, rotate, velocity }

-- Keys of General MIDI percussion, so that any drum kit understands them.
local voices = args.voices or {
  { key = 62, hits = 5, steps = 16, rotate = 2, velocity = 0.7 },
  { key = 64, hits = 3, steps = 16, rotate = 6, velocity = 0.75 },
  { key = 76, hits = 7, steps = 12, rotate = 1, velocity = 0.5 },
  { key = 77, hits = 4, steps = 12, rotate = 3, velocity = 0.45 },
  { key = 70, hits = 16, steps = 16, rotate = 0, velocity = 0.35 },
}
local bars = args.bars or 2
local step = args.step or 0.25

-- Bjorklund's distribution in its simplest form: a hit wherever the running count passes a whole number.
local function is_hit(index, hits, steps)
  return (index * hits) % steps < hits
end

local name = args.track or "Percussion"
loophole.edit("Euclidean drums", function()
  local track = loophole.tracks:find(name)
  if not track then
    track = loophole.tracks:add { kind = "instrument", name = name }
    track:add_device("loophole.synth")
  end
  local clip = track.clips[1] or track:add_clip { start = 0, length = bars * 4, name = "Euclid" }
  local notes = {}
  for _, voice in ipairs(voices) do
    local count = math.floor(bars * 4 / step)
    for index = 0, count - 1 do
      if is_hit(index + (voice.rotate or 0), voice.hits, voice.steps) then
        local accent = index % 4 == 0 and 1.15 or (index % 2 == 1 and 0.8 or 1)
        notes[#notes + 1] = {
          start = index * step,
          length = step * 0.9,
          key = voice.key,
          velocity = math.min(1, (voice.velocity or 0.7) * accent),
        }
      end
    end
  end
  clip:set_notes(notes)
  clip.loop_length = bars * 4
  log.info(string.format("%d hits in %d bars on '%s'", #notes, bars, track.name))
end)
