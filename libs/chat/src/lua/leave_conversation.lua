-- Takes somebody out of a conversation.
-- KEYS[1..9] - the keys of the conversation, see conversation.lua
-- ARGV[1] - user id
-- ARGV[2] - why
-- ARGV[3] - what is kept, JSON: {entries, ageMs, forever?}
-- Returns 1, or 0 for somebody who is no member.
local c = conversation_of(KEYS)
local member = member_of(c, ARGV[1])
if not member then return 0 end
remove_member(c, clock_ms(), member, ARGV[2], cjson.decode(ARGV[3]))
return 1
