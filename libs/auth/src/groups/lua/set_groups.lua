-- Puts an account into other groups and notes it for all instances.
-- KEYS[1] - hash of the account
-- KEYS[2] - list of what is not told yet
-- ARGV[1] - id of the user
-- ARGV[2] - ids of the groups, separated by commas; empty for none
-- Returns 1, or 0 when there is no such account.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return 0
end
local now = integer(clock_ms())
if ARGV[2] == '' then
  redis.call('HDEL', KEYS[1], 'groups')
else
  redis.call('HSET', KEYS[1], 'groups', ARGV[2])
end
redis.call('HSET', KEYS[1], 'updatedAt', now)
local version = redis.call('HINCRBY', KEYS[1], 'groupsVersion', 1)
-- Without a session the entry ends nothing, also for instances of an earlier release.
note_entry(KEYS[2], 'userId', ARGV[1], 'sid', '', 'at', now, 'groups', ARGV[2],
  'groupsVersion', integer(version))
return 1
