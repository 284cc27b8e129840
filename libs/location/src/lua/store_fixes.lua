-- Stores fixes of several drivers of one shard in the order given, announces what changed and counts
-- what was refused.
-- KEYS[1] - hash: driver id -> position record (see position-record.ts), plus the suspect tail below
-- KEYS[2] - sorted set: driver id by cell, the index of live positions
-- KEYS[3] - counter: revision of the shard's feed
-- KEYS[4] - sharded channel: the shard's feed
-- KEYS[5] - hash: refused fixes of this hour: <driver id>:<code of the reason> -> count, <driver id>:last
--   -> code and time of the last one, <driver id>:told -> when dispatchers were told, epoch ms
-- KEYS[6] - hash: the same of the hour before
-- KEYS[7] - hash: driver id -> version of its availability, negative while it is off duty
-- KEYS[8...] - one list a driver: the history; its name ends in the id of the driver
-- ARGV[1] - highest believable speed, m/s
-- ARGV[2] - distance that is always believed, metres
-- ARGV[3] - longest history
-- ARGV[4] - lifetime of a history after its last fix, ms
-- ARGV[5] - how long a position stands against fixes without a time of older connections, ms
-- ARGV[6] - '1' to track drivers who are off duty as well
-- ARGV[7] - reasons of refused fixes there are; codes count from 0
-- ARGV[8] - code of the reason JUMP
-- ARGV[9] - length of what stands before the id in the name of a history, bytes
-- ARGV[10] - all fixes in one string, 70 bytes each: kind * 1024 + which history is the driver's (from 1;
--   two bytes, little endian), position record. Kinds as FixKind: 0 timed, 1 untimed, 2 retimed, 3 refused
-- ARGV[11] - W3C traceparent that the announcement names; absent where nothing of it is traced
-- Returns one letter a fix (S stored, T stale, D duplicate, J jump, O off duty, R what was refused
-- before), then for each driver whose refusals are to be told: its id and JSON {last, at, counts}.
-- A record may have a tail of 25 bytes: how many consecutive fixes agree on a far away place, and
-- the newest of them (timestamp, lat, lng). The third is believed: the driver really is there.
local RECORD = '<dI4dddfffdI4i4I4'
local RECORD_BYTES = 68
local FIX = '<I2dI4dddfffdI4i4I4'
local FIX_BYTES = 70
local AHEAD_OFFSET = 60
local TAIL = '<Bddd'
local CONFIRMATIONS = 3
-- What tells fixes of a driver apart: the time of the device, epoch, sequence.
local ORDER_BYTES = 20
-- A fix that is sent again is looked for among this many of the history.
local RESENT_WITHIN = 2000
local SUSPECT_LIFETIME_MS = 120000
local TELL_EVERY_MS = 5000
local REFUSALS_TTL_MS = 7200000
local EARTH_RADIUS_METERS = 6371008.8
local MAX_INT = 2147483647
local FIRST_HISTORY = 8
local TRACEPARENT_BYTES = 55
local rad, sin, cos, asin, sqrt, abs, min, max = math.rad, math.sin, math.cos, math.asin, math.sqrt, math.abs, math.min, math.max

local max_speed = tonumber(ARGV[1])
local slack = tonumber(ARGV[2])
local history_length = tonumber(ARGV[3])
local history_ttl_ms = ARGV[4]
local stands_ms = tonumber(ARGV[5])
local tracks_off_duty = ARGV[6] == '1'
local reasons = tonumber(ARGV[7])
local jump_code = tonumber(ARGV[8])
local id_start = tonumber(ARGV[9]) + 1
local fixes = ARGV[10]
local count = #KEYS - FIRST_HISTORY + 1

local function is_far(lat1, lng1, time1, lat2, lng2, time2)
  local sin_lat = sin(rad(lat2 - lat1) / 2)
  local sin_lng = sin(rad(lng2 - lng1) / 2)
  local h = sin_lat * sin_lat + cos(rad(lat1)) * cos(rad(lat2)) * sin_lng * sin_lng
  local distance = 2 * EARTH_RADIUS_METERS * asin(min(1, sqrt(h)))
  return distance > slack + max_speed * abs(time2 - time1) / 1000
end

