-- What the scripts do to places. A place is a hash: a record for each person who is there, and under
-- ':revision' the number of its newest announcement. A record is
-- {since, devices: {<device>: {epoch, since, meta}}, leftAt?, meta?}; a person without devices is in its
-- grace, with the meta of the last one.

-- Returns the record as JSON, or nil where a follower would see nothing new in it.
local function hold_place(place_key, leaving_key, place, person, device, held)
  local record = read_record(place_key, person) or { since = held.since, devices = {} }
  local before = record.devices[device]
  local is_known = before and cjson.encode(before.meta) == cjson.encode(held.meta)
  record.devices[device] = held
  record.since = math.min(record.since, held.since)
  if record.leftAt then
    record.leftAt = nil
    record.meta = nil
    redis.call('ZREM', leaving_key, place .. '\n' .. person)
  end
  local json = cjson.encode(record)
  redis.call('HSET', place_key, person, json)
  if not is_known then
    return json
  end
end

-- Lets a device go if it is the epoch that holds it. Returns the record as JSON, or nil if it is not.
local function release_place(place_key, leaving_key, place, person, device, epoch, now, grace_ms)
  local record = read_record(place_key, person)
  if not record or not record.devices[device] or record.devices[device].epoch ~= epoch then
    return nil
  end
  local meta = record.devices[device].meta
  record.devices[device] = nil
  if next(record.devices) == nil then
    record.leftAt = now
    record.meta = meta
    redis.call('ZADD', leaving_key, now + grace_ms, place .. '\n' .. person)
  end
  local json = cjson.encode(record)
  redis.call('HSET', place_key, person, json)
  return json
end

-- Takes out a person whose grace is over. Returns whether it was there and has not come back.
local function leave_place(place_key, leaving_key, left_key, place, person, remember_ms)
  redis.call('ZREM', leaving_key, place .. '\n' .. person)
  local record = read_record(place_key, person)
  if not record or next(record.devices) ~= nil then
    return false
  end
  redis.call('HDEL', place_key, person)
  if remember_ms > 0 then
    redis.call('SET', left_key, integer(record.leftAt), 'PX', integer(remember_ms))
  end
  return true
end

-- Announces who has changed at a place, {<person>: record as JSON or 'null'}, under the next number
-- of its shard and with the number of the announcement before it; where it is traced it names that as
-- well. Returns how many people are there.
local function tell_place(place_key, channel, revision_key, ranking_key, place, is_ranked, people, traceparent)
  local after = redis.call('HGET', place_key, ':revision')
  local count = redis.call('HLEN', place_key) - (after and 1 or 0)
  local told = {}
  for person, json in pairs(people) do
    told[#told + 1] = cjson.encode(person) .. ':' .. json
  end
  if #told == 0 then
    return count
  end
  redis.call('SET', revision_key, integer(clock_ms()), 'NX')
  local revision = announce(revision_key, channel, {
    '{"after":' .. (after or '0') .. ',"count":' .. count .. ',"people":{' .. table.concat(told, ',') .. '}}'
  }, traceparent)
  if count == 0 then
    redis.call('DEL', place_key)
  else
    redis.call('HSET', place_key, ':revision', integer(revision))
  end
  if is_ranked and count == 0 then
    redis.call('ZREM', ranking_key, place)
  elseif is_ranked then
    redis.call('ZADD', ranking_key, count, place)
  end
  return count
end
