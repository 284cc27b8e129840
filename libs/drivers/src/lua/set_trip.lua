-- Puts a driver on a trip of another system, or takes it off: then it is available again.
-- KEYS[1] - sorted set: driver id by end of its lease, epoch ms
-- KEYS[2] - hash: driver id -> availability record, JSON
-- KEYS[3] - counter: revision of the feed
-- KEYS[4] - sharded channel: the feed
-- ARGV[1] - driver id
-- ARGV[2] - trip id, '' to clear it
-- Returns 'ABSENT' without a record, 'ON_TRIP' while the driver is on a trip of this one, else the record and '1' when live.
local json = redis.call('HGET', KEYS[2], ARGV[1])
if not json then return 'ABSENT' end
local record = cjson.decode(json)
local live = redis.call('ZSCORE', KEYS[1], ARGV[1]) and true or false
if record.dispatched and record.tripId ~= ARGV[2] then return 'ON_TRIP' end
if record.tripId ~= ARGV[2] then
  local clock = redis.call('TIME')
  local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
  record.tripId = ARGV[2]
  record.online = true
  record.available = true
  record.lastOnlineAt = now
  record.updatedAt = now
  record.version = record.version + 1
  json = cjson.encode(record)
  redis.call('HSET', KEYS[2], ARGV[1], json)
  if live then
    local revision = redis.call('INCR', KEYS[3])
    redis.call('SPUBLISH', KEYS[4], '{"revision":' .. revision .. ',"facts":[{"live":true,"record":' .. json .. '}]}')
  end
end
return { json, live and '1' or '0' }
