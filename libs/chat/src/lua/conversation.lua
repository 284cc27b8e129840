-- What scripts do to a conversation. Its keys, all in the slot of its channel and in this order:
-- head, log, sent, feed (see append_entry.lua), info (hash: type, title, access, tripVersion, closedAt),
-- members (hash: user id -> {userId, name, userType, since}, JSON), marks (hash: user id ->
-- "<delivered> <read>"), index (sorted set, all scores 0, of "<what>:<version>") and mutes (hash: user
-- id -> until, epoch ms; "by:<user id>" -> "<until> <id of who did it>", which a mute of an older release
-- lacks; "removed:<user id>" -> 1). The index has of each message `m:` and, unless it
-- is deleted, `u:`, `s:<sender>:` and `@:<user named>:`, so that all unread counts are two lookups.

local function conversation_of(keys)
  return {
    head = keys[1], log = keys[2], sent = keys[3], feed = keys[4], info = keys[5],
    members = keys[6], marks = keys[7], index = keys[8], mutes = keys[9],
  }
end

-- A place in the index.
local function placed(what, version)
  return what .. ':' .. string.format('%016d', version)
end

-- Forgets that a message counts as unread.
local function uncount(c, version, content)
  redis.call('ZREM', c.index, placed('u', version), placed('s:' .. content.from.userId, version))
  for _, userId in ipairs(content.mentions or {}) do
    redis.call('ZREM', c.index, placed('@:' .. userId, version))
  end
end

-- Takes messages that are not kept any more out of the index.
local function forget(c, dropped)
  for _, entry in ipairs(dropped) do
    if entry.content.kind == 'message' then
      redis.call('ZREM', c.index, placed('m', entry.version))
      uncount(c, entry.version, entry.content)
    end
  end
end

-- Drops what is too old, so that nobody reads it although nobody writes.
local function tidy(c, now, keep)
  forget(c, trim_channel(c.head, c.log, c.sent, now, keep))
  if redis.call('EXISTS', c.log) == 0 then
    redis.call('DEL', c.index)
  end
end

-- Conversations that nobody uses vanish after the time for which entries are kept. It comes after what
-- is written: a key that is not there yet does not get a time.
local function keep_alive(c, keep)
  if keep.forever then
    return
  end
  for _, key in pairs(c) do
    if key ~= c.feed then
      redis.call('PEXPIRE', key, keep.ageMs)
    end
  end
end

-- Takes away what a conversation that vanished may have left: nobody is let in or kept out by it.
local function begin_anew(c)
  if redis.call('EXISTS', c.info) == 0 then
    redis.call('DEL', c.members, c.marks, c.index, c.mutes)
  end
end

-- Appends an entry, its content as JSON. Returns its version and its JSON.
local function say(c, now, key, content, keep)
  local version, json, dropped = append_entry(c.head, c.log, c.sent, c.feed, now, key, content, keep)
  forget(c, dropped)
  keep_alive(c, keep)
  return version, json
end

-- A member, decoded; nil for somebody who is none.
local function member_of(c, userId)
  local json = redis.call('HGET', c.members, userId)
  return json and cjson.decode(json)
end

local function add_member(c, now, person, keep, byId)
  local content = { kind = 'joined', person = person, by = byId }
  local version = say(c, now, '', cjson.encode(content), keep)
  person.since = version
  redis.call('HSET', c.members, person.userId, cjson.encode(person))
  redis.call('HSETNX', c.marks, person.userId, integer(version) .. ' ' .. integer(version))
  redis.call('HDEL', c.mutes, 'removed:' .. person.userId)
  keep_alive(c, keep)
  return person
end

local function remove_member(c, now, member, reason, keep, byId)
  local person = { userId = member.userId, name = member.name, userType = member.userType }
  redis.call('HDEL', c.members, member.userId)
  redis.call('HDEL', c.marks, member.userId)
  local content = { kind = 'left', person = person, reason = reason, by = byId }
  return say(c, now, '', cjson.encode(content), keep)
end

