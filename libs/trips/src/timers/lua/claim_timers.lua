-- Takes timers that are due, for one instance: another one gets them when it dies over them (TRIP2). And
-- looks at the clock: as long as somebody does, the clock of dispatch goes on with that of Redis.
-- KEYS[1] - sorted set: timers by time, epoch ms
-- KEYS[2] - hash: the clock of dispatch: `last`, what Redis said at the last look, epoch ms; `ahead`, how
--   much later it is by the clock of dispatch, ms; `steps`, how often that was changed; `judgements`, how
--   often after it had stood still
-- ARGV[1] - most timers to take
-- ARGV[2] - how long they are taken for, ms
-- Returns the clock of dispatch and that of Redis, epoch ms; how far it is ahead, ms; `steps`;
-- `judgements`; 1 if it stands still until step_clock.lua is called; when the next timer is due, epoch ms, ''
-- for none; and the names of those that are taken, until the first of these times and ARGV[2] after it.
local now, isStanding = steady_ms(KEYS[2])
local redisNow = clock_ms()
if not isStanding then
  redis.call('HSET', KEYS[2], 'last', integer(redisNow))
  redis.call('HSETNX', KEYS[2], 'ahead', 0)
  redis.call('HSETNX', KEYS[2], 'steps', 0)
end
local ahead, steps, judgements = unpack(redis.call('HMGET', KEYS[2], 'ahead', 'steps', 'judgements'))
local due = redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1])
local takenUntil = now + tonumber(ARGV[2])
for _, name in ipairs(due) do redis.call('ZADD', KEYS[1], takenUntil, name) end
local following = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return { integer(now), integer(redisNow), ahead, steps, judgements or '0',
  isStanding and 1 or 0, following[2] or '', unpack(due) }
