-- Takes timers that are due, for one instance: another one gets them when it dies over them (TRIP2).
-- KEYS[1] - sorted set: timers by time, epoch ms
-- ARGV[1] - most timers to take
-- ARGV[2] - how long they are taken for, ms
-- Returns until when they are taken and when the next one is due, both epoch ms, the latter '' for
-- none, and the names of those that are taken.
local now = clock_ms()
local due = redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1])
local takenUntil = now + tonumber(ARGV[2])
for _, name in ipairs(due) do redis.call('ZADD', KEYS[1], takenUntil, name) end
local following = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return { integer(takenUntil), following[2] or '', unpack(due) }
