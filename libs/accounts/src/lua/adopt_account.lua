-- Writes an account of a release before this one where this one has it, unless it is there.
-- KEYS[1] - hash of the account
-- ARGV[1] - not after this time, epoch ms: an instance that was frozen undoes nothing
-- ARGV[2..] - fields and values
-- Returns 'late', 'was there' or 'written'.
if clock_ms() > tonumber(ARGV[1]) then
  return 'late'
end
if redis.call('EXISTS', KEYS[1]) == 1 then
  return 'was there'
end
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
return 'written'
