-- Forgets a link to a trip and tells the instances that show the trip to somebody.
-- KEYS[1] - hash of the links of the trip: id -> JSON
-- KEYS[2] - sharded channel of the links of the trip
-- ARGV[1] - id of the link
-- Returns 1, or 0 when there is no such link.
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then
  return 0
end
redis.call('SPUBLISH', KEYS[2], ARGV[1])
return 1
