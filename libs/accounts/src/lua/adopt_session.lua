-- Writes a session of a release before this one, live or ended, where this one has it, unless it is there.
-- KEYS[1] - hash of the session
-- KEYS[2] - sorted set of the user's live sessions by creation
-- ARGV[1] - not after this time, epoch ms: an instance that was frozen undoes nothing
-- ARGV[2] - when the hash ends, epoch ms
-- ARGV[3] - id of a live session; empty for an ended one
-- ARGV[4] - its creation, epoch ms
-- ARGV[5..] - fields and values
-- Returns 'late', 'was there', also when it has ended by itself, or 'written'; and the time, epoch ms.
local now = clock_ms()
if now > tonumber(ARGV[1]) then
  return { 'late', integer(now) }
end
if redis.call('EXISTS', KEYS[1]) == 1 or now >= tonumber(ARGV[2]) then
  return { 'was there', integer(now) }
end
redis.call('HSET', KEYS[1], unpack(ARGV, 5))
redis.call('PEXPIREAT', KEYS[1], ARGV[2])
if ARGV[3] ~= '' then
  redis.call('ZADD', KEYS[2], ARGV[4], ARGV[3])
  if redis.call('PEXPIRETIME', KEYS[2]) < tonumber(ARGV[2]) then
    redis.call('PEXPIREAT', KEYS[2], ARGV[2])
  end
end
return { 'written', integer(now) }
