-- Writes a trip and its history as they are without a person, unless the trip has changed.
-- KEYS[1] - hash: the trip (revision, record)
-- KEYS[2] - stream: history of the trip; the id of an entry is <version>-0
-- ARGV[1] - revision that the caller has read
-- ARGV[2] - the next revision
-- ARGV[3] - the record, JSON
-- ARGV[4...] - all entries that the history has: id, JSON in turn; none to leave it as it is
-- Returns 1, or 0 when the trip has changed or is gone.
if redis.call('HGET', KEYS[1], 'revision') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'revision', ARGV[2], 'record', ARGV[3])
if #ARGV > 3 then
  redis.call('DEL', KEYS[2])
  for i = 4, #ARGV, 2 do redis.call('XADD', KEYS[2], ARGV[i], 'entry', ARGV[i + 1]) end
end
return 1
