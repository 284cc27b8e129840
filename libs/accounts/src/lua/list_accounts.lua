-- The ids of one page of accounts, the newest first, with the total of the same moment.
-- KEYS[1] - index to read: account id by creation, epoch ms
-- ARGV[1] - rank of the first, from 0
-- ARGV[2] - how many
-- ARGV[3] - leaves out what was created later, epoch ms; empty for the first page
-- Returns the total, the time that stands for this state (epoch ms), then the ids.
local as_of = ARGV[3]
if as_of == '' then
  -- Another may be created within this millisecond. Never before what is found.
  local newest = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
  as_of = integer(math.max(clock_ms() - 1, tonumber(newest[2] or 0)))
end
local ids = redis.call('ZRANGE', KEYS[1], as_of, '-inf', 'BYSCORE', 'REV', 'LIMIT', ARGV[1], ARGV[2])
return { redis.call('ZCOUNT', KEYS[1], '-inf', as_of), as_of, unpack(ids) }
