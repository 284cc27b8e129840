-- Lists what instances say of themselves: those that live, and those that have gone within a time. It
-- forgets those that went before that, and the longest gone where they are too many.
-- KEYS[1] - hash: instance id -> end of its lease (epoch ms), a blank, what it says as JSON
-- ARGV[1] - how long an instance that has gone is remembered, ms
-- ARGV[2] - how many that have gone are remembered
-- ARGV[3] - length of the lease, ms
-- Returns a flat list: ms until the end of the lease (negative: since then), then what it says.
local now = clock_ms()
local entries = redis.call('HGETALL', KEYS[1])
local listed = {}
local gone = {}
for i = 1, #entries, 2 do
  local lease_ends_at, said = string.match(entries[i + 1], '^(%d+) (.+)$')
  local left_ms = lease_ends_at and tonumber(lease_ends_at) - now
  if left_ms and left_ms > tonumber(ARGV[3]) then
    -- The clock has gone back since: nobody has longer than a whole lease from now on.
    left_ms = tonumber(ARGV[3])
    redis.call('HSET', KEYS[1], entries[i], integer(now + left_ms) .. ' ' .. said)
  end
  if left_ms and left_ms > 0 then
    listed[#listed + 1] = integer(left_ms)
    listed[#listed + 1] = said
  elseif left_ms and -left_ms < tonumber(ARGV[1]) then
    gone[#gone + 1] = { id = entries[i], left_ms = left_ms, said = said }
  else
    redis.call('HDEL', KEYS[1], entries[i])
  end
end
table.sort(gone, function(a, b) return a.left_ms > b.left_ms end)
for i, instance in ipairs(gone) do
  if i <= tonumber(ARGV[2]) then
    listed[#listed + 1] = integer(instance.left_ms)
    listed[#listed + 1] = instance.said
  else
    redis.call('HDEL', KEYS[1], instance.id)
  end
end
return listed
