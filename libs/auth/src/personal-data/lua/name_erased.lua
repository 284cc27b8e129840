-- Remembers the pseudonym under which records of an account stay, once for all tries to erase it.
-- KEYS[1] - hash of the account
-- ARGV[1] - pseudonym, unless there is one
-- Returns the pseudonym that holds.
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HSETNX', KEYS[1], 'erasedAs', ARGV[1])
  return redis.call('HGET', KEYS[1], 'erasedAs')
end
return ARGV[1]
