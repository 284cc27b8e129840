-- Lists the surges that hold.
-- KEYS[1] - sorted set: cell by the end of its surge, epoch ms
-- KEYS[2] - hash: cell -> surge, basis points
-- Returns cell, end (epoch ms) and basis points in turn, the first to end first.
local now = clock_ms()
local found = redis.call('ZRANGE', KEYS[1], '(' .. integer(now), '+inf', 'BYSCORE', 'WITHSCORES')
local surges = {}
for i = 1, #found, 2 do
  surges[#surges + 1] = found[i]
  surges[#surges + 1] = found[i + 1]
  surges[#surges + 1] = redis.call('HGET', KEYS[2], found[i])
end
return surges
