-- What is done where a person is erased; behind conversation.lua.

-- Puts an entry in the place of another, unless that has changed. Returns how much was changed.
local function replace_entry(c, userId, version, before, after)
  if redis.call('HGET', c.log, version) ~= before then
    return 0
  end
  local entry = cjson.decode(before)
  if entry.content.kind == 'message' and entry.content.from.userId == userId then
    uncount(c, entry.version, entry.content)
  end
  if entry.key and not cjson.decode(after).key then
    redis.call('HDEL', c.sent, entry.key)
  end
  redis.call('HSET', c.log, version, after)
  return 1
end

-- Takes out who somebody is, what it has read, and that it wrote or was named. Returns how much was there.
local function take_out(c, userId)
  local gone = redis.call('HDEL', c.members, userId) + redis.call('HDEL', c.marks, userId)
    + redis.call('HDEL', c.mutes, userId, 'by:' .. userId, 'removed:' .. userId)
  for field, value in pairs(to_table(redis.call('HGETALL', c.mutes))) do
    if string.match(value, '^%d+ (.+)$') == userId then
      gone = gone + redis.call('HDEL', c.mutes, field)
    end
  end
  for _, what in ipairs({ 's:' .. userId, '@:' .. userId }) do
    gone = gone + redis.call('ZREMRANGEBYLEX', c.index, '[' .. what .. ':', '[' .. what .. ':~')
  end
  return gone
end
