-- Gives a fact back that was not delivered, to be tried again later.
-- KEYS[1] - sorted set: subject by the time at which its oldest fact may be tried, epoch ms
-- KEYS[2] - hash: subject -> attempts made for its oldest fact
-- KEYS[3] - sorted set: what waits, see waiting_facts.lua
-- KEYS[4] - hash: the clock of dispatch
-- ARGV[1] - subject
-- ARGV[2] - id of the fact
-- ARGV[3] - attempt
-- ARGV[4] - ms to wait
-- Returns 1; 0 when another instance has taken it meanwhile.
if waiting_first(KEYS[3], ARGV[1]) ~= ARGV[2] or redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[3] then
  return 0
end
local now = steady_ms(KEYS[4])
redis.call('ZADD', KEYS[1], integer(now + ARGV[4]), ARGV[1])
return 1
