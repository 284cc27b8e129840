-- Removes what is known of a driver whose lease is over.
-- KEYS[1] - sorted set: driver id by end of its lease, epoch ms
-- KEYS[2] - hash: driver id -> availability record, JSON
-- KEYS[3] - hash: driver id -> connection epoch
-- KEYS[4] - sorted set: departed driver by time
-- KEYS[5] - sorted set: timers by time, epoch ms
-- ARGV[1] - driver id
-- Returns how many things were there; -1 while the driver has a lease.
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  return -1
end
return redis.call('HDEL', KEYS[2], ARGV[1]) + redis.call('HDEL', KEYS[3], ARGV[1])
  + redis.call('ZREM', KEYS[4], ARGV[1]) + redis.call('ZREM', KEYS[5], 'vanished:' .. ARGV[1])
