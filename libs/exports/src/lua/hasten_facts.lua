-- Makes due at once what waits for its next attempt: the receiver is back.
-- KEYS[1] - sorted set: subject by the time at which its oldest fact may be tried, epoch ms
-- KEYS[2] - hash: the clock of dispatch
-- ARGV[1] - ms that an attempt may take: what is due by then may be on its way
-- ARGV[2] - most subjects to make due
-- Returns how many there were.
local now = steady_ms(KEYS[2])
local after = '(' .. integer(now + ARGV[1])
local subjects = redis.call('ZRANGE', KEYS[1], after, '+inf', 'BYSCORE', 'LIMIT', 0, ARGV[2])
for _, subject in ipairs(subjects) do
  redis.call('ZADD', KEYS[1], integer(now), subject)
end
return #subjects
