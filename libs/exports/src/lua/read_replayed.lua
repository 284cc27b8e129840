-- Reads what is tried again of the dead letters of a webhook.
-- KEYS[1] - hash: fact id -> replayed fact, packed fields
-- Returns the id and the fields of each fact.
local replayed = redis.call('HGETALL', KEYS[1])
local facts = {}
for i = 1, #replayed, 2 do
  facts[#facts + 1] = { replayed[i], cmsgpack.unpack(replayed[i + 1]) }
end
return facts
