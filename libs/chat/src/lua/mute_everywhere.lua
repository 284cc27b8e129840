-- Keeps a person from writing in any conversation for a while.
-- KEYS[1] - string: until when, epoch ms
-- ARGV[1] - how long, ms; 0 ends it
-- Returns until when, epoch ms; 0 for not at all.
local ms = tonumber(ARGV[1])
if ms <= 0 then
  redis.call('DEL', KEYS[1])
  return 0
end
local untilMs = clock_ms() + ms
redis.call('SET', KEYS[1], integer(untilMs), 'PX', integer(ms))
return untilMs
