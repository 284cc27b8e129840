-- Writes an account of a release before this one where this one has it, unless it is there.
-- KEYS[1] - hash of the account
-- ARGV[1] - not after this time, epoch ms: an instance that was frozen undoes nothing
-- ARGV[2..] - fields and values
-- Returns 0 when it is too late.
if clock_ms() > tonumber(ARGV[1]) then
  return 0
end
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[1], unpack(ARGV, 2))
end
return 1
