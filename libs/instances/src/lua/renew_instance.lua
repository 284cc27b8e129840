-- Renews the lease of an instance, forgets those whose lease has ended, and lists the rest.
-- KEYS[1] - hash: instance id -> end of its lease (epoch ms), host, port, key and layout of its records, with blanks between
-- ARGV[1] - instance id
-- ARGV[2] - its host, port, key and layout, with blanks between
-- ARGV[3] - length of the lease, ms
-- Returns a flat list: instance id, then its host, port, key and layout with blanks between.
local now = clock_ms()
redis.call('HSET', KEYS[1], ARGV[1], string.format('%d', now + ARGV[3]) .. ' ' .. ARGV[2])
local entries = redis.call('HGETALL', KEYS[1])
local live = {}
for i = 1, #entries, 2 do
  local lease_ends_at, contact = string.match(entries[i + 1], '^(%d+) (.+)$')
  local left_ms = lease_ends_at and tonumber(lease_ends_at) - now
  if left_ms and left_ms > tonumber(ARGV[3]) then
    -- The clock has gone back since: nobody has longer than a whole lease from now on.
    redis.call('HSET', KEYS[1], entries[i], integer(now + ARGV[3]) .. ' ' .. contact)
  end
  if left_ms and left_ms > 0 then
    live[#live + 1] = entries[i]
    live[#live + 1] = contact
  else
    redis.call('HDEL', KEYS[1], entries[i])
  end
end
return live
