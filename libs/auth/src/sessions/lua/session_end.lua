-- What is done where a session ends; a part of other scripts.

-- Leaves nothing of a session but why it ended, for those who still come with it.
local function leave_trace(session, user_id, reason, now, trace_ms)
  local keep_until = math.max(redis.call('PEXPIRETIME', session), now + trace_ms)
  redis.call('DEL', session)
  redis.call('HSET', session, 'userId', user_id, 'revokedReason', reason, 'revokedAt', integer(now))
  redis.call('PEXPIREAT', session, integer(keep_until))
end

-- Tells all instances. With an empty sid the ids of the sessions follow, as 'sids'.
local function tell_end(stream, length, user_id, sid, reason, now, ...)
  redis.call('XADD', stream, 'MAXLEN', '~', length, '*', 'userId', user_id, 'sid', sid,
    'reason', reason, 'at', integer(now), ...)
end
