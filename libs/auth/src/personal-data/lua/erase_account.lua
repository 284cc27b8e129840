-- Removes all that names an account which is gone.
-- KEYS[1] - hash: account id to the change that the indexes show
-- KEYS[2] - hash of the account where releases before this one look for it
-- KEYS[3..] - indexes of accounts, then keys of names
-- ARGV[1] - id of the user
-- ARGV[2] - number of indexes
local indexes = tonumber(ARGV[2])
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('DEL', KEYS[2])
for i = 3, 2 + indexes do
  redis.call('ZREM', KEYS[i], ARGV[1])
end
for i = 3 + indexes, #KEYS do
  redis.call('DEL', KEYS[i])
end
