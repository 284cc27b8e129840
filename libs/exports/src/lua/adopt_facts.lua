-- Takes over what release 0.1.0 had to deliver of some subjects; what it took came before what waits here.
-- KEYS[1] - sorted set: subject by the time at which its oldest fact may be tried, epoch ms
-- KEYS[2] - hash: subject -> attempts made for its oldest fact
-- KEYS[3] - sorted set: what waits, see waiting_facts.lua
-- KEYS[4] - the last place that was given there
-- KEYS[5] - as KEYS[1], of that release
-- KEYS[6] - as KEYS[2], of that release
-- KEYS[7] - hash: the clock of dispatch, which that release did not know
-- KEYS[8...] - list: ids of facts of a subject, the oldest first, as that release keeps them; one a subject
-- ARGV - the subjects, in the order of these lists
local now = steady_ms(KEYS[7])
for i, subject in ipairs(ARGV) do
  local queue = KEYS[7 + i]
  local ids = redis.call('LRANGE', queue, 0, -1)
  if #ids > 0 then
    local later = waiting_take_out(KEYS[3], subject)
    for _, id in ipairs(ids) do
      waiting_put(KEYS[3], KEYS[4], subject, id)
    end
    for _, id in ipairs(later) do
      waiting_put(KEYS[3], KEYS[4], subject, id)
    end
    redis.call('HSET', KEYS[2], subject, redis.call('HGET', KEYS[6], subject) or 0)
    redis.call('DEL', queue)
  end
  if waiting_first(KEYS[3], subject) then
    redis.call('ZADD', KEYS[1], integer(now), subject)
  end
  redis.call('ZREM', KEYS[5], subject)
  redis.call('HDEL', KEYS[6], subject)
end
