-- Removes an account with all that names it, and the traces of its sessions.
-- KEYS[1] - hash of the account
-- KEYS[2] - sorted set of the user's sessions
-- KEYS[3..] - indexes of accounts, then keys of names and of sessions
-- ARGV[1] - id of the user
-- ARGV[2] - number of indexes
-- Returns 1 when there was an account, else 0.
local indexes = tonumber(ARGV[2])
for i = 3, 2 + indexes do
  redis.call('ZREM', KEYS[i], ARGV[1])
end
for i = 3 + indexes, #KEYS do
  redis.call('DEL', KEYS[i])
end
redis.call('DEL', KEYS[2])
return redis.call('DEL', KEYS[1])
