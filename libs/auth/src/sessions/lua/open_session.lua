-- Opens a session of an active account; beyond the limit the oldest ones give way.
-- A live session of the same user under the same id is prolonged instead.
-- KEYS[1] - hash of the session
-- KEYS[2] - sorted set of the user's sessions by creation
-- KEYS[3] - hash of the account
-- KEYS[4] - list of what is not told yet
-- KEYS[5..] - hashes of the sessions in KEYS[2]
-- ARGV[1] - id of the session
-- ARGV[2] - id of the user
-- ARGV[3] - user type
-- ARGV[4] - lifetime, ms
-- ARGV[5] - most sessions of one user
-- ARGV[6] - empty: the oldest ones must not give way yet, as nobody would be told
-- ARGV[7] - how long the trace of an ended session stays at least, ms
-- ARGV[8..] - ids of the sessions of KEYS[5..], then more fields and values of the hash
-- Returns 'full' when others would have to give way; 'changed' when the user has other sessions than
-- those that are named; 'opened' with creation and end (epoch ms), then the ids that gave way; else
-- why not.
local count = #KEYS - 4
if not has_members(KEYS[2], 8, count) then
  return { 'changed' }
end
local status, userType = unpack(redis.call('HMGET', KEYS[3], 'status', 'userType'))
if not status then
  return { 'gone' }
end
if status ~= 'active' then
  return { status }
end
if userType ~= ARGV[3] then
  return { 'mismatch' }
end

local owner, revoked, createdAt = unpack(
  redis.call('HMGET', KEYS[1], 'userId', 'revokedReason', 'createdAt'))
if owner and (revoked or owner ~= ARGV[2]) then
  return { 'taken' }
end

local now = clock_ms()
local now_text = integer(now)
local expiresAt = integer(now + ARGV[4])
createdAt = createdAt or now_text

local others = {}
for i = 1, count do
  local key = KEYS[4 + i]
  local sid = ARGV[7 + i]
  if redis.call('EXISTS', key) == 0 then
    redis.call('ZREM', KEYS[2], sid)
  elseif sid ~= ARGV[1] then
    others[#others + 1] = { key, sid }
  end
end

if ARGV[6] == '' and #others + 1 > tonumber(ARGV[5]) then
  return { 'full' }
end

redis.call('ZADD', KEYS[2], createdAt, ARGV[1])
local reply = { 'opened', createdAt, expiresAt }
for i = 1, #others + 1 - ARGV[5] do
  local key, sid = unpack(others[i])
  leave_trace(key, ARGV[2], 'session_limit', now, ARGV[7])
  redis.call('ZREM', KEYS[2], sid)
  note_end(KEYS[4], ARGV[2], sid, 'session_limit', now)
  reply[#reply + 1] = sid
end

redis.call('HSET', KEYS[1], 'sid', ARGV[1], 'userId', ARGV[2], 'userType', ARGV[3],
  'createdAt', createdAt, 'lastActivityAt', now_text, 'expiresAt', expiresAt,
  'refreshIssuedAt', now_text, unpack(ARGV, 8 + count))
redis.call('PEXPIREAT', KEYS[1], expiresAt)
if redis.call('PEXPIRETIME', KEYS[2]) < tonumber(expiresAt) then
  redis.call('PEXPIREAT', KEYS[2], expiresAt)
end
return reply
