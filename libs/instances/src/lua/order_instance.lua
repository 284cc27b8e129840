-- Leaves an order for an instance, which takes it with its next report.
-- KEYS[1] - hash: instance id -> order
-- ARGV[1] - instance id
-- ARGV[2] - order
-- ARGV[3] - an order that no other one replaces
-- ARGV[4] - how long orders wait, ms
-- Returns 1, or 0 when the other order stays.
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[3] then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
