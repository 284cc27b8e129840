-- Sets how far the clock of dispatch is ahead of that of Redis, and lets it go on.
-- KEYS[1] - hash: the clock of dispatch, see claim_timers.lua
-- ARGV[1] - the steps that the caller has read
-- ARGV[2] - how far it is ahead from now on, ms
-- ARGV[3] - when it has stood still for this: what Redis said at the look that was judged, epoch ms; else ''
-- The clock may have jumped since that look. So nothing newer may become the last look here: the jump would
-- never be seen.
-- Returns 1, or 0 when another instance has done so meanwhile.
if redis.call('HGET', KEYS[1], 'steps') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'ahead', ARGV[2])
redis.call('HINCRBY', KEYS[1], 'steps', 1)
if ARGV[3] ~= '' then
  redis.call('HSET', KEYS[1], 'last', ARGV[3])
  redis.call('HINCRBY', KEYS[1], 'judgements', 1)
end
return 1
