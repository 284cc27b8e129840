-- Shortens the leases of drivers whose newest connections have closed; older ones change nothing.
-- KEYS[1] - sorted set: driver id by end of its lease, epoch ms
-- KEYS[2] - hash: driver id -> connection epoch
-- KEYS[3] - hash: the clock of dispatch
-- ARGV[1] - how long the drivers may stay away, ms
-- ARGV[2...] - pairs: driver id, epoch of the connection that closed
-- Returns 1 for each lease that was shortened, else 0.
local endsAt = steady_ms(KEYS[3]) + tonumber(ARGV[1])
local result = {}
for i = 2, #ARGV, 2 do
  local isNewest = redis.call('HGET', KEYS[2], ARGV[i]) == ARGV[i + 1]
  if isNewest then redis.call('ZADD', KEYS[1], 'XX', 'LT', endsAt, ARGV[i]) end
  result[#result + 1] = isNewest and 1 or 0
end
return result
