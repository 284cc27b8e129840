-- The live sessions of a user, the newest first.
-- KEYS[1] - sorted set of the user's sessions
-- ARGV[1] - prefix of session hashes, which live in the slot of KEYS[1]
-- Returns one flat hash for each session.
local sessions = {}
for _, sid in ipairs(redis.call('ZREVRANGE', KEYS[1], 0, -1)) do
  local session = redis.call('HGETALL', ARGV[1] .. sid)
  if #session > 0 then
    sessions[#sessions + 1] = session
  end
end
return sessions
