-- Drops all revocations. What comes in their place says nothing; an instance that had not read them
-- finds that some are missing, and checks all of its sessions.
-- KEYS[1] - stream of revocations
-- Returns how many entries went.
local id = redis.call('XADD', KEYS[1], '*', 'userId', '', 'sid', '', 'reason', '', 'at', integer(clock_ms()))
return redis.call('XTRIM', KEYS[1], 'MINID', id)
