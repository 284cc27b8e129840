-- Edits or deletes a message: members get `chat:message:edited` or `chat:message:deleted`.
-- KEYS[1..9] - the keys of the conversation, see conversation.lua
-- ARGV[1] - plan, JSON, see enter_conversation.lua
-- ARGV[2] - version of the message
-- ARGV[3] - 'edit' or 'delete'
-- ARGV[4] - the new text
-- ARGV[5] - how long after it was sent its author may do so, ms; -1 for an admin, who always may
-- Returns {'GONE' | 'STALE' | 'CLOSED' | 'ABSENT' | 'LATE'}, {'MUTED', until (epoch ms)}, or {'OK', the
-- entry of the message as it is now (JSON)}.
local c = conversation_of(KEYS)
local plan = cjson.decode(ARGV[1])
local now = clock_ms()
tidy(c, now, plan.keep)
local member, refusal = admitted(c, now, plan)
if not member then return { refusal } end
local json = entries_from(c.log, tonumber(ARGV[2]), 1)[1]
local entry = json and cjson.decode(json)
if not entry or entry.version < first_for(c, member) or entry.content.kind ~= 'message' then return { 'ABSENT' } end
local windowMs = tonumber(ARGV[5])
if windowMs >= 0 then
  if entry.content.from.userId ~= member.userId then return { 'ABSENT' } end
  local stop, untilMs = may_not_write(c, member.userId, now, plan)
  if stop then return { stop, untilMs } end
  if now > entry.at + windowMs then return { 'LATE' } end
end
if entry.content.deletedAt then
  if ARGV[3] == 'delete' then return { 'OK', json } end
  return { 'ABSENT' }
end
if ARGV[3] == 'edit' and entry.content.text == ARGV[4] then return { 'OK', json } end
local text = nil
if ARGV[3] == 'edit' then text = ARGV[4] end
return { 'OK', change_message(c, now, entry.version, text, member.userId, plan.keep) }
