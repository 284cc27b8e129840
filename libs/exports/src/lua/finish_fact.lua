-- Ends the way of a fact, delivered or as a dead letter, and lets the next of its subject go.
-- KEYS[1] - stream of facts
-- KEYS[2] - sorted set: subject by the time at which its oldest fact may be tried, epoch ms
-- KEYS[3] - hash: subject -> attempts made for its oldest fact
-- KEYS[4] - hash: fact id -> replayed fact
-- KEYS[5] - sorted set: what waits, see waiting_facts.lua
-- KEYS[6] - stream of dead letters
-- KEYS[7] - hash: the clock of dispatch
-- ARGV[1] - name of the webhook, which is its consumer group
-- ARGV[2] - subject
-- ARGV[3] - id of the fact
-- ARGV[4] - attempt
-- ARGV[5] - dead letters to keep
-- ARGV[6...] - fields of the dead letter; none when the fact was delivered
-- Returns 1; 0 when another instance has finished it, or is at it and the fact was not delivered.
local subject, id = ARGV[2], ARGV[3]
local isDead = #ARGV > 5
local first, member = waiting_first(KEYS[5], subject)
if first ~= id then
  return 0
end
if isDead then
  -- An attempt that outlived its turn may not give the fact up. A delivery counts at any time.
  if redis.call('HGET', KEYS[3], subject) ~= ARGV[4] then
    return 0
  end
  redis.call('XADD', KEYS[6], 'MAXLEN', '~', ARGV[5], '*', unpack(ARGV, 6))
end
redis.call('XACK', KEYS[1], ARGV[1], id)
redis.call('ZREM', KEYS[5], member)
redis.call('HDEL', KEYS[3], subject)
redis.call('HDEL', KEYS[4], id)
if waiting_first(KEYS[5], subject) then
  local now = steady_ms(KEYS[7])
  redis.call('ZADD', KEYS[2], integer(now), subject)
else
  redis.call('ZREM', KEYS[2], subject)
end
return 1
