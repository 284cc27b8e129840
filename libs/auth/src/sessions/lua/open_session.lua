-- Opens a session of an active account; beyond the limit the oldest ones give way.
-- A live session of the same user under the same id is prolonged instead.
-- KEYS[1] - hash of the session
-- KEYS[2] - sorted set of the user's sessions by creation
-- KEYS[3] - hash of the account
-- KEYS[4] - stream of revocations
-- ARGV[1] - prefix of session hashes, which live in the slot of KEYS[1]
-- ARGV[2] - id of the session
-- ARGV[3] - id of the user
-- ARGV[4] - user type
-- ARGV[5] - lifetime in ms
-- ARGV[6] - most sessions of one user
-- ARGV[7] - entries to keep in the stream
-- ARGV[8] - ms that the trace of an ended session stays at least
-- ARGV[9..] - more fields and values of the hash
-- Returns a verdict and, with `opened`, creation and end (ms), then the ids that gave way.
local status, userType = unpack(redis.call('HMGET', KEYS[3], 'status', 'userType'))
if not status then
  return { 'gone' }
end
if status ~= 'active' then
  return { status }
end
if userType ~= ARGV[4] then
  return { 'mismatch' }
end

local owner, revoked, createdAt = unpack(
  redis.call('HMGET', KEYS[1], 'userId', 'revokedReason', 'createdAt'))
if owner and (revoked or owner ~= ARGV[3]) then
  return { 'taken' }
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local nowText = string.format('%.0f', now)
local expiresAt = string.format('%.0f', now + ARGV[5])
createdAt = createdAt or nowText

for _, sid in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  if redis.call('EXISTS', ARGV[1] .. sid) == 0 then
    redis.call('ZREM', KEYS[2], sid)
  end
end

redis.call('ZADD', KEYS[2], createdAt, ARGV[2])
local reply = { 'opened', createdAt, expiresAt }
local surplus = redis.call('ZCARD', KEYS[2]) - ARGV[6]
if surplus > 0 then
  for _, sid in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
    if surplus > 0 and sid ~= ARGV[2] then
      surplus = surplus - 1
      local key = ARGV[1] .. sid
      local keepUntil = math.max(redis.call('PEXPIRETIME', key), now + ARGV[8])
      redis.call('DEL', key)
      redis.call('HSET', key, 'userId', ARGV[3], 'revokedReason', 'session_limit',
        'revokedAt', nowText)
      redis.call('PEXPIREAT', key, string.format('%.0f', keepUntil))
      redis.call('ZREM', KEYS[2], sid)
      redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[7], '*', 'userId', ARGV[3], 'sid', sid,
        'reason', 'session_limit', 'at', nowText)
      reply[#reply + 1] = sid
    end
  end
end

redis.call('HSET', KEYS[1], 'sid', ARGV[2], 'userId', ARGV[3], 'userType', ARGV[4],
  'createdAt', createdAt, 'lastActivityAt', nowText, 'expiresAt', expiresAt,
  'refreshIssuedAt', nowText, unpack(ARGV, 9))
redis.call('PEXPIREAT', KEYS[1], expiresAt)
if redis.call('PEXPIRETIME', KEYS[2]) < tonumber(expiresAt) then
  redis.call('PEXPIREAT', KEYS[2], expiresAt)
end
return reply
