-- Lets somebody into a conversation, as a new member where that may be, and says what was missed.
-- KEYS[1..9] - the keys of the conversation, see conversation.lua
-- ARGV[1] - plan, JSON: {person: {userId, name, userType}, adds: 'always' | 'open' |
--           'never' | 'as guest', creates?: {type, access, title?, people?, isNew?}, trip?: {version, people},
--           keep: {entries, ageMs, forever?}, maxMembers, mutedUntil?}
-- ARGV[2] - the newest version that the caller has seen, -1 for none
-- ARGV[3] - most entries that are told one by one; 0 with -1 for the newest messages
-- Returns {'GONE' | 'STALE' | 'CLOSED' | 'FULL' | 'TAKEN'}, or {'OK', overview (JSON), version, the version
-- before which nothing is for the member, 1 when all that was missed follows, else 0, entries ...}: those that were
-- missed, or the newest messages.
local c = conversation_of(KEYS)
local plan = cjson.decode(ARGV[1])
local now = clock_ms()
tidy(c, now, plan.keep)
local member, refusal = admitted(c, now, plan)
if not member then return { refusal } end
local version = channel_range(c.head, c.log)
local _, kept = channel_range(c.head, c.log)
local first = first_for(c, member)
local after, limit = tonumber(ARGV[2]), tonumber(ARGV[3])
local seen = overview(c, member, now)
local since = since_for(c, member)
if after < 0 and limit > 0 then return { 'OK', seen, version, since, 1 } end
-- What was said before the member came is nothing that it missed.
local from = math.max(after + 1, first)
local isKept = after + 1 >= kept or first > kept
if after >= 0 and after <= version and isKept and version - from < limit then
  return { 'OK', seen, version, since, 1, unpack(entries_for(c, member, from, version - from + 1)) }
end
return { 'OK', seen, version, since, 0, unpack(messages_before(c, version + 1, first, 50)) }
