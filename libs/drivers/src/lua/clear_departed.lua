-- Forgets departed drivers that have been dealt with, unless they departed again meanwhile.
-- KEYS[1] - sorted set: departed driver by time
-- ARGV - pairs: driver id, the time of the departure that was dealt with
for i = 1, #ARGV, 2 do
  local at = redis.call('ZSCORE', KEYS[1], ARGV[i])
  if at and tonumber(at) == tonumber(ARGV[i + 1]) then redis.call('ZREM', KEYS[1], ARGV[i]) end
end
return 1
