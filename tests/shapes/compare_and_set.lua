-- Sets KEYS[1] to ARGV[2] if it is ARGV[1], or absent where ARGV[1] is empty; returns what it was.
local present = redis.call("GET", KEYS[1])
if present == ARGV[1] or (not present and ARGV[1] == "") then
  redis.call("SET", KEYS[1], ARGV[2])
  return {1, present}
end
return {0, present}