-- Makes the people of a trip the members of its conversation; dispatchers stay. Returns false for a
-- trip that was read before somebody else has read it anew.
local function follow_trip(c, now, trip, keep)
  local known = tonumber(redis.call('HGET', c.info, 'tripVersion') or '0')
  if trip.version <= known then
    return trip.version == known
  end
  begin_anew(c)
  local stay = {}
  for _, person in ipairs(trip.people) do
    stay[person.userId] = true
  end
  for _, json in ipairs(redis.call('HVALS', c.members)) do
    local member = cjson.decode(json)
    if member.userType ~= 'admin' and not stay[member.userId] then
      remove_member(c, now, member, 'replaced', keep)
    end
  end
  for _, person in ipairs(trip.people) do
    local isRemoved = redis.call('HEXISTS', c.mutes, 'removed:' .. person.userId) == 1
    if not isRemoved and redis.call('HEXISTS', c.members, person.userId) == 0 then
      add_member(c, now, person, keep)
    end
  end
  redis.call('HSET', c.info, 'type', 'trip', 'access', 'trip', 'tripVersion', integer(trip.version))
  keep_alive(c, keep)
  return true
end

-- What was said before this version is not for the member: of a trip it reads what was said since it came.
local function since_for(c, member)
  local isTrip = redis.call('HGET', c.info, 'type') == 'trip'
  return isTrip and member.userType ~= 'admin' and member.since or 0
end

-- The oldest version that is kept and that a member may read.
local function first_for(c, member)
  local _, first = channel_range(c.head, c.log)
  return math.max(first, since_for(c, member))
end

-- Entries from a version on, as a member may read them: a change of a message that is not for it says
-- nothing. It stays an entry, so that versions have no gap.
local function entries_for(c, member, from, count)
  local since = since_for(c, member)
  local entries = entries_from(c.log, from, count)
  if since == 0 then
    return entries
  end
  for i, json in ipairs(entries) do
    local entry = cjson.decode(json)
    if entry.content.target and entry.content.target < since then
      entries[i] = cjson.encode({
        version = entry.version, at = entry.at, content = { kind = 'emptied', target = entry.content.target },
      })
    end
  end
  return entries
end

