-- The ids of one page of accounts, the newest first, with the total of the same moment.
-- KEYS[1] - index to read
-- ARGV[1] - rank of the first, from 0
-- ARGV[2] - rank of the last
-- Returns the total, then the ids.
local reply = redis.call('ZREVRANGE', KEYS[1], ARGV[1], ARGV[2])
table.insert(reply, 1, redis.call('ZCARD', KEYS[1]))
return reply
