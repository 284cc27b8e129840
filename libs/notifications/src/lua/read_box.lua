-- Reads the own box of a person, and which notifications it has seen.
-- KEYS[1] - hash: head of the channel (version, first)
-- KEYS[2] - hash: version -> entry, JSON
-- KEYS[3] - hash: id of a notification -> 1
-- ARGV[1] - most entries: the newest ones
-- Returns {version of the newest entry, ids that were seen, entries ...}.
local version, first = channel_range(KEYS[1], KEYS[2])
local from = math.max(first, version - tonumber(ARGV[1]) + 1)
return { version, redis.call('HKEYS', KEYS[3]),
  unpack(entries_from(KEYS[2], from, version - from + 1)) }
