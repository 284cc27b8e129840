-- What is done where the status of an account changes; a part of other scripts.

-- Sets the status unless it was changed after the caller read `seen`, the time of the last change.
-- So a call that was on its way for long undoes nothing that was decided meanwhile. Returns whether
-- the account has the status now. Lists of accounts are told by a note.
local function set_status(account, untold, status, reason, seen, now)
  local current, changed_at, created_at, user_type = unpack(
    redis.call('HMGET', account, 'status', 'statusChangedAt', 'createdAt', 'userType'))
  if (changed_at or '') ~= seen then
    return current == status
  end
  -- No two changes have the same time: changes are compared by it.
  local change = math.max(now, (tonumber(changed_at) or 0) + 1)
  redis.call('HSET', account, 'status', status, 'statusReason', reason,
    'statusChangedAt', integer(change), 'updatedAt', integer(now))
  note_place(untold, user_type, status, created_at, integer(change))
  return true
end
