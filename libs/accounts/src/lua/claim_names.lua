-- Takes the names of an account that is about to be made, all or none of them.
-- KEYS[1] - sorted set of marks, by time
-- KEYS[2..] - a key for each name (e-mail, phone number): holds a claim
-- ARGV[1] - the claim: see withdraw_claim.lua
-- ARGV[2] - mark to leave, see mark_untold.lua
-- Returns 0 when they are taken, else the number of the KEYS entry that another has, and its claim.
for i = 2, #KEYS do
  local other = redis.call('GET', KEYS[i])
  if other then
    return { i, other }
  end
end
for i = 2, #KEYS do
  redis.call('SET', KEYS[i], ARGV[1])
end
redis.call('ZADD', KEYS[1], integer(clock_ms()), ARGV[2])
return { 0, '' }
