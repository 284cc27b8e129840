-- Puts a driver on a trip of another system, or takes it off: then it is available, or busy if it was
-- so before the trip.
-- KEYS[1] - sorted set: driver id by end of its lease, epoch ms
-- KEYS[2] - hash: driver id -> availability record, JSON
-- KEYS[3] - counter: revision of the feed
-- KEYS[4] - sharded channel: the feed
-- KEYS[5] - hash: the clock of dispatch
-- ARGV[1] - driver id
-- ARGV[2] - trip id, '' to clear it
-- Returns 'ABSENT' without a record, 'ON_TRIP' while the driver is on a trip of this one, else the record and '1' when live.
local record, json = read_record(KEYS[2], ARGV[1])
if not record then return 'ABSENT' end
local live = redis.call('ZSCORE', KEYS[1], ARGV[1]) and true or false
if record.dispatched and record.tripId ~= ARGV[2] then return 'ON_TRIP' end
if record.tripId ~= ARGV[2] then
  local now = steady_ms(KEYS[5])
  record.tripId = ARGV[2]
  if not record.online then record.available = true end
  record.online = true
  record.lastOnlineAt = now
  json = write_record(KEYS[2], ARGV[1], record, now)
  if live then announce(KEYS[3], KEYS[4], { driver_fact(json, true) }) end
end
return { json, live and '1' or '0' }
