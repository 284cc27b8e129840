-- Writes an account of a release before this one where this one has it, unless it is there.
-- KEYS[1] - hash of the account
-- ARGV[1] - not after this time, epoch ms: an instance that was frozen undoes nothing
-- ARGV[2..] - fields and values
-- Returns 'late', 'was there' or 'written', and the time, epoch ms.
local now = clock_ms()
if now > tonumber(ARGV[1]) then
  return { 'late', integer(now) }
end
if redis.call('EXISTS', KEYS[1]) == 1 then
  return { 'was there', integer(now) }
end
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
return { 'written', integer(now) }
