-- Releases what an epoch holds whose lease is over, and takes out people whose grace is over.
-- KEYS[1] - sorted set: epoch of an instance by end of its lease, epoch ms
-- KEYS[2] - set: what the epoch holds
-- KEYS[3] - sorted set: `<place> <person>` by end of the grace of who has no hold left
-- KEYS[4] - counter: number of the newest announcement in the shard
-- KEYS[5] - sorted set: ranked place by how many people are there
-- KEYS[6...] - three for each place: its hash, its sharded channel, text: when its last person left
-- ARGV[1] - the epoch, or '' for none
-- ARGV[2] - number of places
-- ARGV[3...] - four for each place: name, grace ms, how long to remember who left last, ms, '1' if ranked;
--   then three for each hold: number of the place from 1, person, and device, or '' for a person whose
--   grace is over
-- Returns how much of what the epoch holds is left to release.
-- Does nothing to an epoch whose lease is live, to what it does not hold, and to who has come back.
local now = clock_ms()
local epoch = ARGV[1]
local ends_at = redis.call('ZSCORE', KEYS[1], epoch)
local is_over = not ends_at or tonumber(ends_at) <= now
local places = tonumber(ARGV[2])
local told = {}
for i = 1, places do
  told[i] = {}
end
for at = 3 + 4 * places, #ARGV, 3 do
  local i = tonumber(ARGV[at])
  local place, grace_ms, remember_ms = ARGV[4 * i - 1], tonumber(ARGV[4 * i]), tonumber(ARGV[4 * i + 1])
  local person, device = ARGV[at + 1], ARGV[at + 2]
  local place_key, left_key = KEYS[3 + 3 * i], KEYS[5 + 3 * i]
  if device == '' then
    local due_at = redis.call('ZSCORE', KEYS[3], place .. '\n' .. person)
    if due_at and tonumber(due_at) <= now
      and leave_place(place_key, KEYS[3], left_key, place, person, remember_ms) then
      told[i][person] = 'null'
    end
  elseif is_over and redis.call('SREM', KEYS[2], place .. '\n' .. person .. '\n' .. device) == 1 then
    local json = release_place(place_key, KEYS[3], place, person, device, epoch, now, grace_ms)
    told[i][person] = json or told[i][person]
  end
end
for i = 1, places do
  tell_place(KEYS[3 + 3 * i], KEYS[4 + 3 * i], KEYS[4], KEYS[5], ARGV[4 * i - 1], ARGV[4 * i + 2] == '1', told[i])
end
if not is_over then
  return 0
end
local left = redis.call('SCARD', KEYS[2])
if left == 0 then
  redis.call('ZREM', KEYS[1], epoch)
end
return left
