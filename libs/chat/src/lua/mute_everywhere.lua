-- Keeps a person from writing in any conversation for a while.
-- KEYS[1] - string: until when, epoch ms
-- KEYS[2] - string: "<until> <id of who did it>"; what an older release mutes has none, or one of an earlier mute
-- ARGV[1] - how long, ms; 0 ends it
-- ARGV[2] - id of who does it
-- Returns until when, epoch ms; 0 for not at all.
local ms = tonumber(ARGV[1])
if ms <= 0 then
  redis.call('DEL', KEYS[1], KEYS[2])
  return 0
end
local untilMs = clock_ms() + ms
redis.call('SET', KEYS[1], integer(untilMs), 'PX', integer(ms))
redis.call('SET', KEYS[2], integer(untilMs) .. ' ' .. ARGV[2], 'PX', integer(ms))
return untilMs
