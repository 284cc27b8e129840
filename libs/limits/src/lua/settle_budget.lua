-- Takes from a budget what an instance has let through. A budget that is not there is full.
-- KEYS[1] - hash of the budget: what is left, below 0 where instances let more through, and since when, epoch ms
-- ARGV[1] - what was let through; may be nothing
-- ARGV[2] - what comes back in a second
-- ARGV[3] - most that is saved up
-- Returns what is left, as a whole number.
local now = clock_ms()
local spent, rate_per_ms, most = tonumber(ARGV[1]), ARGV[2] / 1000, tonumber(ARGV[3])
local left, since = unpack(redis.call('HMGET', KEYS[1], 'left', 'since'))
left = tonumber(left or most)
-- A clock that has gone back gives nothing back until it is asked again.
left = math.min(most, left + math.max(0, now - (since or now)) * rate_per_ms) - spent
if left < most then
  redis.call('HSET', KEYS[1], 'left', left, 'since', now)
  -- One that is full again need not be kept.
  redis.call('PEXPIRE', KEYS[1], integer(math.ceil((most - left) / rate_per_ms)))
end
return math.floor(left)
