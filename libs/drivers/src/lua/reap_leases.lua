-- Ends the leases that have run out and announces their drivers as gone.
-- KEYS[1] - sorted set: driver id by end of its lease, epoch ms
-- KEYS[2] - hash: driver id -> availability record, JSON
-- KEYS[3] - sorted set: departed driver by time
-- KEYS[4] - counter: revision of the feed
-- KEYS[5] - sharded channel: the feed
-- KEYS[6] - sorted set: timers by time; gets `vanished:<driver id>` for one who was on a trip
-- KEYS[7] - hash: the clock of dispatch
-- ARGV[1] - most drivers to end in one call
-- Returns the ids of the drivers that are gone.
local now = steady_ms(KEYS[7])
local gone = redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1])
local facts = {}
for _, id in ipairs(gone) do
  redis.call('ZREM', KEYS[1], id)
  redis.call('ZADD', KEYS[3], now, id)
  local record = read_record(KEYS[2], id)
  if record then
    record.lapsedAt = now
    if record.dispatched then redis.call('ZADD', KEYS[6], now, 'vanished:' .. id) end
    facts[#facts + 1] = driver_fact(write_record(KEYS[2], id, record, now), false)
  end
end
if #facts > 0 then announce(KEYS[4], KEYS[5], facts) end
return gone
