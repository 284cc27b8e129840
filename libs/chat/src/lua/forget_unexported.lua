-- Forgets that a conversation may have something to export, unless that was noted only now.
-- KEYS[1] - sorted set: conversation id by when it was noted, epoch ms
-- ARGV[1] - conversation id
-- ARGV[2] - a note as old as this is forgotten, ms
-- Returns 1 when it was forgotten.
local notedAt = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or '0')
if notedAt > clock_ms() - tonumber(ARGV[2]) then return 0 end
return redis.call('ZREM', KEYS[1], ARGV[1])
