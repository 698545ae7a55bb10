#!lua name=shop

local function limited(keys, args)
  local count = redis.call('INCR', keys[1])
  if count == 1 then
    redis.call('EXPIRE', keys[1], tonumber(args[2]))
  end
  if count > tonumber(args[1]) then
    return 0
  end
  return 1
end

local function stock(keys, args)
  local left = tonumber(redis.call('HGET', keys[1], args[1]) or '0')
  local wanted = tonumber(args[2])
  if not wanted or wanted <= 0 then
    return redis.error_reply('BADAMOUNT ' .. tostring(args[2]))
  end
  if left < wanted then
    return {ok = 'SOLDOUT'}
  end
  return redis.call('HINCRBY', keys[1], args[1], -wanted)
end

redis.register_function('limited', limited)
redis.register_function('take', stock)
redis.register_function{
  function_name = 'left',
  callback = function(keys, args)
    redis.setresp(3)
    return redis.call('HGETALL', keys[1])
  end,
  flags = {'no-writes'},
  description = 'What is left of everything',
}
