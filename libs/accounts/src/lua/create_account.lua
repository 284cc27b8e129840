-- Creates an account whose names are claimed.
-- KEYS[1] - hash of the account
-- KEYS[2] - number of the last try to make it, see withdraw_claim.lua
-- KEYS[3] - list of what is not told yet
-- ARGV[1] - id
-- ARGV[2] - number of this try; empty when it claims no names
-- ARGV[3] - user type
-- ARGV[4..] - more fields and values of the hash
-- Returns `created` and the time in ms; `exists`; `withdrawn` when its claims are void by now.
if redis.call('EXISTS', KEYS[1]) == 1 then
  return { 'exists', '0' }
end
local number = redis.call('GET', KEYS[2])
if ARGV[2] ~= '' and (number or '0') ~= ARGV[2] then
  return { 'withdrawn', '0' }
end
if ARGV[2] == '' and number then
  -- What other tries have claimed is not of this account.
  redis.call('INCR', KEYS[2])
end
-- The names of the account are of this try for as long as it is there.
redis.call('PERSIST', KEYS[2])
local now = integer(clock_ms())
redis.call('HSET', KEYS[1], 'id', ARGV[1], 'userType', ARGV[3], 'status', 'active',
  'createdAt', now, 'updatedAt', now, unpack(ARGV, 4))
note_place(KEYS[3], ARGV[3], 'active', now, '0')
return { 'created', now }
