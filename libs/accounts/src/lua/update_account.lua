-- Changes fields of an account that exists.
-- KEYS[1] - hash of the account
-- ARGV[1..] - fields and values in turn; '' takes a field away
-- Returns 1, or 0 when there is no such account.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return 0
end
for i = 1, #ARGV, 2 do
  if ARGV[i + 1] == '' then
    redis.call('HDEL', KEYS[1], ARGV[i])
  else
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  end
end
redis.call('HSET', KEYS[1], 'updatedAt', integer(clock_ms()))
return 1
