-- Whether a session and its account are live; notes the activity now and then.
-- KEYS[1] - hash of the session
-- KEYS[2] - hash of the account
-- ARGV[1] - id of the user that the token names
-- ARGV[2] - user type that the token names
-- ARGV[3] - ms that lastActivityAt may lag, so that a busy session costs no write each time
-- Returns a verdict and, with `live`, when the session ends (ms), with `revoked`, the reason.
local status, userType = unpack(redis.call('HMGET', KEYS[2], 'status', 'userType'))
if status == 'suspended' or status == 'banned' then
  return { status, '' }
end
local owner, reason, expiresAt, lastActivityAt = unpack(
  redis.call('HMGET', KEYS[1], 'userId', 'revokedReason', 'expiresAt', 'lastActivityAt'))
if not status or not owner then
  return { 'gone', '' }
end
if owner ~= ARGV[1] or userType ~= ARGV[2] then
  return { 'mismatch', '' }
end
if reason then
  return { 'revoked', reason }
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now - tonumber(lastActivityAt) > tonumber(ARGV[3]) then
  redis.call('HSET', KEYS[1], 'lastActivityAt', string.format('%.0f', now))
end
return { 'live', expiresAt }
