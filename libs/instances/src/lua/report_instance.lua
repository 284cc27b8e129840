-- Notes what an instance says of itself under a lease, and takes the order that waits for it.
-- KEYS[1] - hash: instance id -> end of its lease (epoch ms), a blank, what it says as JSON
-- KEYS[2] - hash: instance id -> order
-- ARGV[1] - instance id
-- ARGV[2] - what it says, JSON
-- ARGV[3] - length of the lease, ms
-- Returns the order, or an empty string.
local now = clock_ms()
redis.call('HSET', KEYS[1], ARGV[1], string.format('%d', now + ARGV[3]) .. ' ' .. ARGV[2])
local order = redis.call('HGET', KEYS[2], ARGV[1])
if not order then
  return ''
end
redis.call('HDEL', KEYS[2], ARGV[1])
return order
