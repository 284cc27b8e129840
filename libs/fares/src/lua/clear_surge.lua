-- Ends the surge of a cell.
-- KEYS[1] - sorted set: cell by the end of its surge, epoch ms
-- KEYS[2] - hash: cell -> surge, basis points
-- ARGV[1] - cell
-- Returns 1 when it had one that held, else 0.
local endsAt = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not endsAt then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
if tonumber(endsAt) <= clock_ms() then return 0 end
return 1
