-- Gives what waits of some subjects to release 0.1.0, which knows nothing of what waits here; it came before
-- what that release has taken of them meanwhile.
-- KEYS[1] - sorted set: subject by the time at which its oldest fact may be tried, epoch ms
-- KEYS[2] - hash: subject -> attempts made for its oldest fact
-- KEYS[3] - sorted set: what waits, see waiting_facts.lua
-- KEYS[4] - as KEYS[1], of that release
-- KEYS[5] - as KEYS[2], of that release
-- KEYS[6...] - list: ids of facts of a subject, the oldest first, as that release keeps them; one a subject
-- ARGV - the subjects, in the order of these lists
-- That release goes by the clock of Redis, jumps and all: by the clock of dispatch it might be told to wait.
local now = clock_ms()
for i, subject in ipairs(ARGV) do
  local ids = waiting_take_out(KEYS[3], subject)
  for at = #ids, 1, -1 do
    redis.call('LPUSH', KEYS[5 + i], ids[at])
  end
  if #ids > 0 then
    local tries = redis.call('HGET', KEYS[2], subject)
    if tries then
      redis.call('HSET', KEYS[5], subject, tries)
    else
      redis.call('HDEL', KEYS[5], subject)
    end
    redis.call('ZADD', KEYS[4], integer(now), subject)
  end
  redis.call('ZREM', KEYS[1], subject)
  redis.call('HDEL', KEYS[2], subject)
end
