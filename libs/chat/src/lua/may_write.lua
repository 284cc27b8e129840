-- Says what keeps somebody from writing; whether it is a member is not looked at.
-- KEYS[1..9] - the keys of the conversation, see conversation.lua
-- ARGV[1] - user id
-- ARGV[2] - until when it is muted everywhere, epoch ms; 0 for not at all
-- Returns {'OK'}, {'CLOSED'} or {'MUTED', until (epoch ms)}.
local plan = { mutedUntil = tonumber(ARGV[2]) }
local stop, untilMs = may_not_write(conversation_of(KEYS), ARGV[1], clock_ms(), plan)
if stop then return { stop, untilMs } end
return { 'OK' }
