-- One page of accounts, the newest first, with the total of the same moment.
-- KEYS[1] - index to read
-- ARGV[1] - offset
-- ARGV[2] - count
-- ARGV[3] - prefix of the account hashes, which live in the slot of KEYS[1]
-- Returns the total, then one flat hash for each account.
local reply = { redis.call('ZCARD', KEYS[1]) }
local first = tonumber(ARGV[1])
for _, id in ipairs(redis.call('ZREVRANGE', KEYS[1], first, first + ARGV[2] - 1)) do
  reply[#reply + 1] = redis.call('HGETALL', ARGV[3] .. id)
end
return reply
