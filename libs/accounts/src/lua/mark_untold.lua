-- Leaves a mark before a person is changed: whoever comes after a crash finds the notes of the change.
-- KEYS[1] - sorted set of marks, by time
-- ARGV[1] - mark: id of the user, a blank, what makes it unique
redis.call('ZADD', KEYS[1], integer(clock_ms()), ARGV[1])
