-- Reads what was appended after a version.
-- KEYS[1] - hash: head of the channel (version, first)
-- KEYS[2] - hash: version -> entry, JSON
-- ARGV[1] - the version
-- ARGV[2] - most entries
-- Returns {newest version, oldest version that is kept, entries from the one after the version on ...}.
local version, first = channel_range(KEYS[1], KEYS[2])
local from = math.max(tonumber(ARGV[1]) + 1, first)
local entries = entries_from(KEYS[2], from, math.min(version - from + 1, tonumber(ARGV[2])))
return { version, first, unpack(entries) }
