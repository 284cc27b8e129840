-- Ends one session and notes it for all instances.
-- KEYS[1] - hash of the session
-- KEYS[2] - list of what is not told yet
-- KEYS[3] - sorted set of the sessions of the user it must belong to
-- ARGV[1] - id of the session
-- ARGV[2] - id of that user
-- ARGV[3] - reason
-- ARGV[4] - how long the trace of an ended session stays at least, ms
-- Returns the time (epoch ms; 0 when it had ended before) and how many sessions the user has left;
-- false when the user has no such session.
local owner, revoked = unpack(redis.call('HMGET', KEYS[1], 'userId', 'revokedReason'))
if owner ~= ARGV[2] then
  return false
end
if revoked then
  return { '0', 0 }
end
local now = clock_ms()
leave_trace(KEYS[1], owner, ARGV[3], now, ARGV[4])
redis.call('ZREM', KEYS[3], ARGV[1])
note_end(KEYS[2], owner, ARGV[1], ARGV[3], now)
return { integer(now), redis.call('ZCARD', KEYS[3]) }
