-- Moves due jobs from delayed to wait, then takes the next one. KEYS: wait, active, delayed, prioritized, job prefix.
-- ARGV: now, packed {token, lock milliseconds, how many due ones at most}.
local function promote(now, limit)
  local due = redis.call("ZRANGEBYSCORE", KEYS[3], 0, now, "LIMIT", 0, limit)
  if #due > 0 then
    redis.call("ZREM", KEYS[3], unpack(due))
    for _, id in ipairs(due) do
      redis.call("LPUSH", KEYS[1], id)
      redis.call("HSET", KEYS[5] .. id, "delay", 0)
    end
  end
  return #due
end

local options = cmsgpack.unpack(ARGV[2])
local promoted = promote(tonumber(ARGV[1]), options[3])
local id = redis.call("RPOPLPUSH", KEYS[1], KEYS[2])
if not id then
  local first = redis.call("ZPOPMIN", KEYS[4])
  if #first == 0 then
    local next_due = redis.call("ZRANGE", KEYS[3], 0, 0, "WITHSCORES")
    return {false, promoted, next_due[2] and math.floor(tonumber(next_due[2])) or 0}
  end
  id = first[1]
  redis.call("LPUSH", KEYS[2], id)
end
local job = KEYS[5] .. id
redis.call("SET", job .. ":lock", options[1], "PX", options[2])
redis.call("HSET", job, "processedOn", ARGV[1])
redis.call("HINCRBY", job, "attemptsMade", 1)
local fields = redis.call("HGETALL", job)
local map = {}
for i = 1, #fields, 2 do
  map[fields[i]] = fields[i + 1]
end
return {id, promoted, map.name, cjson.decode(map.data).to, cjson.decode(map.opts).attempts}
