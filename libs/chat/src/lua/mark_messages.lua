-- Raises the marks of a member.
-- KEYS[1..9] - the keys of the conversation, see conversation.lua
-- ARGV[1] - plan, JSON, see enter_conversation.lua
-- ARGV[2] - newest version that has come to a device
-- ARGV[3] - newest version that was read
-- Returns {'GONE' | 'STALE'}, or {'OK', delivered, read, 1 when one of them rose, 1 when members were told}.
local c = conversation_of(KEYS)
local plan = cjson.decode(ARGV[1])
local member, refusal = admitted(c, clock_ms(), plan)
if not member then return { refusal } end
local delivered, read, rose = raise_marks(c, member, tonumber(ARGV[2]), tonumber(ARGV[3]), plan.keep)
local isTold = rose and tell_marks(c, member, delivered, read)
return { 'OK', delivered, read, rose and 1 or 0, isTold and 1 or 0 }
