-- Exchanges the refresh token of a session for the next one. The token before the current one may
-- come once more within the grace, for a client that lost the answer: it gets that same answer, so
-- that one line of tokens goes on. Any other token of this session is a copy: the caller ends it.
-- KEYS[1] - hash of the session
-- KEYS[2] - sorted set of the user's sessions
-- KEYS[3] - hash of the account
-- ARGV[1] - id of the session
-- ARGV[2] - id of the user
-- ARGV[3] - hash of the presented token
-- ARGV[4] - hash of the token that follows it
-- ARGV[5] - lifetime in ms
-- ARGV[6] - grace in ms
-- ARGV[7] - address of the client
-- ARGV[8] - user agent of the client
-- Returns a verdict; with `issued` also: token issued at, session ends at (ms), user type, session
-- type, audience, e-mail, phone number; with `revoked` the reason.
local status, userType, email, phoneNumber = unpack(
  redis.call('HMGET', KEYS[3], 'status', 'userType', 'email', 'phoneNumber'))
if status == 'suspended' or status == 'banned' then
  return { status }
end
local owner, revoked, current, previous, previousUntil = unpack(redis.call('HMGET', KEYS[1],
  'userId', 'revokedReason', 'refreshHash', 'previousHash', 'previousUntil'))
if not status or owner ~= ARGV[2] then
  return { 'gone' }
end
if revoked then
  return { 'revoked', revoked }
end

local now = clock_ms()
local now_text = integer(now)

if current == ARGV[3] then
  local expiresAt = integer(now + ARGV[5])
  redis.call('HSET', KEYS[1], 'refreshHash', ARGV[4], 'previousHash', current,
    'previousUntil', integer(now + ARGV[6]), 'refreshIssuedAt', now_text,
    'lastActivityAt', now_text, 'expiresAt', expiresAt, 'address', ARGV[7], 'userAgent', ARGV[8])
  redis.call('PEXPIREAT', KEYS[1], expiresAt)
  if redis.call('PEXPIRETIME', KEYS[2]) < tonumber(expiresAt) then
    redis.call('PEXPIREAT', KEYS[2], expiresAt)
  end
elseif previous ~= ARGV[3] or now > tonumber(previousUntil) then
  return { 'reused' }
end

local issuedAt, expiresAt, sessionType, appAudience = unpack(redis.call('HMGET', KEYS[1],
  'refreshIssuedAt', 'expiresAt', 'sessionType', 'appAudience'))
return { 'issued', issuedAt, expiresAt, userType, sessionType or '', appAudience or '',
  email or '', phoneNumber or '' }