-- The newest messages below a version, at most so many, the oldest first.
local function messages_before(c, before, first, count)
  local places = redis.call('ZREVRANGEBYLEX', c.index, '(' .. placed('m', before), '[' .. placed('m', first), 'LIMIT', 0, count)
  local entries = {}
  for i = #places, 1, -1 do
    local version = tonumber(string.sub(places[i], 3))
    entries[#entries + 1] = redis.call('HGET', c.log, integer(version)) or nil
  end
  return entries
end

local function count_after(c, what, version)
  return redis.call('ZLEXCOUNT', c.index, '(' .. placed(what, version), '[' .. what .. ':~')
end

-- Who muted a member until then; nil where nobody knows: an older release does not write it.
local function muted_by(c, userId, untilMs)
  local at, by = string.match(redis.call('HGET', c.mutes, 'by:' .. userId) or '', '^(%d+) (.+)$')
  return tonumber(at) == untilMs and by or nil
end

-- All of this as a caller sees it, JSON.
local function overview(c, member, now)
  local version = channel_range(c.head, c.log)
  local first = first_for(c, member)
  local info = to_table(redis.call('HGETALL', c.info))
  local mark = redis.call('HGET', c.marks, member.userId) or '0 0'
  local delivered, read = string.match(mark, '^(%d+) (%d+)$')
  read = tonumber(read)
  local memberCount = redis.call('HLEN', c.members)
  -- Those to whom the company speaks do not learn of each other.
  local isAlone = info.type == 'broadcast' and member.userType ~= 'admin'
  if isAlone then
    memberCount = 0
  end
  local mute = tonumber(redis.call('HGET', c.mutes, member.userId) or '0')
  local seen = {
    type = info.type, title = info.title, access = info.access, version = version, memberCount = memberCount,
    closedAt = tonumber(info.closedAt or '0'), mutedUntil = mute > now and mute or 0,
    unread = count_after(c, 'u', read) - count_after(c, 's:' .. member.userId, read),
    mentions = count_after(c, '@:' .. member.userId, read),
    marks = { [member.userId] = { delivered = tonumber(delivered), read = read } },
  }
  if memberCount <= 50 and not isAlone then
    seen.members, seen.mutes, seen.mutedBy = {}, {}, {}
    for _, json in ipairs(redis.call('HVALS', c.members)) do
      local theirs = cjson.decode(json)
      seen.members[#seen.members + 1] = theirs
      -- Not all marks that there are: in what is said to everybody, which has no members, they are many.
      local theirMark = redis.call('HGET', c.marks, theirs.userId) or '0 0'
      local theirDelivered, theirRead = string.match(theirMark, '^(%d+) (%d+)$')
      seen.marks[theirs.userId] = { delivered = tonumber(theirDelivered), read = tonumber(theirRead) }
      local theirMute = tonumber(redis.call('HGET', c.mutes, theirs.userId) or '0')
      if theirMute > now then
        seen.mutes[theirs.userId] = theirMute
        seen.mutedBy[theirs.userId] = muted_by(c, theirs.userId, theirMute)
      end
    end
  end
  local last = messages_before(c, version + 1, first, 1)
  seen.last = last[1]
  return cjson.encode(seen)
end

local function is_full(c, plan)
  return redis.call('HLEN', c.members) >= plan.maxMembers
end

-- Whether a plan fits what the conversation is now: that of a trip may be older than what is known.
-- Returns the member that the caller is, or nil and why not.
local function admitted(c, now, plan)
  if plan.trip and not follow_trip(c, now, plan.trip, plan.keep) then
    return nil, 'STALE'
  end
  if redis.call('EXISTS', c.info) == 1 then
    if plan.creates and plan.creates.isNew then
      return nil, 'TAKEN'
    end
  else
    if not plan.creates then
      return nil, 'GONE'
    end
    begin_anew(c)
    redis.call('HSET', c.info, 'type', plan.creates.type, 'access', plan.creates.access)
    if plan.creates.title then
      redis.call('HSET', c.info, 'title', plan.creates.title)
    end
    for _, person in ipairs(plan.creates.people or {}) do
      add_member(c, now, person, plan.keep)
    end
  end
  local member = member_of(c, plan.person.userId)
  if member then
    return member
  end
  if plan.adds == 'as guest' then
    plan.person.since = 1
    return plan.person
  end
  local isOpen = redis.call('HGET', c.info, 'access') == 'open'
  local isRemoved = redis.call('HEXISTS', c.mutes, 'removed:' .. plan.person.userId) == 1
  if not (plan.adds == 'always' or (plan.adds == 'open' and isOpen and not isRemoved)) then
    return nil, 'GONE'
  end
  if redis.call('HEXISTS', c.info, 'closedAt') == 1 then
    return nil, 'CLOSED'
  end
  if is_full(c, plan) then
    return nil, 'FULL'
  end
  return add_member(c, now, plan.person, plan.keep)
end

-- What keeps somebody from writing: 'CLOSED', or 'MUTED' here or everywhere (`mutedUntil` of the plan) and
-- until when, epoch ms; nil for nothing.
local function may_not_write(c, userId, now, plan)
  if redis.call('HEXISTS', c.info, 'closedAt') == 1 then
    return 'CLOSED', 0
  end
  local mute = math.max(tonumber(redis.call('HGET', c.mutes, userId) or '0'), plan.mutedUntil or 0)
  if mute > now then
    return 'MUTED', mute
  end
end

-- Puts a message into the index.
local function count_message(c, version, senderId, named, keep)
  redis.call('ZADD', c.index, 0, placed('m', version), 0, placed('u', version), 0, placed('s:' .. senderId, version))
  for _, userId in ipairs(named) do
    redis.call('ZADD', c.index, 0, placed('@:' .. userId, version))
  end
  keep_alive(c, keep)
end
