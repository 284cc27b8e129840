-- Lists what the instances that live say of themselves, and forgets the others.
-- KEYS[1] - hash: instance id -> end of its lease (epoch ms), a blank, what it says as JSON
-- Returns the texts.
local now = clock_ms()
local entries = redis.call('HGETALL', KEYS[1])
local live = {}
for i = 1, #entries, 2 do
  local lease_ends_at, said = string.match(entries[i + 1], '^(%d+) (.+)$')
  if lease_ends_at and tonumber(lease_ends_at) > now then
    live[#live + 1] = said
  else
    redis.call('HDEL', KEYS[1], entries[i])
  end
end
return live
