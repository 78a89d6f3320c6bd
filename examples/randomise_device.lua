-- Randomise device: new values for a device's parameters, within bounds; one undo takes it all back.
--
-- args.track   name of the track (default: the first that has a device)
-- args.device  name or key of the device (default: the first of the track)
-- args.amount  how far parameters may move, 0..1 of their range (default 0.25)
-- args.keep    list of parameter keys to leave alone (default: levels and mixes)
-- args.seed    the same seed gives the same sound; given in the log, so that a lucky find can be found again

local amount = args.amount or 0.25
local seed = args.seed or math.random(1, 1000000)
math.randomseed(seed)

local keep = {}
for _, key in ipairs(args.keep or { "level_db", "output_db", "gain_db", "makeup_db", "mix" }) do keep[key] = true end

local function find()
  for _, track in ipairs(loophole.tracks) do
    if not args.track or track.name == args.track then
      for _, device in ipairs(track.devices) do
        if not args.device or device.name == args.device or device.plugin == args.device then
          return device, track
        end
      end
    end
  end
end

local device, track = find()
if not device then error("there is no such device: name a track and a device in args", 0) end
if device.is_plugin then error("'" .. device.name .. "' is a nested plugin; this macro knows built-in devices", 0) end

loophole.edit("Randomise " .. device.name, function()
  local changed = 0
  for _, parameter in ipairs(device.parameters) do
    if not keep[parameter.key] then
      if parameter.stepped then
        -- Switches and choices jump rarely: they change the sound most.
        if math.random() < amount * 0.5 then
          parameter.value = math.random(math.floor(parameter.min), math.floor(parameter.max))
          changed = changed + 1
        end
      else
        local move = (math.random() * 2 - 1) * amount
        parameter.normalized = math.max(0, math.min(1, parameter.normalized + move))
        changed = changed + 1
      end
    end
  end
  log.info(string.format("%s on '%s': %d parameters moved (seed %d)", device.name, track.name, changed, seed))
end)
