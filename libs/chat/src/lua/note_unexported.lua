-- Notes that a conversation may have something to export from now on.
-- KEYS[1] - sorted set: conversation id by when it was noted, epoch ms
-- ARGV[1] - conversation id
redis.call('ZADD', KEYS[1], integer(clock_ms()), ARGV[1])
