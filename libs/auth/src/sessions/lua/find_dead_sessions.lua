-- Which of many sessions are no longer live.
-- KEYS[2i-1] - hash of the i-th session
-- KEYS[2i] - hash of its account
-- ARGV[i] - id of the user that holds it
-- Returns for each dead one its number i and the reason.
local dead = {}
for i = 1, #ARGV do
  local owner, revoked = unpack(redis.call('HMGET', KEYS[2 * i - 1], 'userId', 'revokedReason'))
  local status = redis.call('HGET', KEYS[2 * i], 'status')
  local reason = nil
  if status == 'banned' or status == 'suspended' then
    reason = 'account_' .. status
  elseif revoked then
    reason = revoked
  elseif owner ~= ARGV[i] or not status then
    reason = 'session_expired'
  end
  if reason then
    dead[#dead + 1] = { i, reason }
  end
end
return dead
