-- Lets a suspended or banned account log in again.
-- KEYS[1] - hash of the account
-- KEYS[2] - index of all active accounts
-- KEYS[3] - index of the active accounts of this user type
-- KEYS[4..] - those two indexes of the other statuses
-- ARGV[1] - id of the user
-- Returns 1, or 0 when there is no such account.
local created_at = redis.call('HGET', KEYS[1], 'createdAt')
if not created_at then
  return 0
end
redis.call('HSET', KEYS[1], 'status', 'active', 'updatedAt', integer(clock_ms()))
redis.call('HDEL', KEYS[1], 'statusReason')
for i = 2, 3 do
  redis.call('ZADD', KEYS[i], created_at, ARGV[1])
end
for i = 4, #KEYS do
  redis.call('ZREM', KEYS[i], ARGV[1])
end
return 1
