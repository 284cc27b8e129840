-- Takes a trip that is over out of Redis and hands all of it to the company's own systems.
-- KEYS[1] - hash: the trip (revision, record)
-- KEYS[2] - stream: history of the trip
-- KEYS[3] - sorted set: timers by time
-- KEYS[4] - stream: facts for the company's own systems
-- KEYS[5] - sorted set: every trip by the time of its request
-- KEYS[6...] - sorted sets: trips of the passenger, and of each driver who had it
-- ARGV[1] - trip id
-- ARGV[2] - revision that the caller has read
-- ARGV[3] - version of the fact: one above the newest event
-- ARGV[4] - the trip with its history, JSON
-- ARGV[5] - name of the timer
-- Returns 1, or 0 when the trip has changed or is gone.
if redis.call('HGET', KEYS[1], 'revision') ~= ARGV[2] then return 0 end
local now = clock_ms()
redis.call('XADD', KEYS[4], '*', 'type', 'trip.archived', 'subject', ARGV[1], 'version', ARGV[3],
  'at', integer(now), 'data', ARGV[4])
redis.call('ZREM', KEYS[3], ARGV[5])
for i = 5, #KEYS do redis.call('ZREM', KEYS[i], ARGV[1]) end
redis.call('DEL', KEYS[1], KEYS[2])
return 1
