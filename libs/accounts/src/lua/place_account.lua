-- Puts an account into the indexes of its status, unless they show a later change.
-- KEYS[1] - hash: account id to the change that the indexes show
-- KEYS[2] - hash of the account where releases before this one look for it
-- KEYS[3..6] - indexes that it is in: all accounts, those of its type, then the same of its status
-- KEYS[7..] - indexes that it is not in
-- ARGV[1] - id
-- ARGV[2] - user type
-- ARGV[3] - status
-- ARGV[4] - creation, epoch ms
-- ARGV[5] - change of the status; 0: none yet
local shown = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0')
if shown > tonumber(ARGV[5]) then
  return
end
if ARGV[5] ~= '0' then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[5])
end
-- Whoever reads a page knows all that is older than the page: an account is not put in behind that.
local since = redis.call('ZSCORE', KEYS[3], ARGV[1]) or integer(clock_ms())
for i = 3, 6 do
  redis.call('ZADD', KEYS[i], since, ARGV[1])
end
for i = 7, #KEYS do
  redis.call('ZREM', KEYS[i], ARGV[1])
end
-- An instance of a release before this one finds no account here and may make it anew. It lets in
-- nobody who is blocked. What is not moved yet is the only record of that account: it stays.
if redis.call('EXISTS', KEYS[2]) == 1 and redis.call('HEXISTS', KEYS[2], 'moved') == 0 then
  if ARGV[3] ~= 'active' then
    redis.call('HSET', KEYS[2], 'status', ARGV[3])
  end
elseif ARGV[3] == 'active' then
  redis.call('DEL', KEYS[2])
else
  redis.call('HSET', KEYS[2], 'id', ARGV[1], 'userType', ARGV[2], 'status', ARGV[3],
    'createdAt', ARGV[4], 'updatedAt', ARGV[4], 'moved', '1')
end
