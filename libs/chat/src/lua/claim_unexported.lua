-- Lists the conversations that may have something to export, for one instance at a time.
-- KEYS[1] - sorted set: conversation id by when it was noted, epoch ms
-- KEYS[2] - string: there while an instance exports
-- ARGV[1] - how long a turn is, ms
-- Returns the ids, the longest waiting first; nothing when it is another instance's turn.
if not redis.call('SET', KEYS[2], '1', 'NX', 'PX', ARGV[1]) then return {} end
return redis.call('ZRANGE', KEYS[1], 0, 499)
