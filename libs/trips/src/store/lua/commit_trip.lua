-- Writes one decision about a trip: record, history, timers, drivers, indexes and announcements; all
-- of it, or nothing when the trip, a driver or the time has moved on.
-- KEYS[1] - hash: the trip (revision, record)
-- KEYS[2] - stream: history of the trip; the id of an entry is <version>-0
-- KEYS[3] - sorted set: timers by time, epoch ms
-- KEYS[4] - sorted set: driver id by end of its lease, epoch ms
-- KEYS[5] - hash: driver id -> availability record, JSON
-- KEYS[6] - hash: driver id -> open offer ("<assignment id> <until, epoch ms>")
-- KEYS[7] - counter: revision of the availability feed
-- KEYS[8] - sharded channel: the availability feed
-- KEYS[9] - stream: facts for the company's own systems
-- KEYS[10] - hash: passenger id -> trip that is not over
-- KEYS[11] - sorted set: every trip by the time of its request
-- KEYS[12] - sorted set: trips that are not over by the time of their request
-- KEYS[13] - sorted set: trips of the passenger by the time of their request
-- KEYS[14] - sorted set: trips of the driver by the time of their request; unused without a driver
-- KEYS[15] - string: the request that the passenger named with a key; unused without one
-- KEYS[16] - sorted set: the fixes of the ride by time
-- KEYS[17] - hash: the clock of dispatch
-- KEYS[18...] - sharded channels: first that of dispatchers, then the inboxes of people
-- ARGV[1] - the plan, JSON: {tripId, from, revision, passengerId, over, requestedAt, driverId?, notAfter,
--           historyLength, takeoverMs, graceMs, timers: [{name, at?: 0 for at once}], drivers: [{op, driverId, assignmentId?, until?}],
--           request?: {value, ttlMs}, limit?: {requests, windowMs}, seen?: {driverId, isLive}, traceparent?};
--           limit: only with a new trip
-- ARGV[2] - the record, JSON
-- ARGV[3] - the announcement up to its entries, JSON without an end
-- ARGV[4...] - entries of the history: version, type of the fact, JSON, data of the fact (JSON) in turn
-- Returns {'OK', receivers of each inbox...}, or {'REVISION', record}, {'TOO_LATE'},
-- {'ACTIVE', trip id}, {'KNOWN', value of the request}, {'LIMITED', ms to wait}, {'DRIVER_TAKEN', driver id},
-- {'UNLIKE_SEEN'} when the driver of `seen` has come back, or gone.
local now = steady_ms(KEYS[17])
local plan = cjson.decode(ARGV[1])
local isNew = plan.from == 0

if plan.request then
  local known = redis.call('GET', KEYS[15])
  if known then return { 'KNOWN', known } end
end
local stored = redis.call('HMGET', KEYS[1], 'revision', 'record')
if tonumber(stored[1] or '0') ~= plan.from then return { 'REVISION', stored[2] or '' } end
if plan.notAfter > 0 and now > plan.notAfter then return { 'TOO_LATE' } end
if plan.seen then
  local lease = tonumber(redis.call('ZSCORE', KEYS[4], plan.seen.driverId) or '0')
  if (lease > now) ~= plan.seen.isLive then return { 'UNLIKE_SEEN' } end
end
local active = redis.call('HGET', KEYS[10], plan.passengerId)
if not plan.over and active and active ~= plan.tripId then return { 'ACTIVE', active } end
if plan.limit then
  -- As many requests ago; when that was within the window, this one is too many.
  local earlier = redis.call('ZREVRANGE', KEYS[13], plan.limit.requests - 1, plan.limit.requests - 1, 'WITHSCORES')
  local waitMs = (tonumber(earlier[2] or '0')) + plan.limit.windowMs - now
  if waitMs > 0 then return { 'LIMITED', waitMs } end
end

