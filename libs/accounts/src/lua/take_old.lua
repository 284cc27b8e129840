-- Takes a record from where instances of releases before this one find it: from here on they act on
-- it no more, and all that they did to it is in it.
-- KEYS[1] - hash where they look for it
-- KEYS[2] - hash where it waits to be moved
-- Returns when it ends (epoch ms; -1: never), then its fields and values; nothing when there is none.
if redis.call('EXISTS', KEYS[2]) == 0 then
  if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('HEXISTS', KEYS[1], 'moved') == 1 then
    return {}
  end
  redis.call('RENAME', KEYS[1], KEYS[2])
end
return { redis.call('PEXPIRETIME', KEYS[2]), unpack(redis.call('HGETALL', KEYS[2])) }
