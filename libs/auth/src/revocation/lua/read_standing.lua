-- Reads the status of an account, and how old it is by the clock that it was changed by: in a cluster each
-- server has its own.
-- KEYS[1] - hash of the account
-- Returns the status, when it was last changed as the hash has it ('' for never), and how many ms ago ('' for
-- never); nil when there is no such account.
local id, status, changed_at = unpack(redis.call('HMGET', KEYS[1], 'id', 'status', 'statusChangedAt'))
if not id then
  return nil
end
return { status or '', changed_at or '', changed_at and integer(clock_ms() - changed_at) or '' }
