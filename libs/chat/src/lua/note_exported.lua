-- Notes what was exported of a conversation, unless it has vanished.
-- KEYS[1] - hash: the conversation (exported)
-- ARGV[1] - newest version that was exported
-- Returns 1, or 0 when the conversation has vanished.
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'exported', ARGV[1])
return 1
