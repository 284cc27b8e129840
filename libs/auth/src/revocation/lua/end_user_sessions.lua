-- Ends all sessions of a user, blocks the account if asked to, and tells all instances.
-- KEYS[1] - hash of the account
-- KEYS[2] - sorted set of the user's sessions
-- KEYS[3] - stream of revocations
-- KEYS[4] - index of all accounts of the new status; unused without one
-- KEYS[5] - index of the accounts of this user type and the new status
-- KEYS[6..9] - those two indexes of the two other statuses
-- KEYS[10..] - hashes of the user's sessions
-- ARGV[1] - id of the user
-- ARGV[2] - reason of the end
-- ARGV[3] - new status of the account; empty leaves it
-- ARGV[4] - why the status changed, in the words of the admin
-- ARGV[5] - when the status was last changed, as the caller read it; empty: never
-- ARGV[6] - entries to keep in the stream
-- ARGV[7] - how long the trace of an ended session stays at least, ms
-- ARGV[8..] - ids of the sessions of KEYS[10..]
-- Returns 'ended', the time (epoch ms) and the ids that ended; 'absent' when there is no such
-- account; 'changed' when the user has other sessions than those that are named; 'overtaken' when
-- the status has changed since it was read.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return { 'absent' }
end
if not has_members(KEYS[2], 8, #KEYS - 9) then
  return { 'changed' }
end

local now = clock_ms()
if ARGV[3] ~= '' and not set_status(KEYS[1], { unpack(KEYS, 4, 9) }, ARGV[1], ARGV[3],
    ARGV[4], ARGV[5], now) then
  return { 'overtaken' }
end

local reply = { 'ended', integer(now) }
for i = 10, #KEYS do
  if redis.call('PEXPIRETIME', KEYS[i]) > 0 then
    leave_trace(KEYS[i], ARGV[1], ARGV[2], now, ARGV[7])
    reply[#reply + 1] = ARGV[i - 2]
  end
end
redis.call('DEL', KEYS[2])
if #reply > 2 then
  -- The ids go along: a session that the user opens right after this must not be hit by it.
  tell_end(KEYS[3], ARGV[6], ARGV[1], '', ARGV[2], now, 'sids', table.concat(reply, ',', 3))
end
return reply
