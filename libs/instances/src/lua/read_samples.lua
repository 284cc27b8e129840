-- Reads the samples of an instance that came after a moment, the oldest first. Their order counts and
-- not their times where the moment is that of a sample: the clock of Redis may have gone back since.
-- KEYS[1] - list: samples of the instance, the oldest first: time (epoch ms), a blank, JSON
-- ARGV[1] - the moment, epoch ms
-- Returns the samples.
local since = tonumber(ARGV[1])
local samples = redis.call('LRANGE', KEYS[1], 0, -1)
local function time_of(sample)
  return tonumber(string.match(sample, '^(%d+) '))
end
local known = 0
for i = #samples, 1, -1 do
  if time_of(samples[i]) == since then
    known = i
    break
  end
end
local later = {}
for i = known + 1, #samples do
  if known > 0 or time_of(samples[i]) > since then later[#later + 1] = samples[i] end
end
return later
