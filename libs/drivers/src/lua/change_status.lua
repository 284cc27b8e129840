-- Applies the flags that a driver sets: online, available for trips.
-- KEYS[1] - sorted set: driver id by end of its lease, epoch ms
-- KEYS[2] - hash: driver id -> availability record, JSON
-- KEYS[3] - counter: revision of the feed
-- KEYS[4] - sharded channel: the feed
-- KEYS[5] - hash: the clock of dispatch
-- ARGV[1] - driver id
-- ARGV[2] - online: '1', '0' or '' for not said
-- ARGV[3] - available for trips: '1', '0' or '' for not said
-- Returns 'ON_TRIP' when a trip forbids it, 'ABSENT' without a record, else the record and '1' when live.
local id, online, available = ARGV[1], ARGV[2], ARGV[3]
local record, json = read_record(KEYS[2], id)
if not record then return 'ABSENT' end
local live = redis.call('ZSCORE', KEYS[1], id) and true or false
if record.tripId ~= '' and (online == '0' or available == '1') then return 'ON_TRIP' end
local now = steady_ms(KEYS[5])
local wantsOnline, wantsAvailable = record.online, record.available
if online == '0' then
  wantsOnline, wantsAvailable = false, false
elseif available == '1' then
  wantsOnline, wantsAvailable = true, true
elseif available == '0' then
  wantsAvailable = false
  if online == '1' then wantsOnline = true end
elseif online == '1' then
  wantsOnline, wantsAvailable = true, true
end
local changed = record.online ~= wantsOnline or (record.available ~= wantsAvailable and record.tripId == '')
if changed then
  record.online = wantsOnline
  if record.tripId == '' then record.available = wantsAvailable end
  if wantsOnline then record.lastOnlineAt = now end
  json = write_record(KEYS[2], id, record, now)
  if live then announce(KEYS[3], KEYS[4], { driver_fact(json, true) }) end
end
return { json, live and '1' or '0' }
