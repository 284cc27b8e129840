-- Removes facts that nobody waits for from the stream.
-- KEYS[1] - stream of facts
-- ARGV[1] - '1' to remove those as well that a group has not acknowledged
-- ARGV[2...] - ids of the facts
-- Returns how many were removed, and how many wait for a group.
local function parts(id)
  local ms, sequence = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(sequence)
end

local groups = {}
if redis.call('EXISTS', KEYS[1]) == 1 then
  for _, reply in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
    groups[#groups + 1] = to_table(reply)
  end
end

local function is_awaited(id)
  local ms, sequence = parts(id)
  for _, group in ipairs(groups) do
    local read_ms, read_sequence = parts(group['last-delivered-id'])
    if ms > read_ms or (ms == read_ms and sequence > read_sequence) then
      return true
    end
    if #redis.call('XPENDING', KEYS[1], group['name'], id, id, 1) > 0 then
      return true
    end
  end
  return false
end

local removed, waiting = 0, 0
for i = 2, #ARGV do
  if ARGV[1] ~= '1' and is_awaited(ARGV[i]) then
    waiting = waiting + 1
  else
    removed = removed + redis.call('XDEL', KEYS[1], ARGV[i])
  end
end
return { removed, waiting }
