-- Adds a job to a queue. KEYS: ids, wait, delayed, prioritized, events, job prefix.
-- ARGV: packed options {name, timestamp, delay, priority, attempts}, the job's data as JSON.
local options = cmsgpack.unpack(ARGV[1])
local name, timestamp, delay, priority, attempts = options[1], options[2], options[3] or 0, options[4] or 0, options[5]
local id = tostring(redis.call("INCR", KEYS[1]))
local job = KEYS[6] .. id
if redis.call("EXISTS", job) == 1 then
  return redis.error_reply("JOBEXISTS " .. id)
end
local data = cjson.decode(ARGV[2])
data["queued"] = true
redis.call("HSET", job, "name", name, "data", ARGV[2], "opts", cjson.encode({attempts = attempts}), "timestamp",
  timestamp, "delay", delay, "priority", priority)
if delay > 0 then
  redis.call("ZADD", KEYS[3], timestamp + delay, id)
  redis.call("XADD", KEYS[5], "MAXLEN", "~", 100, timestamp .. "-" .. id, "event", "delayed", "jobId", id)
elseif priority > 0 then
  local counter = redis.call("INCR", KEYS[4] .. ":counter")
  redis.call("ZADD", KEYS[4], priority * 65536 + counter, id)
  redis.call("XADD", KEYS[5], timestamp .. "-" .. id, "event", "waiting", "jobId", id)
else
  redis.call("LPUSH", KEYS[2], id)
  redis.call("XADD", KEYS[5], timestamp .. "-" .. id, "event", "waiting", "jobId", id)
end
return {id, #ARGV[2], data["queued"] and 1 or 0}
