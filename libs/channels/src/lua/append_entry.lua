-- What scripts do to a channel. A channel has four keys in one slot: head (hash: version, first),
-- log (hash: version -> entry, JSON), sent (hash: idempotency key -> version) and its sharded channel.

-- The version of the newest entry, and of the oldest that is kept; 0 and 1 in a new channel.
local function channel_range(head, log)
  local range = redis.call('HMGET', head, 'version', 'first')
  local version, first = tonumber(range[1] or '0'), tonumber(range[2] or '1')
  if version >= first and redis.call('EXISTS', log) == 0 then
    -- All of them grew too old.
    first = version + 1
  end
  return version, first
end

-- The version under which a sender has said this before, for as long as that entry is kept.
local function known_version(head, log, sent, key)
  local version = tonumber(redis.call('HGET', sent, key) or '0')
  local _, first = channel_range(head, log)
  if version >= first then
    return version
  end
end

-- Entries from a version on, at most so many, in order. A version that is not kept has none.
local function entries_from(log, from, count)
  if count <= 0 then
    return {}
  end
  local versions = {}
  for i = 1, count do
    versions[i] = integer(from + i - 1)
  end
  local entries = {}
  for _, json in ipairs(redis.call('HMGET', log, unpack(versions))) do
    entries[#entries + 1] = json or nil
  end
  return entries
end

-- When an entry was appended, epoch ms.
local function time_of(json)
  return tonumber(string.match(json, '"at":(%d+)') or '0')
end

-- Drops what is above the number or the age of entries that are kept, some at a time. Returns the
-- entries that went, decoded.
local function trim_channel(head, log, sent, now, keep)
  local version, first = channel_range(head, log)
  local dropped = {}
  while first <= version and #dropped < 50 do
    local json = redis.call('HGET', log, integer(first))
    local isOver = version - first >= keep.entries
    if json and not isOver and time_of(json) > now - keep.ageMs then
      break
    end
    if json then
      local entry = cjson.decode(json)
      if entry.key then
        redis.call('HDEL', sent, entry.key)
      end
      dropped[#dropped + 1] = entry
      redis.call('HDEL', log, integer(first))
    end
    first = first + 1
  end
  redis.call('HSET', head, 'first', integer(first))
  return dropped
end

-- Appends an entry and announces it. `key` is the idempotency key, '' for none; `content` is JSON.
-- `keep`: {entries, ageMs, traceparent}; what is announced has the last one where there is one, and what
-- is kept has not. Returns the version, the entry (JSON), and what was dropped for it.
local function append_entry(head, log, sent, feed, now, key, content, keep)
  local newest, first = channel_range(head, log)
  local version = newest + 1
  redis.call('HSET', head, 'version', integer(version), 'first', integer(first))
  local json = '{"version":' .. integer(version) .. ',"at":' .. integer(now)
  if key ~= '' then
    redis.call('HSET', sent, key, integer(version))
    json = json .. ',"key":' .. cjson.encode(key)
  end
  json = json .. ',"content":' .. content .. '}'
  redis.call('HSET', log, integer(version), json)
  local dropped = trim_channel(head, log, sent, now, keep)
  redis.call('PEXPIRE', log, keep.ageMs)
  redis.call('PEXPIRE', sent, keep.ageMs)
  local told = json
  if keep.traceparent then
    told = string.sub(json, 1, -2) .. ',"traceparent":' .. cjson.encode(keep.traceparent) .. '}'
  end
  redis.call('SPUBLISH', feed, told)
  return version, json, dropped
end

-- Says something of an entry anew: whoever reads it from now on gets this.
local function replace_content(log, version, content)
  local json = redis.call('HGET', log, integer(version))
  if not json then
    return
  end
  local entry = cjson.decode(json)
  local anew = '{"version":' .. integer(entry.version) .. ',"at":' .. integer(entry.at)
  if entry.key then
    anew = anew .. ',"key":' .. cjson.encode(entry.key)
  end
  anew = anew .. ',"content":' .. content .. '}'
  redis.call('HSET', log, integer(version), anew)
  return anew
end
