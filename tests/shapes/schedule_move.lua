-- Moves what is due from a schedule to the queues that the jobs name. KEYS: the schedule. ARGV: now, how many.
local moved = {}
for _, job in ipairs(redis.call("zrange", KEYS[1], "-inf", ARGV[1], "byscore", "limit", "0", ARGV[2])) do
  if redis.call("zrem", KEYS[1], job) == 1 then
    local ok, decoded = pcall(cjson.decode, job)
    local queue = ok and decoded.queue or "dead"
    if ok then
      decoded.enqueued_at = tonumber(ARGV[1])
    end
    redis.call("sadd", "queues", queue)
    redis.call("lpush", "queue:" .. queue, job)
    moved[#moved + 1] = queue .. "=" .. (ok and tostring(decoded.enqueued_at) or "?")
  end
end
return moved
