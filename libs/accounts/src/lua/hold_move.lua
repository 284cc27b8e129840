-- Takes, renews or gives back the lease of the one instance that moves old keys.
-- KEYS[1] - holds who has the lease
-- ARGV[1] - who asks
-- ARGV[2] - length of the lease, ms; 0 gives it back
-- Returns the time in ms, or 0 when another has it.
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  return 0
end
if ARGV[2] == '0' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return integer(clock_ms())
