-- Reads the surge of one cell, by the clock of Redis, so that all instances see it end at once.
-- KEYS[1] - sorted set: cell by the end of its surge, epoch ms
-- KEYS[2] - hash: cell -> surge, basis points
-- ARGV[1] - cell
-- Returns basis points; nothing where there is no surge.
local endsAt = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not endsAt then return false end
if tonumber(endsAt) <= clock_ms() then return false end
return redis.call('HGET', KEYS[2], ARGV[1])
