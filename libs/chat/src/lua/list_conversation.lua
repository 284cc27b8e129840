-- Notes that a person is in a conversation.
-- KEYS[1] - sorted set: conversation ids by the time at which the person came, epoch ms
-- ARGV[1] - conversation id
-- ARGV[2] - most conversations of a person
-- ARGV[3] - 1 when one too many is refused, 0 when the oldest gives way
-- Returns 1, or 0 when it is one too many.
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 1 end
local excess = redis.call('ZCARD', KEYS[1]) + 1 - tonumber(ARGV[2])
if excess > 0 and ARGV[3] == '1' then return 0 end
if excess > 0 then redis.call('ZREMRANGEBYRANK', KEYS[1], 0, excess - 1) end
redis.call('ZADD', KEYS[1], clock_ms(), ARGV[1])
return 1
