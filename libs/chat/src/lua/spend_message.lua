-- Takes one from what a user may send or begin in a window of time, over all conversations and instances.
-- KEYS[1] - string: what was taken in the window
-- KEYS[2] - string: until when an admin has muted the user everywhere, epoch ms
-- ARGV[1] - most of a window
-- ARGV[2] - length of the window, ms
-- Returns {'OK'}, {'LIMITED', ms to wait} or {'MUTED', until (epoch ms)}.
local count = redis.call('INCR', KEYS[1])
local left_ms = redis.call('PTTL', KEYS[1])
-- More is left than a window has where the clock of Redis has gone back.
if left_ms < 0 or left_ms > tonumber(ARGV[2]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  left_ms = tonumber(ARGV[2])
end
if count > tonumber(ARGV[1]) then return { 'LIMITED', math.max(left_ms, 1) } end
-- After the limit, which holds also for one that is muted.
local mute = tonumber(redis.call('GET', KEYS[2]) or '0')
if mute > clock_ms() then return { 'MUTED', mute } end
return { 'OK' }
