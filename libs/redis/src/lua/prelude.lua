-- What every script has in front of it. LuaScript takes out the comments and puts the rest on the
-- first line of a script, so that errors of Redis name the lines of the file.

-- The clock of Redis, epoch ms: one for all instances.
local function clock_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- The clock that trips, leases of drivers and webhooks go by, epoch ms: that of Redis without its jumps,
-- which the hash at the key says (see claim_timers.lua). Every instance looks at it each second or so.
-- After a jump it stands still until one of them has judged; also says whether it does.
local function steady_ms(clock_key)
  local now = clock_ms()
  local last, ahead = unpack(redis.call('HMGET', clock_key, 'last', 'ahead'))
  if not last then
    return now, false
  end
  if now < last - 1000 or now > last + 20000 then
    return last + ahead, true
  end
  return now + ahead, false
end

-- A whole number as text: Lua writes large ones with an exponent.
local function integer(number)
  return string.format('%.0f', number)
end

-- A table of a flat list of names and values, as Redis answers with.
local function to_table(list)
  local result = {}
  for i = 1, #list, 2 do
    result[list[i]] = list[i + 1]
  end
  return result
end

-- A record that is kept as JSON in a hash, and its JSON; nil when there is none.
local function read_record(key, id)
  local json = redis.call('HGET', key, id)
  if json then
    return cjson.decode(json), json
  end
end

-- Keeps a changed record under its next version. Returns its JSON.
local function write_record(key, id, record, now)
  record.updatedAt = now
  record.version = record.version + 1
  local json = cjson.encode(record)
  redis.call('HSET', key, id, json)
  return json
end

-- Announces facts, JSON each, under the next revision of a feed; it names the W3C traceparent where there
-- is one that is not ''. Returns the revision.
local function announce(revision_key, channel, facts, traceparent)
  local revision = redis.call('INCR', revision_key)
  redis.call('SPUBLISH', channel,
    '{"revision":' .. revision .. ',"facts":[' .. table.concat(facts, ',') .. ']'
    .. ((traceparent or '') ~= '' and ',"traceparent":"' .. traceparent .. '"' or '') .. '}')
  return revision
end

-- The fact that a record of a driver has changed.
local function driver_fact(json, live)
  return '{"live":' .. tostring(live) .. ',"record":' .. json .. '}'
end

-- Whether a sorted set has just the members that a caller has read and named the keys of: the
-- arguments from `first` on, in their order.
local function has_members(key, first, count)
  local members = redis.call('ZRANGE', key, 0, -1)
  if #members ~= count then
    return false
  end
  for i = 1, count do
    if members[i] ~= ARGV[first + i - 1] then
      return false
    end
  end
  return true
end
