-- Register: colours clips by how high they play, and reports tracks that mix registers. Finds everything by query.
--
-- args.low, args.high  keys that part low from middle and middle from high (default 48 and 72)

local low, high = args.low or 48, args.high or 72

local bands = {
  { name = "low", colour = 0x4fa67a, where = "NOT EXISTS(notes WHERE key >= ?)", keys = { low } },
  { name = "middle", colour = 0x5b8def, where = "NOT EXISTS(notes WHERE key < ? OR key >= ?)", keys = { low, high } },
  { name = "high", colour = 0xe06c9f, where = "NOT EXISTS(notes WHERE key < ?)", keys = { high } },
}

local coloured = 0
loophole.edit("Colour clips by register", function()
  for _, band in ipairs(bands) do
    local text = "table == 'clips' AND EXISTS(notes) AND " .. band.where .. " ORDER BY track->order, start"
    for _, clip in ipairs(core.query(text, table.unpack(band.keys))) do
      log.info(band.name .. ": " .. clip.track.name .. " at beat " .. clip.start)
      if clip.color ~= band.colour then
        clip.color = band.colour
        coloured = coloured + 1
      end
    end
  end
end)

local mixed = core.query([[
  table == 'tracks'
  AND EXISTS(clips<-track WHERE EXISTS(notes WHERE key < ?))
  AND EXISTS(clips<-track WHERE EXISTS(notes WHERE key >= ?))
  ORDER BY name
]], low, high)
for _, track in ipairs(mixed) do
  log.warn(track.name .. " plays both low and high")
end
log.info("coloured " .. coloured .. " clips")
