-- Takes out who muted a person everywhere, where that was this one; the mute stays.
-- KEYS[1] - string: "<until> <id of who did it>"
-- ARGV[1] - id of who is forgotten
-- Returns how many keys are gone.
local by = string.match(redis.call('GET', KEYS[1]) or '', '^%d+ (.+)$')
return by == ARGV[1] and redis.call('DEL', KEYS[1]) or 0
