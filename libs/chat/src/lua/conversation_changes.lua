-- What only some scripts do to a conversation; behind conversation.lua.

-- Raises the marks of a member; a mark above the newest version is that. Returns them, and whether one rose.
local function raise_marks(c, member, delivered, read, keep)
  local version = channel_range(c.head, c.log)
  local mark = redis.call('HGET', c.marks, member.userId) or '0 0'
  local oldDelivered, oldRead = string.match(mark, '^(%d+) (%d+)$')
  oldDelivered, oldRead = tonumber(oldDelivered), tonumber(oldRead)
  read = math.max(oldRead, math.min(read, version))
  delivered = math.max(oldDelivered, math.min(delivered, version), read)
  if read == oldRead and delivered == oldDelivered then
    return delivered, read, false
  end
  if redis.call('HSET', c.marks, member.userId, integer(delivered) .. ' ' .. integer(read)) == 1 then
    keep_alive(c, keep)
  end
  return delivered, read, true
end

-- Tells marks in passing, where the members are few enough to care.
local function tell_marks(c, member, delivered, read)
  if redis.call('HLEN', c.members) > 50 or redis.call('HGET', c.info, 'type') == 'broadcast' then
    return false
  end
  redis.call('SPUBLISH', c.feed, '{"passing":{"marks":' .. cjson.encode({
    userId = member.userId, delivered = delivered, read = read,
  }) .. '}}')
  return true
end

-- Says a message anew, or deletes it where `text` is nil: the message itself is replaced, and an entry
-- says so to those who have seen it. Returns the message as it is now, JSON.
local function change_message(c, now, version, text, byId, keep)
  local json = entries_from(c.log, version, 1)[1]
  local entry = json and cjson.decode(json)
  local message = entry.content
  if message.edit then
    replace_content(c.log, message.edit, cjson.encode({ kind = 'emptied', target = version }))
  end
  local said
  if text then
    message.text, message.editedAt = text, now
    said = { kind = 'edited', target = version, sentAt = entry.at, by = byId, message = message }
  else
    uncount(c, version, message)
    message.text, message.attachment, message.mentions = '', nil, nil
    message.edit, message.deletedAt = nil, now
    said = { kind = 'deleted', target = version, by = byId }
  end
  local edit = say(c, now, '', cjson.encode(said), keep)
  if text then
    message.edit = edit
  end
  return replace_content(c.log, version, cjson.encode(message))
end

-- Takes a person out for good: only an invitation lets it in again.
local function expel(c, now, userId, keep, byId)
  redis.call('HSET', c.mutes, 'removed:' .. userId, 1)
  local member = member_of(c, userId)
  if member then
    remove_member(c, now, member, 'removed', keep, byId)
  end
  keep_alive(c, keep)
end

local function mute(c, now, userId, untilMs, keep, byId)
  if untilMs > now then
    redis.call('HSET', c.mutes, userId, integer(untilMs), 'by:' .. userId, integer(untilMs) .. ' ' .. byId)
  else
    redis.call('HDEL', c.mutes, userId, 'by:' .. userId)
  end
  say(c, now, '', cjson.encode({ kind = 'muted', userId = userId, ['until'] = untilMs, by = byId }), keep)
end

local function close(c, now, isClosed, reason, keep, byId)
  if isClosed then
    redis.call('HSET', c.info, 'closedAt', integer(now))
  else
    redis.call('HDEL', c.info, 'closedAt')
  end
  say(c, now, '', cjson.encode({ kind = 'closed', isClosed = isClosed, reason = reason, by = byId }), keep)
end

local function address(c, people, keep)
  begin_anew(c)
  redis.call('HSET', c.info, 'type', 'broadcast', 'access', 'invited')
  for _, person in ipairs(people) do
    person.since = 1
    redis.call('HSET', c.members, person.userId, cjson.encode(person))
  end
  keep_alive(c, keep)
end
