-- The part of the sandbox that is Lua, because what it wraps may yield or call back.
-- Nothing here is reachable from a script but the functions it installs.
local guard, charge, span, caught, locate, interval = ...

local type, select, error, rawget = type, select, error, rawget
local getmetatable, setmetatable, pcall, xpcall = getmetatable, setmetatable, pcall, xpcall
local tostring, tointeger = tostring, math.tointeger

local function expect(value, kind, position, name)
  if type(value) ~= kind then
    local found = value == nil and "nothing" or type(value)
    error(("bad argument #%d to '%s' (%s expected, got %s)"):format(position, name, kind, found), 3)
  end
end

-- Protected calls: a reached limit goes through them, whatever the script does with errors.
local function settle(ok, ...)
  if ok then return true, ... end
  return false, caught((...))
end

local function located(e)
  local tripped, shown = locate(e)
  if tripped then return e end
  return shown
end

function _G.pcall(f, ...)
  return settle(xpcall(f, located, ...))
end

function _G.xpcall(f, handler, ...)
  expect(handler, "function", 2, "xpcall")
  -- The handler runs before the stack unwinds, where no hook fires if the error came from the hook.
  return settle(xpcall(f, function(e)
    local tripped, shown = locate(e)
    if tripped then return e end
    return handler(shown)
  end, ...))
end

-- Finalisers run where no hook fires. So would the `__close` handlers of the function that a limit ends: they are
-- disarmed first, which takes knowing every metatable.
local metatables = setmetatable({}, { __mode = "k" })

function _G.setmetatable(t, mt)
  expect(t, "table", 1, "setmetatable")
  if mt ~= nil then
    expect(mt, "table", 2, "setmetatable")
    if rawget(mt, "__gc") ~= nil then error("finalisers (__gc) are not available to scripts", 2) end
    metatables[mt] = true
  end
  return setmetatable(t, mt)
end

-- Coroutines. A new one starts its own instruction count, so creating one costs a whole count.
do
  local co = coroutine
  local create, resume, status, close = co.create, co.resume, co.status, co.close
  local failures = setmetatable({}, { __mode = "k" })

  local function fresh(f, name)
    expect(f, "function", 1, name)
    charge(interval)
    return create(f)
  end

  local function failed(thread, e)
    e = caught(e)
    failures[thread] = e
    return e
  end

  local function resumed(thread, ok, ...)
    if ok then return true, ... end
    return false, failed(thread, (...))
  end

  local function unwrapped(thread, ok, ...)
    if ok then return ... end
    error(failed(thread, (...)), 0)
  end

  function co.create(f)
    return (fresh(f, "create"))
  end

  function co.resume(thread, ...)
    expect(thread, "thread", 1, "resume")
    return resumed(thread, resume(thread, ...))
  end

  function co.wrap(f)
    local thread = fresh(f, "wrap")
    return function(...)
      if status(thread) == "dead" then error("cannot resume dead coroutine", 2) end
      return unwrapped(thread, resume(thread, ...))
    end
  end

  -- What a failed coroutine left open stays open: its hook may be off, so nothing of it may run again.
  function co.close(thread)
    expect(thread, "thread", 1, "close")
    guard()
    if status(thread) ~= "dead" then return settle(close(thread)) end
    local e = failures[thread]
    failures[thread] = nil
    if e ~= nil then return false, e end
    return true
  end
end

-- Tables. The originals loop in C over lengths that a metamethod may invent.
do
  local concat, unpack, sort, move = table.concat, table.unpack, table.sort, table.move
  local log = math.log

  function table.insert(t, ...)
    expect(t, "table", 1, "insert")
    local n, e = select("#", ...), #t + 1
    if n == 1 then
      t[e] = (...)
      return
    end
    if n ~= 2 then error("wrong number of arguments to 'insert'", 2) end
    local pos, value = ...
    pos = tointeger(pos)
    if not pos then error("bad argument #2 to 'insert' (whole number expected)", 2) end
    if pos < 1 or pos > e then error("bad argument #2 to 'insert' (position out of bounds)", 2) end
    for i = e, pos + 1, -1 do t[i] = t[i - 1] end
    t[pos] = value
  end

  function table.remove(t, pos)
    expect(t, "table", 1, "remove")
    local n = #t
    if pos == nil then
      pos = n
    else
      pos = tointeger(pos)
      if not pos then error("bad argument #2 to 'remove' (whole number expected)", 2) end
      if n + 1 ~= pos and (pos < 1 or pos > n + 1) and not (n == 0 and pos == 0) then
        error("bad argument #2 to 'remove' (position out of bounds)", 2)
      end
    end
    local value = t[pos]
    for i = pos, n - 1 do t[i] = t[i + 1] end
    if pos <= n then t[n] = nil else t[pos] = nil end
    return value
  end

  function table.concat(t, separator, i, j)
    expect(t, "table", 1, "concat")
    i, j = span(i or 1, j or #t)
    local text = concat(t, separator, i, j)
    charge(#text // 8)
    return text
  end

  function table.unpack(t, i, j)
    i, j = span(i or 1, j or #t)
    return unpack(t, i, j)
  end

  function table.move(a, first, last, at, b)
    expect(a, "table", 1, "move")
    first, last = span(first, last)
    return move(a, first, last, at, b or a)
  end

  function table.sort(t, before)
    expect(t, "table", 1, "sort")
    if before ~= nil then expect(before, "function", 2, "sort") end
    local n = #t
    if getmetatable(t) == nil then
      span(1, n)
      if n > 1 then charge((n * log(n, 2)) // 1 | 0) end
      return sort(t, before)
    end
    local copy = {}
    for i = 1, n do copy[i] = t[i] end
    if n > 1 then charge((n * log(n, 2)) // 1 | 0) end
    sort(copy, before)
    for i = 1, n do t[i] = copy[i] end
  end
end

-- Text. Whatever works through a whole text is charged for its length.
do
  local function weigh(text)
    if type(text) == "string" and #text > 512 then charge(#text // 8) end
  end
  local function weighed(library, name)
    local f = library[name]
    library[name] = function(text, ...)
      weigh(text)
      return f(text, ...)
    end
  end
  for _, name in ipairs { "upper", "lower", "reverse", "byte", "sub", "packsize" } do weighed(string, name) end
  for _, name in ipairs { "len", "codepoint", "offset", "codes" } do weighed(utf8, name) end

  local function weighed_result(library, name)
    local f = library[name]
    library[name] = function(text, ...)
      weigh(text)
      local result = f(text, ...)
      weigh(result)
      return result
    end
  end
  for _, name in ipairs { "format", "pack" } do weighed_result(string, name) end

  local unpack = string.unpack
  function string.unpack(format, text, position)
    weigh(format)
    return unpack(format, text, position)
  end

  local tonumber = tonumber
  function _G.tonumber(value, ...)
    weigh(value)
    return tonumber(value, ...)
  end
end

getmetatable("").__metatable = false

local function main(f)
  local ok, e = xpcall(f, located)
  if not ok then error(e, 0) end
end

return metatables, type, main
