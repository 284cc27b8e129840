-- Reads the live positions within ranges of cells; the cost goes by what is found.
-- KEYS[1] - hash: driver id -> position record
-- KEYS[2] - sorted set: driver id by cell
-- ARGV[1] - most drivers to read
-- ARGV[2...] - pairs: first and last cell of a range
-- Returns driver id and record in turn.
local CHUNK = 1000
local limit = tonumber(ARGV[1])
local ids = {}
for i = 2, #ARGV, 2 do
  if #ids >= limit then break end
  local found = redis.call('ZRANGE', KEYS[2], ARGV[i], ARGV[i + 1], 'BYSCORE', 'LIMIT', 0, limit - #ids)
  for _, id in ipairs(found) do ids[#ids + 1] = id end
end
local result = {}
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
