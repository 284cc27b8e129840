-- Removes all that is known of where a driver is and was.
-- KEYS[1] - hash: driver id -> record of the last position
-- KEYS[2] - sorted set: driver id by cell
-- KEYS[3] - list: history of the driver
-- KEYS[4] - hash: driver id -> who is off duty
-- KEYS[5...] - hashes: refused fixes of each hour that is kept
-- ARGV[1] - driver id
-- ARGV[2] - number of reasons for which fixes are refused
-- Returns how many things were there.
local gone = redis.call('HDEL', KEYS[1], ARGV[1]) + redis.call('ZREM', KEYS[2], ARGV[1])
  + redis.call('DEL', KEYS[3]) + redis.call('HDEL', KEYS[4], ARGV[1])
for i = 5, #KEYS do
  gone = gone + redis.call('HDEL', KEYS[i], ARGV[1] .. ':last', ARGV[1] .. ':told')
  for code = 0, tonumber(ARGV[2]) - 1 do
    gone = gone + redis.call('HDEL', KEYS[i], ARGV[1] .. ':' .. code)
  end
end
return gone
