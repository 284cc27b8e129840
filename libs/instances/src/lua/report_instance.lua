-- Notes what an instance says of itself under a lease and, where it has one, a sample of its history;
-- takes the order that waits for it.
-- KEYS[1] - hash: instance id -> end of its lease (epoch ms), a blank, what it says as JSON
-- KEYS[2] - hash: instance id -> order
-- KEYS[3] - list: samples of this instance, the oldest first: time (epoch ms), a blank, JSON
-- ARGV[1] - instance id
-- ARGV[2] - what it says, JSON
-- ARGV[3] - length of the lease, ms
-- ARGV[4] - sample, JSON; empty for none
-- ARGV[5] - samples that are kept
-- ARGV[6] - how long samples outlive the last one, ms
-- Returns the order, or an empty string.
local now = clock_ms()
redis.call('HSET', KEYS[1], ARGV[1], integer(now + ARGV[3]) .. ' ' .. ARGV[2])
if ARGV[4] ~= '' then
  redis.call('RPUSH', KEYS[3], integer(now) .. ' ' .. ARGV[4])
  redis.call('LTRIM', KEYS[3], -tonumber(ARGV[5]), -1)
  redis.call('PEXPIRE', KEYS[3], ARGV[6])
end
local order = redis.call('HGET', KEYS[2], ARGV[1])
if not order then
  return ''
end
redis.call('HDEL', KEYS[2], ARGV[1])
return order
