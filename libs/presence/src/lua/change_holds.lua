-- Holds places for the people of an instance and releases them, in the order given.
-- KEYS[1] - sorted set: epoch of an instance by end of its lease, epoch ms
-- KEYS[2] - set: what this epoch holds, `<place> <person> <device>` with line feeds between
-- KEYS[3] - sorted set: `<place> <person>` by end of the grace of who has no hold left
-- KEYS[4] - counter: number of the newest announcement in the shard
-- KEYS[5] - sorted set: ranked place by how many people are there
-- KEYS[6] - text: how many calls of this epoch have been done; it outlives the lease
-- KEYS[7...] - three for each place: its hash, its sharded channel, text: when its last person left
-- ARGV[1] - epoch
-- ARGV[2] - how long its lease lasts, ms
-- ARGV[3] - how many calls of this epoch the caller knows to be done; 0 begins the lease
-- ARGV[4] - number of places
-- ARGV[5...] - five for each place: name, grace ms, how long to remember who left last, ms, '1' if ranked,
--   W3C traceparent that its announcement names, '' where it is not traced; then five for each change: number
--   of the place from 1, person, device, since when it is held, epoch ms, or '' to release it, and meta as
--   JSON, or '1' to leave without a grace
-- Returns how many people are at each place now, or LAPSED when the lease is over, or a failover has lost
-- calls that were done: nothing was changed.
local now = clock_ms()
local epoch = ARGV[1]
if ARGV[3] == '0' then
  redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), epoch)
else
  local ends_at = redis.call('ZSCORE', KEYS[1], epoch)
  if not ends_at or tonumber(ends_at) <= now or redis.call('GET', KEYS[6]) ~= ARGV[3] then
    return 'LAPSED'
  end
end
redis.call('SET', KEYS[6], integer(ARGV[3] + 1), 'PX', integer(2 * ARGV[2]))
local places = tonumber(ARGV[4])
local told, counts = {}, {}
for i = 1, places do
  told[i] = {}
end
for at = 5 + 5 * places, #ARGV, 5 do
  local i = tonumber(ARGV[at])
  local place, grace_ms, remember_ms = ARGV[5 * i], tonumber(ARGV[5 * i + 1]), tonumber(ARGV[5 * i + 2])
  local person, device, since, extra = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
  local place_key, left_key = KEYS[4 + 3 * i], KEYS[6 + 3 * i]
  local held = place .. '\n' .. person .. '\n' .. device
  if since ~= '' then
    redis.call('SADD', KEYS[2], held)
    local meta = cjson.decode(extra)
    local json = hold_place(place_key, KEYS[3], place, person, device,
      { epoch = epoch, since = tonumber(since), meta = meta })
    told[i][person] = json or told[i][person]
  else
    redis.call('SREM', KEYS[2], held)
    local json = release_place(place_key, KEYS[3], place, person, device, epoch, now, grace_ms)
    told[i][person] = json or told[i][person]
    if json and extra == '1' and leave_place(place_key, KEYS[3], left_key, place, person, remember_ms) then
      told[i][person] = 'null'
    end
  end
end
for i = 1, places do
  counts[i] = tell_place(KEYS[4 + 3 * i], KEYS[5 + 3 * i], KEYS[4], KEYS[5], ARGV[5 * i],
    ARGV[5 * i + 3] == '1', told[i], ARGV[5 * i + 4])
end
return counts
