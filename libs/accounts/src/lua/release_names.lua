-- Gives back names that an account was to have.
-- KEYS - a key for each name
-- ARGV[1] - the claim of this try to make the account
for i = 1, #KEYS do
  if redis.call('GET', KEYS[i]) == ARGV[1] then
    redis.call('DEL', KEYS[i])
  end
end
