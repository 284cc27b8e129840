-- Ends all sessions of a user, blocks the account if asked to, and notes it for all instances.
-- KEYS[1] - hash of the account
-- KEYS[2] - sorted set of the user's sessions
-- KEYS[3] - list of what is not told yet
-- KEYS[4..] - hashes of the user's sessions
-- ARGV[1] - id of the user
-- ARGV[2] - reason of the end
-- ARGV[3] - new status of the account; empty leaves it
-- ARGV[4] - why the status changed, in the words of the admin
-- ARGV[5] - when the status was last changed, as the caller read it; empty: never
-- ARGV[6] - how long the trace of an ended session stays at least, ms
-- ARGV[7..] - ids of the sessions of KEYS[4..]
-- Returns 'ended', the time (epoch ms) and the ids that ended; 'absent' when there is no such
-- account; 'changed' when the user has other sessions than those that are named; 'overtaken' when
-- the status has changed since it was read.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return { 'absent' }
end
if not has_members(KEYS[2], 7, #KEYS - 3) then
  return { 'changed' }
end

local now = clock_ms()
if ARGV[3] ~= '' and not set_status(KEYS[1], KEYS[3], ARGV[3], ARGV[4], ARGV[5], now) then
  return { 'overtaken' }
end

local reply = { 'ended', integer(now) }
for i = 4, #KEYS do
  if redis.call('PEXPIRETIME', KEYS[i]) > 0 then
    leave_trace(KEYS[i], ARGV[1], ARGV[2], now, ARGV[6])
    reply[#reply + 1] = ARGV[i + 3]
  end
end
redis.call('DEL', KEYS[2])
if #reply > 2 then
  -- The ids go along: a session that the user opens right after this must not be hit by it.
  note_end(KEYS[3], ARGV[1], '', ARGV[2], now, 'sids', table.concat(reply, ',', 3))
end
return reply
