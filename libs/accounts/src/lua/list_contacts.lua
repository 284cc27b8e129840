-- What accounts are reached at, the oldest account first.
-- KEYS[1] - index of all accounts by creation
-- ARGV[1] - creation time to begin at, ms
-- ARGV[2] - accounts to leave out
-- ARGV[3] - most accounts to return
-- ARGV[4] - prefix of the account hashes, which live in the slot of KEYS[1]
-- Returns for each account id, creation time, e-mail and phone number; '' for what it lacks.
local reply = {}
local listed = redis.call('ZRANGE', KEYS[1], ARGV[1], '+inf', 'BYSCORE', 'LIMIT', ARGV[2], ARGV[3],
  'WITHSCORES')
for i = 1, #listed, 2 do
  local email, phone_number =
    unpack(redis.call('HMGET', ARGV[4] .. listed[i], 'email', 'phoneNumber'))
  reply[#reply + 1] = { listed[i], listed[i + 1], email or '', phone_number or '' }
end
return reply
