-- Makes a turn of exporting last longer, unless another one has begun.
-- KEYS[1] - string: the token of the turn in which an instance exports
-- ARGV[1] - how long a turn is from now on, ms
-- ARGV[2] - token of the turn
-- Returns 1, or 0 when the turn is over.
if redis.call('GET', KEYS[1]) ~= ARGV[2] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[1])
