-- Keeps one more link to a trip, unless it has enough of them.
-- KEYS[1] - hash of the links of the trip: id -> JSON
-- ARGV[1] - id of the link
-- ARGV[2] - digest of its secret
-- ARGV[3] - lifetime, ms
-- ARGV[4] - most links of a trip that are live
-- Returns creation and end, epoch ms as text; nothing when there are enough.
local now = clock_ms()
local links = redis.call('HGETALL', KEYS[1])
local live = 0
local last_end = now + ARGV[3]
for i = 1, #links, 2 do
  local expires_at = cjson.decode(links[i + 1]).expiresAt
  if expires_at <= now then
    redis.call('HDEL', KEYS[1], links[i])
  else
    live = live + 1
    last_end = math.max(last_end, expires_at)
  end
end
if live >= tonumber(ARGV[4]) then
  return {}
end
local expires_at = now + ARGV[3]
redis.call('HSET', KEYS[1], ARGV[1], '{"digest":"' .. ARGV[2] .. '","createdAt":' .. integer(now)
  .. ',"expiresAt":' .. integer(expires_at) .. '}')
redis.call('PEXPIREAT', KEYS[1], integer(last_end))
return { integer(now), integer(expires_at) }
