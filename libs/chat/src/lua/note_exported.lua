-- Notes what was exported of a conversation, unless it has vanished or more is noted already. A conversation
-- that counts anew goes back, if nobody has noted anything since.
-- KEYS[1] - hash: the conversation (exported)
-- ARGV[1] - newest version that was exported
-- ARGV[2] - what was noted when the export began
-- Returns 1, or 0 when it was not noted.
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local noted = tonumber(redis.call('HGET', KEYS[1], 'exported') or '0')
if noted ~= tonumber(ARGV[2]) and noted > tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'exported', ARGV[1])
return 1
