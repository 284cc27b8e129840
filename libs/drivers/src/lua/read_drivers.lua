-- Reads some drivers.
-- KEYS[1] - sorted set: driver id by end of its lease, epoch ms
-- KEYS[2] - hash: driver id -> availability record, JSON
-- KEYS[3] - hash: the clock of dispatch
-- ARGV - driver ids, 1,000 at most
-- Returns record ('' for none) and '1' when live, '0' when not, in turn.
local now = steady_ms(KEYS[3])
local records = redis.call('HMGET', KEYS[2], unpack(ARGV))
local leases = redis.call('ZMSCORE', KEYS[1], unpack(ARGV))
local result = {}
for i = 1, #ARGV do
  result[#result + 1] = records[i] or ''
  result[#result + 1] = leases[i] and tonumber(leases[i]) > now and '1' or '0'
end
return result
