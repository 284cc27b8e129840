-- Makes people the recipients of a broadcast, without an entry for each of them.
-- KEYS[1..9] - the keys of the conversation, see conversation.lua
-- ARGV[1] - {keep: {entries, ageMs}, maxMembers}, JSON
-- ARGV[2] - people, JSON: [{userId, name, userType}]
-- Returns {'OK'} or {'FULL'}.
local c = conversation_of(KEYS)
local plan = cjson.decode(ARGV[1])
if is_full(c, plan) then return { 'FULL' } end
address(c, cjson.decode(ARGV[2]), plan.keep)
return { 'OK' }
