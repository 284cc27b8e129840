-- Ends the lease of a driver who has no session any more, unless it has connected again since.
-- KEYS[1] - sorted set: driver id by end of its lease, epoch ms
-- KEYS[2] - hash: driver id -> availability record, JSON
-- KEYS[3] - hash: driver id -> connection epoch, which is not less than the second it was given in
-- KEYS[4] - hash: the clock of dispatch
-- ARGV[1] - driver id
-- ARGV[2] - when its last session ended, epoch ms
-- Returns 1 when the lease is over, else 0: a driver on a trip keeps its lease as if it had lost the network.
local record = read_record(KEYS[2], ARGV[1])
local epoch = tonumber(redis.call('HGET', KEYS[3], ARGV[1]) or 0)
if not record or record.tripId ~= '' or epoch > math.floor(tonumber(ARGV[2]) / 1000) then
  return 0
end
local now = steady_ms(KEYS[4])
return redis.call('ZADD', KEYS[1], 'XX', 'LT', 'CH', now, ARGV[1])
