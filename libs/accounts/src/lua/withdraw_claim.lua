-- Makes claims on names void, unless the account is there with them. A claim is the id of the account
-- and the number of the try to make it, in the slot of which this number is counted: an account that
-- is there was made by the try of this number, one that is not can be made by that try only.
-- KEYS[1] - hash of the account
-- KEYS[2] - number of the last try; none is 0
-- ARGV[1] - number of the claim; empty for all of the account that are not there
-- ARGV[2] - how long the number of a second try is kept where nobody begins one, ms
-- Returns 'there' when the account is there with the claim; else 'void' and the number of the last
-- try, which with an empty ARGV[1] is that of the caller.
local number = redis.call('GET', KEYS[2]) or '0'
local is_there = redis.call('EXISTS', KEYS[1]) == 1
if ARGV[1] == '' or number == ARGV[1] then
  if is_there then
    return { 'there' }
  end
  number = integer(redis.call('INCR', KEYS[2]))
  if ARGV[1] == '' then
    redis.call('PERSIST', KEYS[2])
  elseif ARGV[1] == '0' then
    -- Who had the id may be erased by now: nothing is to stay under it for ever. The first try has long
    -- failed when this is gone; later ones have numbers that must not come again.
    redis.call('PEXPIRE', KEYS[2], ARGV[2])
  end
end
return { 'void', number }
