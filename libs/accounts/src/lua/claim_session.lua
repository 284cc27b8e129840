-- Notes whose session an id names, for as long as the session and what is left of it may be there.
-- KEYS[1] - holds the id of the user
-- ARGV[1] - id of the user
-- ARGV[2] - how long, ms
-- Returns 1, or 0 when the id is of another user.
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then
  return 0
end
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return 1
