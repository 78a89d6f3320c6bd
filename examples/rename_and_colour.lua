-- Rename and colour: names tracks by what they are and numbers doubles, and colours them by family.
--
-- args.find, args.replace  also replaces this text in every name (plain text)
-- args.number              number tracks of the same name (default true)

local families = {
  { colour = 0xe07a5f, words = { "drum", "beat", "kick", "snare", "hat", "perc", "clap" } },
  { colour = 0x4fa67a, words = { "bass", "sub" } },
  { colour = 0x5b8def, words = { "key", "piano", "organ", "ep" } },
  { colour = 0x8f7cc9, words = { "pad", "string", "choir", "atmos" } },
  { colour = 0xe06c9f, words = { "lead", "vocal", "vox", "melody", "solo" } },
  { colour = 0x4fb3bf, words = { "arp", "pluck", "seq" } },
}

local function family(name)
  local lower = name:lower()
  for _, entry in ipairs(families) do
    for _, word in ipairs(entry.words) do
      if lower:find(word, 1, true) then return entry.colour end
    end
  end
end

local function replace(name, old, new)
  local at, stop = name:find(old, 1, true)
  while at do
    name = name:sub(1, at - 1) .. new .. name:sub(stop + 1)
    at, stop = name:find(old, at + #new, true)
  end
  return name
end

local renamed, coloured = 0, 0
loophole.edit("Rename and colour tracks", function()
  local seen = {}
  for _, track in ipairs(loophole.tracks) do
    -- "bass_DI  02" becomes "Bass DI": spaces for underscores, no trailing number, a capital first.
    local name = track.name:gsub("_", " "):gsub("%s+", " "):gsub("%s*%d+$", "")
    if args.find and args.find ~= "" then name = replace(name, args.find, args.replace or "") end
    name = name:gsub("^%l", string.upper)
    if name == "" then name = track.name end
    seen[name] = (seen[name] or 0) + 1
    if args.number ~= false and seen[name] > 1 then name = name .. " " .. seen[name] end
    if name ~= track.name then
      log.info(track.name .. " -> " .. name)
      track.name = name
      renamed = renamed + 1
    end
    local colour = family(name)
    if colour and colour ~= track.color then
      track.color = colour
      coloured = coloured + 1
    end
  end
end)
log.info(string.format("renamed %d and coloured %d tracks", renamed, coloured))
