-- Gain stage: measures each track alone and sets its fader so that all sit at a target loudness before you mix.
--
-- args.target  loudness in LUFS (default -23, as EBU R128 asks of programmes)
-- args.tracks  list of names; all audible tracks that are not buses if not given
-- args.max     the most that a fader is raised, in dB (default 12)

local target = args.target or -23
local most = args.max or 12

local wanted
if args.tracks then
  wanted = {}
  for _, name in ipairs(args.tracks) do wanted[name] = true end
end

local staged = 0
loophole.edit("Gain stage to " .. target .. " LUFS", function()
  for _, track in ipairs(loophole.tracks) do
    local chosen = wanted and wanted[track.name] or (not wanted and track.kind ~= "bus" and not track.mute)
    if chosen then
      local lufs, message = loophole.loudness(track)
      if not lufs then error("cannot measure '" .. track.name .. "': " .. message, 0) end
      if lufs < -70 then
        log.warn(string.format("%-16s is silent; left as it is", track.name))
      else
        local change = math.min(most, target - lufs)
        local volume = math.max(-60, math.min(12, track.volume_db + change))
        log.info(string.format("%-16s %6.1f LUFS, fader %+.1f -> %+.1f dB", track.name, lufs, track.volume_db, volume))
        track.volume_db = volume
        staged = staged + 1
      end
    end
  end
end)
log.info(string.format("staged %d tracks to %.1f LUFS", staged, target))
