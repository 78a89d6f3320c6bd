-- `require(name)` loads another script of the project once; `require.try(name)` returns nil and a message instead of raising.
local sources, compile = ...
local loaded, loading = {}, {}
local error, pcall, tostring, setmetatable, concat = error, pcall, tostring, setmetatable, table.concat

local function load(name)
  if loaded[name] ~= nil then return loaded[name] end
  local source = sources[name]
  if source == nil then error('module not found: "' .. tostring(name) .. '" (no script of the project has this name)', 0) end
  for _, other in ipairs(loading) do
    if other == name then error("circular require: " .. concat(loading, " -> ") .. " -> " .. name, 0) end
  end
  loading[#loading + 1] = name
  local ok, result = pcall(function() return compile(name, source)() end)
  loading[#loading] = nil
  if not ok then error(result, 0) end
  if result == nil then result = true end
  loaded[name] = result
  return result
end

require = setmetatable({
  try = function(name)
    local ok, result = pcall(load, name)
    if ok then return result end
    return nil, tostring(result)
  end,
}, { __call = function(_, name) return load(name) end, __metatable = false })
