-- At most ARGV[3] requests in a window of ARGV[2] milliseconds; ARGV[1] is now.
local now, window, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call("ZREMRANGEBYSCORE", KEYS[1], "-inf", now - window)
local count = redis.call("ZCARD", KEYS[1])
local allowed = count < limit
if allowed then
  local member = now .. ":" .. redis.call("INCR", KEYS[1] .. ":n")
  redis.call("ZADD", KEYS[1], now, member)
  count = count + 1
end
redis.call("PEXPIRE", KEYS[1], 100000000)
redis.call("PEXPIRE", KEYS[1] .. ":n", 100000000)
local first = redis.call("ZRANGE", KEYS[1], 0, 0, "WITHSCORES")
local retry = allowed and 0 or math.max(0, tonumber(first[2]) + window - now)
return {allowed and 1 or 0, limit - count, string.format("%.3f", retry / 1000)}
