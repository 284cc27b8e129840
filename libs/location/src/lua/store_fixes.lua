-- Stores fixes of several drivers of one shard in the order given and announces what changed.
-- KEYS[1] - hash: driver id -> position record (see position-record.ts), plus the suspect tail below
-- KEYS[2] - sorted set: driver id by cell, the index of live positions
-- KEYS[3] - counter: revision of the shard's feed
-- KEYS[4] - sharded channel: the shard's feed
-- KEYS[5...] - one list a driver: the history; its name ends in the id of the driver
-- ARGV[1] - highest believable speed, m/s
-- ARGV[2] - distance that is always believed, metres
-- ARGV[3] - longest history
-- ARGV[4] - lifetime of a history after its last fix, ms
-- ARGV[5] - length of what stands before the id in the name of a history, bytes
-- ARGV[6] - all fixes in one string, 62 bytes each: which history is the driver's (from 1, two bytes,
--   little endian), position record
-- Returns one letter a fix: S stored, T stale, D duplicate, J jump.
-- A record may have a tail of 25 bytes: how many consecutive fixes agree on a far away place, and
-- the newest of them (timestamp, lat, lng). The third is believed: the driver really is there.
local RECORD = '<dI4dddfffdI4'
local RECORD_BYTES = 60
local FIX = '<I2dI4dddfffdI4'
local FIX_BYTES = 62
local TAIL = '<Bddd'
local CONFIRMATIONS = 3
-- What tells fixes of a driver apart: timestamp, epoch, sequence.
local ORDER_BYTES = 20
-- A buffer that is sent again is looked for among this many fixes of the history.
local RESENT_WITHIN = 1000
local SUSPECT_LIFETIME_MS = 120000
local EARTH_RADIUS_METERS = 6371008.8
local rad, sin, cos, asin, sqrt, abs, min = math.rad, math.sin, math.cos, math.asin, math.sqrt, math.abs, math.min

local maxSpeed = tonumber(ARGV[1])
local slack = tonumber(ARGV[2])
local historyLength = tonumber(ARGV[3])
local historyTtlMs = ARGV[4]
local idStart = tonumber(ARGV[5]) + 1
local fixes = ARGV[6]
local count = #KEYS - 4

local function isFar(lat1, lng1, time1, lat2, lng2, time2)
  local sinLat = sin(rad(lat2 - lat1) / 2)
  local sinLng = sin(rad(lng2 - lng1) / 2)
  local h = sinLat * sinLat + cos(rad(lat1)) * cos(rad(lat2)) * sinLng * sinLng
  local distance = 2 * EARTH_RADIUS_METERS * asin(min(1, sqrt(h)))
  return distance > slack + maxSpeed * abs(time2 - time1) / 1000
end

-- Several stale fixes at once are a buffer, perhaps one that was sent before: it must not push out
-- of the history what it brought itself.
local function withoutKnown(key, fixes)
  local known, new = {}, {}
  for _, old in ipairs(redis.call('LRANGE', key, -RESENT_WITHIN, -1)) do
    known[string.sub(old, 1, ORDER_BYTES)] = true
  end
  for _, fix in ipairs(fixes) do
    local order = string.sub(fix, 1, ORDER_BYTES)
    if not known[order] then new[#new + 1] = fix end
    known[order] = true
  end
  return new
end

local ids = {}
for i = 1, count do ids[i] = string.sub(KEYS[4 + i], idStart) end
local records = redis.call('HMGET', KEYS[1], unpack(ids))
local live, before = {}, {}
for i = 1, count do
  if records[i] then
    local time, epoch, sequence, lat, lng, _, _, _, _, cell = struct.unpack(RECORD, records[i])
    live[i] = { time, epoch, sequence, lat, lng, cell }
    before[i] = cell
  end
end

local verdicts, histories, stale, changed, touched = {}, {}, {}, {}, {}
for position = 1, #fixes, FIX_BYTES do
  local i, time, epoch, sequence, lat, lng, _, _, _, _, cell = struct.unpack(FIX, fixes, position)
  local record = string.sub(fixes, position + 2, position + FIX_BYTES - 1)
  local now = live[i]
  local verdict = 'S'
  if now then
    -- Within the epochs that the server gave out the sequence decides; otherwise the clock does.
    local order
    if epoch > 0 and now[2] > 0 then
      order = epoch - now[2]
      if order == 0 then order = sequence - now[3] end
    else
      order = time - now[1]
      if order == 0 then order = sequence - now[3] end
    end
    if order == 0 then
      verdict = 'D'
    elseif order < 0 then
      verdict = 'T'
    elseif isFar(now[4], now[5], now[1], lat, lng, time) then
      verdict = 'J'
      local base = string.sub(records[i], 1, RECORD_BYTES)
      local agreeing = 1
      local repeated = false
      if #records[i] > RECORD_BYTES then
        local seen, seenTime, seenLat, seenLng = struct.unpack(TAIL, records[i], RECORD_BYTES + 1)
        repeated = seenTime == time
        if abs(time - seenTime) <= SUSPECT_LIFETIME_MS
          and not isFar(seenLat, seenLng, seenTime, lat, lng, time) then
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
    end
  end
  if verdict == 'S' then
    live[i] = { time, epoch, sequence, lat, lng, cell }
    records[i] = record
    changed[i] = true
    touched[i] = true
  end
  if verdict == 'T' then stale[i] = (stale[i] or 0) + 1 end
  if verdict == 'S' or verdict == 'T' then
    local history = histories[i]
    if history then history[#history + 1] = record else histories[i] = { record } end
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
  local fixes = histories[i]
  if fixes and (stale[i] or 0) > 1 then fixes = withoutKnown(KEYS[4 + i], fixes) end
  if fixes and #fixes > 0 then
    local length = redis.call('RPUSH', KEYS[4 + i], unpack(fixes))
    if length > historyLength then redis.call('LTRIM', KEYS[4 + i], -historyLength, -1) end
    redis.call('PEXPIRE', KEYS[4 + i], historyTtlMs)
  end
end
if #writes > 0 then redis.call('HSET', KEYS[1], unpack(writes)) end
if #cells > 0 then redis.call('ZADD', KEYS[2], unpack(cells)) end
if #feed > 0 then
  local revision = redis.call('INCR', KEYS[3])
  redis.call('SPUBLISH', KEYS[4], struct.pack('<d', revision) .. table.concat(feed))
end
return table.concat(verdicts)
