-- What every script finds instead of the standard functions that could escape its limits.
-- `check` raises again once a limit is reached; `charge(n)` pays for n steps of work done in C.
local check, charge = ...
local raw_pcall, raw_xpcall, raw_setmetatable, rawget, rawlen = pcall, xpcall, setmetatable, rawget, rawlen
local resume, close, type, error = coroutine.resume, coroutine.close, type, error
local concat, sort, unpack = table.concat, table.sort, table.unpack

function pcall(f, ...) return check(raw_pcall(f, ...)) end
function xpcall(f, handler, ...) return check(raw_xpcall(f, handler, ...)) end
function coroutine.resume(co, ...) return check(resume(co, ...)) end
function coroutine.close(co) return check(close(co)) end

-- Finalisers run outside of any limit.
function setmetatable(t, meta)
  if type(meta) == "table" and rawget(meta, "__gc") ~= nil then
    error("__gc is not available to scripts", 2)
  end
  return raw_setmetatable(t, meta)
end

-- In Lua, so that each step counts.
function table.insert(t, a, ...)
  local n = #t + 1
  if select("#", ...) == 0 then t[n] = a return end
  if type(a) ~= "number" or a < 1 or a > n then error("bad argument #2 to 'insert' (position out of bounds)", 2) end
  for i = n, a + 1, -1 do t[i] = t[i - 1] end
  t[a] = (...)
end

function table.remove(t, at)
  local n = #t
  if at == nil then at = n elseif n + 1 == at then local v = t[at] t[at] = nil return v end
  if n > 0 and (at < 1 or at > n + 1) then error("bad argument #2 to 'remove' (position out of bounds)", 2) end
  local value = t[at]
  for i = at, n - 1 do t[i] = t[i + 1] end
  if n > 0 then t[n] = nil end
  return value
end

function table.move(from, first, last, to, into)
  into = into or from
  if to > first and to <= last and into == from then
    for i = last - first, 0, -1 do into[to + i] = from[first + i] end
  else
    for i = 0, last - first do into[to + i] = from[first + i] end
  end
  return into
end

function table.concat(t, ...) charge(rawlen(t)) return concat(t, ...) end
function table.sort(t, ...) charge(rawlen(t) * 20) return sort(t, ...) end
function table.unpack(t, ...) charge(rawlen(t)) return unpack(t, ...) end
