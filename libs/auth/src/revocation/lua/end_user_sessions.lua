-- Ends all sessions of a user, blocks the account if asked to, and tells all instances.
-- KEYS[1] - hash of the account
-- KEYS[2] - sorted set of the user's sessions
-- KEYS[3] - stream of revocations
-- ARGV[1] - id of the user
-- ARGV[2] - reason of the end
-- ARGV[3] - new status of the account; empty leaves it
-- ARGV[4] - why the status changed, in the words of the admin
-- ARGV[5] - prefix of session hashes, which live in the slot of KEYS[1]
-- ARGV[6] - prefix of account indexes, which live in the slot of KEYS[1]
-- ARGV[7] - entries to keep in the stream
-- ARGV[8] - ms that the trace of an ended session stays at least
-- Returns the time (ms) and the ids that ended; empty when there is no such account.
local before, userType, createdAt = unpack(
  redis.call('HMGET', KEYS[1], 'status', 'userType', 'createdAt'))
if not before then
  return {}
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local nowText = string.format('%.0f', now)

if ARGV[3] ~= '' then
  redis.call('HSET', KEYS[1], 'status', ARGV[3], 'statusReason', ARGV[4], 'updatedAt', nowText)
  for _, group in ipairs({ 'all:', userType .. ':' }) do
    redis.call('ZREM', ARGV[6] .. group .. before, ARGV[1])
    redis.call('ZADD', ARGV[6] .. group .. ARGV[3], createdAt, ARGV[1])
  end
end

local reply = { nowText }
for _, sid in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  local key = ARGV[5] .. sid
  local expiresAt = redis.call('PEXPIRETIME', key)
  if expiresAt > 0 then
    redis.call('DEL', key)
    redis.call('HSET', key, 'userId', ARGV[1], 'revokedReason', ARGV[2], 'revokedAt', nowText)
    redis.call('PEXPIREAT', key, string.format('%.0f', math.max(expiresAt, now + ARGV[8])))
    reply[#reply + 1] = sid
  end
end
redis.call('DEL', KEYS[2])
if #reply > 1 then
  -- The ids go along: a session that the user opens right after this must not be hit by it.
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[7], '*', 'userId', ARGV[1], 'sid', '',
    'reason', ARGV[2], 'at', nowText, 'sids', table.concat(reply, ',', 2))
end
return reply
