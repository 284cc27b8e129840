-- Ends one session and tells all instances.
-- KEYS[1] - hash of the session
-- KEYS[2] - stream of revocations
-- ARGV[1] - id of the session
-- ARGV[2] - id of the user it must belong to; empty when any will do
-- ARGV[3] - reason
-- ARGV[4] - prefix of the sorted sets of users' sessions, which live in the slot of KEYS[1]
-- ARGV[5] - entries to keep in the stream
-- ARGV[6] - ms that the trace of an ended session stays at least
-- Returns the id of the user and the time (ms; 0 when it had ended before); empty when unknown.
local owner, revoked = unpack(redis.call('HMGET', KEYS[1], 'userId', 'revokedReason'))
if not owner or (ARGV[2] ~= '' and owner ~= ARGV[2]) then
  return {}
end
if revoked then
  return { owner, '0' }
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local nowText = string.format('%.0f', now)
local keepUntil = math.max(redis.call('PEXPIRETIME', KEYS[1]), now + ARGV[6])
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'userId', owner, 'revokedReason', ARGV[3], 'revokedAt', nowText)
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', keepUntil))
redis.call('ZREM', ARGV[4] .. owner, ARGV[1])
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[5], '*', 'userId', owner, 'sid', ARGV[1],
  'reason', ARGV[3], 'at', nowText)
return { owner, nowText }
