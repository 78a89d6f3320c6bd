-- Humanise: moves notes off the grid a little, the way hands do.
--
-- args.track     name of a track; all instrument tracks if not given
-- args.timing    how far notes move, in beats (default 0.02)
-- args.velocity  how much velocities vary, 0..1 (default 0.12)
-- args.length    how much lengths vary, 0..1 (default 0.1)
-- args.seed      the same seed gives the same result (default 1)

local timing = args.timing or 0.02
local velocity = args.velocity or 0.12
local length = args.length or 0.1
math.randomseed(args.seed or 1)

-- Three dice make small deviations more likely than large ones.
local function around()
  return (math.random() + math.random() + math.random()) / 1.5 - 1
end

local function clamp(value, low, high)
  return math.max(low, math.min(high, value))
end

local tracks = {}
if args.track then
  local track, message = loophole.tracks:find(args.track)
  if not track then error(message, 0) end
  tracks[1] = track
else
  for _, track in ipairs(loophole.tracks) do
    if track.kind == "instrument" then tracks[#tracks + 1] = track end
  end
end

local changed = 0
loophole.edit("Humanise", function()
  for _, track in ipairs(tracks) do
    for _, clip in ipairs(track.clips) do
      local notes = clip.kind == "notes" and clip:get_notes() or {}
      for _, note in ipairs(notes) do
        note.start = math.max(0, note.start + around() * timing)
        note.velocity = clamp(note.velocity + around() * velocity, 0.02, 1)
        note.length = math.max(1 / 64, note.length * (1 + around() * length))
      end
      if #notes > 0 then clip:set_notes(notes) end
      changed = changed + #notes
    end
  end
end)
log.info(string.format("humanised %d notes on %d tracks", changed, #tracks))
