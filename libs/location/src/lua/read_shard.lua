-- Reads every live position of a shard and the revision that it is true for.
-- KEYS[1] - hash: driver id -> position record
-- KEYS[2] - sorted set: driver id by cell
-- KEYS[3] - counter: revision of the shard's feed
-- Returns the revision, then driver id and record in turn.
local CHUNK = 1000
local result = { redis.call('GET', KEYS[3]) or '0' }
local ids = redis.call('ZRANGE', KEYS[2], 0, -1)
for first = 1, #ids, CHUNK do
  local last = math.min(first + CHUNK - 1, #ids)
  local records = redis.call('HMGET', KEYS[1], unpack(ids, first, last))
  for i = first, last do
    local record = records[i - first + 1]
    if record then
      result[#result + 1] = ids[i]
      result[#result + 1] = record
    end
  end
end
return result
