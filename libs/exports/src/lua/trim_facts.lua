-- Drops the facts that every consumer group has acknowledged, and those beyond what may be kept.
-- KEYS[1] - stream of facts
-- KEYS[2] - turn: exists while an instance has trimmed in this interval
-- ARGV[1] - most facts to keep, whether they are acknowledged or not
-- ARGV[2] - facts to keep while there is no group
-- ARGV[3] - ms until the next turn
-- ARGV[4] - bytes to keep while there is no group
-- Returns the number trimmed, the number lost to a group that had not acknowledged them, and the
-- group that is farthest behind (empty when there is none); nothing when it is not this one's turn.
if not redis.call('SET', KEYS[2], '1', 'NX', 'PX', ARGV[3]) then
  return {}
end
if redis.call('EXISTS', KEYS[1]) == 0 then
  return { 0, 0, '' }
end

local function parts(id)
  local ms, sequence = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(sequence)
end

local groups = redis.call('XINFO', 'GROUPS', KEYS[1])
if #groups == 0 then
  local keep = math.min(ARGV[1], ARGV[2])
  local trimmed = redis.call('XTRIM', KEYS[1], 'MAXLEN', keep)
  local length = redis.call('XLEN', KEYS[1])
  local bytes = length > 0 and redis.call('MEMORY', 'USAGE', KEYS[1], 'SAMPLES', 0) or 0
  if bytes > tonumber(ARGV[4]) then
    -- Facts differ in size, but the newest are as large as those before on the whole.
    local kept = math.floor(length * tonumber(ARGV[4]) / bytes)
    trimmed = trimmed + redis.call('XTRIM', KEYS[1], 'MAXLEN', kept)
  end
  return { trimmed, 0, '' }
end

-- The first fact that some group still needs.
local floorMs, floorSequence, slowest
for _, reply in ipairs(groups) do
  local group = to_table(reply)
  local ms, sequence
  if group['pending'] > 0 then
    ms, sequence = parts(redis.call('XPENDING', KEYS[1], group['name'])[2])
  else
    ms, sequence = parts(group['last-delivered-id'])
    sequence = sequence + 1
  end
  if not floorMs or ms < floorMs or (ms == floorMs and sequence < floorSequence) then
    floorMs, floorSequence, slowest = ms, sequence, group['name']
  end
end
local floor = integer(floorMs) .. '-' .. integer(floorSequence)
local trimmed = redis.call('XTRIM', KEYS[1], 'MINID', floor)
-- Whatever is left has a group that needs it.
local lost = redis.call('XTRIM', KEYS[1], 'MAXLEN', ARGV[1])
return { trimmed, lost, slowest }
