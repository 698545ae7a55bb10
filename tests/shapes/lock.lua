-- The part of Redlock on one server: ARGV[1] is what to do, ARGV[2] the owner, ARGV[3] for how many milliseconds.
local what = ARGV[1]
if what == "acquire" then
  for _, key in ipairs(KEYS) do
    if redis.call("exists", key) == 1 then
      return 0
    end
  end
  for _, key in ipairs(KEYS) do
    redis.call("set", key, ARGV[2], "PX", ARGV[3])
  end
  return #KEYS
end
local count = 0
for _, key in ipairs(KEYS) do
  if redis.call("get", key) == ARGV[2] then
    if what == "extend" then
      redis.call("pexpire", key, ARGV[3])
    else
      redis.pcall("del", key)
    end
    count = count + 1
  end
end
return count
