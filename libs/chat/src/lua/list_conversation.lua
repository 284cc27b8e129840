-- Notes that a person is in a conversation.
-- KEYS[1] - sorted set: conversation ids by the time at which the person came, epoch ms
-- ARGV[1] - conversation id
-- ARGV[2] - most conversations of a person
-- ARGV[3] - 1 when one too many is refused, 0 when the oldest gives way that is neither a room nor the lobby: a
--           membership of those would stay without its place in the list
-- Returns 'new', 'known', or 'full' when it is one too many.
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 'known' end
local excess = redis.call('ZCARD', KEYS[1]) + 1 - tonumber(ARGV[2])
if excess > 0 and ARGV[3] == '1' then return 'full' end
if excess > 0 then
  for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
    if excess > 0 and id ~= 'lobby' and string.sub(id, 1, 5) ~= 'room:' then
      redis.call('ZREM', KEYS[1], id)
      excess = excess - 1
    end
  end
end
redis.call('ZADD', KEYS[1], clock_ms(), ARGV[1])
return 'new'
