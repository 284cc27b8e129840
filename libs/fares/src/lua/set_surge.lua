-- Sets the surge of a cell for a time, and forgets cells whose surge has ended.
-- KEYS[1] - sorted set: cell by the end of its surge, epoch ms
-- KEYS[2] - hash: cell -> surge, basis points
-- ARGV[1] - cell
-- ARGV[2] - surge, basis points
-- ARGV[3] - how long it holds, ms
-- ARGV[4] - most cells that may have a surge
-- Returns its end, epoch ms, or 0 when too many other cells have one.
local now = clock_ms()
local ended = redis.call('ZRANGE', KEYS[1], '-inf', integer(now), 'BYSCORE')
for _, cell in ipairs(ended) do
  redis.call('ZREM', KEYS[1], cell)
  redis.call('HDEL', KEYS[2], cell)
end
local known = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not known and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[4]) then return 0 end
local endsAt = now + tonumber(ARGV[3])
redis.call('ZADD', KEYS[1], integer(endsAt), ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
return endsAt
