-- Notes which drivers are off duty, so that the script that stores fixes knows it.
-- KEYS[1] - hash: driver id -> version of its availability, negative while it is off duty
-- ARGV - three each: driver id, version that this is true for (0: going off duty, before it is written), '1' when on duty
for i = 1, #ARGV, 3 do
  local id, version = ARGV[i], tonumber(ARGV[i + 1])
  local stored = math.abs(tonumber(redis.call('HGET', KEYS[1], id) or '0'))
  if version == 0 then
    redis.call('HSET', KEYS[1], id, '-' .. integer(stored))
  elseif version >= stored then
    redis.call('HSET', KEYS[1], id, (ARGV[i + 2] == '1' and '' or '-') .. integer(version))
  end
end
return 1
