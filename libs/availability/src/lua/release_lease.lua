-- Shortens the lease of a driver whose newest connection has closed; an older one changes nothing.
-- KEYS[1] - sorted set: driver id by end of its lease, epoch ms
-- KEYS[2] - hash: driver id -> connection epoch
-- ARGV[1] - driver id
-- ARGV[2] - epoch of the connection that closed
-- ARGV[3] - how long the driver may stay away, ms
-- Returns 1 when the lease was shortened, else 0.
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return 0 end
local clock = redis.call('TIME')
local endsAt = clock[1] * 1000 + math.floor(clock[2] / 1000) + tonumber(ARGV[3])
redis.call('ZADD', KEYS[1], 'XX', 'LT', endsAt, ARGV[1])
return 1
