-- Keeps drivers alive: renews their leases and brings back those that have lapsed meanwhile.
-- KEYS[1] - sorted set: driver id by end of its lease, epoch ms
-- KEYS[2] - hash: driver id -> availability record, JSON
-- KEYS[3] - hash: driver id -> connection epoch
-- KEYS[4] - sorted set: departed driver by time, waiting to be taken out of the index of positions
-- KEYS[5] - counter: revision of the feed
-- KEYS[6] - sharded channel: the feed
-- KEYS[7] - hash: the clock of dispatch
-- ARGV[1] - '1' to count up the connection epoch (a driver connects), '0' to renew only
-- ARGV[2] - after how long an absence, ms, the driver has to go online again by hand
-- ARGV[3...] - pairs: driver id, how long its lease has still to run, ms
-- Returns driver id, connection epoch and record in turn; nothing of a lease that was only renewed.
-- Epochs start at the seconds of the clock: a Redis that lost its last writes gives none out twice.
local now = steady_ms(KEYS[7])
local connects = ARGV[1] == '1'
local resumeWindowMs = tonumber(ARGV[2])
local result, leases, facts = {}, {}, {}
local ids = {}
for i = 3, #ARGV, 2 do ids[#ids + 1] = ARGV[i] end
local scores = #ids > 0 and redis.call('ZMSCORE', KEYS[1], unpack(ids)) or {}
-- A driver may stand in one call more than once: its devices connect at the same time.
local taken = {}
for i = 3, #ARGV, 2 do
  local id = ARGV[i]
  local endsAt = now + tonumber(ARGV[i + 1])
  local held = taken[id] or scores[(i - 1) / 2]
  -- Nearly all calls are renewals of drivers that are there: their records are not looked at.
  local isRenewal = held and not connects
  local record, json
  if not isRenewal then record, json = read_record(KEYS[2], id) end
  if not isRenewal and not (held and record) then
    record = record
      or { id = id, online = false, available = false, tripId = '', dispatched = false, vehicleId = '', lastOnlineAt = 0, lapsedAt = 0, version = 0 }
    if record.tripId == '' and record.lapsedAt > 0 and now - record.lapsedAt > resumeWindowMs then
      record.online = false
      record.available = false
    end
    record.lapsedAt = 0
    if record.online then record.lastOnlineAt = now end
    json = write_record(KEYS[2], id, record, now)
    redis.call('ZREM', KEYS[4], id)
    facts[#facts + 1] = driver_fact(json, true)
  end
  if not held or tonumber(held) < endsAt then
    taken[id] = endsAt
    leases[#leases + 1] = endsAt
    leases[#leases + 1] = id
  end
  local epoch = 0
  if connects then
    local last = tonumber(redis.call('HGET', KEYS[3], id) or 0)
    epoch = math.max(last + 1, math.floor(clock_ms() / 1000))
    redis.call('HSET', KEYS[3], id, epoch)
  end
  if not isRenewal then
    result[#result + 1] = id
    result[#result + 1] = tostring(epoch)
    result[#result + 1] = json
  end
end
if #leases > 0 then redis.call('ZADD', KEYS[1], unpack(leases)) end
if #facts > 0 then announce(KEYS[5], KEYS[6], facts) end
return result
