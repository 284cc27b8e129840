-- Removes all that names an account which is gone. A name that another account has by now stays.
-- KEYS[1] - hash: account id to the change that the indexes show
-- KEYS[2] - hash of the account where releases before this one look for it
-- KEYS[3] - sorted set of marks, see UntoldChanges
-- KEYS[4..] - indexes of accounts, then keys of names
-- ARGV[1] - id of the user
-- ARGV[2] - number of indexes
-- Returns how many names went.
local indexes = tonumber(ARGV[2])
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('DEL', KEYS[2])
-- Claims and marks are the id, or begin with it and a blank.
local function is_own(text)
  return string.sub(text .. ' ', 1, #ARGV[1] + 1) == ARGV[1] .. ' '
end
for _, mark in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do
  if is_own(mark) then
    redis.call('ZREM', KEYS[3], mark)
  end
end
for i = 4, 3 + indexes do
  redis.call('ZREM', KEYS[i], ARGV[1])
end
local freed = 0
for i = 4 + indexes, #KEYS do
  local claim = redis.call('GET', KEYS[i])
  if claim and is_own(claim) then
    freed = freed + redis.call('DEL', KEYS[i])
  end
end
return freed
