-- Takes away a timer that has been dealt with, unless it was set anew meanwhile.
-- KEYS[1] - sorted set: timers by time, epoch ms
-- ARGV[1] - name of the timer
-- ARGV[2] - until when it was taken, epoch ms
-- ARGV[3] - when it is due again, epoch ms; '' for never
-- Returns 1 when it was still as taken, else 0.
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not score or tonumber(score) ~= tonumber(ARGV[2]) then return 0 end
if ARGV[3] == '' then
  redis.call('ZREM', KEYS[1], ARGV[1])
else
  redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
end
return 1