-- Drivers are looked at before the first write: one who is taken refuses the whole step.
local records = {}
for _, change in ipairs(plan.drivers) do
  local record = read_record(KEYS[5], change.driverId)
  if change.op == 'offer' then
    local offer = redis.call('HGET', KEYS[6], change.driverId)
    local untilMs = offer and tonumber(string.match(offer, ' (%d+)$')) or 0
    local lease = tonumber(redis.call('ZSCORE', KEYS[4], change.driverId) or '0')
    if not record or not record.online or not record.available or record.tripId ~= '' or untilMs > now or lease <= now then
      return { 'DRIVER_TAKEN', change.driverId }
    end
  elseif change.op == 'assign' then
    if not record or (record.tripId ~= '' and record.tripId ~= plan.tripId) then
      return { 'DRIVER_TAKEN', change.driverId }
    end
  end
  records[change.driverId] = record
end

local facts = {}
for _, change in ipairs(plan.drivers) do
  local id = change.driverId
  if change.op == 'offer' then
    redis.call('HSET', KEYS[6], id, change.assignmentId .. ' ' .. integer(change['until']))
  elseif change.op == 'withdraw' then
    local offer = redis.call('HGET', KEYS[6], id)
    if offer and string.match(offer, '^(%S+)') == change.assignmentId then redis.call('HDEL', KEYS[6], id) end
  else
    local record = records[id]
    local tripId = change.op == 'assign' and plan.tripId or ''
    local applies = record and (change.op == 'assign' or record.tripId == plan.tripId)
    if applies then
      if change.op == 'assign' then
        -- One who was busy is so again after the trip.
        if not record.online then record.available = true end
        record.online = true
      end
      record.tripId = tripId
      record.dispatched = change.op == 'assign'
      local json = write_record(KEYS[5], id, record, now)
      if redis.call('ZSCORE', KEYS[4], id) then
        facts[#facts + 1] = driver_fact(json, true)
      elseif change.op == 'assign' then
        -- Its lease has ended already, so that no reaper will notice: it is looked for.
        redis.call('ZADD', KEYS[3], now + plan.graceMs, 'vanished:' .. id)
      end
    end
  end
end
if #facts > 0 then announce(KEYS[7], KEYS[8], facts) end

redis.call('HSET', KEYS[1], 'revision', plan.revision, 'record', ARGV[2])
for _, timer in ipairs(plan.timers) do
  if timer.at then
    -- What is due at once is done by the writer; others take it over only when the writer has died.
    redis.call('ZADD', KEYS[3], timer.at > 0 and timer.at or now + plan.takeoverMs, timer.name)
  else
    redis.call('ZREM', KEYS[3], timer.name)
  end
end
if isNew then
  redis.call('ZADD', KEYS[11], plan.requestedAt, plan.tripId)
  redis.call('ZADD', KEYS[13], plan.requestedAt, plan.tripId)
end
if plan.driverId then redis.call('ZADD', KEYS[14], plan.requestedAt, plan.tripId) end
if plan.over then
  redis.call('ZREM', KEYS[12], plan.tripId)
  redis.call('DEL', KEYS[16])
  if active == plan.tripId then redis.call('HDEL', KEYS[10], plan.passengerId) end
else
  redis.call('ZADD', KEYS[12], plan.requestedAt, plan.tripId)
  redis.call('HSET', KEYS[10], plan.passengerId, plan.tripId)
end
if plan.request then redis.call('SET', KEYS[15], plan.request.value, 'PX', plan.request.ttlMs) end

local entries = {}
for i = 4, #ARGV, 4 do
  local version, type, json, exported = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  redis.call('XADD', KEYS[2], 'MAXLEN', plan.historyLength, version .. '-0', 'entry', json)
  redis.call('XADD', KEYS[9], '*', 'type', type, 'subject', plan.tripId, 'version', version,
    'at', integer(now), 'data', exported, unpack(plan.traceparent and { 'traceparent', plan.traceparent } or {}))
  entries[#entries + 1] = json
end
local result = { 'OK' }
if #entries > 0 then
  local announcement = ARGV[3] .. table.concat(entries, ',') .. ']}'
  for i = 18, #KEYS do result[#result + 1] = redis.call('SPUBLISH', KEYS[i], announcement) end
end
return result
