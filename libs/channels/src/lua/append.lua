-- Appends an entry to a channel, once for each idempotency key.
-- KEYS[1] - hash: head of the channel (version, first)
-- KEYS[2] - hash: version -> entry, JSON
-- KEYS[3] - hash: idempotency key -> version
-- KEYS[4] - sharded channel
-- ARGV[1] - idempotency key, '' for none
-- ARGV[2] - content, JSON
-- ARGV[3] - what is kept, JSON: {entries, ageMs}, and what append_entry takes besides
-- Returns {version, time of the entry (epoch ms), 1 when it is new}.
local known = ARGV[1] ~= '' and known_version(KEYS[1], KEYS[2], KEYS[3], ARGV[1])
if known then
  local json = redis.call('HGET', KEYS[2], integer(known))
  return { known, json and time_of(json) or 0, 0 }
end
local now = clock_ms()
local version = append_entry(KEYS[1], KEYS[2], KEYS[3], KEYS[4], now, ARGV[1], ARGV[2], cjson.decode(ARGV[3]))
return { version, now, 1 }
