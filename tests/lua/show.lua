-- Runs a chunk and returns its results, or its error, as text. The same on both sides; Redis has neither print nor
-- setfenv.
local show
local function text(s)
  return '"' .. s:gsub('[%c"\\\127-\255]', function(c) return ("\\%03d"):format(c:byte()) end) .. '"'
end
function show(value, depth)
  if type(value) == "string" then return text(value) end
  if type(value) == "number" then return ("%.17g"):format(value) end
  if type(value) ~= "table" then return tostring(value) end
  if depth > 25 then return "{...}" end
  local out = {}
  for k, v in pairs(value) do out[#out + 1] = "[" .. show(k, depth + 1) .. "]=" .. show(v, depth + 1) end
  return "{" .. table.concat(out, ",") .. "}"
end
local function results(...)
  local out = {}
  for i = 1, select("#", ...) do out[i] = show((select(i, ...)), 0) end
  return table.concat(out, " ")
end
return function(source, name)
  local chunk, message = loadstring(source, name)
  if not chunk then return "does not compile: " .. message end
  return results(pcall(chunk))
end
