-- Reads a page of messages backwards.
-- KEYS[1..9] - the keys of the conversation, see conversation.lua
-- ARGV[1] - plan, JSON, see enter_conversation.lua; adds is 'never'
-- ARGV[2] - only messages below this version, 0 for the newest
-- ARGV[3] - most messages
-- Returns {'GONE' | 'STALE'}, or {'OK', messages (JSON), the oldest first ...}.
local c = conversation_of(KEYS)
local plan = cjson.decode(ARGV[1])
local now = clock_ms()
tidy(c, now, plan.keep)
local member, refusal = admitted(c, now, plan)
if not member then return { refusal } end
local before = tonumber(ARGV[2])
if before == 0 then before = channel_range(c.head, c.log) + 1 end
return { 'OK', unpack(messages_before(c, before, first_for(c, member), tonumber(ARGV[3]))) }
