-- A bucket of ARGV[1] tokens that gains ARGV[2] a second; ARGV[3] is now in seconds, ARGV[4] how many are asked for.
local capacity, rate, now, asked = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4] or 1)
local bucket = redis.call("HMGET", KEYS[1], "tokens", "at")
local tokens = tonumber(bucket[1]) or capacity
local at = tonumber(bucket[2]) or now
tokens = math.min(capacity, tokens + math.max(0, now - at) * rate)
local allowed = tokens >= asked
if allowed then
  tokens = tokens - asked
end
redis.call("HSET", KEYS[1], "tokens", string.format("%.10g", tokens), "at", ARGV[3])
redis.call("EXPIRE", KEYS[1], math.ceil(capacity / rate) * 100000)
return {allowed, tokens, tostring(tokens)}
