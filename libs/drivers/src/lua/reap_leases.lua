-- Ends the leases that have run out and announces their drivers as gone.
-- KEYS[1] - sorted set: driver id by end of its lease, epoch ms
-- KEYS[2] - hash: driver id -> availability record, JSON
-- KEYS[3] - sorted set: departed driver by time
-- KEYS[4] - counter: revision of the feed
-- KEYS[5] - sharded channel: the feed
-- KEYS[6] - sorted set: timers by time; gets `vanished:<driver id>` for one who was on a trip
-- ARGV[1] - most drivers to end in one call
-- Returns the ids of the drivers that are gone.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local gone = redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1])
local facts = {}
for _, id in ipairs(gone) do
  redis.call('ZREM', KEYS[1], id)
  redis.call('ZADD', KEYS[3], now, id)
  local json = redis.call('HGET', KEYS[2], id)
  if json then
    local record = cjson.decode(json)
    record.lapsedAt = now
    record.updatedAt = now
    record.version = record.version + 1
    if record.dispatched then redis.call('ZADD', KEYS[6], now, 'vanished:' .. id) end
    json = cjson.encode(record)
    redis.call('HSET', KEYS[2], id, json)
    facts[#facts + 1] = '{"live":false,"record":' .. json .. '}'
  end
end
if #facts > 0 then
  local revision = redis.call('INCR', KEYS[4])
  redis.call('SPUBLISH', KEYS[5], '{"revision":' .. revision .. ',"facts":[' .. table.concat(facts, ',') .. ']}')
end
return gone
