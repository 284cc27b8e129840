-- Puts a dead letter back to the facts that its webhook has to deliver, behind those of its subject.
-- KEYS[1] - stream of dead letters
-- KEYS[2] - sorted set: subject by the time at which its oldest fact may be tried, epoch ms
-- KEYS[3] - hash: fact id -> replayed fact, packed fields
-- KEYS[4] - sorted set: what waits, see waiting_facts.lua
-- KEYS[5] - the last place that was given there
-- KEYS[6] - hash: the clock of dispatch
-- ARGV[1] - id of the dead letter
-- Returns 1; 0 when there is none, e.g. because it was replayed already.
local entry = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
if not entry then
  return 0
end
local letter = to_table(entry[2])
local fields = {}
for _, name in ipairs({ 'type', 'subject', 'version', 'at', 'data' }) do
  fields[#fields + 1] = name
  fields[#fields + 1] = letter[name] or ''
end
local now = steady_ms(KEYS[6])
redis.call('HSET', KEYS[3], letter['factId'], cmsgpack.pack(fields))
waiting_put(KEYS[4], KEYS[5], letter['subject'], letter['factId'])
redis.call('ZADD', KEYS[2], 'NX', integer(now), letter['subject'])
redis.call('XDEL', KEYS[1], ARGV[1])
return 1
