-- Renews the lease of an instance on a shard, and tells what there is to do in it.
-- KEYS[1] - sorted set: epoch of an instance by end of its lease, epoch ms
-- KEYS[2] - set: what this epoch holds
-- KEYS[3] - sorted set: `<place> <person>` by end of the grace of who has no hold left
-- KEYS[4] - text: how many calls of this epoch have been done, see change_holds.lua
-- ARGV[1] - epoch; one that has no lease gets none
-- ARGV[2] - how long its lease lasts from now, ms
-- ARGV[3] - most people to name whose grace is over
-- ARGV[4] - how long a grace lasts, ms
-- Returns whether the lease is live, how much the epoch holds, after how many calls, epochs whose lease
-- is over, and the people whose grace is over.
local now = clock_ms()
local ends_at = redis.call('ZSCORE', KEYS[1], ARGV[1])
local is_live = ends_at and tonumber(ends_at) > now
if is_live then
  redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1])
  redis.call('PEXPIRE', KEYS[4], integer(2 * ARGV[2]))
end
-- What ends later than anything may was given by a clock that has gone back since.
local function shorten(key, longest_ms)
  local latest = integer(now + longest_ms)
  for _, member in ipairs(redis.call('ZRANGE', key, '(' .. latest, '+inf', 'BYSCORE', 'LIMIT', 0, 1000)) do
    redis.call('ZADD', key, latest, member)
  end
end
shorten(KEYS[1], ARGV[2])
shorten(KEYS[3], ARGV[4])
return {
  is_live and 1 or 0,
  redis.call('SCARD', KEYS[2]),
  tonumber(redis.call('GET', KEYS[4]) or '0'),
  redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, 10),
  redis.call('ZRANGE', KEYS[3], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[3]),
}
