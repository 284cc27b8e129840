-- Makes the people of a trip the members of its conversation, unless a newer state of it is known.
-- KEYS[1..9] - the keys of the conversation, see conversation.lua
-- ARGV[1] - the trip, JSON: {version, people}
-- ARGV[2] - what is kept, JSON: {entries, ageMs, forever?}
return follow_trip(conversation_of(KEYS), clock_ms(), cjson.decode(ARGV[1]), cjson.decode(ARGV[2])) and 1 or 0
