-- Lets a suspended or banned account log in again.
-- KEYS[1] - hash of the account
-- ARGV[1] - id of the user
-- ARGV[2] - prefix of account indexes, which live in the slot of KEYS[1]
-- Returns 1, or 0 when there is no such account.
local before, userType, createdAt = unpack(
  redis.call('HMGET', KEYS[1], 'status', 'userType', 'createdAt'))
if not before then
  return 0
end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'status', 'active', 'updatedAt',
  string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)))
redis.call('HDEL', KEYS[1], 'statusReason')
for _, group in ipairs({ 'all:', userType .. ':' }) do
  redis.call('ZREM', ARGV[2] .. group .. before, ARGV[1])
  redis.call('ZADD', ARGV[2] .. group .. 'active', createdAt, ARGV[1])
end
return 1
