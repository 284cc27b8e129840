-- Creates an account unless its id, e-mail or phone number is taken.
-- KEYS[1] - hash of the account
-- KEYS[2] - index of all accounts
-- KEYS[3] - index of its user type
-- KEYS[4] - index of status active
-- KEYS[5] - index of its user type and status active
-- KEYS[6..] - one key for each name that must be free (e-mail, phone number)
-- ARGV[1] - id
-- ARGV[2..] - fields and values of the hash
-- Returns 0 and the time in ms when created, else the number of the KEYS entry that is taken.
if redis.call('EXISTS', KEYS[1]) == 1 then
  return { 1, '0' }
end
for i = 6, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 1 then
    return { i, '0' }
  end
end

local now = integer(clock_ms())
redis.call('HSET', KEYS[1], 'id', ARGV[1], 'status', 'active', 'createdAt', now, 'updatedAt', now,
  unpack(ARGV, 2))
for i = 2, 5 do
  redis.call('ZADD', KEYS[i], now, ARGV[1])
end
for i = 6, #KEYS do
  redis.call('SET', KEYS[i], ARGV[1])
end
return { 0, now }
