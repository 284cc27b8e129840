-- Who is at a place.
-- KEYS[1] - hash: the place
-- KEYS[2] - text: when its last person left, epoch ms
-- KEYS[3] - counter: number of the newest announcement in the shard
-- ARGV[1] - most people to name
-- Returns the number of the newest announcement that this has, how many people are there, when the last
-- one left or '', and person and record in turn. A place where nobody is has the number of its shard.
local revision = redis.call('HGET', KEYS[1], ':revision')
local count = redis.call('HLEN', KEYS[1]) - (revision and 1 or 0)
local limit = tonumber(ARGV[1])
local result = {
  revision or redis.call('GET', KEYS[3]) or '0',
  tostring(count),
  redis.call('GET', KEYS[2]) or '',
}
local function add(entries)
  for i = 1, #entries, 2 do
    if entries[i] ~= ':revision' and #result < 3 + 2 * limit then
      result[#result + 1] = entries[i]
      result[#result + 1] = entries[i + 1]
    end
  end
end
if count > 0 and count <= limit then
  add(redis.call('HGETALL', KEYS[1]))
elseif limit > 0 and count > 0 then
  local cursor = '0'
  repeat
    local page = redis.call('HSCAN', KEYS[1], cursor, 'COUNT', limit)
    cursor = page[1]
    add(page[2])
  until cursor == '0' or #result >= 3 + 2 * limit
end
return result
