-- Reads every live driver and the revision that this is true for.
-- KEYS[1] - sorted set: driver id by end of its lease, epoch ms
-- KEYS[2] - hash: driver id -> availability record, JSON
-- KEYS[3] - counter: revision of the feed
-- Returns the revision, then the records.
local CHUNK = 1000
local result = { redis.call('GET', KEYS[3]) or '0' }
local ids = redis.call('ZRANGE', KEYS[1], 0, -1)
for first = 1, #ids, CHUNK do
  local last = math.min(first + CHUNK - 1, #ids)
  for _, record in ipairs(redis.call('HMGET', KEYS[2], unpack(ids, first, last))) do
    if record then result[#result + 1] = record end
  end
end
return result
