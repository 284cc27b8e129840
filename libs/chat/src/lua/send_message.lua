-- Appends a message of a member, once for each name that the member gives it.
-- KEYS[1..9] - the keys of the conversation, see conversation.lua
-- ARGV[1] - plan, JSON, see enter_conversation.lua; adds is 'never'
-- ARGV[2] - idempotency key
-- ARGV[3] - content without mentions, JSON of {kind: 'message', from, text, ...}
-- ARGV[4...] - ids of those whom it names
-- Returns {'GONE' | 'STALE' | 'CLOSED'}, {'MUTED', until (epoch ms)}, or {'OK', entry (JSON), 1 when it is new}.
local c = conversation_of(KEYS)
local plan = cjson.decode(ARGV[1])
local now = clock_ms()
local member, refusal = admitted(c, now, plan)
if not member then return { refusal } end
local known = known_version(c.head, c.log, c.sent, ARGV[2])
if known then return { 'OK', entries_from(c.log, known, 1)[1], 0 } end
local stop, untilMs = may_not_write(c, member.userId, now, plan)
if stop then return { stop, untilMs } end
local named = {}
for i = 4, #ARGV do
  if ARGV[i] ~= member.userId and member_of(c, ARGV[i]) then named[#named + 1] = ARGV[i] end
end
local content = ARGV[3]
if #named > 0 then content = string.sub(content, 1, -2) .. ',"mentions":' .. cjson.encode(named) .. '}' end
local version, json = say(c, now, ARGV[2], content, plan.keep)
count_message(c, version, member.userId, named, plan.keep)
return { 'OK', json, 1 }
