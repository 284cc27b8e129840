-- Takes a person out of a conversation, and puts entries in the place of those that name it.
-- KEYS[1..9] - the keys of the conversation, see conversation.lua
-- ARGV[1] - id of the person
-- ARGV[2...] - of each entry to replace: its version, what it was, what it is now (JSON both)
-- Returns how much was changed; entries that have changed since they were read stay as they are.
local c = conversation_of(KEYS)
local changed = 0
for i = 2, #ARGV, 3 do
  changed = changed + replace_entry(c, ARGV[1], ARGV[i], ARGV[i + 1], ARGV[i + 2])
end
return changed + take_out(c, ARGV[1])