local ids = {}
for i = 1, count do ids[i] = string.sub(KEYS[FIRST_HISTORY - 1 + i], id_start) end
local records = redis.call('HMGET', KEYS[1], unpack(ids))
local duties = tracks_off_duty and {} or redis.call('HMGET', KEYS[7], unpack(ids))
local live, before = {}, {}
for i = 1, count do
  if records[i] then
    local time, epoch, sequence, lat, lng, _, _, _, received_at, cell, ahead, connection = struct.unpack(RECORD, records[i])
    live[i] = { time - ahead, epoch, sequence, lat, lng, cell, time, received_at, connection }
    before[i] = cell
  end
end

local histories = {}

-- Fixes of the history by what tells them apart, with their place counted from the end; read at most
-- once a driver, and only for fixes that are not newer than all the others.
local known = {}
local function known_of(i)
  if not known[i] then
    local places = {}
    local stored = redis.call('LRANGE', KEYS[FIRST_HISTORY - 1 + i], -RESENT_WITHIN, -1)
    for place, record in ipairs(stored) do places[string.sub(record, 1, ORDER_BYTES)] = place - #stored - 1 end
    for _, record in ipairs(histories[i] or {}) do places[string.sub(record, 1, ORDER_BYTES)] = 0 end
    known[i] = places
  end
  return known[i]
end

-- What the fix is beside the live position: above 0 newer, 0 the same, below 0 older.
local function order_of(now, time, epoch, sequence, device_time)
  if device_time == now[7] and epoch == now[2] and sequence == now[3] then return 0 end
  -- Within the epochs that the server gave out the sequence decides; otherwise the clock does.
  if epoch > 0 and now[2] > 0 then
    if epoch ~= now[2] then return epoch - now[2] end
    return sequence - now[3]
  end
  if time ~= now[1] then return time - now[1] end
  if device_time ~= now[7] then return device_time - now[7] end
  return sequence - now[3]
end

local refused = {}
local function refuse(i, code, at)
  local of = refused[i]
  if not of then
    of = { counts = {} }
    refused[i] = of
  end
  of.counts[code] = (of.counts[code] or 0) + 1
  of.last, of.at = code, at
end

