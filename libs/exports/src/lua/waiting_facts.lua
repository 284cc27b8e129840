-- What a webhook has to deliver, in the order of its subjects; a part of other scripts.

-- One sorted set holds all: `subject NUL place NUL id of the fact`, all of one score, so that it is
-- in the order of these texts. Places count up: who comes last stands last among its subject.
local function waiting_put(waiting, places, subject, id)
  local place = redis.call('INCR', places)
  redis.call('ZADD', waiting, 0, subject .. '\0' .. string.format('%016.0f', place) .. '\0' .. id)
end

-- The oldest fact of a subject: its id and its member; nil when nothing waits.
local function waiting_first(waiting, subject)
  local member = redis.call('ZRANGE', waiting, '[' .. subject .. '\0', '(' .. subject .. '\1',
    'BYLEX', 'LIMIT', 0, 1)[1]
  if member then
    return string.sub(member, #subject + 19), member
  end
end

-- All facts of a subject, the oldest first; none of them waits any more.
local function waiting_take_out(waiting, subject)
  local from, to = '[' .. subject .. '\0', '(' .. subject .. '\1'
  local members = redis.call('ZRANGE', waiting, from, to, 'BYLEX')
  local ids = {}
  for i, member in ipairs(members) do
    ids[i] = string.sub(member, #subject + 19)
  end
  if #members > 0 then
    redis.call('ZREMRANGEBYLEX', waiting, from, to)
  end
  return ids
end
