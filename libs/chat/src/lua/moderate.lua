-- What an admin does to a conversation and its members.
-- KEYS[1..9] - the keys of the conversation, see conversation.lua
-- ARGV[1] - plan, JSON, see enter_conversation.lua
-- ARGV[2] - what, JSON: {act: 'invite', person} | {act: 'remove', userId} | {act: 'mute', userId, ms} |
--           {act: 'close', isClosed, reason?}
-- Returns {'GONE' | 'STALE' | 'FULL'}, or {'OK', until when it holds (epoch ms), 0 for not at all}.
local c = conversation_of(KEYS)
local plan = cjson.decode(ARGV[1])
local now = clock_ms()
local by, refusal = admitted(c, now, plan)
if not by then return { refusal } end
local what = cjson.decode(ARGV[2])
local untilMs = 0
if what.act == 'invite' then
  if not member_of(c, what.person.userId) then
    if is_full(c, plan) then return { 'FULL' } end
    add_member(c, now, what.person, plan.keep, by.userId)
  end
elseif what.act == 'remove' then
  expel(c, now, what.userId, plan.keep, by.userId)
elseif what.act == 'mute' then
  if what.ms > 0 then untilMs = now + what.ms end
  mute(c, now, what.userId, untilMs, plan.keep, by.userId)
else
  if what.isClosed then untilMs = now end
  close(c, now, what.isClosed, what.reason, plan.keep, by.userId)
end
return { 'OK', untilMs }
