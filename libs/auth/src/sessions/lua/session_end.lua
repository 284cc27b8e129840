-- What is done where a session ends; a part of other scripts.

-- Leaves nothing of a session but why it ended, for those who still come with it.
local function leave_trace(session, user_id, reason, now, trace_ms)
  local keep_until = math.max(redis.call('PEXPIRETIME', session), now + trace_ms)
  redis.call('DEL', session)
  redis.call('HSET', session, 'userId', user_id, 'revokedReason', reason, 'revokedAt', integer(now))
  redis.call('PEXPIREAT', session, integer(keep_until))
end

-- Notes what all instances are to be told. With an empty sid the ids of the sessions follow, as 'sids'.
local function note_end(untold, user_id, sid, reason, now, ...)
  note_entry(untold, 'userId', user_id, 'sid', sid, 'reason', reason, 'at', integer(now), ...)
end