local verdicts, changed, touched = {}, {}, {}
for position = 1, #fixes, FIX_BYTES do
  local word, device_time, epoch, sequence, lat, lng, _, _, _, received_at, cell, ahead, connection = struct.unpack(FIX, fixes, position)
  local i = word % 1024
  local kind = (word - i) / 1024
  local time = device_time - ahead
  local record = string.sub(fixes, position + 2, position + FIX_BYTES - 1)
  local now = live[i]
  local verdict = 'S'
  if kind == 3 then
    verdict = 'R'
    refuse(i, epoch, received_at)
  elseif duties[i] and string.sub(duties[i], 1, 1) == '-' then
    verdict = 'O'
  elseif kind == 2 then
    verdict = 'D'
    local place = known_of(i)[string.sub(record, 1, ORDER_BYTES)]
    if place and place < 0 then redis.call('LSET', KEYS[FIRST_HISTORY - 1 + i], place, record) end
  elseif now then
    local order = order_of(now, time, epoch, sequence, device_time)
    -- A newer connection has spoken: how long this fix without a time lay in an older socket is unknown.
    if kind == 1 and connection > 0 and connection < now[9] and received_at - now[8] <= stands_ms and order ~= 0 then
      order = -1
      -- Epochs count from the seconds of the clock: it was measured before the newer one was given out.
      local before_newer = max(ahead, min(MAX_INT, math.ceil(device_time - now[9] * 1000)))
      record = string.sub(record, 1, AHEAD_OFFSET) .. struct.pack('<i4', before_newer) .. string.sub(record, AHEAD_OFFSET + 5)
    end
    if order == 0 then
      verdict = 'D'
    elseif (order < 0 or device_time <= now[7] or (kind == 1 and ahead > 0)) and known_of(i)[string.sub(record, 1, ORDER_BYTES)] then
      verdict = 'D'
    elseif order < 0 then
      verdict = 'T'
    elseif is_far(now[4], now[5], now[1], lat, lng, time) then
      verdict = 'J'
      local base = string.sub(records[i], 1, RECORD_BYTES)
      local agreeing = 1
      local repeated = false
      if #records[i] > RECORD_BYTES then
        local seen, seen_time, seen_lat, seen_lng = struct.unpack(TAIL, records[i], RECORD_BYTES + 1)
        repeated = seen_time == time
        if abs(time - seen_time) <= SUSPECT_LIFETIME_MS
          and not is_far(seen_lat, seen_lng, seen_time, lat, lng, time) then
          agreeing = seen + 1
        end
      end
      if not repeated then
        if agreeing >= CONFIRMATIONS then
          verdict = 'S'
        else
          records[i] = base .. struct.pack(TAIL, agreeing, time, lat, lng)
          touched[i] = true
        end
      end
      if verdict == 'J' then refuse(i, jump_code, received_at) end
    end
  end
  if verdict == 'S' then
    records[i] = record
    -- A newer connection has spoken, with an older fix; the history keeps the connection of this one.
    if now and now[9] > connection then
      connection = now[9]
      records[i] = string.sub(record, 1, RECORD_BYTES - 4) .. struct.pack('<I4', connection)
    end
    live[i] = { time, epoch, sequence, lat, lng, cell, device_time, received_at, connection }
    changed[i] = true
    touched[i] = true
  end
  if verdict == 'S' or verdict == 'T' then
    local history = histories[i]
    if history then history[#history + 1] = record else histories[i] = { record } end
    if known[i] then known[i][string.sub(record, 1, ORDER_BYTES)] = 0 end
  end
  verdicts[#verdicts + 1] = verdict
end

local writes, cells, feed = {}, {}, {}
for i = 1, count do
  if touched[i] then
    writes[#writes + 1] = ids[i]
    writes[#writes + 1] = records[i]
  end
  if changed[i] then
    if before[i] ~= live[i][6] then
      cells[#cells + 1] = live[i][6]
      cells[#cells + 1] = ids[i]
    end
    feed[#feed + 1] = string.char(#ids[i]) .. ids[i] .. string.sub(records[i], 1, RECORD_BYTES)
  end
  if histories[i] then
    local key = KEYS[FIRST_HISTORY - 1 + i]
    local length = redis.call('RPUSH', key, unpack(histories[i]))
    if length > history_length then redis.call('LTRIM', key, -history_length, -1) end
    redis.call('PEXPIRE', key, history_ttl_ms)
  end
end
if #writes > 0 then redis.call('HSET', KEYS[1], unpack(writes)) end
if #cells > 0 then redis.call('ZADD', KEYS[2], unpack(cells)) end
if #feed > 0 then
  local revision = redis.call('INCR', KEYS[3])
  -- No driver has an id of no length: what stands behind it is no position.
  if ARGV[11] and #ARGV[11] == TRACEPARENT_BYTES then feed[#feed + 1] = '\0' .. ARGV[11] end
  redis.call('SPUBLISH', KEYS[4], struct.pack('<d', revision) .. table.concat(feed))
end

local result = { table.concat(verdicts) }
for i, of in pairs(refused) do
  local id = ids[i]
  for code, times in pairs(of.counts) do redis.call('HINCRBY', KEYS[5], id .. ':' .. code, times) end
  local at = integer(of.at)
  redis.call('HSET', KEYS[5], id .. ':last', of.last .. ' ' .. at)
  redis.call('PEXPIRE', KEYS[5], REFUSALS_TTL_MS)
  local told = tonumber(redis.call('HGET', KEYS[5], id .. ':told') or redis.call('HGET', KEYS[6], id .. ':told') or '0')
  -- Dispatchers get `driver:fix:refused`, not for every fix.
  if abs(of.at - told) >= TELL_EVERY_MS then
    redis.call('HSET', KEYS[5], id .. ':told', at)
    local fields = {}
    for code = 0, reasons - 1 do fields[code + 1] = id .. ':' .. code end
    local this_hour = redis.call('HMGET', KEYS[5], unpack(fields))
    local hour_before = redis.call('HMGET', KEYS[6], unpack(fields))
    local counts = {}
    for n = 1, reasons do counts[n] = tonumber(this_hour[n] or '0') + tonumber(hour_before[n] or '0') end
    result[#result + 1] = id
    result[#result + 1] = '{"last":' .. of.last .. ',"at":' .. at .. ',"counts":[' .. table.concat(counts, ',') .. ']}'
  end
end
return result
