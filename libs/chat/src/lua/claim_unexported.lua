-- Lists the conversations that may have something to export, for one instance at a time.
-- KEYS[1] - sorted set: conversation id by when it was noted, epoch ms
-- KEYS[2] - string: the token of the turn in which an instance exports
-- ARGV[1] - how long a turn is, ms
-- ARGV[2] - token of the turn
-- Returns the ids, the longest waiting first; nothing when it is another instance's turn.
if not redis.call('SET', KEYS[2], ARGV[2], 'NX', 'PX', ARGV[1]) then return {} end
return redis.call('ZRANGE', KEYS[1], 0, 499)
