-- Adds fixes to the track of a ride, unless the ride is over: its track went with its last step.
-- KEYS[1] - sorted set: the fixes of the ride by time
-- KEYS[2] - sorted set: trips that are not over by the time of their request
-- ARGV[1] - trip id
-- ARGV[2] - how long the track stays after this, ms
-- ARGV[3...] - time (epoch ms) and fix in turn
if not redis.call('ZSCORE', KEYS[2], ARGV[1]) then return end
redis.call('ZADD', KEYS[1], unpack(ARGV, 3))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
