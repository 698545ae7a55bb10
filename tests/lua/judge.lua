-- Runs a program and returns all it printed and the error it ended with, as text. The same on both sides.
local loadstring, setfenv, pcall, tostring, select, setmetatable = loadstring, setfenv, pcall, tostring, select, setmetatable
local concat, globals = table.concat, _G
return function(source, name)
  local out = {}
  local environment = setmetatable({}, { __index = globals })
  environment._G = environment
  environment.print = function(...)
    local words = {}
    for i = 1, select("#", ...) do words[i] = tostring((select(i, ...))) end
    out[#out + 1] = concat(words, "\t")
  end
  local chunk, message = loadstring(source, name)
  if not chunk then
    out[#out + 1] = "does not compile: " .. tostring(message)
  else
    setfenv(chunk, environment)
    local ok, message = pcall(chunk)
    if not ok then out[#out + 1] = "error: " .. tostring(message) end
  end
  return concat(out, "\n")
end
