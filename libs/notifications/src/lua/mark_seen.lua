-- Notes that a person has seen notifications. Of those that are kept no more nothing is remembered.
-- KEYS[1] - hash in the slot of the person's box: id of a notification -> 1
-- ARGV[1] - for how long it is remembered, ms
-- ARGV[2] - fields above which old ones are looked for
-- ARGV[3] - JSON: name of a box -> oldest version that it keeps
-- ARGV[4..] - ids, `<name of the box>-<version>`
-- Returns the ids that had not been seen.
local new = {}
for i = 4, #ARGV do
  if redis.call('HSET', KEYS[1], ARGV[i], 1) == 1 then
    new[#new + 1] = ARGV[i]
  end
end
if redis.call('HLEN', KEYS[1]) > tonumber(ARGV[2]) then
  local oldest = cjson.decode(ARGV[3])
  for _, id in ipairs(redis.call('HKEYS', KEYS[1])) do
    local box, version = string.match(id, '^(%a+)-(%d+)$')
    if not box or (oldest[box] and tonumber(version) < oldest[box]) then
      redis.call('HDEL', KEYS[1], id)
    end
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return new
