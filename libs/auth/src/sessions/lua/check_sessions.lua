-- Whether sessions and their accounts are live; notes the activity now and then.
-- KEYS - pairs: hash of a session, hash of its account
-- ARGV[1] - ms that lastActivityAt may lag, so that a busy session costs no write each time
-- ARGV[2...] - pairs: id of the user and user type that the token of the session names
-- Returns a verdict each and, with `live`, when the session ends (ms), with `revoked`, the reason.
local now = clock_ms()
local lag = tonumber(ARGV[1])

local function check(session, account, userId, userType)
  local status, accountType = unpack(redis.call('HMGET', account, 'status', 'userType'))
  if status == 'suspended' or status == 'banned' then
    return status, ''
  end
  local owner, reason, expiresAt, lastActivityAt = unpack(
    redis.call('HMGET', session, 'userId', 'revokedReason', 'expiresAt', 'lastActivityAt'))
  if not status or not owner then
    return 'gone', ''
  end
  if owner ~= userId or accountType ~= userType then
    return 'mismatch', ''
  end
  if reason then
    return 'revoked', reason
  end
  if now - tonumber(lastActivityAt) > lag then
    redis.call('HSET', session, 'lastActivityAt', integer(now))
  end
  return 'live', expiresAt
end

local reply = {}
for i = 1, #KEYS, 2 do
  local verdict, detail = check(KEYS[i], KEYS[i + 1], ARGV[i + 1], ARGV[i + 2])
  reply[i], reply[i + 1] = verdict, detail
end
return reply
