-- Ends a job. KEYS: active, finished, events, job prefix, wait. ARGV: id, token, now, "completed" or "failed", value.
local job = KEYS[4] .. ARGV[1]
if redis.call("EXISTS", job) == 0 then
  return -1
end
local token = redis.call("GET", job .. ":lock")
if not token then
  return -2
elseif token ~= ARGV[2] then
  return -6
end
redis.call("DEL", job .. ":lock")
if redis.call("LREM", KEYS[1], -1, ARGV[1]) < 1 then
  return -3
end
local options = cjson.decode(redis.call("HGET", job, "opts"))
local made = tonumber(redis.call("HGET", job, "attemptsMade")) or 0
if ARGV[4] == "failed" and made < (options.attempts or 1) then
  redis.call("RPUSH", KEYS[5], ARGV[1])
  redis.call("HSET", job, "failedReason", ARGV[5])
  return "retry " .. made
end
redis.call("ZADD", KEYS[2], ARGV[3], ARGV[1])
redis.call("HSET", job, ARGV[4] == "completed" and "returnvalue" or "failedReason", ARGV[5], "finishedOn", ARGV[3])
redis.call("XADD", KEYS[3], ARGV[3] .. "-1", "event", ARGV[4], "jobId", ARGV[1], "value", ARGV[5])
local old = redis.call("ZREVRANGE", KEYS[2], 2, -1)
for _, id in ipairs(old) do
  redis.call("DEL", KEYS[4] .. id)
end
redis.call("ZREMRANGEBYRANK", KEYS[2], 0, -3)
return cmsgpack.pack({ARGV[1], #old, {made = made}})
