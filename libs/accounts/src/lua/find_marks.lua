-- Marks that are left: those who left them would have told all by now.
-- KEYS[1] - sorted set of marks, by time
-- ARGV[1] - how old they are, ms
-- ARGV[2] - how many
-- Returns a flat list: a mark, then its age in ms.
local now = clock_ms()
-- Such a mark was left under a clock that has gone back since: nobody waits until it comes to that again.
local later = '(' .. integer(now)
for _, mark in ipairs(redis.call('ZRANGE', KEYS[1], later, '+inf', 'BYSCORE', 'LIMIT', 0, ARGV[2])) do
  redis.call('ZADD', KEYS[1], integer(now), mark)
end
local marks = redis.call('ZRANGE', KEYS[1], '-inf', integer(now - ARGV[1]), 'BYSCORE',
  'LIMIT', 0, ARGV[2], 'WITHSCORES')
for i = 2, #marks, 2 do
  marks[i] = integer(now - marks[i])
end
return marks
